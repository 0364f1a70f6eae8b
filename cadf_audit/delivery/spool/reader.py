# SPDX-License-Identifier: Apache-2.0

"""A folder of segments in, its records in their order out, come what may.

Where a line was damaged, what follows it is read all the same. Nothing is
trusted but check sums and the places of lines: a number in a line may have
been damaged as well.
"""

from collections.abc import Iterator
import os
from pathlib import Path
import time
from typing import NamedTuple

from cadf_audit.delivery.spool.cursor import END
from cadf_audit.delivery.spool.cursor import Position
from cadf_audit.delivery.spool.cursor import START
from cadf_audit.delivery.spool.layout import segment_name
from cadf_audit.delivery.spool.layout import segments
from cadf_audit.delivery.spool.record import LONGEST_MESSAGE
from cadf_audit.delivery.spool.record import parse_record
from cadf_audit.delivery.spool.record import salvage

#: bytes that are read at once; a record that is longer is read whole
SLICE = 256 * 1024

#: seconds for which a line at the very end may look damaged because it is
#: being written
_SETTLE = 1.0


class Found(NamedTuple):
    """A record.

    :param seq: its number
    :param message: its message as JSON
    :param after: the position behind it
    """

    seq: int
    message: bytes
    after: Position


class Damage(NamedTuple):
    """Bytes that are no record.

    :param content: the bytes
    :param at: the position of the first of them
    :param after: the position behind them
    """

    content: bytes
    at: Position
    after: Position


class Missing(NamedTuple):
    """Records that were written and are not there.

    :param number: how many
    :param segment: the segment that they belong into
    :param after: the position behind it
    """

    number: int
    segment: int
    after: Position


Item = Found | Damage | Missing


class Reader:
    """Reads the folder of one writer.

    :param folder: the folder
    :param position: where to begin
    """

    def __init__(self, folder: Path, position: Position = START) -> None:
        self.position = position
        self._folder = folder
        self._file = -1
        self._next: int | None = None
        # The segment and up to where damage was seen there before, and when.
        self._settling = 0, 0, 0.0

    def close(self) -> None:
        """Close the segment that is being read."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        self._next = None

    def read(self, last: int | None = None) -> list[Item]:
        """Return what comes next; nothing if there is nothing yet.

        :param last: the number of the last record, if the writer has ended
        """
        while self.position != END:
            if self._file < 0:
                gap = self._open()
                if gap:
                    return [gap]
            if self._file >= 0:
                items = list(self._slice(last is not None))
                if items:
                    self.position = items[-1].after
                    return items
                if self._next is None and self._changed():
                    continue
            if self._next is None and last is None:
                return []
            missing = self._turn(last)
            if missing:
                return [missing]
        return []

    def _changed(self) -> bool:
        """Say whether there is more to read in the segment, or anew."""
        self._next = self._following()
        # In this order: a segment with another one behind it stays.
        if self._replaced():
            return True
        # The writer may have added to this one before it began the next.
        return self._next is not None

    def _open(self) -> Missing | None:
        """Open the segment of the position, or the next one there is."""
        wanted = self.position
        while True:
            first = self._first_from(wanted.segment)
            if first is None:
                return None
            try:
                self._file = os.open(
                    self._folder / segment_name(first),
                    os.O_RDONLY | os.O_CLOEXEC,
                )
                break
            except FileNotFoundError:
                # One that was there may be released at this moment. A link
                # to nowhere stays.
                if first in segments(self._folder):
                    raise
        if first == wanted.segment:
            return None
        self.position = Position(first)
        lost = first - wanted.segment - wanted.seen
        if wanted.segment and lost > 0:
            return Missing(lost, wanted.segment, self.position)
        return None

    def _first_from(self, least: int) -> int | None:
        return next((n for n in segments(self._folder) if n >= least), None)

    def _following(self) -> int | None:
        """Return the next segment, if there is one."""
        return self._first_from(self.position.segment + 1)

    def _replaced(self) -> bool:
        """Let go of a segment that was written anew under the same name."""
        path = self._folder / segment_name(self.position.segment)
        if os.fstat(self._file).st_nlink == 0 and path.exists():
            # It begins with the same lines, so the position holds.
            self.close()
            return True
        return False

    def _turn(self, last: int | None) -> Missing | None:
        """Go on to the next segment; say what was missing in this one."""
        begin, _offset, seen = self.position
        if self._next is not None:
            expected, after = self._next - begin, Position(self._next)
        else:
            expected, after = (last or 0) + 1 - begin, END
        self.close()
        self.position = after
        # Who begins with the oldest there is misses nothing before it.
        if begin and expected > seen:
            return Missing(expected - seen, begin, after)
        return None

    def _slice(self, ended: bool) -> Iterator[Item]:
        """Yield what the next bytes of the segment hold.

        :param ended: whether the writer has
        """
        ended = ended or self._next is not None
        position = self.position
        lines = self._read_lines(position.offset, ended)
        end = position.offset + sum(map(len, lines))
        damage: Damage | None = None
        for line in lines:
            whole = line.rstrip(b'\n')
            record = parse_record(whole)
            records = [record] if record else list(salvage(whole))
            after = Position(
                position.segment,
                position.offset + len(line),
                position.seen + len(records),
            )
            if not record:
                if not ended and not self._settled(after, end):
                    break
                begin, content = position, line
                if damage:
                    begin, content = damage.at, damage.content + line
                # Who passes it has not passed the records in it.
                passed = begin if records else after
                damage = Damage(content, begin, passed)
                position = passed
            if damage and records:
                if not self._is_surplus(position):
                    yield damage
                damage = None
            for each in records[:-1]:
                yield Found(each.seq, each.message, position)
            for each in records[-1:]:
                yield Found(each.seq, each.message, after)
            position = after
        if damage and not self._is_surplus(position):
            yield damage

    def _is_surplus(self, position: Position) -> bool:
        """Say whether all that belongs into the segment was seen.

        What a disk refused stands in the next one, whole.
        """
        return self._next is not None and (
            position.segment + position.seen >= self._next
        )

    def _read_lines(self, offset: int, ended: bool) -> list[bytes]:
        """Return whole lines from here on, and at the very end a torn one."""
        size = SLICE
        while True:
            content = os.pread(self._file, size, offset)
            at_end = len(content) < size
            if b'\n' in content or at_end:
                break
            if not ended and not content.strip(b'\0'):
                # Room that nothing was written to yet.
                break
            if size > 2 * LONGEST_MESSAGE and content.strip(b'\0'):
                # No line of ours.
                return [content]
            size *= 2
        lines = [line + b'\n' for line in content.split(b'\n')]
        rest = lines.pop()[:-1].rstrip(b'\0')
        if ended and at_end and rest:
            lines.append(rest)
        return lines

    def _settled(self, after: Position, end: int) -> bool:
        """Say whether a damaged line is more than half-written.

        What is read while it is written may lack its beginning and have its
        end. Whoever looks again sees it whole if there is more behind it.

        :param after: the position behind the line
        :param end: where the lines end that were read together with it
        """
        segment, known, since = self._settling
        now = time.monotonic()
        if segment != after.segment or known < after.offset:
            self._settling = after.segment, end, now
            return False
        return after.offset < end or now - since > _SETTLE
