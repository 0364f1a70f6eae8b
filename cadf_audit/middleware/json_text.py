# SPDX-License-Identifier: Apache-2.0

"""A JSON text in, its value out; of one that was cut, what came whole."""

from collections.abc import Callable
import json
import math
import re
from typing import Any

# Beyond it, Python refuses to turn text into a number, or takes long.
_MOST_DIGITS = 100

_CLOSERS = {'[': ']', '{': '}'}

# Where a text may be cut. Nothing is given back that was taken, so that a
# string without an end is found in one go.
_marks = re.compile(
    r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["\[\]{},]', re.DOTALL
).finditer


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) < _MOST_DIGITS else digits


def _float(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


def _nothing(name: str) -> None:
    """Return what NaN and the like are, which are no JSON."""


# Made once: json.loads() with an argument makes a decoder for each text.
_decode = json.JSONDecoder(parse_int=_integer, parse_constant=_nothing).decode
_decode_finite = json.JSONDecoder(
    parse_int=_integer, parse_float=_float, parse_constant=_nothing
).decode


def _in_order(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object whose last member is the one that came last."""
    result = dict(members)
    if len(result) < len(members):
        result = {}
        for name, value in members:
            # One whose name was there before would keep its place.
            result.pop(name, None)
            result[name] = value
    return result


_decode_cut = json.JSONDecoder(
    parse_int=_integer,
    parse_float=_float,
    parse_constant=_nothing,
    object_pairs_hook=_in_order,
).decode


def loads(text: str, finite: bool = False) -> Any:
    """Return what a JSON text says.

    :param text: the text, with or without a byte order mark
    :param finite: whether a number that is too large stays a text; else it
        is infinity, which no JSON text can say
    :raises ValueError: it is no JSON, or is nested too deeply
    """
    return _loads(text, _decode_finite if finite else _decode)


def _loads(text: str, decode: Callable[[str], Any]) -> Any:
    try:
        return decode(text.removeprefix('\ufeff'))
    except RecursionError as exc:
        raise ValueError('it is nested too deeply') from exc


def loads_cut(
    text: str, trim: Callable[[dict[str, Any]], None] | None = None
) -> Any:
    """Return what came whole of a JSON object or list.

    The value that was cut is left out, with its name. So is the last one
    where nothing stands behind it: of a number, more might have followed.

    :param text: the beginning of a JSON text
    :param trim: takes away from an object of which more might have followed
        what cannot be told without the rest
    :raises ValueError: it is none, or of one that is no object and no list
    """
    closers: list[str] = []
    end = 0
    for found in _marks(text):
        mark = found[0]
        if mark in _CLOSERS:
            closers.append(_CLOSERS[mark])
            end = found.end()
        elif mark == ',' and closers:
            end = found.start()
        elif mark == '"':
            # A string without an end, in which a bracket is a character.
            break
        elif mark in ('}', ']'):
            if not closers or closers.pop() != mark:
                raise ValueError('a bracket has no partner')
            end = found.end()
            if not closers:
                # It is whole; whatever stands behind it is for the decoder.
                end = len(text)
                break
    if not end:
        raise ValueError('it is no object and no list')
    value = _loads(text[:end] + ''.join(reversed(closers)), _decode_cut)
    if trim is not None:
        _trim(value, len(closers), trim)
    return value


def _trim(
    value: Any, count: int, trim: Callable[[dict[str, Any]], None]
) -> None:
    """Trim the objects that were not closed: each is the last of its own.

    :param value: what came of the text
    :param count: how many brackets were open
    :param trim: trims an object
    """
    for _ in range(count):
        inner = None
        if type(value) is dict:
            if value:
                inner = next(reversed(value.values()))
            trim(value)
        elif value:
            inner = value[-1]
        if type(inner) not in (dict, list):
            break
        value = inner
