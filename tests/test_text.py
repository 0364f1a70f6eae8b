# SPDX-License-Identifier: Apache-2.0

"""Text from outside goes in; text that may stand in an event comes out."""

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.text import clean
from cadf_audit.text import clean_native
from cadf_audit.text import cut
from cadf_audit.text import decode
from cadf_audit.text import encodable


@pytest.mark.parametrize(
    ('value', 'expected'),
    [
        ('', ''),
        ('x' * 10, 'x' * 10),
        ('x' * 11, 'x' * 9 + '…'),
        ('ü' * 11, 'ü' * 9 + '…'),
        ('x' * 100_000, 'x' * 9 + '…'),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_cut_text_ends_in_an_ellipsis(value, expected):
    """Which counts as one of the characters that are allowed."""
    assert expected == cut(value, 10)


@pytest.mark.parametrize('function', [clean, clean_native])
@pytest.mark.parametrize('value', [None, '', 0, 7, True, b'x', [], ['x'], {}])
def test_what_is_no_text_is_none(function, value):
    """An event holds no empty text and no number."""
    assert function(value) is None


@pytest.mark.parametrize('function', [clean, clean_native])
def test_limit_is_1024_characters(function):
    """Unless a caller says otherwise."""
    assert 'x' * 1024 == function('x' * 1024)
    assert 'x' * 1023 + '…' == function('x' * 1025)
    assert 'x' * 4 + '…' == function('x' * 1025, 5)


@pytest.mark.parametrize(
    ('value', 'expected'),
    [
        ('a\ud800b', 'a?b'),
        ('\udcff', '?'),
        ('ü🦀', 'ü🦀'),
        ('\x00\r\n', '\x00\r\n'),
    ],
)
def test_lone_surrogate_becomes_a_question_mark(value, expected):
    """No log and no JSON file could hold one."""
    assert expected == encodable(value)
    assert expected == clean(value)


@pytest.mark.parametrize(
    ('native', 'text'),
    [
        ('J\xc3\xbcrgen', 'Jürgen'),
        ('\xf0\x9f\xa6\x80', '🦀'),
        ('J\xfcrgen', 'Jürgen'),
        ('\xc3', 'Ã'),
        ('Жора', 'Жора'),
        ('plain', 'plain'),
        ('\udcff', '?'),
    ],
)
def test_native_string_is_read_as_utf8_where_it_is(native, text):
    """Latin-1 and plain text, which filters put there, stay as they are."""
    assert text == decode(native)
    assert text == clean_native(native)


@given(text=st.text(st.characters(exclude_categories=['Cs']), max_size=1024))
@settings(max_examples=100, deadline=None)
def test_utf8_arrives_as_utf8(text):
    """Any text that a client sends as UTF-8 comes out as it was."""
    native = text.encode('utf-8').decode('latin-1')

    assert (text or None) == clean_native(native)


@pytest.mark.parametrize('function', [clean, clean_native])
@given(
    value=st.one_of(
        st.text(),
        st.text(st.characters(categories=['Cs']), max_size=5),
        st.text(max_size=9).map(lambda text: text * 200),
    )
)
@settings(max_examples=100, deadline=None)
def test_any_text_may_stand_in_an_event(function, value):
    """It is bounded and can be encoded, or it is None."""
    result = function(value)

    assert (result is None) is (value == '')
    assert result is None or 0 < len(result) <= 1024
    assert result is None or result.encode('utf-8')
