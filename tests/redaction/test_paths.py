# SPDX-License-Identifier: Apache-2.0

"""A value and paths go in; what the paths choose comes out."""

import json

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.redaction.paths import choose
from cadf_audit.redaction.paths import JsonPaths
from cadf_audit.redaction import Redactor

VALUE = {
    'server': {
        'name': 'web',
        'a b': 1,
        'nics': [{'ip': '10.0.0.1', 'mac': 'x'}, {'ip': '10.0.0.2'}],
    },
    'name': 'top',
}


def paths(*texts):
    """Return paths, or None for none."""
    return JsonPaths(texts) if texts else None


@pytest.mark.parametrize(
    ('allow', 'deny', 'chosen'),
    [
        ([], [], VALUE),
        (['$'], [], VALUE),
        ([], ['$'], None),
        (['$.name'], [], {'name': 'top'}),
        (['$.server.name'], [], {'server': {'name': 'web'}}),
        (["$.server['a b']"], [], {'server': {'a b': 1}}),
        (['$["server"].name'], [], {'server': {'name': 'web'}}),
        (
            ['$.server.nics[1]'],
            [],
            {'server': {'nics': [{'ip': '10.0.0.2'}]}},
        ),
        (
            ['$.server.nics[*].ip'],
            [],
            {'server': {'nics': [{'ip': '10.0.0.1'}, {'ip': '10.0.0.2'}]}},
        ),
        (
            ['$..name'],
            [],
            {'server': {'name': 'web', 'nics': [{}, {}]}, 'name': 'top'},
        ),
        (['$.*.name'], [], {'server': {'name': 'web'}}),
        (['$.server'], ['$..nics'], {'server': {'name': 'web', 'a b': 1}}),
        (
            ['$.server'],
            ['$.server.nics[*].*', '$..name'],
            {'server': {'a b': 1, 'nics': [{}, {}]}},
        ),
        ([], ['$.server.nics[0]', '$.server.name', "$..['a b']"], {
            'server': {'nics': [{'ip': '10.0.0.2'}]}, 'name': 'top',
        }),
        (['$.no.such'], [], {}),
        (['$.name.inner'], [], {}),
        (['$.server[0]'], [], {'server': {}}),
        ([], ['$..*'], {}),
    ],
)  # fmt: skip
def test_paths_choose(allow, deny, chosen):
    """What is denied goes, also out of what is allowed."""
    before = json.dumps(VALUE)

    assert chosen == choose(VALUE, paths(*allow), paths(*deny))
    assert before == json.dumps(VALUE)


def test_what_is_allowed_is_redacted_all_the_same():
    """A path chooses; it does not vouch for what it leads to."""
    redacted = Redactor().document(
        {'server': {'adminPass': 'hush', 'name': 'a'}, 'b': 1},
        paths('$.server'),
    )

    assert {'server': {'adminPass': '***', 'name': 'a'}} == redacted


@pytest.mark.parametrize(
    'text', ['', 'name', '$.', '$name', '$.a..', '$[a]', '$[-1]', '$.a[?b]']
)
def test_what_is_no_path_is_refused(text):
    """The message says what one looks like."""
    with pytest.raises(ValueError, match='is no JSON path; one looks like'):
        JsonPaths([text])


KEYS = st.sampled_from(['a', 'b'])
VALUES = st.recursive(
    st.integers(0, 9),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=12,
)
STEPS = st.lists(
    st.tuples(st.booleans(), st.one_of(KEYS, st.integers(0, 2), st.just('*'))),
    max_size=4,
)


def spell(steps):
    """Return the path of steps."""
    text = '$'
    for deep, key in steps:
        name = f'[{key}]' if isinstance(key, int) else f'["{key}"]'
        text += ('..' if deep else '') + ('[*]' if key == '*' else name)
    return text


def leads(steps, place):
    """Say slowly whether steps lead to a place, or above it."""
    if not steps:
        return True
    if not place:
        return False
    (deep, key), rest = steps[0], steps[1:]
    fits = key == '*' or (type(key) is type(place[0]) and key == place[0])
    return (fits and leads(rest, place[1:])) or (
        deep and leads(steps, place[1:])
    )


def leaves(value, place=()):
    """Yield each scalar with its place."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, (*place, key))
    elif isinstance(value, list):
        for key, each in enumerate(value):
            yield from leaves(each, (*place, key))
    else:
        yield place, value


@given(
    value=VALUES,
    allow=st.none() | st.lists(STEPS, max_size=3),
    deny=st.none() | st.lists(STEPS, max_size=3),
)
@settings(max_examples=300, deadline=None)
def test_paths_choose_what_a_slow_reader_chooses(value, allow, deny):
    """Each scalar is judged on its own, one path after the other."""
    expected = [
        each
        for place, each in leaves(value)
        if (allow is None or any(leads(steps, place) for steps in allow))
        and not any(leads(steps, place) for steps in deny or ())
    ]

    chosen = choose(
        value,
        None if allow is None else JsonPaths(map(spell, allow)),
        None if deny is None else JsonPaths(map(spell, deny)),
    )

    assert expected == [each for _, each in leaves(chosen) if each is not None]
