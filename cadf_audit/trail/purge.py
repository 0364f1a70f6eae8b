# SPDX-License-Identifier: Apache-2.0

"""A store and an age in, a store without older events out.

Rows go in small transactions, each as large as one may be that keeps nobody
waiting; what was purged is itself an event of the trail.
"""

import dataclasses
import datetime
import time
from typing import Any

from sqlalchemy import Column
from sqlalchemy import ColumnElement
from sqlalchemy import delete
from sqlalchemy import func
from sqlalchemy import select

from cadf_audit.clock import utc_now
from cadf_audit.trail.engine import writing
from cadf_audit.trail.schema import DEAD_LETTERS
from cadf_audit.trail.schema import EVENTS
from cadf_audit.trail.schema import HOURS
from cadf_audit.trail.schema import LEFT_OUT
from cadf_audit.trail.schema import PENDING
from cadf_audit.trail.schema import TAGS
from cadf_audit.trail.store import Store

#: rows of the first transaction; it grows and shrinks with what it took
FIRST_SLICE = 200
MOST_SLICE = 10_000

#: seconds that a transaction may keep other writers waiting, and how long it
#: lets them after it
LONGEST = 0.05
PAUSE = 0.05

#: how long it is known of an event that a policy has left it out
REDELIVERY = datetime.timedelta(days=7)


@dataclasses.dataclass(frozen=True)
class Purged:
    """What was deleted, in numbers.

    :param events: rows of the trail
    :param pending: events whose end never came
    :param dead_letters: what could not be kept as an event
    """

    events: int = 0
    pending: int = 0
    dead_letters: int = 0

    def __bool__(self) -> bool:
        """Say whether it was anything."""
        return any(dataclasses.astuple(self))


def purge(store: Store, retention_days: int) -> Purged:
    """Delete what is older than it has to be kept; return how much it was.

    :param store: the store
    :param retention_days: how many days everything is kept after it came
    """
    before = utc_now() - datetime.timedelta(days=retention_days)
    events = _purge_table(
        store,
        EVENTS.c.sequence,
        EVENTS.c.received_time,
        EVENTS.c.received_time < before,
        TAGS.c.sequence,
    )
    if events:
        _purge_hours(store)
    return Purged(
        events,
        _purge_table(
            store,
            PENDING.c.id,
            PENDING.c.received_time,
            PENDING.c.received_time < before,
        ),
        _purge_table(
            store,
            DEAD_LETTERS.c.number,
            DEAD_LETTERS.c.number,
            DEAD_LETTERS.c.received_time < before,
        ),
    )


def forget_left_out(store: Store) -> None:
    """Delete the ids of what a policy has left out, once that is long ago.

    What a bus delivers again comes within minutes.

    :param store: the store
    """
    before = utc_now() - REDELIVERY
    time = LEFT_OUT.c.received_time
    _purge_table(store, LEFT_OUT.c.id, time, time < before)


def _purge_hours(store: Store) -> None:
    """Delete the hours of which no event is left."""
    # First this one: what comes later has a larger number.
    last = store.last_sequence()
    with store.engine.connect() as connection:
        first = connection.scalar(select(func.min(EVENTS.c.sequence)))
    gone = HOURS.c.last < (last + 1 if first is None else first)
    _purge_table(store, HOURS.c.hour, HOURS.c.hour, gone)


def _purge_table(
    store: Store,
    key: Column[Any],
    order: Column[Any],
    is_old: ColumnElement[bool],
    follower: Column[Any] | None = None,
) -> int:
    """Delete what is old; return how many rows.

    :param key: what tells the rows of the table from each other
    :param order: what finds the oldest ones without a look at all
    :param is_old: which ones are to go
    :param follower: the same key in another table, whose rows go as well
    """
    deleted, size = 0, FIRST_SLICE
    while True:
        # Not in the transaction below: to look through what is young takes
        # long, and would keep all writers of SQLite waiting.
        with store.engine.connect() as connection:
            keys = connection.scalars(
                select(key).where(is_old).order_by(order).limit(size)
            ).all()
        if not keys:
            return deleted
        # Another purge may be at work; SQLite has one writer anyway.
        some = select(key).where(key.in_(keys), is_old)
        some = some.with_for_update(skip_locked=True)
        with writing(store.engine) as connection:
            # Not before: who waits for others keeps nobody waiting.
            begin = time.monotonic()
            result = connection.execute(delete(key.table).where(key.in_(some)))
            if follower is not None:
                left = select(key).where(key.in_(keys))
                connection.execute(
                    delete(follower.table).where(
                        follower.in_(keys), follower.not_in(left)
                    )
                )
        took = time.monotonic() - begin
        deleted += result.rowcount
        if len(keys) < size:
            return deleted
        if took > LONGEST:
            size = max(1, size // 2)
        elif took < LONGEST / 4:
            size = min(2 * size, MOST_SLICE)
        time.sleep(PAUSE)
