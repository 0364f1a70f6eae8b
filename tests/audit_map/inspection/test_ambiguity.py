# SPDX-License-Identifier: Apache-2.0

"""Which patterns a client could let run for hours."""

import pytest

from cadf_audit.audit_map.inspection.ambiguity import is_exponential


@pytest.mark.parametrize(
    'pattern',
    [
        '(a+)+',
        '(a*)*b',
        '(?:[^/]+/?)+',
        r'([a-z]+\.?)*',
        '(a|ab|b)*',
        '(?:ab|a.)*',
        '(x+x+)+y',
        '(a*b*)*',
        '(a{1,9})*',
        '[à-ü](?:[à-ü]+)*',
        r'(?:\w+\s?)*x',
        '(?P<project_id>(?:[0-9a-f]+-?)+)',
    ],
)
def test_exponential(pattern):
    """A loop that reads a text in two ways takes exponential time."""
    assert is_exponential(pattern)


@pytest.mark.parametrize(
    'pattern',
    [
        '',
        '.+',
        '[^/]+/[^/]+',
        '[^/]+(?:/[^/]+)*',
        '(?:[a-z]+-)*[a-z]+',
        '(?:/[^/]+)+',
        '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}',
        r'(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,}',
        '(?:x{2,5}y)*',
        '(?:a|b)*',
        '(?>a+)+b',
        '(?:a++)+b',
        'a*a*',
        '(?:x?){500}' + 'y' * 300,
        '(?=a)(?:b|c)+',
    ],
)
def test_not_exponential(pattern):
    """A loop whose rounds can be told apart does not."""
    assert not is_exponential(pattern)
