# SPDX-License-Identifier: Apache-2.0

"""Rows in, no more of them than may be in memory at once out.

An event may have four million characters: a page of a thousand such ones, or
a step of an export, ends early, and what follows it goes on there.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
import itertools
from typing import Any

from sqlalchemy import case
from sqlalchemy import cast
from sqlalchemy import ColumnElement
from sqlalchemy import Connection
from sqlalchemy import func
from sqlalchemy import LargeBinary
from sqlalchemy import Result
from sqlalchemy import select
from sqlalchemy import Text

from cadf_audit.trail.query.paging import Row
from cadf_audit.trail.query.shown import EVENT
from cadf_audit.trail.schema import EVENTS

#: Events that an export reads in a step
SLICE = 2000

#: Bytes after which no more events are read
MOST_BYTES = 8 * 1024 * 1024

# Bytes of an event up to which a whole slice of them is read at once; of a
# slice with a longer one, so many at a time.
_SHORT = 16 * 1024
_FEW = 20

_LINE = 'line'

#: The name of the length of an event among the columns of a row
LENGTH = 'length'

#: How long an event is, in each database
LENGTHS: dict[str, ColumnElement[int]] = {
    'sqlite': func.length(cast(EVENTS.c.event, LargeBinary)),
    'postgresql': func.octet_length(cast(EVENTS.c.event, Text)),
}

#: Finds rows: within a transaction, with some columns, so many at most
Find = Callable[..., Result[Any]]


def room(rows: Sequence[Row]) -> int:
    """Return how many of some rows a page has room for: one at least.

    :param rows: the rows, with the length of their events
    """
    lengths = itertools.accumulate(int(row[LENGTH] or 0) for row in rows)
    return max(1, sum(length <= MOST_BYTES for length in lengths))


def with_events(connection: Connection, rows: Sequence[Row]) -> list[Row]:
    """Return rows that have their events as well.

    :param connection: the transaction in which they were read
    :param rows: the rows
    """
    known = EVENTS.c
    numbers = [row['sequence'] for row in rows]
    statement = select(known.sequence, known.event)
    found = connection.execute(
        statement.where(known.sequence.in_(numbers))
    ).all()
    events = {row.sequence: row.event for row in found}
    return [{**row, EVENT: events[row['sequence']]} for row in rows]


def step(
    connection: Connection,
    find: Find,
    columns: Iterable[ColumnElement[Any]],
    line: ColumnElement[str] | None,
) -> tuple[Sequence[Any], bool]:
    """Return the next rows of an export, and whether there are no others.

    :param connection: within a transaction
    :param find: finds them
    :param columns: what is wanted of each
    :param line: the last column, which is long where an event is; None for
        nothing that is
    """
    if line is None:
        rows = find(connection, columns, most=SLICE).all()
        return rows, len(rows) < SLICE
    length = LENGTHS[connection.dialect.name]
    brief = case((length <= _SHORT, line)).label(_LINE)
    rows = find(connection, [*columns, brief], most=SLICE).all()
    if all(row[-1] is not None for row in rows):
        return rows, len(rows) < SLICE
    # Not all at once, which PostgreSQL would send else.
    slowly = connection.execution_options(
        stream_results=True, max_row_buffer=_FEW
    )
    found = find(slowly, [*columns, line.label(_LINE)], most=SLICE)
    some: list[Any] = []
    left = MOST_BYTES
    for part in found.partitions(_FEW):
        some += part
        left -= sum(len(row[-1]) for row in part)
        if left <= 0:
            found.close()
            return some, False
    return some, len(some) < SLICE
