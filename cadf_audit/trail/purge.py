# SPDX-License-Identifier: Apache-2.0

"""A store and an age in, a store without older events out.

Rows go in small transactions, each as large as one may be that keeps nobody
waiting; what was purged is itself an event of the trail.
"""

import datetime
import logging
import time
from typing import Any

from sqlalchemy import Column
from sqlalchemy import delete
from sqlalchemy import select
from sqlalchemy import Table

from cadf_audit.clock import utc_now
from cadf_audit.trail.engine import writing
from cadf_audit.trail.schema import DEAD_LETTERS
from cadf_audit.trail.schema import EVENTS
from cadf_audit.trail.store import Store

LOG = logging.getLogger(__name__)

#: rows of the first transaction; it grows and shrinks with what it took
FIRST_SLICE = 200
MOST_SLICE = 20_000

#: seconds that a transaction may keep other writers waiting, and how long it
#: lets them after it
LONGEST = 0.05
PAUSE = 0.05


def purge(store: Store, retention_days: int) -> int:
    """Delete what is older than it has to be kept; return how many events.

    :param store: the store
    :param retention_days: how many days an event is kept after it came
    """
    before = utc_now() - datetime.timedelta(days=retention_days)
    deleted = _purge_table(
        store, EVENTS, EVENTS.c.sequence, EVENTS.c.received_time, before
    )
    number = DEAD_LETTERS.c.number
    _purge_table(store, DEAD_LETTERS, number, number, before)
    return deleted


def _purge_table(
    store: Store,
    table: Table,
    key: Column[int],
    order: Column[Any],
    before: datetime.datetime,
) -> int:
    """Delete what came before a time; return how many rows.

    :param order: what finds the oldest ones without a look at all
    """
    deleted, size = 0, FIRST_SLICE
    old = select(key).where(table.c.received_time < before).order_by(order)
    while True:
        # Another purge may be at work; SQLite has one writer anyway.
        some = old.limit(size).with_for_update(skip_locked=True)
        with writing(store.engine) as connection:
            # Not before: who waits for others keeps nobody waiting.
            begin = time.monotonic()
            result = connection.execute(delete(table).where(key.in_(some)))
        took = time.monotonic() - begin
        deleted += result.rowcount
        if result.rowcount < size:
            return deleted
        if took > LONGEST:
            size = max(1, size // 2)
        elif took < LONGEST / 4:
            size = min(2 * size, MOST_SLICE)
        time.sleep(PAUSE)
