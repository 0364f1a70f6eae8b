# SPDX-License-Identifier: Apache-2.0

"""Messages in, numbered records in one segment after the other out.

A record that the disk refuses goes to another segment, with all that was not
confirmed before it. Where records have to survive a power cut, one thread
syncs for all that wait, and who comes meanwhile is in the next group.
"""

from collections.abc import Callable
from collections.abc import Iterable
import contextlib
import errno
import os
from pathlib import Path
import threading
import time
from typing import NamedTuple

from cadf_audit.delivery.spool.counters import Counters
from cadf_audit.delivery.spool.counters import SEQ
from cadf_audit.delivery.spool.layout import sync_directory
from cadf_audit.delivery.spool.record import encode_record
from cadf_audit.delivery.spool.room import Room
from cadf_audit.delivery.spool.segment import Segment

#: messages that are kept for another segment while the disk cannot sync
MOST_UNCONFIRMED = 10000

#: seconds between two looks whether the segment is still there
LOOK_EVERY = 1.0

#: seconds between two tries to begin a segment on a disk that refused one
PAUSE = 0.25


class FolderGoneError(OSError):
    """Somebody has deleted the folder of a living writer."""


class _Group:
    """Threads that wait for the same sync: the first of them leads."""

    def __init__(self) -> None:
        self.led = False
        self.gate = threading.Lock()
        self.gate.acquire()


class Place(NamedTuple):
    """A record that waits for a sync.

    :param seq: its number
    :param group: those that it waits together with
    :param leads: whether its thread is to sync for all of them
    """

    seq: int
    group: _Group
    leads: bool


class Journal:
    """The segments of one writer.

    Everything but :meth:`commit` is for whoever holds the lock.

    :param folder: the folder of the writer
    :param mode: the mode of the segments
    :param room: gives room to them
    :param counters: where the number of the last record is noted
    :param lock: guards the journal
    :param power: whether records have to survive a power cut
    :param segment_size: from how many bytes on a segment is closed
    :param segment_age: after how many seconds it is
    :param carried: returns the messages that each new segment begins with
    :param reserved: returns how many bytes are spoken for, beside these
    """

    def __init__(
        self,
        folder: Path,
        mode: int,
        room: Room,
        counters: Counters,
        lock: threading.Lock,
        power: bool,
        segment_size: int,
        segment_age: float,
        carried: Callable[[], Iterable[bytes]],
        reserved: Callable[[], int],
    ) -> None:
        self._folder = folder
        self._mode = mode
        self._room = room
        self._counters = counters
        self._lock = lock
        self._power = power
        self._segment_size = segment_size
        self._segment_age = segment_age
        self._carried = carried
        self._reserved = reserved
        # Held while the disk syncs; always taken before the other.
        self._syncing = threading.Lock()
        self._group = _Group()
        self._seq = 0
        self._confirmed = 0
        self._confirmed_end = 0
        self._unconfirmed: list[bytes] = []
        # Lines that have their place in the segment, and are not there yet.
        self._prepared: list[bytes] = []
        self._segment = Segment.nowhere()
        self._failed: Segment | None = None
        self._pause_until = float('-inf')
        self._refusal: OSError | None = None
        self._look_at = float('-inf')
        self._rotate_at = segment_size
        self._rotate_when = time.monotonic() + segment_age

    def rotate(self) -> None:
        """Go on in a new segment if it is time; without room, later.

        :raises FolderGoneError: somebody has deleted the folder
        """
        if time.monotonic() > self._look_at and self._segment.file >= 0:
            self._look_at = time.monotonic() + LOOK_EVERY
            if os.fstat(self._segment.file).st_nlink == 0:
                raise FolderGoneError(errno.ENOENT, os.strerror(errno.ENOENT))
        due = self._segment.end >= self._rotate_at
        if not due and time.monotonic() < self._rotate_when:
            return
        self._rotate_when = time.monotonic() + self._segment_age
        if self._segment.end == 0:
            return
        self._rotate_at = self._segment.end + self._segment_size
        # No sync here: an error of the one that a thread is waiting for would
        # be told to one of them only.
        # Nor a pause: what is written goes on here.
        with contextlib.suppress(OSError):
            self._turn_over(0)

    def make_room(self, size: int) -> None:
        """Have so many bytes free in the segment.

        :raises OSError: there is no room
        """
        if self._segment.file < 0:
            if self._refusal and self._pauses():
                raise self._refusal
            self._next_segment(0)
        missing = size - self._segment.free
        if missing > 0:
            self._room.grow(self._segment, missing)

    def append(self, message: bytes, room: int) -> int:
        """Write a record; return its number.

        :param message: the message as JSON
        :param room: how many bytes it needs in another segment, beside those
            that are spoken for
        :raises OSError: the disk refused it, in another segment as well
        """
        if self._power and self._segment is not self._failed:
            return self._prepare(message)
        try:
            self._flush()
            self._segment.write(encode_record(self._seq + 1, message))
        except OSError:
            if self._pauses():
                raise
            self._next_segment(room)
            self._segment.write(encode_record(self._seq + 1, message))
        self._seq += 1
        if self._power:
            self._unconfirmed.append(message)
        else:
            self._confirmed = self._counters[SEQ] = self._seq
            self._confirmed_end = self._segment.end
        return self._seq

    def _prepare(self, message: bytes) -> int:
        """Have a record written together with those of its group."""
        self._seq += 1
        line = encode_record(self._seq, message)
        self._prepared.append(line)
        self._unconfirmed.append(message)
        self._segment.end += len(line)
        return self._seq

    def join(self, seq: int) -> Place:
        """Return the place of a record among those that wait for a sync.

        Who has it has to go on to :meth:`commit`: the others may wait.

        :param seq: the number of the record
        """
        group = self._group
        if not self._power:
            return Place(seq, group, False)
        leads, group.led = not group.led, True
        return Place(seq, group, leads)

    def commit(self, place: Place) -> None:
        """Return when a record survives a power cut, if it has to.

        For who does not hold the lock.

        :param place: the place of the record
        :raises OSError: the disk does not sync; the record is there for all
            but a power cut, or waits in memory until the disk takes it
        """
        if not self._power:
            return
        seq, group, leads = place
        while self._confirmed < seq or leads:
            if not leads:
                # Not at the lock of the sync: there, the next group would
                # be in front.
                with group.gate:
                    pass
            else:
                try:
                    with self._syncing:
                        self._sync_group()
                finally:
                    if self._group is group:
                        # Something struck before the sync began.
                        self._group = _Group()
                    group.gate.release()
            if self._confirmed >= seq:
                return
            with self._lock:
                seq, group, leads = self.join(seq)

    def _sync_group(self) -> None:
        """Write and sync for all that have come by now."""
        with self._lock:
            self._group = _Group()
            segment, last = self._segment, self._seq
            end = segment.end
            lines = b''.join(self._prepared)
            self._prepared = []
        try:
            # Once a sync has failed, the next one may say that all is well;
            # it would only be so for what came after.
            if segment is self._failed:
                raise OSError
            # One call for all, and without the lock: each gives other
            # threads of Python their turn.
            self._write_prepared(segment, end, lines)
            os.fdatasync(segment.file)
        except OSError:
            self._replace(segment)
        else:
            with self._lock:
                if self._segment is segment:
                    self._confirm(last, end)

    def close(self) -> list[bytes]:
        """End in good order; return the messages that the disk never took."""
        with contextlib.suppress(OSError):
            self.recover()
        with contextlib.suppress(OSError):
            self._flush()
        left = sum(lines.count(b'\n') for lines in self._prepared)
        with contextlib.suppress(OSError):
            self._segment.finish()
            if self._power and self._segment.file >= 0:
                os.fdatasync(self._segment.file)
                if not left and self._segment is not self._failed:
                    self._confirm(self._seq, self._segment.end)

        return self._unconfirmed[len(self._unconfirmed) - left :]

    def abandon(self) -> None:
        """Let go of what a forked child has inherited, and touch nothing."""
        self._segment.close()

    def recover(self) -> None:
        """Leave a segment that the disk did not sync.

        :raises OSError: the disk takes no other one
        """
        if self._segment is not self._failed:
            return
        if self._pauses():
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        try:
            self._next_segment(0)
        except OSError:
            # On a disk that fails for good they would be ever more.
            self._give_up(len(self._unconfirmed) - MOST_UNCONFIRMED)
            raise

    def _pauses(self) -> bool:
        """Say whether the disk has refused a segment just now.

        No request waits for what has failed for the one before it.
        """
        return time.monotonic() < self._pause_until

    def _next_segment(self, room: int) -> None:
        """Begin a segment with what the last one may not have kept.

        :param room: how many bytes it needs beside those that are spoken for
        :raises OSError: the disk takes none, or does not keep it
        """
        try:
            self._turn_over(room)
        except OSError as exc:
            self._pause_until = time.monotonic() + PAUSE
            self._refusal = exc
            raise

    def _turn_over(self, room: int) -> None:
        again = set(self._unconfirmed)
        head = [
            *self._unconfirmed,
            *(each for each in self._carried() if each not in again),
        ]
        first = self._confirmed + 1
        lines = b''.join(
            encode_record(number, message)
            for number, message in enumerate(head, first)
        )
        segment = Segment(
            self._folder,
            first,
            lines,
            self._room.first_chunk(len(lines) + self._reserved() + room),
            self._mode,
            self._power,
        )
        self._segment.finish(self._confirmed_end)
        # Readers know it from now on, so this is the one to go on with.
        self._segment = segment
        self._prepared = []
        self._seq = self._counters[SEQ] = self._confirmed + len(head)
        # What is carried may fill a segment alone.
        self._rotate_at = len(lines) + self._segment_size
        if self._power:
            self._unconfirmed = head
            self._confirmed_end = 0
            try:
                sync_directory(self._folder)
            except OSError:
                # The next one takes its name.
                self._failed = segment
                raise
        self._unconfirmed = []
        self._confirmed, self._confirmed_end = self._seq, segment.end

    def _write_prepared(
        self, segment: Segment, end: int, lines: bytes
    ) -> None:
        """Write lines without the lock; keep them if the disk does not."""
        try:
            segment.write_at(end - len(lines), lines)
        except BaseException:
            with self._lock:
                if self._segment is segment:
                    self._prepared.insert(0, lines)
            raise

    def _flush(self) -> None:
        """Write what is prepared."""
        lines = b''.join(self._prepared)
        self._segment.write_at(self._segment.end - len(lines), lines)
        self._prepared = []

    def _replace(self, segment: Segment) -> None:
        """Write what was not confirmed to another segment."""
        with self._lock:
            if self._segment is segment:
                self._failed = segment
                self.recover()

    def _give_up(self, number: int) -> None:
        """Leave the oldest unconfirmed records where they are."""
        end = self._confirmed_end
        oldest = self._unconfirmed[: max(0, number)]
        for seq, message in enumerate(oldest, self._confirmed + 1):
            end += len(encode_record(seq, message))
        self._confirm(self._confirmed + len(oldest), end)

    def _confirm(self, seq: int, end: int) -> None:
        if seq > self._confirmed:
            del self._unconfirmed[: seq - self._confirmed]
            self._confirmed = self._counters[SEQ] = seq
            self._confirmed_end = end
