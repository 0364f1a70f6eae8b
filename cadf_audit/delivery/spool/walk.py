# SPDX-License-Identifier: Apache-2.0

"""The folder of a writer in, all that it holds out, to one who only looks.

Who looks has no cursor, so nobody waits for him: what every consumer has
passed may be deleted under his eyes, and is not missing for that.
"""

from collections.abc import Iterator
from pathlib import Path
import time

from cadf_audit.delivery.spool.adoption import last_record
from cadf_audit.delivery.spool.counters import read_counters
from cadf_audit.delivery.spool.counters import SEQ
from cadf_audit.delivery.spool.cursor import END
from cadf_audit.delivery.spool.cursor import Position
from cadf_audit.delivery.spool.cursor import read_progress
from cadf_audit.delivery.spool.cursor import START
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.process import is_alive
from cadf_audit.delivery.spool.process import read_writer
from cadf_audit.delivery.spool.reader import Item
from cadf_audit.delivery.spool.reader import Missing
from cadf_audit.delivery.spool.reader import Reader


# Longer than a reader waits for a line that looks half-written.
_PATIENCE = 1.5


def folders(directory: Path) -> list[Path]:
    """Return the folders of the writers, those first that were made first.

    :param directory: the spool directory
    """
    return sorted(
        layout.writers(directory),
        key=lambda each: (str(read_writer(each).get('created')), each.name),
    )


def look(reader: Reader, last: int | None = None) -> list[Item]:
    """Return what a reader finds now; nothing if there is nothing.

    :param reader: the reader
    :param last: the number of the last record, if the writer has ended
    """
    # At the first look, what is damaged may be half-written as well.
    return reader.read(last) or reader.read(last)


class Walk:
    """Goes through the folder of one writer.

    :param folder: the folder
    :param begin: where to begin
    """

    def __init__(self, folder: Path, begin: Position = START) -> None:
        self.folder = folder
        #: up to where this has come
        self.reached = begin
        self._reader = Reader(folder, begin)

    def close(self) -> None:
        """Let go of the folder."""
        self._reader.close()

    def read(self, last: int | None) -> list[Item]:
        """Return what comes next; nothing if there is nothing, or no more.

        :param last: the number of the last record; None while there may be
            more of them
        """
        try:
            while items := look(self._reader, last):
                self.reached = items[-1].after
                items = [each for each in items if not self._released(each)]
                if items:
                    return items
        except FileNotFoundError:
            # All of it was deleted.
            self._reader.close()
        return []

    def _released(self, item: Item) -> bool:
        return isinstance(item, Missing) and item.after <= _least(self.folder)


def read_all(folder: Path, patient: bool = False) -> Iterator[Item]:
    """Yield all that the folder of a writer holds now.

    :param folder: the folder
    :param patient: whether to find out what has become of a record at the
        very end that cannot be read, or not yet
    """
    recorded = read_counters(folder / layout.COUNTERS)[SEQ]
    last = final_record(folder)
    begin: Position | None = START
    while begin is not None:
        walk = Walk(folder, begin)
        try:
            while items := walk.read(last):
                yield from items
            if patient and last is None:
                yield from _rest(walk, recorded)
        finally:
            walk.close()
        begin = _further(folder, max(begin, walk.reached))


def _rest(walk: Walk, recorded: int) -> Iterator[Item]:
    """Yield what a living writer has recorded and is not there."""
    if _seen(walk) < recorded:
        time.sleep(_PATIENCE)
        while items := walk.read(None):
            yield from items
    missing = recorded - _seen(walk)
    if missing > 0 and walk.folder.exists():
        yield Missing(missing, walk.reached.segment, walk.reached)


def _seen(walk: Walk) -> int:
    """Return the number of the last record that is accounted for."""
    try:
        newest = max(layout.segments(walk.folder), default=1)
    except FileNotFoundError:
        newest = 1
    _segment, _offset, seen = walk.reached
    return newest - 1 + (seen if walk.reached.segment == newest else 0)


def _further(folder: Path, reached: Position) -> Position | None:
    """Return where a walk goes on that a deleted segment has stopped."""
    try:
        firsts = layout.segments(folder)
    except FileNotFoundError:
        return None
    first = next((n for n in firsts if n > reached.segment), None)
    return None if first is None else Position(first)


def final_record(folder: Path) -> int | None:
    """Return the number of the last record; None for a living writer.

    :param folder: the folder of the writer
    """
    last = last_record(folder)
    if last is None and not is_alive(folder):
        # Nobody has adopted it yet, so that number is what it said itself.
        last = read_counters(folder / layout.COUNTERS)[SEQ]
    return last


def _least(folder: Path) -> Position:
    """Return what every consumer of a writer has passed."""
    cursors = folder / layout.CURSORS
    passed = [
        read_progress(cursors / layout.consumer_file(name))
        for name in layout.consumers(cursors)
    ]
    if not passed:
        # No consumer, or no folder any more.
        return START if folder.exists() else END
    return min(each.position if each else START for each in passed)
