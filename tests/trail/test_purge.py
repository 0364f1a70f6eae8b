# SPDX-License-Identifier: Apache-2.0

"""What is older than it has to be kept goes, and nobody waits for it."""

import datetime
import threading
import time

import pytest
from sqlalchemy import event as listen
from sqlalchemy import update

from cadf_audit.clock import utc_now
from cadf_audit.trail.collector import sort
from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.engine import writing
from cadf_audit.trail import purge as purging
from cadf_audit.trail.purge import purge
from cadf_audit.trail.schema import DEAD_LETTERS
from cadf_audit.trail.schema import EVENTS
from cadf_audit.trail.schema import PENDING
from cadf_audit.trail.store import Store
from tests.trail.parts import begun
from tests.trail.parts import ended
from tests.trail.parts import ids
from tests.trail.parts import ingest
from tests.trail.parts import pair
from tests.trail.parts import rows


REAL_PAUSE = purging.PAUSE


@pytest.fixture(autouse=True)
def _without_a_pause(monkeypatch):
    """Let nobody in between on purpose."""
    monkeypatch.setattr(purging, 'PAUSE', 0)


def age(store, table, days, condition):
    """Have rows come so many days ago."""
    then = utc_now() - datetime.timedelta(days=days)
    with writing(store.engine) as connection:
        connection.execute(
            update(table).where(condition).values(received_time=then)
        )


def age_all(store, days):
    """Have all rows come so many days ago, at the same moment."""
    age(store, EVENTS, days, EVENTS.c.sequence > 0)


def fill(store, number):
    """Keep so many events."""
    template = sort('tests', [ended('e-0')])
    (row,) = template.rows
    template.rows = [dict(row, id=f'e-{each}') for each in range(number)]
    store.ingest(template)


def test_age_is_that_of_the_receipt(store):
    """What came before the limit goes, whatever time the event says."""
    old = '2001-01-01T00:00:00+00:00'
    new = '2999-01-01T00:00:00+00:00'
    ingest(store, ended('old-1', eventTime=new), ended('old-2'))
    age_all(store, 31)
    ingest(store, ended('kept-1', eventTime=old))
    age(store, EVENTS, 29, EVENTS.c.id == 'kept-1')
    ingest(store, ended('kept-2', eventTime=old))

    assert 2 == purge(store, 30)
    assert ['kept-1', 'kept-2'] == ids(store)
    assert 0 == purge(store, 30)


def test_order_of_receipt_is_not_that_of_the_numbers(store):
    """What is old goes from between what is not."""
    fill(store, 10)
    age(store, EVENTS, 31, EVENTS.c.sequence.in_([2, 3, 5, 9]))

    assert 4 == purge(store, 30)
    assert [1, 4, 6, 7, 8, 10] == [row['sequence'] for row in rows(store)]


def test_numbers_go_on_after_a_purge(store):
    """The number of an event that is gone is given to no other."""
    ingest(store, *pair('a'), *pair('b'))
    age_all(store, 31)
    purge(store, 30)

    ingest(store, *pair('c'))

    assert [(3, 'c')] == [(row['sequence'], row['id']) for row in rows(store)]


def test_dead_letters_go_too(store):
    """A dead letter is kept as long as an event; what waits, until it ends."""
    ingest(store, b'one', begun('a'))
    age(store, DEAD_LETTERS, 31, DEAD_LETTERS.c.number > 0)
    age(store, PENDING, 31, PENDING.c.id == 'a')
    ingest(store, b'two')

    assert 0 == purge(store, 30)
    assert [b'two'] == [
        bytes(row['message']) for row in rows(store, DEAD_LETTERS)
    ]
    assert ['a'] == ids(store, PENDING)


@pytest.fixture
def slices(store):
    """How many rows each statement has deleted."""
    counts = []

    @listen.listens_for(store.engine, 'after_cursor_execute')
    def count(connection, cursor, statement, *rest):
        if statement.startswith('DELETE FROM events'):
            counts.append(cursor.rowcount)

    return counts


def test_slices_that_take_long(store, slices, monkeypatch):
    """Transactions get smaller while they take too long; all is deleted."""
    monkeypatch.setattr(purging, 'FIRST_SLICE', 8)
    monkeypatch.setattr(purging, 'LONGEST', -1)
    fill(store, 17)
    age_all(store, 31)

    assert 17 == purge(store, 30)
    assert [8, 4, 2, 1, 1, 1, 0] == slices


def test_slices_that_are_quick(store, slices, monkeypatch):
    """Transactions grow while they are quick, up to a bound."""
    monkeypatch.setattr(purging, 'FIRST_SLICE', 2)
    monkeypatch.setattr(purging, 'MOST_SLICE', 8)
    monkeypatch.setattr(purging, 'LONGEST', 3600)
    fill(store, 30)
    age_all(store, 31)

    assert 30 == purge(store, 30)
    assert [2, 4, 8, 8, 8, 0] == slices


def test_time_spent_waiting_is_not_that_of_the_slice(
    store, slices, monkeypatch
):
    """A purge that waits for a writer does not get slower for it."""
    monkeypatch.setattr(purging, 'FIRST_SLICE', 20)
    monkeypatch.setattr(purging, 'LONGEST', 10)
    fill(store, 50)
    age_all(store, 31)
    waited = []

    @listen.listens_for(store.engine, 'begin')
    def wait(connection):
        waited.append(1)
        clock.now += 3600

    clock = _Clock()
    monkeypatch.setattr(purging, 'time', clock)

    assert 50 == purge(store, 30)
    assert [20, 30] == slices
    assert waited


class _Clock:
    """A time that passes when it is told to."""

    def __init__(self):
        self.now = 0

    def monotonic(self):
        """Return the time."""
        return self.now

    def sleep(self, seconds):
        """Let it pass."""
        self.now += seconds


def test_two_purges_at_once(store, url, monkeypatch):
    """Two purges end, and between them delete each row once."""
    monkeypatch.setattr(purging, 'MOST_SLICE', 100)
    fill(store, 3000)
    age(store, EVENTS, 31, EVENTS.c.sequence <= 2500)
    results = []

    def work():
        engine = open_engine(url)
        results.append(purge(Store(engine), 30))
        engine.dispose()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)

    assert [3, 2500] == [len(results), sum(results)]
    assert 500 == len(ids(store))


def test_writers_go_on_during_a_purge(store, url, monkeypatch):
    """While tens of thousands of rows go, whoever writes is soon served.

    100 ms are the promise; what is asked here is that of a busy machine.
    """
    monkeypatch.setattr(purging, 'PAUSE', REAL_PAUSE)
    fill(store, 20_000)
    age_all(store, 31)
    other, done, waits = Store(open_engine(url)), threading.Event(), []

    def write():
        while not done.is_set():
            begin = time.monotonic()
            ingest(other, *pair(f'new-{len(waits)}'))
            waits.append(time.monotonic() - begin)

    thread = threading.Thread(target=write)
    thread.start()
    deleted = purge(store, 30)
    done.set()
    thread.join(60)
    other.engine.dispose()

    assert 20_000 == deleted
    assert len(waits) == len(ids(store))
    assert 3 < len(waits)
    assert 1 > max(waits)
