# SPDX-License-Identifier: Apache-2.0

"""The line of a record, whole and damaged."""

import json
import zlib

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.delivery.spool.record import encode_record
from cadf_audit.delivery.spool.record import parse_record
from cadf_audit.delivery.spool.record import Record
from cadf_audit.delivery.spool.record import salvage

messages = st.dictionaries(st.text(max_size=8), st.text(max_size=20)).map(
    lambda content: json.dumps(content, separators=(',', ':')).encode()
)
numbers = st.integers(1, 10**18)
garbage = st.binary(max_size=30)

ONE, TWO = b'{"message_id":"1"}', b'{"message_id":"2"}'


def line(seq, message):
    """Return a line without its newline."""
    return encode_record(seq, message)[:-1]


def test_line_is_what_the_documents_say():
    """Anybody can read a segment with a JSON parser and zlib."""
    known = json.loads(encode_record(7, ONE))

    assert {
        'seq': 7,
        'crc': f'{zlib.crc32(ONE):08x}',
        'message': {'message_id': '1'},
    } == known


@settings(max_examples=50, deadline=None)
@given(numbers, messages)
def test_record_comes_back(seq, message):
    """What was written is what is read."""
    assert Record(seq, message) == parse_record(line(seq, message))


@settings(max_examples=200, deadline=None)
@given(numbers, messages, st.data())
def test_flipped_bit_never_makes_another_message(seq, message, data):
    """A damaged line is none, or the same message under another number."""
    damaged = bytearray(line(seq, message))
    place = data.draw(st.integers(0, len(damaged) - 1))
    damaged[place] ^= 1 << data.draw(st.integers(0, 7))
    record = parse_record(bytes(damaged))

    assert record is None or message == record.message


@pytest.mark.parametrize(
    'damaged',
    [
        b'',
        b'{}',
        b'\0' * 100,
        line(1, ONE)[:-1],
        line(1, ONE)[1:],
        line(1, ONE) + b' ',
        b' ' + line(1, ONE),
        line(1, ONE).replace(b'"seq":1', b'"seq":-1'),
        line(1, ONE).replace(b'"seq":1', b'"seq":' + b'1' * 20),
        line(1, ONE) + line(2, TWO),
    ],
)
def test_what_is_no_line_is_no_record(damaged):
    """Only exactly what was written counts."""
    assert parse_record(damaged) is None


@settings(max_examples=200, deadline=None)
@given(garbage, garbage, garbage, messages, messages)
def test_records_in_garbage_are_salvaged(before, between, after, one, two):
    """Whatever stands around intact records, they are found in order."""
    damaged = before + line(1, one) + between + line(2, two) + after

    assert [Record(1, one), Record(2, two)] == list(salvage(damaged))


def test_record_behind_half_of_another_is_salvaged():
    """A cut line takes no whole one with it."""
    for cut in range(len(line(1, ONE))):
        damaged = line(1, ONE)[:cut] + line(2, TWO)

        assert [Record(2, TWO)] == list(salvage(damaged))


def test_message_that_looks_like_a_line_is_salvaged_whole():
    """An event may hold ``{"seq":``."""
    message = b'{"a":{"seq":1,"crc":"x"},"b":[{"seq":2}]}'
    damaged = line(1, message) + b'\x0b' + line(2, TWO)

    assert [Record(1, message), Record(2, TWO)] == list(salvage(damaged))


def test_salvage_takes_no_longer_than_the_line_is_long():
    """Brackets and headers without end are no way to hold a reader up."""
    damaged = (b'{"seq":1,"crc":"00000000","message":' + b'}' * 50) * 2000

    assert [] == list(salvage(damaged))
