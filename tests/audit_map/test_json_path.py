# SPDX-License-Identifier: Apache-2.0

"""A JSON path goes in; the value at it comes out."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from cadf_audit.audit_map.json_path import parse_json_path
from cadf_audit.audit_map.json_path import value_at


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('$', ()),
        ('$.id', ('id',)),
        ('$.server.id', ('server', 'id')),
        ('$.servers[0].id', ('servers', 0, 'id')),
        ('$[1][2]', (1, 2)),
        ("$['a name'].id", ('a name', 'id')),
        ('$["it\'s"]', ("it's",)),
        ("$['a.b']['c[0]']", ('a.b', 'c[0]')),
        ('$.OS-EXT:host', ('OS-EXT:host',)),
        ('$.größe', ('größe',)),
        ("$['0']", ('0',)),
        ('$.0', ('0',)),
    ],
)
def test_path_has_a_step_for_each_name_and_index(text, expected):
    """A quoted name may hold what else would end it."""
    assert expected == parse_json_path(text)


@pytest.mark.parametrize(
    'text',
    [
        *('', 'id', '.id', ' $.id', '$id', '$.', '$..id', '$.a.', '$.a..b'),
        *('$[', '$[]', '$[-1]', '$[x]', '$[*]', '$[0', '$.a[0]b', "$['']"),
        *("$['a]", '$[1:2]', '$[?(@.a)]', '$[99999999999]'),
    ],
)
def test_what_names_no_single_place_is_refused(text):
    """Wildcards, slices and filters could name many."""
    with pytest.raises(ValueError, match='is no JSON path') as caught:
        parse_json_path(text)

    assert '$.server.id' in str(caught.value)


@pytest.mark.parametrize(
    ('path', 'expected'),
    [
        ('$', {'a': [{'b': 1}, 2], 'n': None, '0': 'zero'}),
        ('$.a[0].b', 1),
        ('$.a[1]', 2),
        ('$.a[2]', None),
        ('$.a.b', None),
        ('$.n', None),
        ('$.n.x', None),
        ('$.missing.x', None),
        ('$[0]', None),
        ("$['0']", 'zero'),
        ('$.a[1].b', None),
    ],
)
def test_value_is_what_stands_at_the_path(path, expected):
    """Where the path leads nowhere there is None, whatever is there."""
    document = {'a': [{'b': 1}, 2], 'n': None, '0': 'zero'}

    assert expected == value_at(document, parse_json_path(path))


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from('ab'), inner, max_size=2)
        ),
    ),
    st.lists(st.sampled_from(['a', 'b', 0, 1]), max_size=4),
)
def test_any_path_leads_somewhere_in_any_document(document, steps):
    """Each step that leads on is that of Python; one that does not is None."""
    expected = document
    for step in steps:
        try:
            kind = dict if isinstance(step, str) else list
            expected = expected[step] if isinstance(expected, kind) else None
        except LookupError:
            expected = None

    assert expected == value_at(document, steps)
