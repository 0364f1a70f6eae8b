# SPDX-License-Identifier: Apache-2.0

"""The lines of an export in, the body of an answer out, as they are read.

What fails before the first line still changes the status. What fails later
ends the connection in the middle of the body, so that nobody takes a part for
the whole.
"""

import collections
from collections.abc import Iterator
import logging
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from cadf_audit.exceptions import AuditError
from cadf_audit.trail.api.errors import told

LOG = logging.getLogger(__name__)

# What an export begins with before it asks the database.
_HEADINGS = {'csv': 1}


class ExportBrokenError(AuditError):
    """An export ended before its end."""


class Lines:
    """Hands an export on piece by piece.

    :param kind: its format
    :param pieces: its lines, several at a time
    """

    def __init__(self, kind: str, pieces: Iterator[str]) -> None:
        self._pieces: Any = pieces
        self._ready: collections.deque[str] = collections.deque()
        for _ in range(1 + _HEADINGS.get(kind, 0)):
            self._ready.extend(_next(pieces))

    def __iter__(self) -> 'Lines':
        return self

    def __next__(self) -> bytes:
        try:
            if not self._ready:
                self._ready.extend(_next(self._pieces))
        except Exception as exc:
            # The server tells whatever it catches, and that holds events.
            LOG.error(
                'an export broke off: %s',
                told(exc) if isinstance(exc, SQLAlchemyError) else exc,
                exc_info=None if isinstance(exc, SQLAlchemyError) else exc,
            )
            raise ExportBrokenError('an export broke off') from None
        if not self._ready:
            raise StopIteration
        return self._ready.popleft().encode('utf-8', 'backslashreplace')

    def close(self) -> None:
        """Let the question go, whether or not it was answered."""
        self._pieces.close()


def _next(pieces: Iterator[str]) -> list[str]:
    """Return the next piece that holds something, if there is one."""
    for piece in pieces:
        if piece:
            return [piece]
    return []
