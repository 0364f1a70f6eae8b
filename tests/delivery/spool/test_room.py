# SPDX-License-Identifier: Apache-2.0

"""The bound of a spool, and what happens before it is reached."""

import contextlib
import errno
import os
import pathlib

import pytest

from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool import room as room_module
from cadf_audit.delivery.spool.room import Room
from cadf_audit.delivery.spool.room import SpoolFullError
from cadf_audit.delivery.spool.segment import Segment
from tests.delivery.spool.parts import Disk
from tests.delivery.spool.parts import drain
from tests.delivery.spool.parts import install
from tests.delivery.spool.parts import interact
from tests.delivery.spool.parts import make_writer
from tests.delivery.spool.parts import pending
from tests.delivery.spool.parts import started_together

MEGABYTE = 1024 * 1024


def fill(directory, size):
    """Let a directory be as large as this."""
    (directory / 'filler').write_bytes(bytes(size))


def make_segment(directory, room):
    """Return a new segment."""
    return Segment(directory, 1, b'', room.first_chunk(1), 0o600, False)


def test_segment_grows_by_more_than_it_needs(tmp_path):
    """Few records ask for room, and the steps become larger."""
    room = Room(tmp_path, 64 * MEGABYTE)
    segment = make_segment(tmp_path, room)
    sizes = []
    for _each in range(6):
        before = segment.room
        room.grow(segment, 1)
        sizes.append(segment.room - before)

    assert sizes == sorted(sizes)
    assert room_module.SMALLEST_CHUNK < sizes[0]
    assert room_module.LARGEST_CHUNK >= sizes[-1] > 8 * sizes[0] / 2


def test_spool_never_grows_beyond_its_bound(tmp_path):
    """One writer fills it up, and takes what it needs while there is some."""
    room = Room(tmp_path, MEGABYTE)
    segment = make_segment(tmp_path, room)
    taken = 0
    with contextlib.suppress(SpoolFullError):
        while taken < 10000:
            room.grow(segment, 1000)
            taken += 1

    assert taken < 10000
    assert 0.9 * MEGABYTE < layout.usage(tmp_path) <= MEGABYTE
    with pytest.raises(SpoolFullError):
        room.first_chunk(1000)


def test_room_that_others_gave_back_is_taken(tmp_path, monkeypatch):
    """A full spool is asked again a moment later."""
    monkeypatch.setattr(room_module, '_FRESH', 0)
    room = Room(tmp_path, MEGABYTE)
    segment = make_segment(tmp_path, room)
    fill(tmp_path, MEGABYTE)
    with pytest.raises(SpoolFullError):
        room.grow(segment, 1000)
    (tmp_path / 'filler').unlink()
    room.grow(segment, 1000)

    assert segment.free >= 1000


def test_full_spool_is_not_measured_by_every_request(tmp_path, monkeypatch):
    """Requests that are refused do not count files."""
    monkeypatch.setattr(room_module, '_FRESH', 3600)
    room = Room(tmp_path, MEGABYTE)
    segment = make_segment(tmp_path, room)
    fill(tmp_path, MEGABYTE)
    with pytest.raises(SpoolFullError):
        room.grow(segment, 1000)
    (tmp_path / 'filler').unlink()

    with pytest.raises(SpoolFullError):
        room.grow(segment, 1000)


def test_full_disk_is_no_full_spool(tmp_path, monkeypatch):
    """Also while it is not asked again, which would take too long."""
    monkeypatch.setattr(room_module, '_FRESH', 3600)
    room = Room(tmp_path, MEGABYTE)
    segment = make_segment(tmp_path, room)
    install(monkeypatch, Disk()).fail('posix_fallocate', errno.ENOSPC)

    for _ in range(3):
        with pytest.raises(OSError, match='No space') as caught:
            room.grow(segment, 1000)
        assert not isinstance(caught.value, SpoolFullError)


def test_last_bytes_of_a_disk_are_used(tmp_path, monkeypatch):
    """Where a large step does not fit, what is needed may."""

    class Small(Disk):
        def posix_fallocate(self, file, begin, size):
            if size > 5000:
                raise OSError(errno.ENOSPC, 'No space left on device')

    room = Room(tmp_path, 64 * MEGABYTE)
    segment = make_segment(tmp_path, room)
    install(monkeypatch, Small())
    before = segment.room
    room.grow(segment, 4000)

    assert 4000 == segment.room - before
    with pytest.raises(OSError, match='No space'):
        room.grow(segment, 6000)


def test_other_error_of_the_disk_is_no_full_spool(tmp_path, monkeypatch):
    """What a broken disk says is handed on."""
    room = Room(tmp_path, MEGABYTE)
    segment = make_segment(tmp_path, room)
    install(monkeypatch, Disk()).fail('posix_fallocate', errno.EIO)

    with pytest.raises(OSError, match='Input') as caught:
        room.grow(segment, 1000)
    assert not isinstance(caught.value, SpoolFullError)


def test_warning_comes_at_half_and_once(tmp_path, caplog, monkeypatch):
    """Operators are told in time, and again only if it fills again."""
    monkeypatch.setattr(room_module, '_FRESH', 0)
    room = Room(tmp_path, MEGABYTE)
    said = []
    for share in (0.4, 0.55, 0.7, 0.4, 0.55, 0.1, 0.55):
        fill(tmp_path, int(share * MEGABYTE))
        room.first_chunk(1)
        said.append(len(caplog.records))

    assert [0, 1, 1, 1, 1, 1, 2] == said
    assert f'the audit spool {tmp_path} is 5' in caplog.text


def test_shedding_begins_at_four_fifths(tmp_path, monkeypatch):
    """And ends below, without a request that is recorded in between."""
    monkeypatch.setattr(room_module, '_FRESH', 0)
    room = Room(tmp_path, MEGABYTE)
    said = []
    for share in (0.5, 0.74, 0.81, 0.5):
        fill(tmp_path, int(share * MEGABYTE))
        if said[-1:] != [True]:
            room.first_chunk(1)
        said.append(room.shedding())

    assert [False, False, True, False] == said


def test_room_that_two_have_taken_is_given_back(tmp_path, monkeypatch):
    """Another writer may take the same room at the same moment."""

    class Shared(Disk):
        def posix_fallocate(self, file, begin, size):
            os.posix_fallocate(file, begin, size)
            fill(tmp_path, MEGABYTE)

    room = Room(tmp_path, MEGABYTE)
    segment = make_segment(tmp_path, room)
    before = segment.room
    install(monkeypatch, Shared())
    with pytest.raises(SpoolFullError):
        room.grow(segment, 1000)

    assert before == segment.room
    assert before == (tmp_path / '00000000000000000001.jsonl').stat().st_size


def test_several_processes_stay_below_the_bound_together(tmp_path):
    """No lock, and yet no moment at which the spool is too large."""
    program = """
        import pathlib, sys
        from tests.delivery.spool.parts import *
        directory = pathlib.Path(sys.argv[1])
        print('ready', flush=True)
        sys.stdin.readline()
        number = 0
        for _each in range(3):
            writer = make_writer(
                directory, max_size=1024 * 1024, segment_size=20000
            )
            try:
                while True:
                    event_id = f'{writer.folder.name}-{number}'
                    writer.begin(event_id, pending(event_id), False)
                    if number % 2:
                        writer.end(event_id, final(event_id), shorten)
                    number += 1
            except OSError:
                print(number, flush=True)
    """
    largest = 0
    with started_together(6, program, str(tmp_path)) as running:
        while any(each.poll() is None for each in running):
            largest = max(largest, layout.usage(tmp_path))
        recorded = [each.stdout.read().split() for each in running]

    assert 0.9 * MEGABYTE < largest <= MEGABYTE
    assert all(recorded)


def test_forwarded_spool_has_room_again(tmp_path, monkeypatch):
    """What every consumer has passed makes room for more."""
    monkeypatch.setattr(room_module, '_FRESH', 0)
    writer = make_writer(tmp_path, max_size=MEGABYTE, segment_size=100000)
    with pytest.raises(OSError, match='No space'):
        interact(writer, *map(str, range(5000)))
    drain(writer.folder)
    taken = writer.begin('again', pending('again'), False)
    writer.close()

    assert taken
    assert layout.usage(pathlib.Path(tmp_path)) < MEGABYTE / 2
