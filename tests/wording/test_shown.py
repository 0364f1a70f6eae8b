# SPDX-License-Identifier: Apache-2.0

"""Stored text, as a person may be shown it."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from cadf_audit.wording.shown import name_shown
from cadf_audit.wording.shown import shown

anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=200),
    st.text('\x1b\u202e\ud800\0\n"\' ab', max_size=200),
    st.binary(),
    st.lists(st.text()),
)


@pytest.mark.parametrize(
    ('value', 'text'),
    [
        ('admin', 'admin'),
        ('Jürgen', 'Jürgen'),
        ('\x1b[2Jadmin', r'\x1b[2Jadmin'),
        ('a\nb\tc\0', r'a\x0ab\x09c\x00'),
        ('a\u202eb', r'a\u202eb'),
        ('a\u2066b\u200b', r'a\u2066b\u200b'),
        ('\ud800', r'\ud800'),
        ('\U000e0041', r'\U000e0041'),
        ('a\xa0b\u2028\u3164', r'a\xa0b\u2028\u3164'),
        ('CORP\\jane', 'CORP\\jane'),
        ('%s {0} %(x)s', '%s {0} %(x)s'),
        (None, ''),
        ('', ''),
        (b'bytes', ''),
        (['list'], ''),
        (204, '204'),
        (True, 'True'),
    ],
)
def test_shown(value, text):
    """What cannot be printed is shown as its escape, the rest as it is."""
    assert text == shown(value)


@pytest.mark.parametrize(
    ('value', 'text'),
    [
        ('x' * 11, 'x' * 9 + '…'),
        ('x' * 10, 'x' * 10),
        ('\x1b' * 3, r'\x1b\x1b…'),
        ('12345\x1b6', r'12345\x1b6'),
        ('1234\x1b678', r'1234\x1b6…'),
        ('123456\x1b', '123456\\x1b'),
        ('1234567\x1b', '1234567…'),
    ],
)
def test_cut(value, text):
    """A long text ends in an ellipsis, and in no half of an escape."""
    assert text == shown(value, 10)


@pytest.mark.parametrize(
    ('value', 'text'),
    [
        ('n1', 'n1'),
        ('ann@example.org', 'ann@example.org'),
        ('10.0.0.0/8', '10.0.0.0/8'),
        ('2001:db8::1', '2001:db8::1'),
        ('CORP\\jane', 'CORP\\jane'),
        ('/v1/nodes?name=a&b=%20', '/v1/nodes?name=a&b=%20'),
        ('web server', '"web server"'),
        ('a, b', '"a, b"'),
        ('n1:', '"n1:"'),
        ('n1(2)', '"n1(2)"'),
        ('say "x" y', '"say \'x\' y"'),
        (' ', '" "'),
        ('\x1b[0m', r'\x1b[0m'),
        ('x' * 100, 'x' * 63 + '…'),
        ('', ''),
    ],
)
def test_name_shown(value, text):
    """What is more than a plain word stands in quotes, and has none in it."""
    assert text == name_shown(value)


@given(anything, st.integers(min_value=1, max_value=100))
def test_anything_is_shown_on_one_line(value, limit):
    """Whatever is stored, what is shown is printable and short."""
    text, name = shown(value, limit), name_shown(value, limit)

    assert text.isprintable()
    assert name.isprintable()
    assert len(text) <= limit
    assert len(name) <= limit + 2
    assert name == text or '"' not in name[1:-1]
