# SPDX-License-Identifier: Apache-2.0

"""The events of a batch in, rows of the trail out, in one transaction.

Whatever comes twice, and in whatever order, is one row. Whoever writes holds
the row of the sequence until the commit, so that numbers become visible in
their order: a reader who remembers the last one misses none.
"""

from collections.abc import Iterable
import dataclasses
import datetime
import hashlib
from typing import Any

from sqlalchemy import any_
from sqlalchemy import case
from sqlalchemy import Column
from sqlalchemy import ColumnElement
from sqlalchemy import Connection
from sqlalchemy import delete
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite
from sqlalchemy import Engine
from sqlalchemy import insert
from sqlalchemy import literal
from sqlalchemy import select
from sqlalchemy import Table
from sqlalchemy import Text
from sqlalchemy import update

from cadf_audit.clock import utc_now
from cadf_audit.trail.engine import writing
from cadf_audit.trail.indexing import index
from cadf_audit.trail.inserting import Insertion
from cadf_audit.trail.kinds import Kinds
from cadf_audit.trail.reading import is_pending
from cadf_audit.trail.reading import Row
from cadf_audit.trail.schema import DEAD_LETTERS
from cadf_audit.trail.schema import EVENTS
from cadf_audit.trail.schema import EVENTS_SEQUENCE
from cadf_audit.trail.schema import OBSERVERS
from cadf_audit.trail.schema import PENDING
from cadf_audit.trail.schema import SEQUENCE
from cadf_audit.trail.schema import SOURCES

# What an observer is called that has no name: CADF's reference to the target.
_NAMELESS = ''

# Characters of each of the two names of an observer: PostgreSQL has no room
# for longer ones in the index over both.
_OBSERVER_LIMIT = 256


@dataclasses.dataclass(frozen=True)
class DeadLetter:
    """A message that cannot be kept as an event.

    :param message: its bytes
    :param reason: why
    """

    message: bytes
    reason: str


@dataclasses.dataclass
class Batch:
    """What a source has delivered.

    :param source: the name of the source
    :param rows: the events, in the order in which they came
    :param dead_letters: what is none
    :param foreign: how many notifications are about something else
    :param paired: the ids of events that began, each for once that one came,
        and whose end is among the rows
    """

    source: str
    rows: list[Row] = dataclasses.field(default_factory=list)
    paired: list[str] = dataclasses.field(default_factory=list)
    dead_letters: list[DeadLetter] = dataclasses.field(default_factory=list)
    foreign: int = 0


@dataclasses.dataclass(frozen=True)
class Stored:
    """What became of a batch, in numbers.

    :param events: rows of the trail
    :param pending: events that wait for their outcome
    :param duplicates: what was known already
    :param dead_letters: what is kept as it came
    """

    events: int
    pending: int
    duplicates: int
    dead_letters: int


class Store:
    """The tables of a trail.

    :param engine: the database
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        dialect = sqlite if engine.dialect.name == 'sqlite' else postgresql
        self._upsert = dialect.insert
        self._events = Insertion(EVENTS, engine.dialect)
        self._pending = Insertion(PENDING, engine.dialect)
        self._kinds = Kinds()

    def ingest(self, batch: Batch) -> Stored:
        """Keep a batch; all of it, or, if this raises, nothing of it.

        :param batch: what was delivered
        :raises sqlalchemy.exc.SQLAlchemyError: the database did not take it
        """
        now = utc_now()
        finals: dict[str, Row] = {}
        pending: dict[str, Row] = {}
        for row in batch.rows:
            kind = pending if is_pending(row) else finals
            kind.setdefault(row['id'], row)
        began = pending.keys() | set(batch.paired)
        with writing(self.engine) as connection:
            last = self._lock_sequence(connection)
            ids = {**finals, **pending}
            known = _present(connection, EVENTS, ids)
            waiting = _waiting(connection, ids)
            new = [row for key, row in finals.items() if key not in known]
            for number, row in enumerate(new, last + 1):
                row['sequence'] = number
                row['source'] = batch.source
                row['received_time'] = now
                row['pending_received_time'] = waiting.get(
                    row['id'], now if row['id'] in began else None
                )
            begun = [
                row | {'source': batch.source, 'received_time': now}
                for key, row in pending.items()
                if not (key in known or key in finals or key in waiting)
            ]
            kinds = self._kinds.number(connection, new)
            if new:
                self._events.add(connection, new)
                self._set_sequence(connection, last + len(new))
                index(connection, self._upsert, new)
            ended = [key for key in waiting if key in known or key in finals]
            if ended:
                connection.execute(
                    delete(PENDING).where(PENDING.c.id.in_(ended))
                )
            if begun:
                self._pending.add(connection, begun)
            dead = self._bury(connection, batch, now)
            # They came before their end and wait no longer.
            paired = began & {row['id'] for row in new}
            stored = Stored(
                len(new),
                len(begun),
                len(batch.rows)
                + len(batch.paired)
                - len(new)
                - len(begun)
                - len(paired - waiting.keys()),
                dead,
            )
            self._count(connection, batch, stored, now)
            self._note_observers(connection, [*new, *begun], now)
        self._kinds.remember(kinds)
        return stored

    def last_sequence(self) -> int:
        """Return the number of the last row of the trail; 0 for none."""
        with self.engine.connect() as connection:
            return connection.scalar(select(SEQUENCE.c.value)) or 0

    def _lock_sequence(self, connection: Connection) -> int:
        statement = select(SEQUENCE.c.value).with_for_update()
        return connection.scalar(statement) or 0

    def _set_sequence(self, connection: Connection, value: int) -> None:
        connection.execute(
            update(SEQUENCE)
            .where(SEQUENCE.c.name == EVENTS_SEQUENCE)
            .values(value=value)
        )

    def _bury(
        self, connection: Connection, batch: Batch, now: datetime.datetime
    ) -> int:
        """Keep the dead letters; return how many are new."""
        letters = {
            hashlib.sha256(letter.message).hexdigest(): letter
            for letter in batch.dead_letters
        }
        known = _present(connection, DEAD_LETTERS, letters, 'digest')
        new = [
            {
                'received_time': now,
                'source': batch.source,
                'reason': letter.reason,
                'message': letter.message,
                'digest': digest,
            }
            for digest, letter in letters.items()
            if digest not in known
        ]
        if new:
            connection.execute(insert(DEAD_LETTERS), new)
        return len(new)

    def _count(
        self,
        connection: Connection,
        batch: Batch,
        stored: Stored,
        now: datetime.datetime,
    ) -> None:
        """Add to the numbers of a source."""
        numbers = dataclasses.asdict(stored) | {'foreign': batch.foreign}
        times = [row['event_time'] for row in batch.rows]
        row: dict[str, Any] = {'source': batch.source, 'received_time': now}
        if times:
            row['event_time'] = max(times)
        statement = self._upsert(SOURCES).values(row | numbers)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=['source'],
                set_=row
                | {
                    name: SOURCES.c[name] + number
                    for name, number in numbers.items()
                },
            )
        )

    def _note_observers(
        self,
        connection: Connection,
        rows: Iterable[Row],
        now: datetime.datetime,
    ) -> None:
        """Note who was heard of."""
        last: dict[tuple[str, str], datetime.datetime] = {}
        for row in rows:
            key = (
                (row['publisher_id'] or _NAMELESS)[:_OBSERVER_LIMIT],
                (row['observer_name'] or _NAMELESS)[:_OBSERVER_LIMIT],
            )
            last[key] = max(
                row['event_time'], last.get(key, row['event_time'])
            )
        if not last:
            return
        statement = self._upsert(OBSERVERS)
        known, new = OBSERVERS.c, statement.excluded
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=['publisher_id', 'observer_name'],
                set_={
                    # What was late is not the last of it.
                    'event_time': case(
                        (known.event_time > new.event_time, known.event_time),
                        else_=new.event_time,
                    ),
                    'received_time': new.received_time,
                },
            ),
            [
                {
                    'publisher_id': publisher,
                    'observer_name': name,
                    'event_time': time,
                    'received_time': now,
                }
                for (publisher, name), time in sorted(last.items())
            ],
        )


def _present(
    connection: Connection,
    table: Table,
    keys: Iterable[str],
    column: str = 'id',
) -> set[str]:
    """Return which of the keys a table has."""
    wanted = list(keys)
    if not wanted:
        return set()
    key = table.c[column]
    return set(
        connection.scalars(select(key).where(_among(connection, key, wanted)))
    )


def _waiting(
    connection: Connection, keys: Iterable[str]
) -> dict[str, datetime.datetime]:
    """Return which of the events wait for their end, and since when."""
    rows = connection.execute(
        select(PENDING.c.id, PENDING.c.received_time).where(
            _among(connection, PENDING.c.id, list(keys))
        )
    )
    return {row.id: row.received_time for row in rows}


def _among(
    connection: Connection, column: Column[str], keys: list[str]
) -> ColumnElement[bool]:
    """Return the condition that a column is one of the keys."""
    if connection.dialect.name == 'postgresql':
        # One value to pass on, however many they are.
        return column == any_(literal(keys, postgresql.ARRAY(Text)))
    return column.in_(keys)
