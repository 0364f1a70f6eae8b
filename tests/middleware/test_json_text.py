# SPDX-License-Identifier: Apache-2.0

"""A JSON text that was cut goes in; what came whole of it comes out."""

import json

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.middleware.json_text import loads
from cadf_audit.middleware.json_text import loads_cut

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(['"', '\\', '[{,', '}]', '\\"', 'ü', '\U0001f600']),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=16,
)
# However busy the machine is: a text is read once for each of its letters.
untimed = settings(deadline=None)
CONTAINERS = st.lists(VALUES, max_size=4) | st.dictionaries(
    st.text(max_size=4), VALUES, max_size=4
)


def contains(whole, part):
    """Say whether a value is the beginning of another, and no piece of it."""
    if isinstance(whole, list) and isinstance(part, list):
        return len(part) <= len(whole) and all(
            contains(*each) for each in zip(whole, part, strict=False)
        )
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(
            name in whole and contains(whole[name], each)
            for name, each in part.items()
        )
    return type(whole) is type(part) and whole == part


@untimed
@given(
    CONTAINERS,
    st.floats(0, 1),
    st.sampled_from([None, 1]),
    st.booleans(),
)
def test_beginning_of_a_text_is_contained_in_the_whole(
    value, share, indent, ascii_only
):
    """It never raises, and shows no piece of a string or a number."""
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    end = max(1, round(share * len(text)))

    assert contains(value, loads_cut(text[:end]))


@untimed
@given(CONTAINERS)
def test_every_beginning_of_a_text_says_more_than_the_one_before(value):
    """Each one contains all that a shorter one says."""
    text = json.dumps(value)
    found = [loads_cut(text[:end]) for end in range(1, len(text) + 1)]

    assert all(map(contains, found[1:], found))
    assert value == found[-1]


@untimed
@given(st.text(max_size=40) | st.text('[]{}",:\\1eltrufasn \n', max_size=40))
def test_text_that_is_no_json_raises_one_error(text):
    """Whatever a client sends."""
    for read in (loads, loads_cut):
        try:
            read(text)
        except ValueError as exc:
            assert str(exc)  # noqa: PT017


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('{"a": 1, "b": "hun', {'a': 1}),
        ('{"a": 1, "b": 23', {'a': 1}),
        ('{"a": tru', {}),
        ('{"a": {"b": [1, {"c": "d", "e', {'a': {'b': [1, {'c': 'd'}]}}),
        ('{"a": "x", "b": "\\', {'a': 'x'}),
        ('{"a": "x", "b": "\\u00', {'a': 'x'}),
        ('{"a": "[{\\"", "b": "', {'a': '[{"'}),
        ('[1, 2', [1]),
        ('[[], [', [[], []]),
        ('\ufeff[1,', [1]),
        (' \n{"a"', {}),
        ('[1] \n', [1]),
        # What stands there twice is what came last.
        ('{"a": 1, "a": [2, ', {'a': [2]}),
    ],
)
def test_unfinished_part_is_left_out(text, expected):
    """And what is open is closed."""
    assert expected == loads_cut(text)


@pytest.mark.parametrize(
    ('text', 'trimmed'),
    [
        (
            '{"a": 1, "b": {"c": 2}, "d": [{"e": 3}, {"f": 4, "g',
            [['f'], ['a', 'b', 'd']],
        ),
        ('[[], [{"a": 1}, ', []),
        ('[1, {"a": 1', [[]]),
        ('{"a": [1, 2', [['a']]),
        ('{"a": 1}', []),
        # Of two members with one name, the one that was cut is the last.
        ('{"a": {"e": 1}, "b": {}, "a": {"c": 3, "d', [['b', 'a'], ['c']]),
    ],
)
def test_objects_of_which_more_might_follow_are_trimmed(text, trimmed):
    """And none that came whole."""
    found = []

    loads_cut(text, lambda each: found.append([*each]))

    assert sorted(trimmed) == sorted(found)


@pytest.mark.parametrize(
    'text',
    [
        '',
        ' ',
        '"hunter2',
        '"text"',
        '12',
        'nul',
        '<a>[',
        '1,',
        '[}',
        '{]',
        '{"a": 1}]',
        '[1] x',
        "{'a': 1, ",
        '{a: 1, "b',
        '{"a" 1, ',
        '[1 2, ',
    ],
)
def test_what_is_no_beginning_of_json_raises(text):
    """What cannot be parsed is not told."""
    with pytest.raises(ValueError):  # noqa: PT011
        loads_cut(text)


@pytest.mark.parametrize(
    'text',
    [
        '[' * 100_000,
        '{"a":' * 100_000,
        '"' + '\\"' * 100_000,
        '[' + '"\\\\",' * 100_000,
        '[' + '9' * 100_000,
        '[' + '9' * 5000 + ',',
        '[],' * 100_000,
    ],
    ids=['lists', 'objects', 'quotes', 'strings', 'digits', 'number', 'more'],
)
def test_hostile_text_is_read_or_refused(text):
    """The stack holds, and nothing is looked at twice."""
    try:
        assert isinstance(loads_cut(text), list)
    except ValueError as exc:
        assert str(exc)  # noqa: PT017


@pytest.mark.parametrize(
    ('finite', 'expected'), [(False, float('inf')), (True, '1e999')]
)
def test_number_that_is_too_large_is_told_as_text(finite, expected):
    """JSON has no infinity."""
    assert [expected, None] == loads('[1e999, NaN]', finite)
