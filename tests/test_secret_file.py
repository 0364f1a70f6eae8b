# SPDX-License-Identifier: Apache-2.0

"""A file of secrets goes in; what it holds comes out, or why it may not."""

import os

import pytest

from cadf_audit.secret_file import read_secret
from tests.servers.process import need_root


@pytest.fixture
def file(tmp_path):
    """A file as it has to be."""
    path = tmp_path / 'secrets'
    path.write_bytes(b'very secret')
    path.chmod(0o600)
    return path


def problem(path):
    """Return what is wrong with a file."""
    with pytest.raises(ValueError, match=r'.') as caught:
        read_secret(str(path), 100)
    return str(caught.value)


def test_no_more_is_read_than_asked_for(file):
    """Whoever asks knows how long its secrets are."""
    assert b'very secret' == read_secret(str(file), 100)
    assert b'very' == read_secret(str(file), 4)


@pytest.mark.parametrize('mode', [0o600, 0o400, 0o200])
def test_owner_may_have_less(file, mode):
    """Who reads it as root is not asked."""
    file.chmod(mode)
    if os.access(file, os.R_OK):
        assert read_secret(str(file), 100)


@pytest.mark.parametrize(
    'mode', [0o601, 0o602, 0o604, 0o610, 0o620, 0o640, 0o700, 0o1600, 0o4600]
)
def test_nobody_else_may_use_it(file, mode):
    """Neither may it be anything but a file to read and write."""
    file.chmod(mode)

    assert f'its mode is {mode:04o}; allowed is 0600' in problem(file)
    assert f'chmod 600 {file}' in problem(file)


def test_nobody_else_may_own_it(file):
    """They could write it."""
    need_root()
    os.chown(file, 12345, -1)

    assert 'belongs to the user 12345' in problem(file)
    assert f'chown {os.geteuid()} {file}' in problem(file)


def test_what_is_no_file(tmp_path):
    """A pipe that nobody writes to is not waited for."""
    pipe = tmp_path / 'pipe'
    os.mkfifo(pipe, 0o600)

    assert 'is no file' == problem(pipe)
    assert 'is no file' == problem('/dev/null')
    with pytest.raises(IsADirectoryError):
        read_secret(str(tmp_path), 100)
    with pytest.raises(FileNotFoundError):
        read_secret(str(tmp_path / 'no'), 100)


def test_link_is_followed(file, tmp_path):
    """What counts is the file that is opened."""
    link = tmp_path / 'link'
    link.symlink_to(file)

    assert b'very secret' == read_secret(str(link), 100)
    file.chmod(0o644)
    assert 'its mode is 0644' in problem(link)


def test_no_descriptor_is_left(file, tmp_path):
    """Neither of a file that is read, nor of one that is refused."""
    before = os.listdir('/proc/self/fd')
    read_secret(str(file), 100)
    for wrong in (tmp_path, '/dev/null'):
        with pytest.raises((ValueError, OSError)):
            read_secret(str(wrong), 100)

    assert len(before) == len(os.listdir('/proc/self/fd'))
