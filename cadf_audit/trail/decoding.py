# SPDX-License-Identifier: Apache-2.0

"""The bytes of a message in, the notification in it out.

The envelopes are those of oslo.messaging: ``messagingv2`` wraps a JSON text
into another one, ``messaging`` does not, and the spool holds what it holds.
The payload is kept as it is written, with a key that stands there twice and
with numbers of any length.
"""

import json
from json.decoder import scanstring  # type: ignore[attr-defined]
import re
from typing import Any
from typing import NamedTuple

# What a trail may hold in one row, in bytes; a broker delivers anything.
LONGEST_MESSAGE = 4 * 1024 * 1024

# Longer ones are no numbers of ours, and Python takes long over them.
_MOST_DIGITS = 400

_MESSAGE = 'oslo.message'
_ENVELOPE = f'"{_MESSAGE}"'
_PAYLOAD = '"payload":'

# How oslo.messaging begins an envelope, up to the text in it.
_USUAL_ENVELOPE = f'{{"oslo.version": "2.0", {_ENVELOPE}: "'

# The spaces of JSON are fewer than those of Python.
_open = re.compile(r'[ \t\n\r]*\{[ \t\n\r]*').match
_close = re.compile(r'[ \t\n\r]*\}[ \t\n\r]*').match
_comma = re.compile(r'[ \t\n\r]*,[ \t\n\r]*').match
_colon = re.compile(r'[ \t\n\r]*:[ \t\n\r]*').match
_plain_name = re.compile(r'"([^"\\\0-\x1f]*)"[ \t\n\r]*:[ \t\n\r]*').match


class Undecodable(Exception):  # noqa: N818
    """A message is no notification; the reason is for people."""


class Notification(NamedTuple):
    """What one message says.

    :param event_type: what kind of notification it is
    :param publisher_id: who sent it
    :param payload: what it says, read
    :param text: what it says, as it is written
    """

    event_type: str
    publisher_id: str
    payload: Any
    text: str


def decode(body: bytes) -> Notification:
    """Return the notification in a message.

    :param body: the message as it was delivered
    :raises Undecodable: there is none in it
    """
    if len(body) > LONGEST_MESSAGE:
        raise Undecodable(
            f'it has {len(body)} bytes, and at most {LONGEST_MESSAGE} are read'
        )
    try:
        text = body.decode()
    except UnicodeDecodeError as exc:
        raise Undecodable(f'byte {exc.start} is not UTF-8') from exc
    text = _unwrapped(text)
    return _read_usual(text) or _read(text)


def _unwrapped(text: str) -> str:
    """Return the JSON text inside of an envelope of messagingv2."""
    if text.startswith(_USUAL_ENVELOPE):
        usual = _unwrapped_usual(text)
        if usual is not None:
            return usual
    elif _ENVELOPE not in text:
        return text
    try:
        # Nothing of the envelope is kept as it is written.
        envelope = json.loads(text)
    except (ValueError, RecursionError):
        # Why it is no JSON is told by who looks for its members.
        return text
    if not isinstance(envelope, dict) or _MESSAGE not in envelope:
        return text
    inner = envelope[_MESSAGE]
    if not isinstance(inner, str):
        raise Undecodable(f'{_MESSAGE} is no text')
    return inner


def _unwrapped_usual(text: str) -> str | None:
    """Return the text in an envelope that nothing else is in; else None."""
    try:
        inner, end = scanstring(text, len(_USUAL_ENVELOPE), True)
    except ValueError:
        return None
    return inner if text[end:] == '}' else None


def _read_usual(text: str) -> Notification | None:
    """Return a notification that is written as most are; None for others.

    To read it member by member takes twice as long. What stands before the
    payload has to be an object once it is closed there, and what stands behind
    once it is opened there: then the payload is a member of both together.
    """
    at = text.find(_PAYLOAD)
    before = text[:at].rstrip(' ')
    if at < 0 or not before.endswith(','):
        return None
    begin = at + len(_PAYLOAD)
    if text.startswith(' ', begin):
        begin += 1
    try:
        first, end_of_first = _scan(before[:-1] + '}', 0)
        payload, end = _scan(text, begin)
        behind = '{' + text[end + 1 :]
        last, end_of_last = _scan(behind, 0)
    except (StopIteration, ValueError, RecursionError):
        return None
    is_whole = (
        end_of_first == len(before)
        and text.startswith(',', end)
        and end_of_last == len(behind)
    )
    # An empty one has no comma beside it.
    if not (is_whole and first and last) or 'payload' in last:
        return None
    return _notification(first | last, payload, text[begin:end])


def _read(text: str) -> Notification:
    """Return a notification, however it is written.

    :raises Undecodable: it is none
    """
    members = _members(text)
    if 'payload' not in members:
        raise Undecodable('it has no payload')
    payload, begin, end = members['payload']
    values = {name: value for name, (value, _, _) in members.items()}
    return _notification(values, payload, text[begin:end])


def _notification(
    members: dict[str, Any], payload: Any, text: str
) -> Notification:
    event_type = members.get('event_type')
    publisher_id = members.get('publisher_id')
    return Notification(
        event_type if isinstance(event_type, str) else '',
        publisher_id if isinstance(publisher_id, str) else '',
        payload,
        text,
    )


def _members(text: str) -> dict[str, tuple[Any, int, int]]:
    """Return the members of a JSON object, each with its place in the text."""
    try:
        return _read_members(text)
    except StopIteration as exc:
        raise Undecodable(
            f'it is no JSON object: no value at character {exc.value}'
        ) from exc
    except IndexError as exc:
        raise Undecodable('it is no JSON object: it ends too early') from exc
    except ValueError as exc:
        raise Undecodable(f'it is no JSON object: {exc}') from exc
    except RecursionError as exc:
        raise Undecodable('its JSON is nested too deeply') from exc


def _read_members(text: str) -> dict[str, tuple[Any, int, int]]:
    result = {}
    opened = _open(text)
    if opened is None:
        raise ValueError('it does not begin with {')
    position = opened.end()
    closed = _close(text, position)
    while closed is None:
        plain = _plain_name(text, position)
        if plain is None:
            name, begin = _read_name(text, position)
        else:
            name, begin = plain[1], plain.end()
        value, end = _scan(text, begin)
        result[name] = value, begin, end
        following = _comma(text, end)
        if following is not None:
            position = following.end()
            continue
        closed = _close(text, end)
        if closed is None:
            raise ValueError(f'no comma at character {end}')
    if closed.end() != len(text):
        raise ValueError(f'more behind the object, at {closed.end()}')
    return result


def _read_name(text: str, position: int) -> tuple[str, int]:
    """Return a name with escapes in it, and where its value begins."""
    if text[position] != '"':
        raise ValueError(f'no name at character {position}')
    name, end = scanstring(text, position + 1, True)
    colon = _colon(text, end)
    if colon is None:
        raise ValueError(f'no colon at character {end}')
    return name, colon.end()


def _number(digits: str) -> int | str:
    return int(digits) if len(digits) < _MOST_DIGITS else digits


def _refuse(name: str) -> Any:
    raise ValueError(f'{name} is no JSON')


_decoder: Any = json.JSONDecoder(parse_int=_number, parse_constant=_refuse)
_scan = _decoder.scan_once
