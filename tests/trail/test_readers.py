# SPDX-License-Identifier: Apache-2.0

"""Somebody reads the trail for long: the collector does not wait for it."""

import contextlib
import os

import pytest
from sqlalchemy import select

from cadf_audit.trail.collector import BATCH
from cadf_audit.trail.collector import Collector
from cadf_audit.trail import engine as engine_module
from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.schema import EVENTS
from tests.trail.parts import ended
from tests.trail.parts import ids
from tests.trail.parts import ingest
from tests.trail.parts import pair
from tests.trail.parts import rows

BEFORE = [f'before-{number}' for number in range(300)]
BATCHES = 6


class Queue:
    """A source that has what it is given, and counts what it may forget."""

    name = 'queue'

    def __init__(self, *messages):
        self._messages = list(messages)
        self._in_hand = 0
        self.acknowledged = 0

    def receive(self, most, seconds):
        """Return the next ones."""
        taken = self._messages[:most]
        del self._messages[:most]
        self._in_hand = len(taken)
        return taken

    def acknowledge(self):
        """Forget them."""
        self.acknowledged += self._in_hand

    def give_back(self):
        """Fail: there is no reason to give anything back."""
        raise AssertionError

    def close(self):
        """Leave."""


@pytest.fixture
def reading(url, store):
    """Begin to read a whole table, through a connection of one's own."""
    ingest(store, *map(ended, BEFORE))
    engine = open_engine(url)

    @contextlib.contextmanager
    def begin():
        statement = select(EVENTS.c.id).order_by(EVENTS.c.sequence)
        with engine.connect() as connection:
            found = connection.execution_options(yield_per=10).scalars(
                statement
            )
            yield found
            # Else SQLite goes on to keep what it would read next.
            found.close()

    yield begin
    engine.dispose()


def collect(store, name, batches=BATCHES):
    """Collect batches of events; return the queue, and their ids."""
    names = [f'{name}-{number}' for number in range(batches * BATCH // 2)]
    queue = Queue(*(each for event_id in names for each in pair(event_id)))
    collector = Collector(queue, store)
    collector.run(once=True)

    assert not collector.failed
    return queue, names


def test_collector_goes_on_under_a_long_query(store, reading):
    """All is kept and acknowledged while a query is half-way."""
    with reading() as found:
        next(found)
        queue, names = collect(store, 'new')
        assert BATCHES * BATCH == queue.acknowledged
        assert [*BEFORE, *names] == ids(store)


def test_long_query_sees_what_was_there_when_it_began(store, reading):
    """What is collected meanwhile is no part of its answer."""
    with reading() as found:
        first = next(found)
        collect(store, 'new')
        assert BEFORE == [first, *found]


def test_next_query_sees_what_came_meanwhile(store, reading):
    """Each row has its number, and none is left out."""
    with reading() as found:
        next(found)
        _, names = collect(store, 'new')
    with reading() as found:
        assert [*BEFORE, *names] == list(found)
    numbers = [row['sequence'] for row in rows(store)]
    assert list(range(1, len(BEFORE) + len(names) + 1)) == numbers


def test_log_of_sqlite_grows_under_a_query_alone(sqlite_store, monkeypatch):
    """Once nobody reads any more, its room is used again."""
    monkeypatch.setattr(engine_module, '_LOG_PAGES', 1000)
    ingest(sqlite_store, *map(ended, BEFORE))
    log = f'{sqlite_store.engine.url.database}-wal'
    other = open_engine(str(sqlite_store.engine.url))
    with other.connect() as connection:
        found = connection.execution_options(yield_per=10).scalars(
            select(EVENTS.c.id)
        )
        next(found)
        collect(sqlite_store, 'during', 20)
        during = os.path.getsize(log)
        found.close()
    other.dispose()
    collect(sqlite_store, 'after', 20)

    # Far beyond the 4 MB at which it now begins to be cleared.
    assert during > 8_000_000
    assert os.path.getsize(log) <= during * 1.2
