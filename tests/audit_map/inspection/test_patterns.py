# SPDX-License-Identifier: Apache-2.0

"""What a pattern is made of, and texts that it matches."""

import re

import pytest

from cadf_audit.audit_map.inspection.patterns import texts
from cadf_audit.audit_map.inspection.shown_prefix import shown_prefixes

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
    ('patterns', 'shown', 'names'),
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
        ('(?:/identity/v3|/v3)', '/[identity/]v3', ()),
        ('', '', ()),
        ('/v[23]', '/v(2|3)', ()),
        ('/v1/(?P<project_id>[^/]+) /v1', '/v1[/{project_id}]', ()),
        ('/v1 /v1/c/(?P<project_id>[^/]+)', '/v1[/c/{project_id}]', ()),
        ('/a /b', '/(a|b)', ()),
        ('/v1/(?:x|y) /v1', '/v1[/(x|y)]', ()),
        ('/v(?:2|3)(?:/x)? /v(?:2|3)(?:/y)?', '/v(2|3)([/x]|[/y])', ()),
        (
            '/a/(?P<project_id>[^/]+) /b/(?P<project_id>[^/]+)',
            '/(a|b)/{project_id}',
            ('project_id',),
        ),
    ],
)
def test_shown_prefixes(patterns, shown, names):
    """Prefixes are one text; only what each of them needs is required."""
    prefixes = [
        re.compile(f'(?:{each})(?=/|\\Z)') for each in patterns.split(' ')
    ]

    found, sample, ids = shown_prefixes(prefixes)

    assert (shown, names) == (found, ids)
    assert any(prefix.fullmatch(sample) for prefix in prefixes)
