# SPDX-License-Identifier: Apache-2.0

"""The size of a spool in, whether it may grow out.

The bound holds for all writers of a directory together, without a lock that
one of them could hold up: each takes room in chunks, and gives a chunk back
if the spool has become too large with it.
"""

import errno
import logging
import os
from pathlib import Path
import time

from cadf_audit.delivery.spool.layout import usage
from cadf_audit.delivery.spool.segment import Segment

LOG = logging.getLogger(__name__)

#: shares of ``spool_max_size``: from here on operators are warned
WARN_SHARE = 0.5
#: and from here on requests that only read are not recorded
SHED_SHARE = 0.8

SMALLEST_CHUNK = 64 * 1024
LARGEST_CHUNK = 1024 * 1024

_MARGIN = 4 * 1024 * 1024

#: what a disk without room says, or a quota, or a limit
FULL_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

#: seconds for which an answer about the size of the spool is good
_FRESH = 0.25


class SpoolFullError(OSError):
    """The spool would become larger than ``spool_max_size``."""


class Room:
    """Gives room to the segments of one writer.

    :param directory: the spool directory
    :param max_size: how many bytes all of its files may take
    """

    def __init__(self, directory: Path, max_size: int) -> None:
        self._directory = directory
        # The rest is for what has to be possible in a full spool: the folder
        # of a new writer, and the end of what a dead one began.
        margin = min(max_size // 16, _MARGIN)
        self._max_size = max_size - margin
        # Half of it is for the dead.
        self._max_folders = max_size - margin // 2
        self._chunk = min(SMALLEST_CHUNK, max_size // 64)
        self._share = 0.0
        self._seen = float('-inf')
        self._full_until = float('-inf')
        self._spool_is_full = False
        self._warned = False

    def check_folder(self) -> None:
        """See whether there is room for the folder of one more writer.

        :raises SpoolFullError: there is none
        """
        if usage(self._directory) > self._max_folders:
            raise _full()

    def first_chunk(self, needed: int) -> int:
        """Return how much room a new segment gets.

        :param needed: how many bytes it needs at once
        :raises SpoolFullError: the spool may not grow by that
        """
        left = self._left()
        if needed > left:
            raise _full()
        return self._size(needed, left)

    def grow(self, segment: Segment, needed: int) -> None:
        """Give a segment more room.

        :param segment: the segment
        :param needed: how many bytes it needs at least
        :raises SpoolFullError: the spool may not grow by that
        :raises OSError: the disk has not so much
        """
        if time.monotonic() < self._full_until:
            raise _full() if self._spool_is_full else _no_space()
        self._chunk = min(2 * self._chunk, LARGEST_CHUNK, self._max_size // 64)
        try:
            self._try(segment, self._size(needed, self._left()))
        except OSError as exc:
            if exc.errno not in FULL_ERRORS:
                raise
            # The last bytes of a disk are in smaller pieces.
            self._chunk = min(SMALLEST_CHUNK, self._max_size // 64)
            try:
                self._try(segment, needed)
            except OSError as refused:
                self._full_until = time.monotonic() + _FRESH
                self._spool_is_full = isinstance(refused, SpoolFullError)
                raise

    def shedding(self) -> bool:
        """Say whether what only reads is to be left out."""
        if self._share < SHED_SHARE:
            return False
        if time.monotonic() - self._seen > _FRESH:
            self._left()
        return self._share >= SHED_SHARE

    def _try(self, segment: Segment, size: int) -> None:
        if size > self._left():
            raise _full()
        before = segment.room
        segment.extend(size)
        # Another writer may have taken the same room at the same moment.
        if usage(self._directory) > self._max_size:
            segment.shrink(before)
            raise _full()

    def _size(self, needed: int, left: int) -> int:
        # Near the end the steps are small: several writers that take one at
        # the same moment stay below the bound.
        return max(needed, min(self._chunk, left // 16))

    def _left(self) -> int:
        total = usage(self._directory)
        self._seen = time.monotonic()
        self._share = total / self._max_size
        self._tell()
        return self._max_size - total

    def _tell(self) -> None:
        """Warn once when the spool fills, and once more when it fills again.

        :mod:`logging` may not be used by whoever holds the lock of a writer
        for long; this happens once.
        """
        if self._share >= WARN_SHARE and not self._warned:
            self._warned = True
            LOG.warning(
                'the audit spool %s is %.0f%% full: nobody forwards its '
                'events, or not fast enough',
                self._directory,
                100 * self._share,
            )
        elif self._share < WARN_SHARE / 2:
            self._warned = False


def _full() -> SpoolFullError:
    return SpoolFullError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _no_space() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
