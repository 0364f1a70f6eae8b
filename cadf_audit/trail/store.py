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

from sqlalchemy import Connection
from sqlalchemy import Engine
from sqlalchemy import insert
from sqlalchemy import select

from cadf_audit.clock import utc_now
from cadf_audit.exceptions import AuditError
from cadf_audit.trail.engine import writing
from cadf_audit.trail.indexing import index
from cadf_audit.trail.inserting import Insertion
from cadf_audit.trail.kinds import Kinds
from cadf_audit.trail.reading import is_pending
from cadf_audit.trail.reading import Row
from cadf_audit.trail.schema import DEAD_LETTERS
from cadf_audit.trail.schema import EVENTS
from cadf_audit.trail.schema import LEFT_OUT
from cadf_audit.trail.schema import PENDING
from cadf_audit.trail.schema import SEQUENCE
from cadf_audit.trail.statements import keys
from cadf_audit.trail.statements import Statements

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
    :param left_out: the events that a policy does not keep
    :param paired: the ids of events that began, each for once that one came,
        and whose end is among the rows, or left out
    """

    source: str
    rows: list[Row] = dataclasses.field(default_factory=list)
    paired: list[str] = dataclasses.field(default_factory=list)
    dead_letters: list[DeadLetter] = dataclasses.field(default_factory=list)
    foreign: int = 0
    left_out: list[Row] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Stored:
    """What became of a batch, in numbers.

    :param events: rows of the trail
    :param pending: events that wait for their outcome
    :param duplicates: what was known already
    :param dead_letters: what is kept as it came
    :param left_out: what a policy does not keep
    """

    events: int
    pending: int
    duplicates: int
    dead_letters: int
    left_out: int = 0


class StoreError(AuditError):
    """The tables of a trail are damaged."""


def wait_at_most(connection: Connection, seconds: float) -> None:
    """Let a transaction wait so long for others, each time that it has to.

    :param connection: within the transaction
    :param seconds: how long; SQLite has a bound of its own
    """
    if connection.dialect.name == 'postgresql':
        # 0 would be any time.
        most = max(1, int(seconds * 1000))
        connection.exec_driver_sql(f'SET LOCAL lock_timeout = {most}')


class Store:
    """The tables of a trail.

    :param engine: the database
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._statements = Statements(engine.dialect.name)
        self._events = Insertion(EVENTS, engine)
        self._pending = Insertion(PENDING, engine)
        self._kinds = Kinds()

    def ingest(self, batch: Batch, patience: float | None = None) -> Stored:
        """Keep a batch; all of it, or, if this raises, nothing of it.

        :param batch: what was delivered
        :param patience: seconds to wait for others who write; None for as
            long as it takes, which SQLite has a bound for
        :raises sqlalchemy.exc.SQLAlchemyError: the database did not take it
        :raises StoreError: the tables are damaged
        """
        now = utc_now()
        finals: dict[str, Row] = {}
        pending: dict[str, Row] = {}
        for row in batch.rows:
            kind = pending if is_pending(row) else finals
            kind.setdefault(row['id'], row)
        began = pending.keys() | set(batch.paired)
        left_out = {row['id'] for row in batch.left_out} - finals.keys()
        with writing(self.engine) as connection:
            if patience is not None:
                wait_at_most(connection, patience)
            last = self._lock_sequence(connection)
            ids = list(finals.keys() | pending.keys() | left_out)
            known = self._known(connection, ids)
            waiting = self._waiting(connection, ids)
            new = [row for key, row in finals.items() if key not in known]
            for number, row in enumerate(new, last + 1):
                row['sequence'] = number
                row['source'] = batch.source
                row['received_time'] = now
                row['pending_received_time'] = waiting.get(
                    row['id'], now if row['id'] in began else None
                )
            over = known | finals.keys() | left_out
            # What begins here, and what is left out, may have been before.
            gone = self._left_out(
                connection, list((pending.keys() - over) | left_out)
            )
            begun = [
                row | {'source': batch.source, 'received_time': now}
                for key, row in pending.items()
                if not (key in over or key in gone or key in waiting)
            ]
            newly = left_out - known - gone
            kinds = self._kinds.number(connection, new)
            if new:
                self._events.add(connection, new)
                self._set_sequence(connection, last + len(new))
                index(connection, self._statements.note_hours, new)
            if newly:
                connection.execute(
                    insert(LEFT_OUT),
                    [{'id': key, 'received_time': now} for key in newly],
                )
            ended = [key for key in waiting if key in over]
            if ended:
                connection.execute(self._statements.end, keys(ended))
            if begun:
                self._pending.add(connection, begun)
            dead = self._bury(connection, batch, now)
            # They came before their end and wait no longer.
            paired = began & (newly | {row['id'] for row in new})
            stored = Stored(
                len(new),
                len(begun),
                len(batch.rows)
                + len(batch.paired)
                + len(batch.left_out)
                - len(new)
                - len(begun)
                - len(newly)
                - len(paired - waiting.keys()),
                dead,
                len(newly),
            )
            self._count(connection, batch, stored, now)
            heard = [row for row in batch.left_out if row['id'] in newly]
            self._note_observers(connection, [*new, *begun, *heard], now)
        self._kinds.remember(kinds)
        return stored

    def last_sequence(self) -> int:
        """Return the number of the last row of the trail; 0 for none."""
        with self.engine.connect() as connection:
            return connection.scalar(select(SEQUENCE.c.value)) or 0

    def _lock_sequence(self, connection: Connection) -> int:
        last = connection.scalar(self._statements.lock)
        if last is None:
            # To begin with 1 again would refuse every event.
            raise StoreError('the table sequence has lost its row')
        return int(last)

    def _set_sequence(self, connection: Connection, value: int) -> None:
        connection.execute(self._statements.set_sequence, {'last': value})

    def _known(self, connection: Connection, ids: list[str]) -> set[str]:
        """Return which of the events are rows."""
        statement = self._statements.known_events
        return set(connection.scalars(statement, keys(ids)))

    def _waiting(
        self, connection: Connection, ids: list[str]
    ) -> dict[str, datetime.datetime]:
        """Return which of the events wait for their end, and since when."""
        rows = connection.execute(self._statements.waiting, keys(ids))
        return {row.id: row.received_time for row in rows}

    def _left_out(self, connection: Connection, ids: list[str]) -> set[str]:
        """Return which of the events were left out before."""
        if not ids:
            return set()
        return set(connection.scalars(self._statements.left_out, keys(ids)))

    def _bury(
        self, connection: Connection, batch: Batch, now: datetime.datetime
    ) -> int:
        """Keep the dead letters; return how many are new."""
        if not batch.dead_letters:
            return 0
        letters = {
            hashlib.sha256(letter.message).hexdigest(): letter
            for letter in batch.dead_letters
        }
        known = set(
            connection.scalars(
                self._statements.known_letters, keys(list(letters))
            )
        )
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
        times = [row['event_time'] for row in (*batch.rows, *batch.left_out)]
        connection.execute(
            self._statements.count,
            {
                'source': batch.source,
                'received_time': now,
                'event_time': max(times, default=None),
                **dataclasses.asdict(stored),
                'foreign': batch.foreign,
            },
        )

    def _note_observers(
        self,
        connection: Connection,
        rows: Iterable[Row],
        now: datetime.datetime,
    ) -> None:
        """Note who was heard of."""
        newest: dict[tuple[str | None, str | None], datetime.datetime] = {}
        for row in rows:
            who = row['publisher_id'], row['observer_name']
            time = row['event_time']
            if who not in newest or newest[who] < time:
                newest[who] = time
        last: dict[tuple[str, str], datetime.datetime] = {}
        for (publisher, name), time in newest.items():
            key = (
                (publisher or _NAMELESS)[:_OBSERVER_LIMIT],
                (name or _NAMELESS)[:_OBSERVER_LIMIT],
            )
            last[key] = max(time, last.get(key, time))
        if not last:
            return
        connection.execute(
            self._statements.hear,
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
