# SPDX-License-Identifier: Apache-2.0

"""A spool directory is read as a source: each record, until it is kept."""

import json
import os
import signal

import pytest

from cadf_audit.delivery.spool import adoption
from cadf_audit.delivery.spool import layout
from cadf_audit.trail.collector import Collector
from cadf_audit.trail.schema import PENDING
from cadf_audit.trail.sources import SourceError
from cadf_audit.trail import spool_source
from cadf_audit.trail.spool_source import SpoolSource
from tests.delivery.spool.parts import die
from tests.delivery.spool.parts import kinds
from tests.delivery.spool.parts import make_writer
from tests.delivery.spool.parts import pairs
from tests.delivery.spool.parts import process
from tests.delivery.spool.parts import segment_paths
from tests.trail.parts import begun
from tests.trail.parts import ended
from tests.trail.parts import ids
from tests.trail.parts import rows
from tests.trail.parts import trail


@pytest.fixture(autouse=True)
def _without_a_pause(monkeypatch):
    """Look for writers each time, as after a second."""
    monkeypatch.setattr(spool_source, 'SCAN_EVERY', 0)


@pytest.fixture
def directory(tmp_path):
    """A spool directory."""
    path = tmp_path / 'spool'
    path.mkdir(0o700)
    return path


@pytest.fixture
def source(directory):
    """The source that is a spool directory."""
    source = SpoolSource(directory)
    yield source
    source.close()


def new_writer(directory, **changes):
    """Return a writer that only the collector reads."""
    return make_writer(directory, consumers=('collect',), **changes)


def inner(message):
    """Return a message as the spool has it, without the envelope."""
    return json.loads(message)['oslo.message'].encode()


def interact(writer, *event_ids):
    """Record both events of interactions."""
    for each in event_ids:
        begin(writer, each)
        writer.end(each, inner(ended(each)), lambda pending: pending)


def begin(writer, event_id):
    """Record the event of a request."""
    writer.begin(event_id, inner(begun(event_id)), False)


def take_all(source):
    """Return all that waits, batch after batch."""
    found = []
    while messages := source.receive(7, 0):
        found += messages
        source.acknowledge()
    return kinds(found)


def test_records_of_all_writers(directory, source):
    """Live, ended and killed writers are read, each record once."""
    live, over, killed = (new_writer(directory) for _ in range(3))
    interact(live, *'abcdefgh')
    interact(over, 'i', 'j')
    over.close()
    interact(killed, 'k')
    begin(killed, 'l')
    die(killed)

    found = take_all(source)
    interact(live, 'm')
    found += take_all(source)
    live.close()

    assert sorted(pairs(*'abcdefghijklm')) == sorted(found)


def test_order_of_a_writer(directory, source):
    """The records of one writer come in their order."""
    writer = new_writer(directory)
    names = [str(number) for number in range(40)]
    interact(writer, *names)
    writer.close()

    assert pairs(*names) == take_all(source)


def test_end_of_what_a_killed_writer_began(directory, source, sqlite_store):
    """What a killed process began is a row of an unknown outcome."""
    writer = new_writer(directory)
    begin(writer, 'a')
    die(writer)

    Collector(source, sqlite_store).run(once=True)

    (row,) = rows(sqlite_store)
    assert ('a', 'unknown', 'worker ended') == (
        row['id'],
        row['outcome'],
        row['reason_code'],
    )
    assert [] == ids(sqlite_store, PENDING)


def test_cursor_waits_for_the_acknowledgement(directory, source):
    """What was not acknowledged comes again, to whoever comes next."""
    writer = new_writer(directory)
    interact(writer, 'a', 'b')
    assert pairs('a', 'b') == kinds(source.receive(10, 0))
    source.close()

    again = SpoolSource(directory)
    assert pairs('a', 'b')[:3] == kinds(again.receive(3, 0))
    again.acknowledge()
    assert pairs('a', 'b')[3:] == kinds(again.receive(10, 0))
    again.close()

    last = SpoolSource(directory)
    assert pairs('a', 'b')[3:] == take_all(last)
    last.close()
    writer.close()


def test_what_waits_is_counted(directory, source):
    """Records of all writers count until the cursor has passed them."""
    first, second = new_writer(directory), make_writer(directory)
    interact(first, 'a', 'b')
    interact(second, 'c')
    before = source.waiting()
    received = source.receive(4, 0)
    in_hand = source.waiting()
    source.acknowledge()
    after = source.waiting()
    first.close()
    second.close()

    assert 4 == len(received)
    assert [6, 6, 2] == [before, in_hand, after]


def test_counting_changes_nothing(directory, source):
    """Who counts is no consumer: nobody keeps records for him."""
    writer = make_writer(directory)
    interact(writer, 'a')
    (folder,) = layout.writers(directory)
    number = source.waiting()
    writer.close()

    assert 2 == number
    assert 'collect' not in layout.consumers(folder / layout.CURSORS)
    assert not (directory / layout.CONSUMERS / 'collect').exists()


def test_giving_back(directory, source):
    """What was given back comes again, and what was kept does not."""
    writer = new_writer(directory)
    interact(writer, 'a', 'b')
    source.receive(1, 0)
    source.acknowledge()
    source.receive(2, 0)
    source.give_back()

    assert pairs('a', 'b')[1:] == take_all(source)
    writer.close()


def test_segments_are_deleted(directory, source):
    """Segments go when they are acknowledged; the folder with the writer."""
    writer = new_writer(directory, segment_size=2000)
    interact(writer, *'abcdefghijklmnop')
    assert 3 < len(segment_paths(writer.folder))

    source.receive(1000, 0)
    assert 3 < len(segment_paths(writer.folder))
    source.acknowledge()
    take_all(source)
    assert 1 == len(segment_paths(writer.folder))
    writer.close()
    take_all(source)

    assert [] == list(layout.writers(directory))


def test_other_consumers_keep_their_records(directory, source):
    """What a forwarder has not sent yet is not deleted."""
    writer = make_writer(directory)
    interact(writer, 'a')
    writer.close()

    assert pairs('a') == take_all(source)
    assert [writer.folder] == list(layout.writers(directory))


def test_more_writers_than_are_read_at_a_time(directory, source, monkeypatch):
    """All writers are read, though idle ones would take all the room."""
    monkeypatch.setattr(spool_source, 'MOST_DRAINS', 3)
    writers = [new_writer(directory) for _ in range(8)]
    found = []
    for turn in range(2):
        for number, writer in enumerate(writers):
            interact(writer, f'{turn}-{number}')
        for _ in range(20):
            found += kinds(source.receive(100, 0))
            source.acknowledge()

    for each in writers:
        each.close()
    expected = [f'{turn}-{n}' for turn in range(2) for n in range(8)]
    assert sorted(pairs(*expected)) == sorted(found)


def test_busy_writer_does_not_keep_others_waiting(directory, source):
    """A writer with a backlog has its turn, and so have the others."""
    busy, other = new_writer(directory), new_writer(directory)
    interact(busy, *(str(number) for number in range(50)))
    interact(other, 'a')
    found = []
    for _ in range(6):
        found += kinds(source.receive(5, 0))
        source.acknowledge()

    assert set(pairs('a')) < set(found)
    for each in (busy, other):
        each.close()


def test_disk_that_takes_no_end(directory, source, monkeypatch):
    """The records of a dead writer are read before it can be adopted."""
    writer = new_writer(directory)
    interact(writer, 'a')
    begin(writer, 'b')
    die(writer)

    def refuse(folder):
        raise OSError(28, 'No space left on device')

    with monkeypatch.context() as patch:
        patch.setattr(adoption, 'adopt', refuse)
        found = take_all(source)
    assert pairs('a', 'b')[:3] == found

    assert pairs('a', 'b')[3:] == take_all(source)


def test_what_waits_in_no_directory(tmp_path):
    """Nobody knows what waits in a directory that is not there."""
    with pytest.raises(SourceError, match='nowhere: No such file'):
        SpoolSource(tmp_path / 'nowhere').waiting()


def test_directory_that_is_not_there(tmp_path):
    """A directory that cannot be read is waited for."""
    source = SpoolSource(tmp_path / 'gone')

    with pytest.raises(SourceError, match='gone: No such file'):
        source.receive(10, 0)

    (tmp_path / 'gone').mkdir()
    assert [] == source.receive(10, 0)


def test_cursor_that_cannot_be_written(directory, source, monkeypatch):
    """An acknowledgement that fails is made up for by the next one."""
    writer = new_writer(directory, segment_size=2000)
    interact(writer, *'abcdefgh')
    source.receive(100, 0)

    def fail(*arguments):
        raise OSError(5, 'Input/output error')

    with monkeypatch.context() as patch:
        patch.setattr(os, 'pwrite', fail)
        with pytest.raises(SourceError, match='Input/output error'):
            source.acknowledge()
    interact(writer, 'i')
    rest = take_all(source)
    source.close()

    assert set(pairs('i')) <= set(rest)
    assert [] == take_all(SpoolSource(directory))
    assert 1 == len(segment_paths(writer.folder))
    writer.close()


COLLECTOR = """
from cadf_audit.trail.collector import Collector
from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.spool_source import SpoolSource
from cadf_audit.trail.store import Store
import os, signal, sys
from pathlib import Path

directory, url, after = sys.argv[1:]
source = SpoolSource(Path(directory))
acknowledge, batches = source.acknowledge, []

def die():
    batches.append(1)
    if len(batches) == int(after):
        os.kill(os.getpid(), signal.SIGKILL)
    acknowledge()

source.acknowledge = die
collector = Collector(source, Store(open_engine(url)))
import cadf_audit.trail.collector as module
module.BATCH = 10
collector.run(once=True)
print('over')
"""


def test_killed_between_commit_and_acknowledgement(directory, store, url):
    """A collector that dies there leaves no event out, and none twice."""
    writer = new_writer(directory, segment_size=4000)
    names = [f'e-{number}' for number in range(100)]
    interact(writer, *names)
    writer.close()
    lives = []
    for after in (1, 2, 1, 3, 1, 100):
        with process(COLLECTOR, directory, url, str(after)) as (running, said):
            lives.append(said)
            if not said:
                assert -signal.SIGKILL == running.wait(60)

    assert ['', '', '', '', '', 'over'] == lives
    assert (list(enumerate(names, 1)), []) == trail(store)
    assert [] == list(layout.writers(directory))


def test_two_collectors_on_one_directory(directory, store, url):
    """Two collectors share the writers, and each event is one row."""
    writers = [new_writer(directory, segment_size=4000) for _ in range(6)]
    names = [f'{number}-{each}' for number in range(6) for each in range(30)]
    for number, writer in enumerate(writers):
        interact(writer, *(n for n in names if n.startswith(f'{number}-')))
        writer.close()
    arguments = COLLECTOR, directory, url, '1000000'

    with process(*arguments) as first, process(*arguments) as second:
        assert ['over', 'over'] == [first[1], second[1]]
    # What one had in hand when the other looked.
    source = SpoolSource(directory)
    Collector(source, store).run(once=True)

    assert sorted(names) == sorted(ids(store))
    assert list(range(1, 181)) == [row['sequence'] for row in rows(store)]
    assert [] == list(layout.writers(directory))
