# SPDX-License-Identifier: Apache-2.0

"""A trail in, what it holds in numbers out."""

from collections.abc import Iterator
from collections.abc import Sequence
import dataclasses
import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import Engine
from sqlalchemy import func
from sqlalchemy import Row
from sqlalchemy import select

from cadf_audit.clock import utc_now
from cadf_audit.trail.schema import DEAD_LETTERS
from cadf_audit.trail.schema import EVENTS
from cadf_audit.trail.schema import OBSERVERS
from cadf_audit.trail.schema import PENDING
from cadf_audit.trail.schema import SOURCES
from cadf_audit.trail.waiting import Waiting

#: what a fact is about that is not in the trail yet
WAITING = 'source, waiting'

# The columns of numbers of a source.
_NUMBERS = (
    'events',
    'pending',
    'duplicates',
    'dead_letters',
    'foreign',
    'left_out',
)


@dataclasses.dataclass(frozen=True)
class Fact:
    """One thing about a trail.

    :param what: what it is about
    :param name: which one
    :param number: how many; None for what is not counted, or not known now
    :param time: since when, or when last
    :param event_time: the time of its last event
    :param lag: seconds from its last event until that was received
    """

    what: str
    name: str
    number: int | None
    time: datetime.datetime | None = None
    event_time: datetime.datetime | None = None
    lag: float | None = None


def survey(engine: Engine, waiting: Sequence[Waiting] = ()) -> list[Fact]:
    """Return what a trail holds.

    :param engine: the database
    :param waiting: what is not in it yet
    """
    with engine.connect() as connection:
        return [
            _trail(connection),
            *_sources(connection),
            *(Fact(WAITING, each.name, each.number) for each in waiting),
            _open(connection, 'pending', PENDING.c.received_time),
            _open(connection, 'dead letters', DEAD_LETTERS.c.received_time),
            *_observers(connection),
        ]


def list_pending(
    engine: Engine, older_than: float, most: int
) -> Sequence[Row[Any]]:
    """Return the events that have no end, the oldest first.

    :param engine: the database
    :param older_than: how many seconds ago they came, at least
    :param most: how many at most
    """
    before = utc_now() - datetime.timedelta(seconds=older_than)
    statement = (
        select(PENDING)
        .where(PENDING.c.received_time <= before)
        .order_by(PENDING.c.received_time, PENDING.c.id)
        .limit(most)
    )
    with engine.connect() as connection:
        return connection.execute(statement).all()


def _trail(connection: Connection) -> Fact:
    # The first and the last number, and not a count of millions of rows.
    first, last = connection.execute(
        select(func.min(EVENTS.c.sequence), func.max(EVENTS.c.sequence))
    ).one()
    number = 0 if last is None else last - first + 1
    newest = connection.execute(
        select(EVENTS.c.received_time, EVENTS.c.event_time).where(
            EVENTS.c.sequence == last
        )
    ).first()
    if newest is None:
        return Fact('trail', 'events', number)
    return Fact(
        'trail', 'events', number, newest.received_time, newest.event_time
    )


def _sources(connection: Connection) -> Iterator[Fact]:
    for row in connection.execute(select(SOURCES).order_by(SOURCES.c.source)):
        lag = _lag(connection, row) if row.events else None
        for name in _NUMBERS:
            number = row._mapping[name]
            if number or name == 'events':
                yield Fact(
                    f'source, {name.replace("_", " ")}',
                    row.source,
                    number,
                    row.received_time,
                    row.event_time,
                    lag,
                )


def _lag(connection: Connection, source: Row[Any]) -> float | None:
    """Return how old the newest event of a source was when it came."""
    # The times of the source do not tell it: others than events set them.
    # What came later is somebody else's, and is not looked through.
    newest = connection.execute(
        select(EVENTS.c.received_time, EVENTS.c.event_time)
        .where(
            EVENTS.c.source == source.source,
            EVENTS.c.received_time <= source.received_time,
        )
        .order_by(EVENTS.c.received_time.desc(), EVENTS.c.sequence.desc())
        .limit(1)
    ).first()
    if newest is None or None in newest:
        return None
    lag: datetime.timedelta = newest.received_time - newest.event_time
    return lag.total_seconds()


def _open(connection: Connection, what: str, column: Any) -> Fact:
    number, oldest = connection.execute(
        select(func.count(), func.min(column))
    ).one()
    return Fact('open', what, number, oldest)


def _observers(connection: Connection) -> list[Fact]:
    return [
        Fact(
            'observer',
            row.observer_name or row.publisher_id,
            None,
            row.received_time,
            row.event_time,
        )
        for row in connection.execute(
            select(OBSERVERS).order_by(
                OBSERVERS.c.publisher_id, OBSERVERS.c.observer_name
            )
        )
    ]
