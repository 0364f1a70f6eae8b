# SPDX-License-Identifier: Apache-2.0

"""The events of one process, recorded in good times and in bad."""

import contextlib
import errno
import json

import pytest

from cadf_audit.delivery.spool import adoption
from cadf_audit.delivery.spool import counters
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.writer import FINAL_ROOM
from tests.delivery.spool.parts import adopt_and_drain
from tests.delivery.spool.parts import begin_all
from tests.delivery.spool.parts import count
from tests.delivery.spool.parts import die
from tests.delivery.spool.parts import Disk
from tests.delivery.spool.parts import drain
from tests.delivery.spool.parts import final
from tests.delivery.spool.parts import install
from tests.delivery.spool.parts import interact
from tests.delivery.spool.parts import kinds
from tests.delivery.spool.parts import make_writer
from tests.delivery.spool.parts import once
from tests.delivery.spool.parts import other
from tests.delivery.spool.parts import pairs
from tests.delivery.spool.parts import pending
from tests.delivery.spool.parts import records
from tests.delivery.spool.parts import segment_paths
from tests.delivery.spool.parts import shorten

MEGABYTE = 1024 * 1024


@pytest.fixture
def disk(monkeypatch):
    """Return a disk that can fail."""
    return install(monkeypatch, Disk())


def lines(path):
    """Return the records of a segment."""
    content = path.read_bytes().rstrip(b'\0')
    return [json.loads(line) for line in content.splitlines()]


def test_first_record_makes_the_first_segment(tmp_path):
    """A writer that has recorded nothing has no segment."""
    writer = make_writer(tmp_path)
    before = segment_paths(writer.folder)
    interact(writer, '1')
    writer.add(other('2'))
    writer.close()

    assert [] == before
    assert ['00000000000000000001.jsonl'] == [
        path.name for path in segment_paths(writer.folder)
    ]
    assert [*pairs('1'), ('2', 'audit.event')] == kinds(records(writer.folder))
    assert 3 == count(writer, counters.SEQ)


def test_size_ends_a_segment(tmp_path):
    """A segment is closed with the first record behind its size."""
    writer = make_writer(tmp_path, segment_size=3000)
    interact(writer, *map(str, range(30)))
    writer.close()
    sizes = [each.stat().st_size for each in segment_paths(writer.folder)]

    assert len(sizes) > 3
    assert all(3000 <= size < 5000 for size in sizes[:-1])
    assert pairs(*map(str, range(30))) == kinds(records(writer.folder, 60))


def test_age_ends_a_segment(tmp_path):
    """A segment that is old enough is closed, unless nothing is in it."""
    writer = make_writer(tmp_path, segment_age=0)
    interact(writer, '1', '2', '3')
    writer.close()

    assert 3 == len(segment_paths(writer.folder))


def test_segment_is_named_by_its_first_record(tmp_path):
    """Numbers go on from segment to segment, without a hole."""
    writer = make_writer(tmp_path, segment_age=0)
    writer.begin('0', pending('0'), False)
    interact(writer, '1', '2', '3')
    writer.close()
    numbers = []
    for path in segment_paths(writer.folder):
        found = [line['seq'] for line in lines(path)]
        numbers += found
        assert int(path.name[:20]) == found[0]

    assert list(range(1, len(numbers) + 1)) == numbers
    assert count(writer, counters.SEQ) == numbers[-1]


def test_what_is_open_is_written_again_at_a_rotation(tmp_path):
    """The newest segment tells of all that is open, by the same message."""
    writer = make_writer(tmp_path, segment_age=0)
    writer.begin('a', pending('a'), False)
    writer.begin('b', pending('b'), False)
    interact(writer, 'c')
    newest = lines(segment_paths(writer.folder)[-1])
    oldest = lines(segment_paths(writer.folder)[0])
    writer.close()

    assert ['a', 'b', 'c', 'c'] == [
        line['message']['payload']['id'] for line in newest
    ]
    assert oldest[0]['message'] == newest[0]['message']


def test_final_event_of_what_was_not_begun_is_dropped(tmp_path):
    """Half of a pair is worth nothing."""
    writer = make_writer(tmp_path)
    writer.end('1', final('1'), shorten)
    interact(writer, '2')
    writer.end('2', final('2'), shorten)
    writer.close()

    assert pairs('2') == kinds(records(writer.folder))


@pytest.mark.parametrize('power', [False, True])
def test_full_spool_ends_all_that_was_begun(tmp_path, power):
    """Room for a final event was kept when its pending one was admitted."""
    writer = make_writer(tmp_path, max_size=MEGABYTE, power=power)
    begun = begin_all(writer)
    for event_id in begun:
        writer.end(event_id, final(event_id), shorten)
    used = layout.usage(tmp_path)
    writer.close()
    found = kinds(drain(writer.folder))

    assert len(begun) > 100
    assert used <= MEGABYTE
    assert sorted(pairs(*begun)) == sorted(
        each for each in found if each[1] != 'audit.event'
    )


def test_final_event_that_is_too_long_is_a_shorter_one(tmp_path):
    """What a full spool has no room for is left out, not the event."""
    writer = make_writer(tmp_path, max_size=MEGABYTE)
    begun = begin_all(writer)
    padding = 'x' * 2 * FINAL_ROOM
    for event_id in begun:
        writer.end(event_id, final(event_id, padding), shorten)
    used = layout.usage(tmp_path)
    writer.close()
    found = [json.loads(each)['payload'] for each in drain(writer.folder)]
    short = [each['id'] for each in found if 'short' in each]
    whole = [
        each['id']
        for each in found
        if each.get('requestPath', '')[-2:] == 'xx'
    ]

    assert used <= MEGABYTE
    assert sorted(begun) == sorted(short + whole)
    assert len(short) > len(begun) / 4


def test_long_final_event_is_whole_where_there_is_room(tmp_path):
    """Only a full spool makes events shorter."""
    writer = make_writer(tmp_path)
    writer.begin('1', pending('1'), False)
    writer.end('1', final('1', 'x' * 50000), shorten)
    writer.close()

    assert len(records(writer.folder)[1]) > 50000


@pytest.mark.parametrize('power', [False, True])
def test_final_events_that_the_disk_refused_are_recorded_later(
    tmp_path, disk, power
):
    """Their outcome is known, so nobody is to say that it is not."""
    writer = make_writer(tmp_path, power=power)
    for event_id in ('1', '2', '3'):
        writer.begin(event_id, pending(event_id), False)
    for call in ('pwrite', 'fdatasync', 'posix_fallocate'):
        disk.fail(call, errno.EIO)
    if power:
        # It is met by the sync, and kept for the next one.
        writer.end('1', final('1'), shorten)
    for event_id in ('2', '3') if power else ('1', '2', '3'):
        with pytest.raises(OSError, match='Input'):
            writer.end(event_id, final(event_id), shorten)
    disk.heal()
    writer.close()
    messages = once(adopt_and_drain(writer.folder))

    assert sorted(pairs('1', '2', '3')) == sorted(kinds(messages))
    assert not [
        each for each in messages if adoption.WORKER_ENDED in str(each)
    ]


def test_one_failure_is_no_loss(tmp_path, disk):
    """What a segment does not take, another one does."""
    writer = make_writer(tmp_path)
    interact(writer, '1')
    disk.fail('pwrite', errno.EIO, times=1)
    interact(writer, '2')
    writer.close()

    assert 2 == len(segment_paths(writer.folder))
    assert pairs('1', '2') == kinds(records(writer.folder, 4))


def test_final_events_have_their_room_in_another_segment(tmp_path, disk):
    """A write error on a full spool takes no final event its room."""
    writer = make_writer(tmp_path)
    begun = [f'a{number}' for number in range(20)]
    for event_id in begun:
        writer.begin(event_id, pending(event_id), False)
    disk.fail('pwrite', errno.EIO, times=1)
    writer.begin('b', pending('b', 'x' * 60000), False)
    begun.append('b')
    # From now on there is no more room than was taken.
    disk.fail('posix_fallocate', errno.ENOSPC)
    free = writer._journal._segment.free
    needed = writer._reserved
    die(writer)

    assert free >= needed


def test_closed_writer_records_nothing(tmp_path):
    """Whoever has adopted it by now has ended what was open."""
    writer = make_writer(tmp_path)
    writer.begin('1', pending('1'), False)
    writer.close()
    writer.close()
    messages = adopt_and_drain(writer.folder)
    late = [
        lambda: writer.begin('2', pending('2'), False),
        lambda: writer.end('1', final('1'), shorten),
        lambda: writer.add(other('3')),
    ]
    for each in late:
        with pytest.raises(OSError, match='ends'):
            each()
    writer.report_losses()

    assert pairs('1') == kinds(messages)
    assert not writer.folder.exists()


def test_end_gives_back_what_was_not_used(tmp_path):
    """An ended writer takes no more room than its records."""
    writer = make_writer(tmp_path)
    interact(writer, '1')
    writer.close()
    (path,) = segment_paths(writer.folder)

    assert b'\n' == path.read_bytes()[-1:]


def test_folder_appears_with_all_that_is_in_it(tmp_path, disk):
    """A writer that cannot begin leaves nothing, however often it tries."""
    for call in ('write', 'posix_fallocate', 'fdatasync'):
        disk.fail(call, errno.ENOSPC)
        for _each in range(3):
            with pytest.raises(OSError, match='No space'):
                make_writer(tmp_path, power=True)
        disk.heal()

    assert [] == list(tmp_path.iterdir())


def test_folders_are_part_of_the_size(tmp_path):
    """Processes that come and go do not fill the disk with folders."""
    (tmp_path / 'filler').write_bytes(bytes(MEGABYTE - 60000))
    taken = []
    with contextlib.suppress(OSError):
        while len(taken) < 100:
            taken.append(make_writer(tmp_path, max_size=MEGABYTE))
    used = layout.usage(tmp_path)
    for writer in taken:
        die(writer)

    assert used <= MEGABYTE
    assert 0 < len(taken) < 100
