# SPDX-License-Identifier: Apache-2.0

"""Very many events that are too old: they go, and no writer waits for it."""

import datetime
import statistics
import threading
import time
import uuid

import pytest
from sqlalchemy import event as listen
from sqlalchemy import update

from cadf_audit.trail.collector import sort
from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.engine import writing
from cadf_audit.trail.purge import purge
from cadf_audit.trail.schema import EVENTS
from cadf_audit.trail.store import Store
from tests.faults.record import LONG
from tests.trail.parts import ended
from tests.trail.parts import ingest
from tests.trail.parts import pair

OLD = 200_000 if LONG else 4_000

#: seconds that a writer may wait for a purge
PROMISED = 0.1


@pytest.fixture
def store(url):
    """A trail in which all is too old."""
    store = Store(open_engine(url))
    for _ in range(OLD // 2000):
        batch = sort('tests', [ended('e')])
        (row,) = batch.rows
        batch.rows = [dict(row, id=str(uuid.uuid4())) for _ in range(2000)]
        store.ingest(batch)
    then = datetime.datetime.fromtimestamp(0, datetime.UTC)
    with writing(store.engine) as connection:
        connection.execute(update(EVENTS).values(received_time=then))
    yield store
    store.engine.dispose()


@pytest.fixture
def transactions(store):
    """How long each transaction that deletes has kept others waiting."""
    begun, lasted = [], []

    @listen.listens_for(store.engine, 'before_cursor_execute')
    def begin(connection, cursor, statement, *rest):
        # SQLite has its lock before the first statement, since a moment.
        if statement.startswith('DELETE'):
            begun.append(time.monotonic())

    @listen.listens_for(store.engine, 'checkin')
    def end(connection, record):
        if begun:
            # It has deleted from more than one table.
            lasted.append(time.monotonic() - begun[0])
            begun.clear()

    return lasted


class Writer:
    """Somebody who writes, again and again; the block lasts as long.

    :param url: the database
    """

    def __init__(self, url):
        self._url = url
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)
        #: how long it took, each time
        self.waits = []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc_info):
        self._done.set()
        self._thread.join()

    def _run(self):
        store = Store(open_engine(self._url))
        # The first time it has to connect.
        ingest(store, *pair(str(uuid.uuid4())))
        while not self._done.wait(0.005):
            begin = time.monotonic()
            ingest(store, *pair(str(uuid.uuid4())))
            self.waits.append(time.monotonic() - begin)
        store.engine.dispose()


def test_writers_go_on_while_very_much_is_purged(
    store, url, transactions, promise, trail_versions
):
    """Because of a purge nobody waits longer than 100 ms."""
    with Writer(url) as beside:
        begin = time.monotonic()
        purged = purge(store, 30)
        lasted = time.monotonic() - begin
    # As long: what a busy machine does to one of them it does to the other.
    with Writer(url) as alone:
        time.sleep(lasted)
    late, anyway = _late(beside.waits), _late(alone.waits)
    promise(
        'because of a purge no writer waits longer than 100 ms '
        f'({store.engine.dialect.name})',
        f'{OLD} old events in {len(transactions)} transactions, the longest '
        f'{_longest(transactions)}; {len(beside.waits)} writes, the longest '
        f'{_longest(beside.waits)}, {late} over 100 ms; without a purge '
        f'{_longest(alone.waits)}, {anyway}',
        max(0, late - anyway),
        **trail_versions(store.engine),
    )

    assert OLD == purged.events
    assert len(transactions) > 1
    assert PROMISED > statistics.median(transactions)
    # Of a few writes, one that something else made late tells nothing.
    assert late - anyway <= max(2, len(beside.waits) / 100)


def _late(waits):
    return sum(each > PROMISED for each in waits)


def _longest(seconds):
    return f'{max(seconds) * 1000:.0f} ms'
