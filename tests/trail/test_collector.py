# SPDX-License-Identifier: Apache-2.0

"""The collector moves what waits into the store, whatever goes wrong."""

import json
import logging
import threading

import pytest
from sqlalchemy.exc import OperationalError

from cadf_audit.delivery import pauses
from cadf_audit.delivery.spool import layout
from cadf_audit.trail import collector as collecting
from cadf_audit.trail.collector import Collector
from cadf_audit.trail.collector import sort
from cadf_audit.trail import engine as engines
from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.engine import writing
from cadf_audit.trail.schema import DEAD_LETTERS
from cadf_audit.trail.sources import SourceError
from cadf_audit.trail.spool_source import SpoolSource
from cadf_audit.trail.store import Store
from cadf_audit.trail.store import Stored
from tests.delivery.spool.parts import make_writer
from tests.delivery.spooling import wait_until
from tests.trail.parts import begun
from tests.trail.parts import ended
from tests.trail.parts import ids
from tests.trail.parts import message
from tests.trail.parts import pair
from tests.trail.parts import rows
from tests.trail.parts import trail


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    """Wait for nothing longer than for a moment."""
    monkeypatch.setattr(pauses, 'FIRST_PAUSE', 0.01)
    monkeypatch.setattr(pauses, 'LONGEST_PAUSE', 0.02)
    monkeypatch.setattr(collecting, 'WAIT', 0.05)


class FakeSource:
    """A source that delivers until it is told that it need not any more.

    :param messages: what waits
    :param failures: for each call, by name, how often it fails at first
    """

    def __init__(self, *messages, **failures):
        self.name = 'fake'
        self.waiting = list(messages)
        self.in_hand = []
        self.failures = failures
        self.closed = False
        self.when_empty = lambda: None

    def receive(self, most, seconds):
        """Deliver the oldest ones."""
        self._fail('receive')
        # Whoever asks again without a word has lost what it had.
        assert [] == self.in_hand
        self.in_hand = self.waiting[:most]
        if not self.waiting:
            self.when_empty()
        return list(self.in_hand)

    def acknowledge(self):
        """Forget what was delivered."""
        in_hand, self.in_hand = self.in_hand, []
        self._fail('acknowledge')
        del self.waiting[: len(in_hand)]

    def give_back(self):
        """Deliver it once more."""
        self.in_hand = []
        self._fail('give_back')

    def close(self):
        """Be left."""
        self.closed = True

    def _fail(self, name):
        if self.failures.get(name, 0) > 0:
            self.failures[name] -= 1
            raise SourceError(f'{name} failed')


class FailingStore:
    """A store whose database is away at first, or breaks off at its commit.

    :param store: the store behind it
    :param times: how often it fails
    :param after: whether what it was given is kept all the same
    """

    def __init__(self, store, times, after=False):
        self._store = store
        self.times = times
        self._after = after

    def ingest(self, batch):
        """Keep a batch, or fail."""
        fails, self.times = self.times > 0, self.times - 1
        if self._after or not fails:
            stored = self._store.ingest(batch)
        if fails:
            raise OperationalError('INSERT secret', {'a': 'secret'}, OSError())
        return stored


def collect(source, store):
    """Collect until nothing waits."""
    collector = Collector(source, store)
    source.when_empty = collector.stop
    collector.run()
    assert source.closed
    assert not collector.failed


@pytest.fixture
def small_batches(monkeypatch):
    """Let a batch be of two messages."""
    monkeypatch.setattr(collecting, 'BATCH', 2)


def test_sorting():
    """Messages are events, dead letters or somebody else's."""
    invalid, foreign = message({}), message({}, 'image.update')
    batch = sort('bus', [begun('a'), b'{', foreign, invalid, ended('a')])

    assert ['a'] == [row['id'] for row in batch.rows]
    assert ['a'] == batch.paired
    assert [b'{', invalid] == [each.message for each in batch.dead_letters]
    assert ('bus', 1) == (batch.source, batch.foreign)
    assert all(each.reason for each in batch.dead_letters)


def test_step(sqlite_store):
    """A step says what became of what it has moved, or that nothing was."""
    collector = Collector(
        FakeSource(*pair('a'), b'', begun('b')), sqlite_store
    )

    assert Stored(1, 1, 0, 1) == collector.step(0)
    assert collector.step(0) is None


def test_everything_that_waits(store, small_batches):
    """All batches are kept, in their order, and forgotten by the source."""
    messages = [each for n in range(7) for each in pair(f'e-{n}')]
    source = FakeSource(*messages)

    collect(source, store)

    assert [f'e-{n}' for n in range(7)] == ids(store)
    assert [] == source.waiting


@pytest.mark.parametrize(
    'failures',
    [
        {'receive': 3},
        {'acknowledge': 3},
        {'receive': 2, 'acknowledge': 2},
    ],
    ids=str,
)
def test_source_that_fails(store, small_batches, failures):
    """A source that fails is waited for; what comes again is one row."""
    source = FakeSource(*pair('a'), *pair('b'), b'bad', **failures)

    collect(source, store)

    assert ([(1, 'a'), (2, 'b')], []) == trail(store)
    assert 1 == len(rows(store, DEAD_LETTERS))
    assert [] == source.waiting


@pytest.mark.parametrize('after', [False, True], ids=['before', 'after'])
@pytest.mark.parametrize('failures', [{}, {'give_back': 1}], ids=str)
def test_store_that_fails(store, small_batches, after, failures):
    """A store that fails is waited for, also if it had kept the batch."""
    source = FakeSource(*pair('a'), *pair('b'), **failures)

    collect(source, FailingStore(store, 3, after))

    assert ([(1, 'a'), (2, 'b')], []) == trail(store)
    assert [] == source.waiting


@pytest.mark.parametrize('failures', [{}, {'receive': 1}], ids=str)
def test_trouble_of_a_single_pass(sqlite_store, failures):
    """Who collects what waits, and no more, is told that it was not kept."""
    source = FakeSource(*pair('a'), **failures)
    collector = Collector(source, FailingStore(sqlite_store, 1))

    collector.run(once=True)

    assert collector.failed
    assert 2 == len(source.waiting)
    again = Collector(source, sqlite_store)
    again.run(once=True)
    assert not again.failed
    assert ['a'] == ids(sqlite_store)


def test_trouble_is_told_once(sqlite_store, caplog):
    """A trouble is one line, its end another; neither holds an event."""
    source = FakeSource(*pair('a'))

    with caplog.at_level(logging.WARNING):
        collect(source, FailingStore(sqlite_store, 5))

    ours = [
        record.getMessage()
        for record in caplog.records
        if record.name == collecting.__name__
    ]
    assert ['fake waits: OperationalError: ', 'fake goes on'] == ours
    assert 'secret' not in caplog.text


def test_collecting_until_it_is_stopped(tmp_path, sqlite_store):
    """Events are rows soon after they were recorded, until the end."""
    writer = make_writer(tmp_path, consumers=('collect',))
    collector = Collector(SpoolSource(tmp_path), sqlite_store)
    thread = threading.Thread(target=collector.run)
    names = ['e-0', 'e-1', 'e-2']
    thread.start()
    try:
        for name in names:
            writer.add(message_of(name))
            wait_until(lambda: ids(sqlite_store)[-1:] == [name])  # noqa: B023
    finally:
        collector.stop()
        thread.join(60)
    writer.close()

    assert not thread.is_alive()
    assert names == ids(sqlite_store)


def message_of(event_id):
    """Return an event as the spool has it."""
    return json.loads(ended(event_id))['oslo.message'].encode()


def test_database_that_is_locked(tmp_path, sqlite_store, monkeypatch):
    """A SQLite that another program has locked is waited for."""
    monkeypatch.setattr(engines, 'PATIENCE', 0.05)
    impatient = Store(open_engine(str(sqlite_store.engine.url)))
    source = FakeSource(*pair('a'))
    thread = threading.Thread(target=collect, args=(source, impatient))
    with writing(sqlite_store.engine):
        thread.start()
        # Longer than the patience of the store.
        thread.join(0.5)
        assert thread.is_alive()
        assert 2 == len(source.waiting)
    thread.join(60)
    impatient.engine.dispose()

    assert ['a'] == ids(sqlite_store)


def test_reader_with_a_long_query(sqlite_store):
    """A reader of SQLite who takes long keeps no collector waiting."""
    collect(FakeSource(*pair('a')), sqlite_store)
    with sqlite_store.engine.connect() as reader:
        statement = 'SELECT id FROM events'
        before = reader.exec_driver_sql(statement).all()

        # It would wait for ever else.
        again = Collector(FakeSource(*pair('b'), *pair('c')), sqlite_store)
        again.run(once=True)

        assert not again.failed
        assert before == reader.exec_driver_sql(statement).all()
    assert ['a', 'b', 'c'] == ids(sqlite_store)


def test_server_that_is_killed(postgresql, postgresql_template, tmp_path):
    """A PostgreSQL that is killed is waited for, and nothing is lost."""
    url = postgresql.url(postgresql.add_database(postgresql_template))
    engine = open_engine(url)
    writer = make_writer(tmp_path, consumers=('collect',), segment_size=4000)
    collector = Collector(SpoolSource(tmp_path), Store(engine))
    thread = threading.Thread(target=collector.run)
    names = [f'e-{number}' for number in range(60)]
    thread.start()
    try:
        for number, name in enumerate(names):
            if number % 20 == 10:
                with postgresql.killed():
                    writer.add(message_of(name))
            else:
                writer.add(message_of(name))
        wait_until(lambda: len(names) == len(ids(Store(engine))))
    finally:
        collector.stop()
        thread.join(60)
    writer.close()

    assert (list(enumerate(names, 1)), []) == trail(Store(engine))
    engine.dispose()


def test_folders_are_gone_in_the_end(tmp_path, sqlite_store):
    """What ended writers recorded is collected, and then takes no room."""
    for number in range(3):
        writer = make_writer(tmp_path, consumers=('collect',))
        writer.add(message_of(f'e-{number}'))
        writer.close()

    Collector(SpoolSource(tmp_path), sqlite_store).run(once=True)

    assert ['e-0', 'e-1', 'e-2'] == sorted(ids(sqlite_store))
    assert [] == list(layout.writers(tmp_path))


def test_error_of_ours_is_waited_out(sqlite_store, monkeypatch):
    """A collector never stops, and what it had in hand comes again."""
    source = FakeSource(*pair('a'))
    collector = Collector(source, sqlite_store)
    ingest = sqlite_store.ingest

    def fail(batch):
        monkeypatch.setattr(sqlite_store, 'ingest', ingest)
        raise RuntimeError('no')

    monkeypatch.setattr(sqlite_store, 'ingest', fail)
    thread = threading.Thread(target=collector.run)
    thread.start()
    wait_until(lambda: ids(sqlite_store))
    collector.stop()
    thread.join()

    assert ['a'] == ids(sqlite_store)
