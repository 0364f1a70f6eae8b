# SPDX-License-Identifier: Apache-2.0

"""Records that survive a power cut, by one sync for all that wait."""

import concurrent.futures
import errno
import pathlib
import tempfile
import threading

import pytest

from cadf_audit.delivery.spool import journal
from cadf_audit.delivery.spool import layout
from tests.delivery.spool.parts import die
from tests.delivery.spool.parts import Disk
from tests.delivery.spool.parts import final
from tests.delivery.spool.parts import install
from tests.delivery.spool.parts import interact
from tests.delivery.spool.parts import kinds
from tests.delivery.spool.parts import make_writer
from tests.delivery.spool.parts import MEMORY
from tests.delivery.spool.parts import other
from tests.delivery.spool.parts import pairs
from tests.delivery.spool.parts import pending
from tests.delivery.spool.parts import PENDING
from tests.delivery.spool.parts import records
from tests.delivery.spool.parts import segment_paths
from tests.delivery.spool.parts import shorten
from tests.delivery.spool.power import PowerDisk
from tests.delivery.spooling import wait_until


@pytest.fixture
def disk(monkeypatch):
    """Return a disk that may lose its power."""
    monkeypatch.setattr(journal, 'PAUSE', 0)
    return install(monkeypatch, PowerDisk())


@pytest.fixture
def memory():
    """Return a directory whose own syncs take no time."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        yield pathlib.Path(name)


def run_threads(number, work):
    """Run the same work in threads at the same time; return the results."""
    with concurrent.futures.ThreadPoolExecutor(number) as pool:
        return [
            each.result()
            for each in map(pool.submit, [work] * number, range(number))
        ]


def begun(messages):
    """Return the ids of what began."""
    return [each for each, kind in kinds(messages) if kind == PENDING]


def test_process_never_syncs(tmp_path, disk):
    """Without ``power`` no request waits for the disk."""
    writer = make_writer(tmp_path, power=False)
    before = disk.syncs
    interact(writer, '1', '2')
    writer.close()

    assert before == disk.syncs


def test_what_was_acknowledged_survives_a_power_cut(tmp_path, disk):
    """Each record is there the moment its request goes on."""
    writer = make_writer(tmp_path, power=True, segment_size=3000)
    for number in range(20):
        event_id = str(number)
        writer.begin(event_id, pending(event_id), False)

        assert event_id in begun(disk.after_power_cut(writer.folder))

        writer.end(event_id, final(event_id), shorten)

        assert (event_id, 'audit.http.response') in kinds(
            disk.after_power_cut(writer.folder)
        )
    die(writer)


def test_one_sync_is_for_all_that_wait(tmp_path, disk):
    """Who comes while the disk syncs is in the next group."""
    writer = make_writer(tmp_path, power=True)
    writer.begin('first', pending('first'), False)
    there, go = disk.hold_next()
    before = disk.syncs

    def work(number):
        writer.begin(str(number), pending(str(number)), False)

    threads = [
        threading.Thread(target=work, args=(number,)) for number in range(20)
    ]
    threads[0].start()
    assert there.wait(60)
    for thread in threads[1:]:
        thread.start()
    wait_until(lambda: writer._journal._seq == 21)
    go.set()
    for thread in threads:
        thread.join(60)
    found = begun(disk.after_power_cut(writer.folder))
    die(writer)

    assert 2 == disk.syncs - before
    assert sorted(['first', *map(str, range(20))]) == sorted(found)


@pytest.mark.parametrize('segment_size', [2000, 10**6])
def test_failed_sync_moves_what_was_not_confirmed(
    tmp_path, disk, segment_size
):
    """The segment is left, and nobody believes the next sync of it."""
    writer = make_writer(tmp_path, power=True, segment_size=segment_size)
    interact(writer, 'first')
    for number in range(40):
        event_id = str(number)
        if number % 7 == 0:
            disk.break_syncs(times=1)
        writer.begin(event_id, pending(event_id), False)

        assert event_id in begun(disk.after_power_cut(writer.folder))

        if number % 5 == 0:
            disk.break_syncs(times=1)
        writer.end(event_id, final(event_id), shorten)

        assert pairs(event_id)[1] in kinds(disk.after_power_cut(writer.folder))
    writer.close()

    assert pairs('first', *map(str, range(40))) == kinds(
        records(writer.folder)
    )


def test_rotation_does_not_hide_an_error_from_who_waits(tmp_path, disk):
    """The disk tells one caller alone, and it may be the other one."""
    writer = make_writer(tmp_path, power=True, segment_size=2000)
    for number in range(8):
        writer.add(other(f'fill-{number}'))
    there, go = disk.hold_next()
    disk.break_syncs(times=1)
    waiting = threading.Thread(target=writer.add, args=(other('waits'),))
    waiting.start()
    assert there.wait(60)
    rotating = threading.Thread(
        target=writer.begin, args=('rotates', pending('rotates'), False)
    )
    rotating.start()
    wait_until(lambda: 'rotates' in writer._open)
    go.set()
    waiting.join(60)
    rotating.join(60)
    found = kinds(disk.after_power_cut(writer.folder))
    die(writer)

    assert ('waits', 'audit.event') in found
    assert ('rotates', PENDING) in found


@pytest.mark.parametrize('segment_size', [3000, 10**6])
def test_threads_and_errors(memory, disk, segment_size):
    """Many threads, and a disk that fails now and then: nothing is lost.

    With ``deny``, so that whoever was not told of an error is safe.
    """
    writer = make_writer(
        memory, power=True, deny=True, segment_size=segment_size
    )
    interact(writer, 'first')
    begun_safely, unsafe = ['first'], []
    done = threading.Event()

    def trouble():
        while not done.wait(0.01):
            disk.break_syncs(times=1)

    def work(thread):
        for number in range(25):
            event_id = f'{thread}-{number}'
            try:
                writer.begin(event_id, pending(event_id), False)
            except OSError:
                continue
            begun_safely.append(event_id)
            with writer._lock:
                kept = begun(disk.after_power_cut(writer.folder))
            if event_id not in kept:
                unsafe.append(event_id)
            writer.end(event_id, final(event_id), shorten)

    troubling = threading.Thread(target=trouble)
    troubling.start()
    run_threads(8, work)
    done.set()
    troubling.join(60)
    disk.mend()
    writer.add(other('last'))
    kept = kinds(disk.after_power_cut(writer.folder))
    still_open = set(writer._open)
    writer.close()
    found = kinds(records(writer.folder))

    assert [] == unsafe
    assert set(pairs(*begun_safely)) <= set(kept)
    assert len(begun_safely) > 100
    # What was refused too late stays open, and nothing is there twice.
    assert set(pairs(*begun_safely)) == {
        each
        for each in found
        if each[0] not in still_open and each[1] != 'audit.event'
    }


def test_disk_that_fails_for_good_and_recovers(tmp_path, disk):
    """With ``allow`` requests go on; all is safe once the disk is."""
    writer = make_writer(tmp_path, power=True)
    interact(writer, '0')
    disk.break_syncs()

    def work(thread):
        interact(writer, *(f'{thread}-{number}' for number in range(20)))

    run_threads(4, work)
    unsafe = begun(disk.after_power_cut(writer.folder))
    readable = len(records(writer.folder))
    disk.mend()
    interact(writer, 'last')
    kept = kinds(disk.after_power_cut(writer.folder))
    writer.close()
    everything = pairs(
        '0',
        'last',
        *(f'{each}-{number}' for each in range(4) for number in range(20)),
    )

    assert ['0'] == unsafe
    assert len(everything) - 2 == readable
    assert set(everything) == set(kept)
    assert sorted(everything) == sorted(kinds(records(writer.folder)))


def test_what_memory_does_not_hold_stays_readable(tmp_path, disk, monkeypatch):
    """On a disk that fails for long, the oldest are left where they are."""
    monkeypatch.setattr(journal, 'MOST_UNCONFIRMED', 10)
    writer = make_writer(tmp_path, power=True)
    interact(writer, 'first')
    disk.break_syncs()
    interact(writer, *map(str, range(50)))
    held = len(writer._journal._unconfirmed)
    before = kinds(records(writer.folder))
    disk.mend()
    interact(writer, 'last')
    writer.close()
    after = kinds(records(writer.folder))
    kept = kinds(disk.after_power_cut(writer.folder))

    assert held <= 11
    assert pairs('first', *map(str, range(50))) == before
    assert pairs('first', *map(str, range(50)), 'last') == after
    assert set(pairs('47', '48', '49', 'last')) <= set(kept)


def test_failing_disk_is_not_asked_by_every_request(
    tmp_path, disk, monkeypatch
):
    """Who comes soon after a failure does not wait for another one."""
    monkeypatch.setattr(journal, 'PAUSE', 3600)
    writer = make_writer(tmp_path, power=True)
    interact(writer, '0')
    disk.break_syncs()
    interact(writer, '1')
    before = disk.syncs
    interact(writer, *map(str, range(2, 50)))
    after = disk.syncs
    die(writer)

    assert before == after


@pytest.mark.parametrize('after', [0, 1, 2])
def test_name_that_is_not_kept_is_none(tmp_path, monkeypatch, after):
    """A segment whose name a power cut may take is replaced."""
    disk = install(monkeypatch, Disk())
    monkeypatch.setattr(journal, 'PAUSE', 0)
    writer = make_writer(tmp_path, power=True, segment_size=2000)
    disk.fail('fsync', errno.EIO, after=after, times=3)
    event_ids = list(map(str, range(20)))
    for event_id in event_ids:
        try:
            writer.begin(event_id, pending(event_id), False)
        except OSError:
            continue
        writer.end(event_id, final(event_id), shorten)
    recorded = [
        each for each in event_ids if each in begun(records(writer.folder))
    ]
    writer.close()

    assert len(recorded) >= 17
    assert pairs(*recorded) == [
        each
        for each in kinds(records(writer.folder))
        if each[1] != 'audit.event'
    ]


def test_number_of_the_last_record_is_noted(tmp_path, disk):
    """Also after records were written again."""
    writer = make_writer(tmp_path, power=True)
    interact(writer, '0')
    for event_id in ('1', '2', '3'):
        disk.break_syncs(times=1)
        writer.begin(event_id, pending(event_id), False)
    writer.close()
    last = segment_paths(writer.folder)[-1]
    lines = last.read_bytes().splitlines()
    noted = (writer.folder / layout.COUNTERS).read_text().split()[1]

    assert int(last.name[:20]) + len(lines) - 1 == int(noted)
