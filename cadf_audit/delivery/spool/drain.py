# SPDX-License-Identifier: Apache-2.0

"""The folder of a writer and a consumer in, messages out, each until passed.

One process at a time drains a folder for a consumer: it holds the lock on the
cursor. A record is passed when the consumer says so, and a segment is deleted
when every cursor of the folder has passed it.
"""

import contextlib
import os
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from cadf_audit.clock import timestamp
from cadf_audit.delivery.encoding import encode
from cadf_audit.delivery.lost import build_loss
from cadf_audit.delivery.spool import adoption
from cadf_audit.delivery.spool.counters import read_counters
from cadf_audit.delivery.spool.counters import SEQ
from cadf_audit.delivery.spool.cursor import Cursor
from cadf_audit.delivery.spool.cursor import encode_progress
from cadf_audit.delivery.spool.cursor import END
from cadf_audit.delivery.spool.cursor import Position
from cadf_audit.delivery.spool.cursor import Progress
from cadf_audit.delivery.spool.cursor import read_progress
from cadf_audit.delivery.spool.cursor import sync_file
from cadf_audit.delivery.spool.folder import POWER
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.process import lock
from cadf_audit.delivery.spool.process import read_writer
from cadf_audit.delivery.spool.reader import Damage
from cadf_audit.delivery.spool.reader import Found
from cadf_audit.delivery.spool.reader import Item
from cadf_audit.delivery.spool.reader import Missing
from cadf_audit.delivery.spool.reader import Reader
from cadf_audit.delivery.spool.set_aside import service_of
from cadf_audit.delivery.spool.set_aside import set_aside

DAMAGED = 'damaged'
MISSING = 'missing'
REFUSED = 'refused by a driver'


class Due(NamedTuple):
    """What a consumer gets next.

    :param message: a message as JSON
    :param after: the position to go to once the consumer has it
    """

    message: bytes
    after: Position


def register(directory: Path, consumer: str, mode: int) -> None:
    """Have every writer keep its records for a consumer, from now on.

    :param directory: the spool directory
    :param consumer: the name of the consumer
    :param mode: the mode of the spool directory
    """
    register_at(directory / layout.CONSUMERS, consumer, b'', mode)
    for folder in layout.writers(directory):
        with contextlib.suppress(FileNotFoundError):
            register_at(
                folder / layout.CURSORS,
                consumer,
                encode_progress(Progress()),
                mode,
            )


def register_at(
    folder: Path, consumer: str, content: bytes, mode: int
) -> None:
    """Make the file of a consumer, unless it is there."""
    path = folder / layout.consumer_file(consumer)
    if not path.exists():
        if not folder.exists():
            layout.make_directory(folder, mode)
        layout.write_file(path, content, layout.file_mode(mode))


class Drain:
    """One consumer at work in the folder of one writer.

    :param folder: the folder
    :param consumer: the name of the consumer
    :param cursor: its cursor
    """

    def __init__(self, folder: Path, consumer: str, cursor: Cursor) -> None:
        self.folder = folder
        self.consumer = consumer
        self._cursor = cursor
        self._reader = Reader(folder, cursor.progress.position)
        self._last: int | None = None
        self._power = read_writer(folder).get('durability') == POWER
        self._saved = cursor.progress

    @classmethod
    def begin(cls, folder: Path, consumer: str) -> 'Drain | None':
        """Return a drain; None if there is nothing to do for this process.

        Another one may be at it already, or all may be done.

        :param folder: the folder of a writer
        :param consumer: the name of a consumer that has a cursor there
        """
        path = folder / layout.CURSORS / layout.consumer_file(consumer)
        held = lock(path)
        if held is None:
            return None
        if not path.exists():
            # Removed while it was opened.
            os.close(held)
            return None
        self = cls(folder, consumer, Cursor(path, held))
        if self.finished:
            self.close()
            return None
        return self

    @property
    def finished(self) -> bool:
        """Whether the consumer has passed all that the writer recorded."""
        return self._cursor.progress.position == END

    def read(self) -> list[Due]:
        """Return what comes next; nothing if there is nothing yet."""
        if self._last is None:
            self._last = adoption.last_record(self.folder)
        begin = self._reader.position
        items = self._reader.read(self._last)
        if self._last is None and self._power:
            items = self._synced(items, begin)
        if not items and self._reader.position == END:
            self.advance(END)
        return [Due(self._message(item), item.after) for item in items]

    def _synced(self, items: list[Item], begin: Position) -> list[Item]:
        """Return what a power cut cannot take any more.

        Who had been told of a request that a power cut took would never hear
        of its end.

        :param items: what comes next
        :param begin: where it begins
        """
        last = read_counters(self.folder / layout.COUNTERS)[SEQ]
        for number, item in enumerate(items):
            after = item.after
            if isinstance(item, Found) and last < (
                after.segment + after.seen - 1
            ):
                self._reader.close()
                self._reader.position = (
                    items[number - 1].after if number else begin
                )
                return items[:number]
        return items

    def advance(self, position: Position) -> None:
        """Pass everything up to a position; :meth:`save` makes it last."""
        if position.segment > self._cursor.progress.position.segment:
            self._cursor.progress = Progress(position)
            self.save()
            self._release()
        else:
            self._cursor.progress = Progress(position)

    def blocked(self, error: str) -> None:
        """Note, for people, what keeps the consumer from going on."""
        progress = self._cursor.progress
        self._cursor.progress = Progress(
            progress.position, error, progress.error_time or timestamp()
        )
        self.save()

    def place(self, due: Due) -> str:
        """Return what tells a record from all others of its writer."""
        # Records of one damaged line end at the same place.
        return f'{due.after.segment}.{due.after.offset}.{crc32(due.message)}'

    def refused(self, due: Due) -> bytes:
        """Return the message that tells of a record that a driver refuses."""
        return self._loss(1, 'events', REFUSED, self.place(due))

    def rewind(self) -> None:
        """Read again what was read and not passed."""
        self._reader.close()
        self._reader.position = self._cursor.progress.position

    def save(self) -> None:
        """Write down how far the consumer has come."""
        if self._cursor.progress != self._saved:
            self._cursor.save()
            self._saved = self._cursor.progress

    def abandon(self) -> None:
        """Let go of what a forked child has inherited, and touch nothing."""
        self._reader.close()
        self._cursor.close()

    def close(self) -> None:
        """Leave the rest to whoever comes next."""
        self._reader.close()
        try:
            self.save()
        finally:
            self._cursor.close()
        if self.finished:
            self._release()

    def _message(self, item: Item) -> bytes:
        """Return the message of a record, or of what stands in its place."""
        if isinstance(item, Damage):
            where = f'{item.at.segment}.{item.at.offset}'
            set_aside(self.folder, f'{where}.damaged', item.content)
            return self._loss(1, 'pieces', DAMAGED, where)
        if isinstance(item, Missing):
            return self._loss(
                item.number, 'records', MISSING, f'{item.segment}'
            )
        return item.message

    def _loss(self, count: int, unit: str, reason: str, where: str) -> bytes:
        # Every consumer finds the same, and says it in the same event.
        message = build_loss(
            service_of(self.folder),
            count,
            unit,
            reason,
            timestamp(),
            f'{self.folder.name} {reason} {where}',
        )
        return encode(message).encode()

    def _release(self) -> None:
        """Delete what every consumer has passed."""
        with contextlib.suppress(FileNotFoundError):
            self._release_passed()

    def _release_passed(self) -> None:
        cursors = self.folder / layout.CURSORS
        passed = [
            (read_progress(cursors / layout.consumer_file(name)) or Progress())
            for name in layout.consumers(cursors)
        ]
        least = min((each.position.segment for each in passed), default=0)
        old = [n for n in layout.segments(self.folder) if n < least]
        if old:
            # A power cut that took a cursor back, but not the segment, would
            # make records missing that were delivered.
            for name in layout.consumers(cursors):
                sync_file(cursors / layout.consumer_file(name))
        for first in old:
            path = self.folder / layout.segment_name(first)
            path.unlink(missing_ok=True)
        if Position(least) == END:
            adoption.remove(self.folder)
