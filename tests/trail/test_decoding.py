# SPDX-License-Identifier: Apache-2.0

"""Bytes become a notification, or a reason why they are none."""

import json

from hypothesis import given
from hypothesis import strategies as st
import pytest

from cadf_audit.delivery.encoding import encode
from cadf_audit.trail.decoding import decode
from cadf_audit.trail.decoding import LONGEST_MESSAGE
from cadf_audit.trail.decoding import Notification
from cadf_audit.trail.decoding import Undecodable
from tests.trail.parts import json_values
from tests.trail.parts import message
from tests.trail.parts import notification
from tests.trail.parts import wrapped

# JSON texts that a reader which reads and writes would not give back.
TEXTS = {
    'a key twice': '{"a":1,"a":2}',
    'a long number': '{"a":' + 5000 * '9' + '}',
    'digits behind a point': '[1.0000000000000000000000001, 1e400, -0.0]',
    'a NUL': r'{"a\u0000":"\u0000"}',
    'a lone surrogate': r'["\ud800", "\udfff\ud800"]',
    'spaces': '{ "a" :\t[ 1 ,2 ]\r\n}',
    'a character': '"ü€😀"',
    'null': 'null',
}

# What messages are made of, and what else may stand between the parts.
PARTS = [
    '{',
    '}',
    ',',
    ' ',
    '"payload":',
    '"payload": ',
    '"payload"',
    r'"pay\u006coad": ',
    '"event_type": "e"',
    '"a":1',
    '{"a": [1, "payload"]}',
    r'"\"payload\":"',
    '"a":"',
    ':',
    '1',
    '[',
    ']',
    '\u00a0',
]

plain = str.encode


def spooled(text):
    """Return a notification as the spool writes it."""
    return encode(json.loads(text)).encode()


@pytest.mark.parametrize('envelope', [wrapped, plain, spooled])
def test_envelope(envelope):
    """One notification is read out of every envelope that there is."""
    payload = {'id': 'é', 'n': [1, None]}

    found = decode(envelope(notification(payload, 'a.b', 'svc.host')))

    assert ('a.b', 'svc.host', payload) == found[:3]
    assert payload == json.loads(found.text)


@pytest.mark.parametrize('envelope', [wrapped, plain])
@pytest.mark.parametrize('text', TEXTS.values(), ids=TEXTS.keys())
def test_text_of_the_payload(envelope, text):
    """The payload is kept as it was written, to the last character."""
    found = decode(envelope(f' {{"event_type":"e", "payload":\n{text} }} '))

    assert text == found.text
    assert 'e' == found.event_type


def test_surrogate_in_the_envelope():
    """A surrogate that the envelope had escaped is kept as a character."""
    body = rb'{"oslo.message":"{\"payload\":\"\ud800\"}"}'

    assert Notification('', '', '\ud800', '"\ud800"') == decode(body)


@pytest.mark.parametrize(
    'body',
    [
        b'{"payload":1,"payload":2}',
        b'{"a":0,"payload":1,"payload":2}',
        b'{"a":0,"payload":1,"b":0,"payload":2,"c":0}',
        rb'{"a":0,"payload":1,"pay\u006coad":2}',
        rb'{"pay\u006coad":1,"payload":2,"c":0}',
    ],
)
def test_member_that_stands_there_twice(body):
    """The last of two payloads counts, as it does for Python."""
    assert '2' == decode(body).text


def test_type_that_stands_there_twice():
    """The last of two event types counts, also behind the payload."""
    body = b'{"event_type":"a","payload":1,"event_type":"b"}'

    assert Notification('b', '', 1, '1') == decode(body)


def test_escapes_in_names():
    """A name is what it says, however it is spelled."""
    body = rb'{"a\"b":0,"c\\":1,"":2,"pay\u006coad" : 3}'

    assert Notification('', '', 3, '3') == decode(body)


@pytest.mark.parametrize('value', ['null', '7', '{}', '["a"]'])
def test_event_type_that_is_no_text(value):
    """What is no text is no event type, and no reason to refuse."""
    body = f'{{"event_type":{value},"publisher_id":{value},"payload":1}}'

    assert Notification('', '', 1, '1') == decode(body.encode())


@pytest.mark.parametrize(
    ('body', 'reason'),
    [
        (b'', 'no JSON object'),
        (b' ', 'no JSON object'),
        (b'\xff{}', 'byte 0 is not UTF-8'),
        ('{"payload":1}'.encode('utf-16'), 'not UTF-8'),
        (b'{"payload":"\xed\xa0\x80"}', 'byte 12 is not UTF-8'),
        (b'[]', 'does not begin with {'),
        (b'7', 'does not begin with {'),
        (b'{}', 'no payload'),
        (b'{"payload"}', 'no colon'),
        (b'{"payload":', 'no JSON object'),
        (b'{"payload":1', 'no JSON object'),
        (b'{"payload":1,}', 'no name'),
        (b'{,"payload":1}', 'no name'),
        (b'{"a":1 "payload":1}', 'no comma'),
        # As most are written, but for a sign.
        (b'{,"payload":1,"b":1}', 'no name'),
        (b'{"a":1,,"payload":1,"b":1}', 'no name'),
        (b'{"a":10"payload":1,"b":1}', 'no comma'),
        (b'{"a":1,"payload":1,}', 'no name'),
        (b'{"a":1,"payload":1:"b":1}', 'no comma'),
        (b'{"a":1,"payload":1,"b":1}{}', 'more behind the object'),
        (b'{"a":1,"payload":1,"b":1', 'no JSON object'),
        (b'{"a":1},"payload":1,"b":1}', 'more behind the object'),
        (b'["a",1,"payload":1,"b":1}', 'does not begin with {'),
        (b'{"a":{"b":1,"payload":1,"c":1}}', 'no payload'),
        (b'{"a":[{"b":1,"payload":1,"c":1}]}', 'no payload'),
        (b'{"payload":1}{}', 'more behind the object'),
        (b'{"payload":1}\0', 'more behind the object'),
        (b'{"payload":"\0"}', 'no JSON object'),
        (b'{"payload":[NaN]}', 'NaN is no JSON'),
        (b'{"payload":-Infinity}', 'Infinity is no JSON'),
        (b'{"payload":01}', 'no comma'),
        (b'{"oslo.message":{"payload":1}}', 'oslo.message is no text'),
        (b'{"oslo.message":null}', 'oslo.message is no text'),
        (b'{"oslo.message":"{"}', 'no JSON object'),
        (b'{"oslo.message":"{}"}', 'no payload'),
        (b'{"payload":' + 100_000 * b'[', 'nested too deeply'),
        (b'{"payload":' + 100_000 * b'{"a":', 'nested too deeply'),
    ],
    ids=lambda each: ascii(each)[:24],
)
def test_undecodable(body, reason):
    """What is no notification is refused, with the reason."""
    with pytest.raises(Undecodable, match=reason):
        decode(body)


@pytest.mark.parametrize('megabytes', [5, 50])
def test_long_message(megabytes):
    """A message that no row could hold is refused unread."""
    body = b'{"payload":"' + megabytes * 1024 * 1024 * b'x' + b'"}'

    with pytest.raises(Undecodable, match='bytes, and at most 4194304'):
        decode(body)


def test_longest_message():
    """A message of just the size that is allowed is read."""
    body = b'{"payload":"%b"}'
    body %= (LONGEST_MESSAGE - len(body) + 2) * b'x'

    assert LONGEST_MESSAGE == len(body)
    assert LONGEST_MESSAGE - 12 == len(decode(body).text)


@pytest.mark.parametrize('bracket', ['[]', '{}'])
def test_each_nesting(bracket):
    """At no depth does anything but a refusal come out of a message."""
    begin = '[' if bracket == '[]' else '{"a":'
    read, reasons = 0, set()
    for depth in range(0, 3000, 7):
        text = depth * begin + '0' + depth * bracket[1]
        try:
            read += text == decode(f'{{"payload":{text}}}'.encode()).text
        except Undecodable as exc:
            reasons.add(str(exc))

    assert 50 < read
    assert {'its JSON is nested too deeply'} == reasons


def assert_notification_or_reason(body):
    """Expect one of the two ends that reading a message has."""
    try:
        result = decode(body)
    except Undecodable as exc:
        result = str(exc)

    assert result
    assert isinstance(result, Notification | str)


@given(st.binary() | st.text(st.characters(codec='utf-8')).map(plain))
def test_any_bytes(body):
    """Any bytes are a notification or are refused."""
    assert_notification_or_reason(body)


@given(st.dictionaries(st.text(max_size=12), json_values), st.data())
def test_any_bytes_near_json(members, data):
    """A message with a wrong byte is a notification or is refused."""
    body = bytearray(message(members))
    where = data.draw(st.integers(0, len(body) - 1))
    body[where : where + 1] = data.draw(st.binary(max_size=2))

    assert_notification_or_reason(bytes(body))


@given(
    st.lists(st.sampled_from(PARTS), max_size=7),
    st.sampled_from(
        [
            '{%s}',
            '{"a": 1, %s}',
            '{"a": 1, "payload": %s}',
            '{"a": 1, "payload": 2, %s}',
            '{"a": 1, %s, "b": 1}',
            '{"a":1,"payload":%s,"b":1}',
            '%s, "payload": 2, "b": 1}',
            '{"a": 1%s"payload": 2, "b": 1}',
            '{"a": 1, "payload": 2%s"b": 1}',
        ]
    ),
)
def test_any_spelling(parts, frame):
    """A payload is found where Python finds it, and nowhere else."""
    text = frame % ''.join(parts)
    try:
        payload = json.loads(text)['payload']
    except (ValueError, TypeError, KeyError):
        with pytest.raises(Undecodable):
            decode(text.encode())
        return

    found = decode(text.encode())

    assert payload == found.payload == json.loads(found.text)
    assert found.event_type == json.loads(text).get('event_type', '')


@pytest.mark.parametrize(
    'envelope',
    [
        '{"oslo.version": "2.0", "oslo.message": %s}',
        '{"oslo.version": "2.0", "oslo.message": %s} ',
        '{"oslo.version": "2.0", "oslo.message": %s, "more": "}"}',
        '{"oslo.version": "2.0", "oslo.message": "{}", "oslo.message": %s}',
        '{"oslo.message":%s,"oslo.version":"2.0"}',
    ],
)
def test_any_envelope(envelope):
    """An envelope is one, however it is spelled and whatever else it has."""
    body = envelope % json.dumps('{"payload": "é"}')

    assert Notification('', '', 'é', '"é"') == decode(body.encode())


@pytest.mark.parametrize('rest', ['', ',', '}}', '} {}', ', "a"}', '"}'])
def test_envelope_with_a_wrong_end(rest):
    """What only begins as an envelope is none."""
    body = '{"oslo.version": "2.0", "oslo.message": "{\\"payload\\":1}"' + rest

    with pytest.raises(Undecodable):
        decode(body.encode())


@given(json_values, st.booleans(), st.sampled_from([wrapped, plain]))
def test_any_payload(payload, ascii_only, envelope):
    """Any JSON is read as Python reads it, and kept as it was written."""
    text = json.dumps(payload, ensure_ascii=ascii_only)
    # What no encoding has can only be escaped.
    if envelope is plain and not ascii_only:
        text = text.encode(errors='backslashreplace').decode()

    found = decode(envelope(f'{{"payload":{text}}}'))

    assert text == found.text
    assert json.loads(text) == found.payload
