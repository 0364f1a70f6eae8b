# SPDX-License-Identifier: Apache-2.0

"""A file that has its room before anything is written there."""

import errno
import os

import pytest

from cadf_audit.delivery.spool.segment import Segment
from tests.delivery.spool.parts import Disk
from tests.delivery.spool.parts import install

NAME = '00000000000000000007.jsonl'


@pytest.fixture
def disk(monkeypatch):
    """Return a disk that can fail."""
    return install(monkeypatch, Disk())


def make(folder, head=b'head\n', room=100, sync=False):
    """Return a segment whose first record is the seventh."""
    return Segment(folder, 7, head, room, 0o600, sync)


def content(folder):
    """Return what the file holds, without the room behind it."""
    return (folder / NAME).read_bytes().rstrip(b'\0')


def test_room_is_taken_at_once(tmp_path):
    """What was not written yet is NULs, on blocks of its own."""
    segment = make(tmp_path)
    segment.write(b'one\n')
    raw = (tmp_path / NAME).read_bytes()
    segment.extend(50)

    assert b'head\none\n' + bytes(91) == raw
    assert 141 == segment.free
    assert 150 == (tmp_path / NAME).stat().st_size
    assert (tmp_path / NAME).stat().st_blocks > 0


def test_room_can_be_given_back(tmp_path):
    """An orderly end leaves nothing but records."""
    segment = make(tmp_path)
    segment.extend(1000)
    segment.shrink(100)
    free = segment.free
    segment.finish()

    assert 95 == free
    assert b'head\n' == (tmp_path / NAME).read_bytes()


def test_head_without_room_gets_its_room(tmp_path):
    """A head that is longer than the room is written whole."""
    segment = make(tmp_path, b'x' * 200, 100)

    assert (0, b'x' * 200) == (segment.free, content(tmp_path))


@pytest.mark.parametrize('call', ['pwrite', 'posix_fallocate', 'fdatasync'])
def test_segment_that_cannot_begin_leaves_nothing(tmp_path, disk, call):
    """No reader ever sees a segment without its head."""
    disk.fail(call, errno.EIO)
    with pytest.raises(OSError, match='Input/output'):
        make(tmp_path, sync=True)

    assert [] == os.listdir(tmp_path)


def test_begin_is_synced_only_if_it_has_to_be(tmp_path, disk):
    """``process`` does not pay for ``power``."""
    make(tmp_path, sync=False)

    assert 'fdatasync' not in disk.called


@pytest.mark.parametrize('error', [errno.EOPNOTSUPP, errno.EINVAL])
def test_file_system_that_cannot_allocate_is_filled(tmp_path, disk, error):
    """Room is taken by writing there, and only where nothing is written."""
    disk.fail('posix_fallocate', error)
    segment = make(tmp_path)
    segment.write(b'one\n')
    segment.extend(200000)
    segment.write(b'two\n')

    assert b'head\none\ntwo\n' == content(tmp_path)
    assert 200100 == (tmp_path / NAME).stat().st_size


def test_full_disk_that_cannot_allocate_keeps_the_old_room(tmp_path, disk):
    """Half of the room is none."""
    segment = make(tmp_path)
    disk.fail('posix_fallocate', errno.EOPNOTSUPP)
    disk.fail('pwrite', errno.ENOSPC, after=1)
    with pytest.raises(OSError, match='No space'):
        segment.extend(200000)
    disk.heal()

    assert 95 == segment.free
    assert 100 == (tmp_path / NAME).stat().st_size


def test_line_that_is_taken_in_parts_is_whole(tmp_path, monkeypatch):
    """A write that was short and said no error is gone on with."""

    class Slow(Disk):
        def pwrite(self, file, text, offset):
            return os.pwrite(file, text[:3], offset)

    install(monkeypatch, Slow())
    make(tmp_path).write(b'a longer line\n')

    assert b'head\na longer line\n' == content(tmp_path)


def test_half_of_a_line_is_taken_back(tmp_path, monkeypatch):
    """A disk that fails within a line leaves nothing that looks damaged."""

    class Half(Disk):
        def pwrite(self, file, text, offset):
            if text.startswith(b'rest'):
                raise OSError(errno.EIO, 'broken')
            return os.pwrite(file, text[:5], offset)

    install(monkeypatch, Half())
    segment = make(tmp_path)
    with pytest.raises(OSError, match='broken'):
        segment.write(b'half;rest\n')
    segment.write(b'next\n')

    assert b'head\nnext\n' == content(tmp_path)
    assert len(b'head\nnext\n') == segment.end


def test_no_segment_has_no_file():
    """Before the first record there is nothing to close or to cut."""
    segment = Segment.nowhere()
    segment.finish()
    segment.close()

    assert (-1, 0) == (segment.file, segment.free)


def test_forgotten_segment_is_closed(tmp_path):
    """A rotation leaves no file open."""
    segment = make(tmp_path)
    file = segment.file
    os.fstat(file)
    del segment

    with pytest.raises(OSError, match='Bad file'):
        os.fstat(file)
