# SPDX-License-Identifier: Apache-2.0

"""The query of a URL in, names and values as they were meant out.

What cannot be decoded without a guess is an error: a guess would answer
another question than the one that was asked.
"""

import re
from urllib.parse import unquote_to_bytes
from urllib.parse import urlencode

from cadf_audit.exceptions import AuditError
from cadf_audit.trail.query.event_query import CURSORS
from cadf_audit.trail.query.event_query import QueryError
from cadf_audit.trail.readings import Pairs

#: how long a question may be, as this API writes it
MOST_LENGTH = 16384

# Whatever it says, it takes some work to read it.
_MOST_RAW = 4 * MOST_LENGTH

# Pages are told the times of a relative window, which are longer.
_GROWING = frozenset({*CURSORS, 'from', 'to'})

_is_broken = re.compile(rb'%(?![0-9A-Fa-f]{2})').search


class TooLongError(AuditError):
    """A URL is longer than anybody wants to read."""


def read_pairs(query: str) -> Pairs:
    """Return the names and values of a query, in their order.

    :param query: as WSGI has it, bytes in the guise of latin-1
    :raises QueryError: it cannot be decoded
    :raises TooLongError: it is too long
    """
    if len(query) > _MOST_RAW:
        raise TooLongError(f'at most {MOST_LENGTH} characters')
    problems: list[tuple[str, str]] = []
    pairs = []
    for part in query.encode('latin-1').split(b'&'):
        if not part:
            continue
        name, _, value = part.partition(b'=')
        shown = _decode(name, 'replace')
        if _is_broken(part):
            problems.append(
                (shown, 'has a % without two hexadecimal digits; %25 means %')
            )
            continue
        try:
            pairs.append((_decode(name), _decode(value)))
        except UnicodeDecodeError:
            problems.append((shown, 'is not UTF-8'))
    if problems:
        raise QueryError(problems)
    stays = [pair for pair in pairs if pair[0] not in _GROWING]
    if len(urlencode(stays)) > MOST_LENGTH:
        # Not sooner: what is followed from page to page is as long.
        raise TooLongError(f'at most {MOST_LENGTH} characters')
    return pairs


def _decode(text: bytes, errors: str = 'strict') -> str:
    return unquote_to_bytes(text.replace(b'+', b' ')).decode('utf-8', errors)
