# SPDX-License-Identifier: Apache-2.0

"""What somebody wrote as a value in, what it means out.

Each function raises ``ValueError`` with what is allowed, for people.
"""

import datetime
import re

from cadf_audit.trail.addresses import network_keys
from cadf_audit.trail.reading import COLUMN_LIMIT
from cadf_audit.trail.reading import storable
from cadf_audit.wording.categories import LEVELS

OUTCOMES = ('success', 'failure', 'unknown')
ENDPOINTS = ('API', 'UI', 'CLI')
KINDS = ('activity', 'monitor', 'control')
ORDERS = ('newest', 'oldest')

#: What is behind a number and a unit: ``30m`` is half an hour ago
UNITS = {
    's': datetime.timedelta(seconds=1),
    'm': datetime.timedelta(minutes=1),
    'h': datetime.timedelta(hours=1),
    'd': datetime.timedelta(days=1),
    'w': datetime.timedelta(weeks=1),
}

_ago = re.compile(r'([0-9]{1,6})([smhdw])').fullmatch
_status = re.compile(r'[1-9][0-9][0-9]|[1-9]xx').fullmatch
_whole = re.compile(r'[0-9]{1,18}').fullmatch


def text(value: str) -> str:
    """Return a text as a column has it."""
    if not value:
        raise ValueError('a text of one character or more')
    found = storable(value)
    if len(found) > COLUMN_LIMIT:
        found = found[: COLUMN_LIMIT - 1] + '…'
    return found


def part(value: str) -> str:
    """Return a text to look for within columns."""
    if not value:
        raise ValueError('a text of one character or more')
    if len(value) > COLUMN_LIMIT:
        raise ValueError(f'at most {COLUMN_LIMIT} characters')
    return storable(value)


def taxon(value: str) -> str:
    """Return a place in a taxonomy: an action, a typeURI."""
    found = text(value).strip('/')
    if not found:
        raise ValueError('a path such as update or compute/server')
    return found


def outcome(value: str) -> str:
    """Return an outcome."""
    return _one_of(value.lower(), OUTCOMES)


def endpoint(value: str) -> str:
    """Return the kind of an endpoint."""
    return _one_of(value.upper(), ENDPOINTS)


def kind(value: str) -> str:
    """Return an eventType."""
    return _one_of(value.lower(), KINDS)


def order(value: str) -> str:
    """Return which events come first."""
    return _one_of(value.lower(), ORDERS)


def status(value: str) -> str:
    """Return a status code, or a class of them."""
    if not _status(value.lower()):
        raise ValueError('a status such as 404, or a class of them: 4xx')
    return value.lower()


def level(value: str) -> str:
    """Return a level of MAAS."""
    return _one_of(value.upper(), tuple(LEVELS))


def category(value: str, names: tuple[str, ...]) -> str:
    """Return the name of a category."""
    return _one_of(value.upper(), names)


def address(value: str) -> tuple[str, str]:
    """Return the first and the last key of an address or a network."""
    try:
        return network_keys(value)
    except ValueError as exc:
        raise ValueError(
            'an IP address such as 192.0.2.7, or a network such as '
            '192.0.2.0/24'
        ) from exc


def whole(value: str) -> int:
    """Return a whole number that is not negative."""
    if not _whole(value):
        raise ValueError('a whole number')
    return int(value)


def limit(value: str, most: int) -> int:
    """Return how many events a page has at most."""
    if not _whole(value) or not 1 <= int(value) <= most:
        raise ValueError(f'a whole number from 1 to {most}')
    return int(value)


def truth(value: str) -> bool:
    """Return whether something is wanted."""
    return _one_of(value.lower(), ('true', 'false')) == 'true'


def time(value: str, now: datetime.datetime) -> datetime.datetime:
    """Return a time in UTC.

    :param value: as ISO 8601 has it, UTC without a zone; or how long ago
    :param now: what ``30m`` is counted back from
    """
    ago = _ago(value)
    try:
        if ago:
            return now - int(ago[1]) * UNITS[ago[2]]
        found = datetime.datetime.fromisoformat(value)
        if found.tzinfo is None:
            return found.replace(tzinfo=datetime.UTC)
        return found.astimezone(datetime.UTC)
    except (ValueError, OverflowError) as exc:
        raise ValueError(
            'a time such as 2026-11-20T04:49:35+00:00, 2026-11-20, or how '
            'long ago: 30m, 24h, 7d'
        ) from exc


def _one_of(value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f'one of {", ".join(allowed)}')
    return value
