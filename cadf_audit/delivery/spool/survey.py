# SPDX-License-Identifier: Apache-2.0

"""A spool directory in, what waits in it and for whom out; nothing changes.

For people and for metrics. Whoever may only read can ask, at any time: a
living writer does not notice, and what disappears meanwhile is left out.
"""

from collections.abc import Iterable
from collections.abc import Iterator
import contextlib
import json
import os
from pathlib import Path
from typing import NamedTuple

from cadf_audit.clock import seconds_since
from cadf_audit.delivery.spool.adoption import last_record
from cadf_audit.delivery.spool.counters import read_counters
from cadf_audit.delivery.spool.counters import REASONS
from cadf_audit.delivery.spool.counters import SEQ
from cadf_audit.delivery.spool.cursor import END
from cadf_audit.delivery.spool.cursor import Position
from cadf_audit.delivery.spool.cursor import Progress
from cadf_audit.delivery.spool.cursor import read_progress
from cadf_audit.delivery.spool.cursor import START
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.process import is_alive
from cadf_audit.delivery.spool.process import read_writer
from cadf_audit.delivery.spool.reader import Found
from cadf_audit.delivery.spool.reader import Reader
from cadf_audit.delivery.spool.walk import look

ALIVE = 'alive'
#: its process is gone, and nobody has ended yet what it began
DEAD = 'dead'
#: it was adopted, and records no more
ENDED = 'ended'


class Waiting(NamedTuple):
    """What one consumer still has to get from one writer.

    :param consumer: its name
    :param passed: the number of the last record that it has got
    :param records: how many records wait for it
    :param size: how many bytes they take
    :param age: seconds since the oldest of them was made; None for none
    :param error: what keeps the consumer from going on; empty if nothing does
    :param error_time: since when
    """

    consumer: str
    passed: int
    records: int
    size: int
    age: float | None
    error: str
    error_time: str


class WriterSurvey(NamedTuple):
    """What is known of one writer.

    :param id: its id
    :param service: the publisher_id; ``unknown`` if that is damaged
    :param pid: its process; None if that is damaged
    :param state: ALIVE, DEAD or ENDED
    :param last: the number of its last record
    :param records: how many records its files hold
    :param size: how many bytes its folder takes on the disk
    :param lost: how many interactions were not recorded, by reason
    :param waiting: what waits for each consumer
    """

    id: str
    service: str
    pid: int | None
    state: str
    last: int
    records: int
    size: int
    lost: dict[str, int]
    waiting: tuple[Waiting, ...]

    @property
    def age(self) -> float | None:
        """Seconds since the oldest record was made that somebody needs."""
        return oldest(self.waiting)


def survey(directory: Path) -> Iterator[WriterSurvey]:
    """Yield what is known of each writer.

    :param directory: the spool directory
    :raises OSError: it cannot be read
    """
    for folder in layout.writers(directory):
        try:
            yield survey_writer(folder)
        except FileNotFoundError:
            # Everybody had all of it, and it was deleted.
            continue


def survey_writer(folder: Path) -> WriterSurvey:
    """Return what is known of a writer.

    :param folder: its folder
    :raises FileNotFoundError: it was deleted
    """
    known = read_writer(folder)
    counters = read_counters(folder / layout.COUNTERS)
    adopted = last_record(folder)
    if adopted is not None:
        state = ENDED
    else:
        state = ALIVE if is_alive(folder) else DEAD
    sizes = {
        first: _data_end(folder / layout.segment_name(first))
        for first in layout.segments(folder)
    }
    last = adopted
    if last is None:
        last = _last(folder, list(sizes), counters[SEQ])
    pid = known.get('pid')
    return WriterSurvey(
        folder.name,
        str(known.get('service') or 'unknown'),
        pid if isinstance(pid, int) else None,
        state,
        last,
        last + 1 - min(sizes) if sizes else 0,
        layout.usage(folder),
        {reason: counters[reason] for reason in REASONS if counters[reason]},
        tuple(
            _waiting(folder, consumer, sizes, last)
            for consumer in layout.consumers(folder / layout.CURSORS)
        ),
    )


def passed(position: Position, firsts: Iterable[int], last: int) -> int:
    """Return the number of the last record before a position.

    :param position: the position
    :param firsts: the first records of the segments that are there
    :param last: the number of the last record
    """
    if position == END:
        return last
    before = min(firsts, default=last + 1) - 1
    if position == START:
        return before
    # What lies between is not there any more, for nobody.
    return max(before, position.segment + position.seen - 1)


def oldest(waiting: Iterable[Waiting]) -> float | None:
    """Return how old the oldest of the records is that wait."""
    ages = [each.age for each in waiting if each.age is not None]
    return max(ages, default=None)


def set_aside_names(directory: Path) -> list[str]:
    """Return the names of what was set aside.

    :param directory: the spool directory
    """
    try:
        return sorted(os.listdir(directory / layout.SET_ASIDE))
    except FileNotFoundError:
        return []


def _waiting(
    folder: Path, consumer: str, sizes: dict[int, int], last: int
) -> Waiting:
    path = folder / layout.CURSORS / layout.consumer_file(consumer)
    progress = read_progress(path) or Progress()
    position = progress.position
    size = sum(end for first, end in sizes.items() if first > position.segment)
    size += max(0, sizes.get(position.segment, 0) - position.offset)
    # Who is at the end of the files has all that there is, though records
    # may be missing.
    number = passed(position, sizes, last) if size else last
    records = max(0, last - number)
    return Waiting(
        consumer,
        number,
        records,
        size if records else 0,
        _age(folder, position) if records else None,
        progress.error,
        progress.error_time,
    )


def _last(folder: Path, firsts: list[int], counted: int) -> int:
    """Return the number of the last record of a writer that was not adopted.

    :param firsts: the first records of its segments
    :param counted: what its counters say; 0 if they are damaged
    """
    if not firsts:
        return counted
    newest = max(firsts)
    if counted >= newest:
        return counted
    reader = Reader(folder, Position(newest))
    try:
        while look(reader):
            pass
        return newest + reader.position.seen - 1
    finally:
        reader.close()


def _age(folder: Path, position: Position) -> float | None:
    """Return how many seconds old the first record from a position on is."""
    reader = Reader(folder, position)
    try:
        while items := look(reader):
            for item in items:
                # Whoever writes another message is not us.
                with contextlib.suppress(ValueError, TypeError, LookupError):
                    if isinstance(item, Found):
                        return seconds_since(
                            json.loads(item.message)['timestamp']
                        )
    finally:
        reader.close()
    return None


def _data_end(path: Path) -> int:
    """Return where the records of a segment end and unused room begins."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return 0
    try:
        # No record holds a NUL, and nothing follows the unused room.
        low, high = 0, os.fstat(file).st_size
        while low < high:
            middle = (low + high) // 2
            if os.pread(file, 1, middle) in (b'\0', b''):
                high = middle
            else:
                low = middle + 1
        return low
    finally:
        os.close(file)
