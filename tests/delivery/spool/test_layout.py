# SPDX-License-Identifier: Apache-2.0

"""The names and the modes of the files of a spool."""

import errno
import os
import pathlib
import stat

import pytest

from cadf_audit.delivery.spool import layout
from cadf_audit.exceptions import OptionError
from tests.delivery.spool.parts import Disk
from tests.delivery.spool.parts import install
from tests.delivery.spool.parts import interact
from tests.delivery.spool.parts import make_writer
from tests.delivery.spool.parts import read_items


@pytest.fixture
def umask():
    """Let nobody but the owner have anything, unless it is asked for."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def prepare(directory, mode=0o700):
    """Prepare a spool directory."""
    layout.prepare_directory(directory, mode, 'api.conf')


def refusal(directory):
    """Return why a directory is refused."""
    with pytest.raises(OptionError) as caught:
        prepare(directory)
    return str(caught.value)


def modes(directory):
    """Return the modes of all there is in a directory, by kind."""
    found = set()
    for path in [directory, *directory.rglob('*')]:
        mode = stat.S_IMODE(path.stat().st_mode)
        found.add(('d' if path.is_dir() else 'f', oct(mode)))
    return found


@pytest.mark.parametrize(
    ('mode', 'expected'),
    [
        (0o700, {('d', '0o700'), ('f', '0o600')}),
        (0o750, {('d', '0o750'), ('f', '0o640')}),
    ],
)
def test_spool_mode_is_that_of_everything(tmp_path, umask, mode, expected):
    """Files match the directory, whatever the umask is."""
    directory = tmp_path / 'spool'
    prepare(directory, mode)
    writer = make_writer(directory, mode=mode, power=True)
    interact(writer, '1')
    found = modes(directory)
    writer.close()

    assert expected == found


def test_mode_of_a_directory_that_is_there_is_set(tmp_path):
    """A directory that all could read is narrowed."""
    tmp_path.chmod(0o755)
    prepare(tmp_path)

    assert 0o700 == stat.S_IMODE(tmp_path.stat().st_mode)


def test_directory_of_somebody_else_is_refused(tmp_path):
    """Whoever owns the directory could read and replace what is in it."""
    directory = pathlib.Path('/usr')
    if os.geteuid() == 0:
        directory = tmp_path / 'spool'
        directory.mkdir()
        os.chown(directory, 54321, -1)

    assert 'who has to own it' in refusal(directory)


@pytest.mark.parametrize('inside', ['spool', 'a/spool'])
def test_parent_that_everybody_writes_to_is_refused(tmp_path, inside):
    """Anybody could replace the directory, or a directory above it."""
    (tmp_path / 'a').mkdir()
    tmp_path.chmod(0o777)
    told = refusal(tmp_path / inside)
    tmp_path.chmod(0o1777)
    prepare(tmp_path / inside)

    assert f'{tmp_path} can be written by everybody' in told


def test_link_that_everybody_can_replace_is_refused(tmp_path):
    """A safe directory that is reached by an unsafe way is not safe."""
    safe, unsafe = tmp_path / 'safe', tmp_path / 'unsafe'
    safe.mkdir()
    unsafe.mkdir()
    unsafe.chmod(0o777)
    (unsafe / 'spool').symlink_to(safe)

    assert f'{unsafe} can be written by everybody' in refusal(unsafe / 'spool')


def test_unsafe_place_behind_a_link_is_refused(tmp_path):
    """A safe way to a directory that anybody can replace is not safe."""
    unsafe = tmp_path / 'unsafe'
    (unsafe / 'spool').mkdir(parents=True)
    unsafe.chmod(0o777)
    (tmp_path / 'link').symlink_to(unsafe / 'spool')

    assert f'{unsafe} can be written by everybody' in refusal(
        tmp_path / 'link'
    )


def test_relative_path_is_refused():
    """A server may change its directory after it read its options."""
    assert 'has to be an absolute path' in refusal(pathlib.Path('spool'))


def test_missing_parent_is_named(tmp_path):
    """Nothing above the spool directory is made."""
    told = refusal(tmp_path / 'a' / 'spool')

    assert f'{tmp_path}/a/spool cannot be used: No such file' in told
    assert not (tmp_path / 'a').exists()


def test_file_is_no_spool_directory(tmp_path):
    """A file in its place is named, and left alone."""
    (tmp_path / 'spool').write_text('mine')

    assert 'cannot be used' in refusal(tmp_path / 'spool')
    assert 'mine' == (tmp_path / 'spool').read_text()


def test_file_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    """A disk that fails at any step leaves neither a half nor a rest."""
    path = tmp_path / 'file'
    path.write_bytes(b'old')
    disk = install(monkeypatch, Disk())
    for call in ('write', 'fdatasync'):
        disk.fail(call, errno.ENOSPC)
        with pytest.raises(OSError, match='No space'):
            layout.write_file(path, b'new', 0o600)
        disk.heal()

        assert b'old' == path.read_bytes()
        assert ['file'] == os.listdir(tmp_path)


def test_disk_that_takes_a_part_at_a_time_gets_all(tmp_path, monkeypatch):
    """A write that was short and said no error is gone on with."""

    class Slow(Disk):
        def write(self, file, content):
            return os.write(file, content[:7])

    install(monkeypatch, Slow())
    layout.write_file(tmp_path / 'file', b'0123456789' * 10, 0o600)

    assert b'0123456789' * 10 == (tmp_path / 'file').read_bytes()


@pytest.mark.parametrize(
    'name',
    [
        'notes.txt',
        '1.jsonl',
        '00000000000000000001.jsonl~',
        '99999999999999999999.jsonl',
        'directory/',
        '00000000000000000003.jsonl/',
        '00000000000000000003.jsonl|',
        '00000000000000000003.jsonl@',
    ],
)
def test_foreign_file_is_no_segment(tmp_path, name):
    """Only a file that the writer could have made is read.

    To open a pipe would wait for ever, and a number from nowhere would hide
    all records between.
    """
    writer = make_writer(tmp_path)
    interact(writer, '1', '2')
    path = writer.folder / name.strip('/|@')
    if name.endswith('/'):
        path.mkdir()
    elif name.endswith('|'):
        os.mkfifo(path)
    elif name.endswith('@'):
        path.symlink_to('/dev/zero')
    else:
        path.write_text('what is this')
    found = len(read_items(writer.folder))
    writer.close()

    assert 4 == found
    assert [path.name] == layout.foreign_files(writer.folder)


def test_only_folders_with_a_lock_are_writers(tmp_path):
    """What is unfinished, or anybody else's, is passed by."""
    writer = make_writer(tmp_path)
    for name in ('lost+found', 'set-aside', 'consumers', 'x.new'):
        (tmp_path / name).mkdir()
    (tmp_path / 'x.new' / 'writer.lock').touch()
    (tmp_path / 'file').touch()
    found = list(layout.writers(tmp_path))
    writer.close()

    assert [writer.folder] == found


@pytest.mark.parametrize('name', ['plain', 'a/b', 'ä b', '../x', '%41'])
def test_name_of_a_consumer_is_a_name_of_a_file(tmp_path, name):
    """Whatever a consumer is called, its file is in the folder."""
    (tmp_path / layout.consumer_file(name)).touch()

    assert [name] == layout.consumers(tmp_path)


def test_usage_counts_every_file(tmp_path):
    """Files of files of files take room too."""
    (tmp_path / 'a' / 'b').mkdir(parents=True)
    (tmp_path / 'one').write_bytes(b'1')
    (tmp_path / 'a' / 'two').write_bytes(b'22')
    (tmp_path / 'a' / 'b' / 'three').write_bytes(b'333')
    (tmp_path / 'a' / 'link').symlink_to('/etc/passwd')
    link = (tmp_path / 'a' / 'link').lstat().st_size

    assert 6 + link == layout.usage(tmp_path)
    assert 0 == layout.usage(tmp_path / 'nowhere')
