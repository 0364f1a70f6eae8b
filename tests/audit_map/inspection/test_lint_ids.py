# SPDX-License-Identifier: Apache-2.0

"""What comes of a finding, and findings about ids and names."""

import pytest

from cadf_audit.audit_map.inspection.lint import lint
from tests.audit_map.inspection.test_lint import resources


def test_missing_keys_hide_nothing(found):
    """All that are missing are one finding, and the rest is looked at."""
    text = 'version: 2\nresources:\n  a:\n    colour: red\n    id: ""\n'

    assert [
        (1, '', 'the keys service_type and prefix are missing'),
        (4, 'resources.a.colour', 'unknown key; allowed are'),
        (5, 'resources.a.id', 'never matches: an id has a'),
    ] == [
        (line, key, what[: {1: 99, 4: 24, 5: 26}[line]])
        for line, key, what in found(text)
    ]


@pytest.mark.parametrize(
    ('version', 'levels'),
    [
        ('version: 2\n', ['error', 'error', 'remark']),
        ('', ['warning', 'error', 'remark']),
    ],
)
def test_levels(tmp_path, version, levels):
    """A finding says what comes of it when the service starts."""
    file = tmp_path / 'map.yaml'
    file.write_text(
        f'{version}service_type: compute\nprefix: /v1\nresources:\n'
        '  nodes: {colour: red}\n  ports: {upsert: x}\n  tags: {id: ""}\n'
    )

    linted = lint(str(file))

    assert levels == [each.level for each in linted.problems]
    assert (not version) == linted.versionless


@pytest.mark.parametrize(
    ('rule', 'number'),
    [
        ('status: null', 1),
        ("'GET:status': null", 0),
        ('status: update/status', 0),
        ('a/status: null', 0),
    ],
)
def test_null_for_a_name_that_an_element_may_have(found, rule, number):
    """It keeps that element from being audited, whatever is done to it."""
    text = f'  a:\n    custom_actions: {{{rule}}}\n'
    hex_id = text + "    id: '[0-9a-f]+'\n"
    singleton = text + '    singleton: true\n'

    assert number == len(found(resources(text)))
    assert [] == found(resources(hex_id))
    assert [] == found(resources(singleton))
    assert all('GET:status' in what for _, _, what in found(resources(text)))


@pytest.mark.parametrize('pattern', ['', '/x', '/a|/b'])
def test_ids_that_never_match(found, pattern):
    """An id begins behind a slash, and has a character at least."""
    [(line, key, what)] = found(resources(f"  a:\n    id: '{pattern}'\n"))

    assert (6, 'resources.a.id') == (line, key)
    assert 'never matches' in what


def test_method_in_small_letters_is_one_finding(found):
    """What is known from the start is not said once more."""
    text = "  a:\n    custom_actions: {'post:x': start}\n"

    assert 1 == len(found(resources(text)))
