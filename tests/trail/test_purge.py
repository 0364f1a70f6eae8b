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
from cadf_audit.trail.purge import Purged
from cadf_audit.trail.schema import DEAD_LETTERS
from cadf_audit.trail.schema import EVENTS
from cadf_audit.trail.schema import HOURS
from cadf_audit.trail.schema import PENDING
from cadf_audit.trail.schema import TAGS
from cadf_audit.trail.store import Store
from tests.trail.parts import begun
from tests.trail.parts import ended
from tests.trail.parts import ids
from tests.trail.parts import ingest
from tests.trail.parts import pair
from tests.trail.parts import rows
from tests.trail.parts import trail


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

    assert 2 == purge(store, 30).events
    assert ['kept-1', 'kept-2'] == ids(store)
    assert 0 == purge(store, 30).events


def test_order_of_receipt_is_not_that_of_the_numbers(store):
    """What is old goes from between what is not."""
    fill(store, 10)
    age(store, EVENTS, 31, EVENTS.c.sequence.in_([2, 3, 5, 9]))

    assert 4 == purge(store, 30).events
    assert [1, 4, 6, 7, 8, 10] == [row['sequence'] for row in rows(store)]


def test_numbers_go_on_after_a_purge(store):
    """The number of an event that is gone is given to no other."""
    ingest(store, *pair('a'), *pair('b'))
    age_all(store, 31)
    purge(store, 30)

    ingest(store, *pair('c'))

    assert [(3, 'c')] == [(row['sequence'], row['id']) for row in rows(store)]


def test_everything_goes_that_is_old(store):
    """Dead letters, and what never ended, are kept as long as an event."""
    ingest(store, b'one', b'two', begun('a'), begun('b'), ended('c'))
    age(store, DEAD_LETTERS, 31, DEAD_LETTERS.c.number > 0)
    age(store, PENDING, 31, PENDING.c.id == 'a')
    ingest(store, b'three')

    assert Purged(0, 1, 2) == purge(store, 30)
    assert [b'three'] == [
        bytes(row['message']) for row in rows(store, DEAD_LETTERS)
    ]
    assert ([(1, 'c')], ['b']) == trail(store)


def test_what_finds_an_event_goes_with_it(store):
    """No tag and no hour is left of what is gone; of the rest all are."""
    times = [f'2026-11-20T0{hour}:30:00+00:00' for hour in (4, 4, 5, 6)]
    names = ['a', 'b', 'c', 'd']
    ingest(
        store,
        *(
            ended(name, eventTime=time, tags=[f'of-{name}', 'all'])
            for name, time in zip(names, times, strict=True)
        ),
    )
    age(store, EVENTS, 31, EVENTS.c.sequence.in_([1, 3]))
    first = purge(store, 30).events
    tags = [(row['tag'], row['sequence']) for row in rows(store, TAGS)]
    hours = [(row['hour'].hour, row['last']) for row in rows(store, HOURS)]
    age_all(store, 31)

    assert [2, 2] == [first, purge(store, 30).events]
    assert [('all', 2), ('all', 4), ('of-b', 2), ('of-d', 4)] == tags
    # Where the row before it stays, an hour that is empty does no harm.
    assert [(4, 2), (5, 3), (6, 4)] == hours
    assert [] == [*rows(store, TAGS), *rows(store, HOURS)]


def test_end_of_what_was_purged(store):
    """An event that ends after its beginning was purged is a row."""
    ingest(store, begun('a'))
    age(store, PENDING, 31, PENDING.c.id == 'a')
    purge(store, 30)

    ingest(store, ended('a'))

    assert ([(1, 'a')], []) == trail(store)
    assert [None] == [row['pending_received_time'] for row in rows(store)]


def test_purge_of_nothing_writes_nothing(store):
    """Who looks for what is old keeps no writer waiting."""
    ingest(store, b'one', begun('a'), ended('b'))
    statements = []

    @listen.listens_for(store.engine, 'before_cursor_execute')
    def note(connection, cursor, statement, *rest):
        statements.append(statement.split()[0])

    with writing(store.engine):
        assert not purge(store, 30)
    assert ['SELECT'] * 3 == [each for each in statements if each != 'BEGIN']


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

    assert 17 == purge(store, 30).events
    assert [8, 4, 2, 1, 1, 1] == slices


def test_slices_that_are_quick(store, slices, monkeypatch):
    """Transactions grow while they are quick, up to a bound."""
    monkeypatch.setattr(purging, 'FIRST_SLICE', 2)
    monkeypatch.setattr(purging, 'MOST_SLICE', 8)
    monkeypatch.setattr(purging, 'LONGEST', 3600)
    fill(store, 30)
    age_all(store, 31)

    assert 30 == purge(store, 30).events
    assert [2, 4, 8, 8, 8] == slices


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

    assert 50 == purge(store, 30).events
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
        results.append(purge(Store(engine), 30).events)
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
    deleted = purge(store, 30).events
    done.set()
    thread.join(60)
    other.engine.dispose()

    assert 20_000 == deleted
    assert len(waits) == len(ids(store))
    assert 3 < len(waits)
    assert 1 > max(waits)
