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
    members = _members(text)
    if 'payload' not in members:
        raise Undecodable('it has no payload')
    payload, begin, end = members['payload']
    return Notification(
        _text(members, 'event_type'),
        _text(members, 'publisher_id'),
        payload,
        text[begin:end],
    )


def _unwrapped(text: str) -> str:
    """Return the JSON text inside of an envelope of messagingv2."""
    if _ENVELOPE not in text:
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


def _text(members: dict[str, tuple[Any, int, int]], name: str) -> str:
    value = members.get(name, ('', 0, 0))[0]
    return value if isinstance(value, str) else ''
