# SPDX-License-Identifier: Apache-2.0

"""Collectors, databases and brokers that are killed: each event is one row.

Whole processes, as an operator runs them; two collectors on one queue.
"""

import contextlib
import random
import sys
import threading
import time
import uuid

from sqlalchemy.exc import DBAPIError
from sqlalchemy import select

from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.rabbit_source import RabbitSource
from cadf_audit.trail.schema import EVENTS
from cadf_audit.trail.store import Store
from cadf_audit.trail.upgrade import upgrade
from tests.faults.record import LONG
from tests.faults.rig import wait_for
from tests.servers.process import Process
from tests.trail.bus import Publisher
from tests.trail.parts import pair

# How often each of them is killed; a broker needs longest to come back.
COLLECTOR_KILLS = 100 if LONG else 6
POSTGRESQL_KILLS = 100 if LONG else 3
BROKER_KILLS = 100 if LONG else 2


class Traffic:
    """Publishes pairs until it is told to stop, whatever the bus does."""

    def __init__(self, url, topic, durable=False):
        self._url = url
        self._topic = topic
        self._durable = durable
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)
        #: the ids of the pairs that the broker has confirmed
        self.sent = []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc_info):
        self._stopping.set()
        self._thread.join()

    def _run(self):
        publisher = None
        while not self._stopping.is_set():
            event_id = str(uuid.uuid4())
            try:
                publisher = publisher or Publisher(
                    self._url, self._durable, confirm=True
                )
                publisher.publish(*pair(event_id), topic=self._topic)
                self.sent.append(event_id)
            except Exception:
                # Sent perhaps, and not confirmed: nobody was promised it.
                publisher = None
                time.sleep(0.2)
            time.sleep(0.002)


class Collectors:
    """Two processes that collect from one queue."""

    def __init__(self, url, source, directory):
        self._command = [
            *(sys.executable, '-m', 'cadf_audit.cli', 'collect'),
            *('--connection', url, '--from', source),
        ]
        self._directory = directory
        self._processes = [self._started(), self._started()]

    def kill(self):
        """Kill one of them, and start another."""
        index = random.randrange(2)
        # With kill -9.
        self._processes[index].stop()
        self._processes[index] = self._started()

    def stop(self):
        """End both."""
        for process in self._processes:
            process.stop()

    def _started(self):
        return Process(self._command, self._directory)


class Follower:
    """Reads what is new, behind the last number that it has seen.

    :param url: the database
    """

    def __init__(self, url):
        self._engine = open_engine(url)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)
        #: the numbers, as they came
        self.seen = []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc_info):
        self._stopping.set()
        self._thread.join()
        self._read()
        self._engine.dispose()

    def _run(self):
        while not self._stopping.wait(0.01):
            # The database may be away.
            with contextlib.suppress(DBAPIError):
                self._read()

    def _read(self):
        last = self.seen[-1] if self.seen else 0
        statement = select(EVENTS.c.sequence).where(EVENTS.c.sequence > last)
        with self._engine.connect() as connection:
            self.seen += connection.scalars(
                statement.order_by(EVENTS.c.sequence)
            )


def bind(source):
    """Make the queue of a source, for what is sent from now on."""
    bound = RabbitSource(source)
    bound.receive(1, 0)
    bound.close()


def numbered(store):
    """Return the number and the id of each row, in the order of numbers."""
    statement = select(EVENTS.c.sequence, EVENTS.c.id)
    with store.engine.connect() as connection:
        return connection.execute(
            statement.order_by(EVENTS.c.sequence)
        ).fetchall()


def missing(store, sent):
    """Return how many of the events are not there."""
    return len(set(sent) - {row.id for row in numbered(store)})


def judge(store, sent, followed):
    """Assert that each event is there once, and in an order without gaps."""
    found = numbered(store)
    ids = {row.id for row in found}

    assert 0 == len(set(sent) - ids)
    assert len(ids) == len(found)
    assert len(found) == found[-1].sequence
    assert len(found) == len(followed)
    assert followed == [row.sequence for row in found]


def test_collector_that_is_killed(
    bus_url, url, directory, promise, trail_versions
):
    """Between commit and acknowledgement as well."""
    topic = f'topic{uuid.uuid4().hex}'
    source = f'{bus_url}?topic={topic}&queue={topic}'
    bind(source)
    engine = open_engine(url)
    store = Store(engine)
    with contextlib.ExitStack() as stack:
        stack.callback(engine.dispose)
        follower = stack.enter_context(Follower(url))
        collectors = Collectors(url, source, directory)
        stack.callback(collectors.stop)
        with Traffic(bus_url, topic) as traffic:
            wait_for(lambda: store.last_sequence() > 10, 'a first event')
            for _ in range(COLLECTOR_KILLS):
                before = store.last_sequence()
                wait_for(
                    lambda n=before: store.last_sequence() > n, 'the next one'
                )
                time.sleep(random.random() / 5)
                collectors.kill()
        wait_for(lambda: _has(store, traffic.sent), 'the rest', 120)
    promise(
        'kill -9 of one of two collectors: every event is one row, and '
        f'who follows the sequence misses none ({engine.dialect.name})',
        f'{COLLECTOR_KILLS} kills, {len(traffic.sent)} events',
        missing(store, traffic.sent),
        **trail_versions(engine),
    )
    judge(store, traffic.sent, follower.seen)
    engine.dispose()


def test_postgresql_that_is_killed(
    bus_url, postgresql, directory, promise, trail_versions
):
    """What it did not commit was not acknowledged."""
    url = postgresql.url(postgresql.add_database())
    engine = open_engine(url)
    upgrade(engine)
    store = Store(engine)
    topic = f'topic{uuid.uuid4().hex}'
    source = f'{bus_url}?topic={topic}&queue={topic}'
    bind(source)
    with contextlib.ExitStack() as stack:
        follower = stack.enter_context(Follower(url))
        collectors = Collectors(url, source, directory)
        stack.callback(collectors.stop)
        with Traffic(bus_url, topic) as traffic:
            for _ in range(POSTGRESQL_KILLS):
                before = _last(store)
                wait_for(lambda n=before: _last(store) > n, 'the next event')
                time.sleep(random.random() / 5)
                with postgresql.killed():
                    time.sleep(0.1)
        wait_for(lambda: _has(store, traffic.sent), 'the rest', 120)
    promise(
        'kill -9 of PostgreSQL: every event is one row, and who follows '
        'the sequence misses none',
        f'{POSTGRESQL_KILLS} kills, {len(traffic.sent)} events',
        missing(store, traffic.sent),
        **trail_versions(engine),
    )
    judge(store, traffic.sent, follower.seen)
    engine.dispose()


def test_broker_that_is_killed(
    rabbitmq, durable_url, directory, promise, trail_versions
):
    """A quorum queue keeps what was confirmed."""
    url = f'sqlite:///{directory}/trail.db'
    engine = open_engine(url)
    upgrade(engine)
    store = Store(engine)
    topic = f'topic{uuid.uuid4().hex}'
    source = f'{durable_url}?topic={topic}&queue={topic}'
    source += '&durable_exchange=true'
    bind(source)
    with contextlib.ExitStack() as stack:
        follower = stack.enter_context(Follower(url))
        collectors = Collectors(url, source, directory)
        stack.callback(collectors.stop)
        with Traffic(durable_url, topic, durable=True) as traffic:
            for _ in range(BROKER_KILLS):
                before = store.last_sequence()
                wait_for(
                    lambda n=before: store.last_sequence() > n, 'the next one'
                )
                time.sleep(random.random() / 5)
                with rabbitmq.killed():
                    time.sleep(0.1)
        wait_for(lambda: _has(store, traffic.sent), 'the rest', 180)
    promise(
        'kill -9 of RabbitMQ with a durable exchange: every confirmed event '
        'is one row, and who follows the sequence misses none',
        f'{BROKER_KILLS} kills, {len(traffic.sent)} events',
        missing(store, traffic.sent),
        **trail_versions(engine),
    )
    judge(store, traffic.sent, follower.seen)
    engine.dispose()


def _last(store):
    """Return the last number, also of a database that has to come back."""
    with contextlib.suppress(Exception):
        return store.last_sequence()
    return -1


def _has(store, sent):
    """Say whether all events are there."""
    with contextlib.suppress(Exception):
        return not missing(store, sent)
    return False
