# SPDX-License-Identifier: Apache-2.0

"""Several writers at once number the rows in the order of their visibility."""

import subprocess
import sys
import textwrap
import threading

import pytest
from sqlalchemy import select

from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.engine import writing
from cadf_audit.trail.schema import EVENTS
from cadf_audit.trail.schema import PENDING
from cadf_audit.trail.store import Store
from tests.trail.parts import ended
from tests.trail.parts import ids
from tests.trail.parts import ingest
from tests.trail.parts import pair
from tests.trail.parts import rows

WRITERS = 3
BATCHES = 25
SIZE = 8

PROGRAM = """
from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.store import Store
import sys
from tests.trail.parts import *

url, writer, batches, size = sys.argv[1:]
store = Store(open_engine(url))
for batch in range(int(batches)):
    ids = [f'{writer}-{batch}-{n}' for n in range(int(size))]
    # What all of them have, and what only this one has.
    both = f'all-{batch}'
    ingest(store, *pair(both), *(m for each in ids for m in pair(each)))
"""


def follow(engine, ended, found):
    """Ask for what is new, as a reader does that remembers a number."""
    last = 0
    while True:
        over = ended.is_set()
        statement = select(EVENTS.c.sequence, EVENTS.c.id)
        with engine.connect() as connection:
            new = connection.execute(
                statement.where(EVENTS.c.sequence > last).order_by(
                    EVENTS.c.sequence
                )
            ).all()
        found += new
        if new:
            last = new[-1].sequence
        elif over:
            return


def test_reader_misses_no_row(store, url):
    """A reader who goes on behind the last number sees each row once."""
    over, found = threading.Event(), []
    reader = threading.Thread(target=follow, args=(store.engine, over, found))
    reader.start()
    writers = [
        subprocess.Popen(
            [
                sys.executable,
                *('-c', textwrap.dedent(PROGRAM)),
                *(url, str(number), str(BATCHES), str(SIZE)),
            ]
        )
        for number in range(WRITERS)
    ]
    try:
        statuses = [each.wait(120) for each in writers]
    finally:
        for each in writers:
            each.kill()
        over.set()
        reader.join(60)

    assert [0] * WRITERS == statuses
    expected = BATCHES * (WRITERS * SIZE + 1)
    assert list(range(1, expected + 1)) == [each.sequence for each in found]
    assert expected == len({each.id for each in found})
    assert [] == ids(store, PENDING)


def test_threads_share_a_store(store):
    """Threads that write through one store take turns."""
    failures = []

    def write(number):
        try:
            for batch in range(10):
                ingest(store, *pair(f'{number}-{batch}'), *pair(f'{batch}'))
        except Exception as exc:
            failures.append(exc)

    threads = [
        threading.Thread(target=write, args=(number,)) for number in range(4)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)

    assert [] == failures
    assert list(range(1, 51)) == [row['sequence'] for row in rows(store)]


def test_number_of_a_failed_batch_is_given_again(store):
    """A batch that was not kept leaves no gap."""
    ingest(store, ended('a'))
    with pytest.raises(ZeroDivisionError):
        _fail_within_a_batch(store)
    ingest(store, ended('b'))

    assert [(1, 'a'), (2, 'b')] == [
        (row['sequence'], row['id']) for row in rows(store)
    ]


def _fail_within_a_batch(store):
    """End as a collector that is killed before its commit."""
    with writing(store.engine) as connection:
        last = store._lock_sequence(connection)
        store._set_sequence(connection, last + 10)
        raise ZeroDivisionError


def test_second_writer_waits_for_the_first(store, url):
    """A batch waits for the one before it, and is numbered behind it."""
    other = Store(open_engine(url))
    begun = threading.Event()

    def write():
        begun.set()
        ingest(other, ended('second'))

    thread = threading.Thread(target=write)
    with writing(store.engine) as connection:
        last = store._lock_sequence(connection)
        thread.start()
        begun.wait(60)
        # It has to wait, however long this takes.
        thread.join(0.5)
        assert thread.is_alive()
        store._set_sequence(connection, last + 1)
    thread.join(60)
    other.engine.dispose()

    assert [(2, 'second')] == [
        (row['sequence'], row['id']) for row in rows(store)
    ]
