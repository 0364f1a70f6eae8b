# SPDX-License-Identifier: Apache-2.0

"""A key file goes in; the key comes out, or what is wrong with the file."""

import os

import pytest

from cadf_audit.exceptions import OptionError
from cadf_audit.middleware.factory import redactor_of
from cadf_audit.middleware.settings import load_settings
from cadf_audit.redaction.key_file import load_key
from tests.harness import audited

KEY = b'0123456789abcdef' * 4


@pytest.fixture
def key_file(tmp_path):
    """A key file as it has to be."""
    file = tmp_path / 'key'
    file.write_bytes(KEY + b'\n')
    file.chmod(0o600)
    return file


def complaint(file):
    """Return what is said of a file that is refused."""
    with pytest.raises(OptionError) as raised:
        load_key(str(file), 'here')
    return str(raised.value)


def test_key_is_the_content_without_blanks_around_it(key_file):
    """However an editor ends the line."""
    assert KEY == load_key(str(key_file), 'here')


@pytest.mark.parametrize('mode', [0o640, 0o604, 0o660, 0o622, 0o700, 0o4600])
def test_file_of_another_mode_is_refused(key_file, mode):
    """The message says the mode, and how to change it."""
    key_file.chmod(mode)

    assert (
        f'here: option redact_key_file: {key_file}: its mode is {mode:04o}; '
        'allowed is 0600, so that nobody else reads it: chmod 600 '
        f'{key_file}'
    ) == complaint(key_file)


def test_file_that_only_its_owner_reads_is_taken(key_file):
    """Nobody has to be able to write it."""
    key_file.chmod(0o400)

    assert KEY == load_key(str(key_file), 'here')


@pytest.mark.skipif(os.geteuid() != 0, reason='needs root: run as root')
def test_file_of_another_user_is_refused(key_file):
    """They could change it."""
    os.chown(key_file, 12345, 12345)

    assert (
        f'belongs to the user 12345, but this process is {os.geteuid()}'
        in (complaint(key_file))
    )


@pytest.mark.parametrize('key', [b'', b'short', b' ' * 100, b'x' * 70_000])
def test_key_that_is_too_short_or_too_long_is_refused(key_file, key):
    """The message says how to make one."""
    key_file.write_bytes(key)

    assert 'openssl rand -hex 32' in complaint(key_file)


def test_what_is_no_file_is_refused(tmp_path):
    """A directory, nothing at all, or a pipe that nobody writes to."""
    pipe = tmp_path / 'pipe'
    os.mkfifo(pipe, 0o600)

    assert 'No such file or directory' in complaint(tmp_path / 'no')
    assert 'is no file' in complaint(pipe) + complaint(tmp_path).replace(
        'Is a directory', 'is no file'
    )


def test_filter_starts_with_no_wrong_option(key_file):
    """Each says where it stands, and what is allowed."""
    for options, told in [
        ({'redact_mode': 'hash'}, 'hash needs redact_key_file'),
        ({'redact_mode': 'hide'}, 'redact_mode'),
        ({'redact_key_file': f'{key_file}.no'}, 'No such file'),
    ]:
        with pytest.raises(OptionError, match=told):
            audited(**options)


def test_options_make_the_redactor(key_file):
    """Mode, key and names."""
    settings = load_settings(
        {
            'redact_mode': 'hash',
            'redact_key_file': str(key_file),
            'redact_names': 'pnr',
        }
    )

    redactor = redactor_of(settings)

    assert KEY == redactor.key
    assert redactor.redact('PNR', 'x').startswith('hmac-sha256:')
    assert str(KEY) not in repr(settings)
