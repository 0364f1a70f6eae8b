# SPDX-License-Identifier: Apache-2.0

"""Bytes that pass go in; what they say as JSON comes out."""

import json

import pytest

from cadf_audit.middleware.evidence import Evidence
from cadf_audit.middleware.evidence import Recording


def recorded(content, limit=100):
    """Return a recording of one chunk."""
    recording = Recording(limit)
    recording.add(content)
    return recording


def answered(*chunks, content_type='application/json', limit=100, **headers):
    """Return the evidence of a response."""
    evidence = Evidence(limit)
    evidence.response = Recording(limit)
    evidence.headers = [
        ('Content-Type', content_type),
        *((name.replace('_', '-'), value) for name, value in headers.items()),
    ]
    for chunk in chunks:
        evidence.answered(chunk)
    return evidence


def test_recording_keeps_what_is_not_too_much():
    """The limit itself still fits."""
    recording = Recording(4)
    recording.add(b'ab')
    recording.add(b'cd')

    assert b'abcd' == recording.content()
    assert not recording.overflows


def test_recording_of_too_much_holds_nothing():
    """Half of a JSON text is none, and its memory is free at once."""
    recording = Recording(4)
    recording.add(b'ab')
    recording.add(b'cde')
    recording.add(b'f')

    assert b'' == recording.content()
    assert recording.overflows


def test_recording_begins_again_with_its_body():
    """A body that is read anew from somewhere else is no whole body."""
    recording = recorded(b'x' * 200)
    recording.restart(whole=True)
    recording.add(b'{}')
    again = (recording.content(), recording.overflows)
    recording.restart(whole=False)
    recording.add(b'}')

    assert (b'{}', False) == again
    assert recording.partial
    assert not recording.overflows


def test_recording_stays_until_its_body_is_read_anew():
    """Who rewinds a body when it has read it changes nothing."""
    recording = recorded(b'{}')
    recording.restart(whole=True)

    assert b'{}' == recording.content()


def test_empty_chunks_take_no_memory():
    """A response may be a heartbeat for hours."""
    recording = recorded(b'')

    assert 0 == len(recording._kept)


@pytest.mark.parametrize(
    ('content_type', 'expected'),
    [
        ('application/json', {'a': 1}),
        ('Application/JSON; charset=UTF-8', {'a': 1}),
        ('application/json ;charset="utf-8"', {'a': 1}),
        ('application/json;charset=utf8', {'a': 1}),
        ('application/json; charset=latin-1', {'a': 1}),
        ('application/vnd.openstack.images+json', {'a': 1}),
        ('application/json; charset=bogus', None),
        ('application/json; charset=utf-16', None),
        ('application/json; charset=utf-32', None),
        ('application/json; charset=hex', None),
        ('application/json; charset=', {'a': 1}),
        ('application/json; x=charset=bogus', {'a': 1}),
        ('text/json', None),
        ('text/plain', None),
        ('application/jsonlines', None),
        ('application/json, text/plain', None),
        ('', None),
        (';', None),
    ],
)
def test_only_json_is_read_and_only_in_a_charset_that_it_has(
    content_type, expected
):
    """A wrong charset is no error, and no answer either."""
    evidence = answered(b'{"a": 1}', content_type=content_type)

    assert expected == evidence.response_document()
    assert not evidence.unread()


@pytest.mark.parametrize(
    ('charset', 'codec'),
    [('utf-16', 'utf-16'), ('ISO-8859-1', 'latin-1'), ('utf-8', 'utf-8')],
)
def test_charset_of_a_response_is_that_of_its_text(charset, codec):
    """An umlaut comes out right."""
    evidence = answered(
        '{"a": "ü"}'.encode(codec),
        content_type=f'application/json; charset={charset}',
    )

    assert {'a': 'ü'} == evidence.response_document()


@pytest.mark.parametrize('coding', ['gzip', 'GZIP', 'br', 'deflate, gzip'])
def test_encoded_response_is_not_kept(coding):
    """It would have to be inflated, to whatever size."""
    evidence = answered(*[b'x' * 60] * 9, Content_Encoding=coding)

    assert evidence.response_document() is None
    assert not evidence.unread()


def test_identity_is_no_encoding():
    """A response may say that it has none."""
    evidence = answered(b'[1]', Content_Encoding='Identity')

    assert [1] == evidence.response_document()


def test_chunks_are_put_together():
    """A character may be split between them, and other types are no bytes."""
    whole = '{"a": "ü"}'.encode()
    chunks = [whole[:8], 'text', None, bytearray(b'x'), whole[8:]]

    assert {'a': 'ü'} == answered(*chunks).response_document()


@pytest.mark.parametrize(
    'content',
    [
        *(b'', b'{', b'{"a": 1}x', b'<html>', b'\xff', b'\x00', b"{'a': 1}"),
        *(b'[' * 90, b'\xef\xbb\xbf', b'nul', b'1_0'),
    ],
)
def test_broken_json_says_nothing(content):
    """A proxy's error page under a JSON type is no error of ours."""
    assert answered(content).response_document() is None


@pytest.mark.parametrize('depth', [900, 980, 990, 1100, 30_000])
def test_json_of_any_depth_is_read_or_says_nothing(depth):
    """The stack holds."""
    content = b'[' * depth + b']' * depth
    found = answered(content, limit=2 * depth).response_document()

    assert found is None or isinstance(found, list)


@pytest.mark.parametrize('digits', [1, 99, 100, 101, 5000, 60_000])
def test_number_of_any_length_is_read(digits):
    """Python refuses to turn more than 4300 digits into a number."""
    found = answered(b'9' * digits, limit=70_000).response_document()

    assert '9' * digits == str(found)


def test_response_that_is_too_long_is_said_to_be():
    """Only where it would have been read."""
    assert answered(b'x' * 101).unread()
    assert answered(b'x' * 101).response_document() is None
    assert not answered(b'x' * 100).unread()
    for kind in ('text/plain', 'application/x-www-form-urlencoded'):
        assert not answered(b'x' * 101, content_type=kind).unread()


def test_response_that_nobody_wants_is_not_kept():
    """Nothing is kept where no rule has a use for it."""
    evidence = Evidence(100)
    evidence.headers = [('Content-Type', 'application/json')]
    evidence.answered(b'[1]')

    assert evidence.response is None
    assert evidence.response_document() is None
    assert evidence.request_document() is None
    assert not evidence.unread()


@pytest.mark.parametrize(
    ('content', 'expected'),
    [
        (b'{"a": 1}', {'a': 1}),
        (json.dumps('{"a": 1}').encode(), {'a': 1}),
        (json.dumps(json.dumps('{}')).encode(), '{}'),
        (b'"text"', None),
        (b'"\\ud800"', None),
        (b'', None),
        (b'x' * 101, None),
    ],
)
def test_request_may_be_json_in_a_json_string(content, expected):
    """It is read twice at most."""
    evidence = Evidence(100)
    evidence.request = recorded(content)

    assert expected == evidence.request_document()


@pytest.mark.parametrize(
    ('headers', 'expected'),
    [
        ([('X-Id', 'a')], 'a'),
        ([('x-ID', 'a'), ('X-Id', 'b')], 'a'),
        ([('X-Id', 5)], ''),
        ([], ''),
        (None, ''),
        ([('X-Other', 'a')], ''),
        ([('x',), ('X-Id', 'a')], ''),
        ([(None, 'a'), ('X-Id', 'a')], ''),
        ('odd', ''),
    ],
)
def test_headers_of_any_shape_tell_what_they_can(headers, expected):
    """An application that breaks PEP 3333 is no error of ours."""
    evidence = Evidence(100)
    evidence.headers = headers

    assert expected == evidence.header('x-id')
