# SPDX-License-Identifier: Apache-2.0

"""What a pattern is made of, and texts that it matches."""

import re

import pytest

from cadf_audit.audit_map.inspection.patterns import texts
from cadf_audit.audit_map.inspection.shown_prefix import shown_prefix

PATTERNS = [
    '/v2',
    r'/v2\.1(?:/(?P<project_id>[0-9a-f]{32}))?',
    r'[A-Z]{3}\d+',
    '[^a0A_.1bz-]',
    r'\S\s\w\W\D',
    'a|bc|d+',
    '(?i:x)[0-9a-f-]{36}',
    '.',
    '(?>a)b++',
    '[^x]y',
    '(?=a)a(?!b)$',
    'ä[^à-ü]',
]


@pytest.mark.parametrize('pattern', PATTERNS)
def test_texts_match(pattern):
    """A text that is made of a pattern is matched by it."""
    made = texts(pattern)

    assert made
    assert all(re.fullmatch(pattern, text) for text in made)


def test_texts_of_each_branch():
    """There is a text for each way that a pattern offers."""
    assert {'/a', '/b/c', '/'} <= set(texts('/(?:a|b/c)?'))


def test_texts_are_few():
    """A pattern with many ways has no more than a dozen texts."""
    assert 12 >= len(texts('[ab]?' * 50))


@pytest.mark.parametrize(
    ('pattern', 'shown', 'names'),
    [
        ('/v2', '/v2', ()),
        (
            r'/v2\.1(?:/(?P<project_id>[0-9a-f]{32}))?',
            '/v2.1[/{project_id}]',
            (),
        ),
        (r'(?:/identity)?(?:/v3)?', '[/identity][/v3]', ()),
        ('/v3/(?P<project_id>[0-9a-f]+)', '/v3/{project_id}', ('project_id',)),
        ('/v[0-9.]+', '/v*', ()),
        ('/v[0-9.]*', '/v*', ()),
        ('(?:/identity/v3|/v3)', '/v3', ()),
        ('', '', ()),
    ],
)
def test_shown_prefix(pattern, shown, names):
    """A prefix is written as people do; brackets say what is optional."""
    prefix = re.compile(f'(?:{pattern})(?=/|\\Z)')

    found, sample, ids = shown_prefix(prefix)

    assert (shown, names) == (found, ids)
    assert prefix.fullmatch(sample)
