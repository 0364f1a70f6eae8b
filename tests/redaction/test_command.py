# SPDX-License-Identifier: Apache-2.0

"""A secret goes into ``cadf-audit redact hash``; its hash comes out."""

import contextlib
import os
import pty
import subprocess
import sys

import pytest

from tests.harness import audit
from tests.harness import environ

COMMAND = [sys.executable, '-m', 'cadf_audit.cli', 'redact', 'hash']
KEY = '0123456789abcdef' * 4


@pytest.fixture
def key_file(tmp_path):
    """A key file as it has to be."""
    file = tmp_path / 'key'
    file.write_text(KEY)
    file.chmod(0o600)
    return file


def run(secret, *arguments):
    """Run the command with a secret at its standard input."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=secret,
        capture_output=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    'written', [b'hunter2', b'hunter2\n', b'Bearer hunter2\r\n']
)
def test_hash_is_the_one_of_the_event(key_file, written):
    """Whether the secret came with a scheme, and how its line ends."""
    options = {'redact_mode': 'hash', 'redact_key_file': str(key_file)}
    _, _, final = audit(None, environ(QUERY_STRING='token=hunter2'), **options)

    done = run(written, '--key-file', key_file)

    assert 0 == done.returncode, done.stderr
    printed = done.stdout.decode().strip()
    assert f'/?token={printed}' == final['requestPath']


def test_key_is_the_one_of_the_service(key_file, tmp_path):
    """As its configuration says."""
    conf = tmp_path / 'a.conf'
    conf.write_text(f'[audit]\nredact_key_file = {key_file}\n')

    by_conf = run(b'x', '--config-file', conf)

    assert run(b'x', '--key-file', key_file).stdout == by_conf.stdout
    conf.write_text('[audit]\n')
    assert (
        b'redact_key_file is not set'
        in run(b'x', '--config-file', conf).stderr
    )


def test_secret_is_no_argument(key_file):
    """The list of processes would show it, and the history of the shell."""
    done = run(b'', '--key-file', key_file, 'hunter2')

    assert 2 == done.returncode


@pytest.mark.parametrize(
    ('secret', 'arguments', 'status', 'told'),
    [
        (b' \n', ['--key-file', '{key}'], 1, 'there is no secret to hash'),
        (b'x', [], 2, 'name the key with --key-file FILE'),
        (b'x', ['--key-file', '{key}.no'], 1, 'No such file'),
    ],
)
def test_mistakes_are_one_sentence(key_file, secret, arguments, status, told):
    """No traceback, and no secret."""
    done = run(secret, *[each.format(key=key_file) for each in arguments])

    assert (status, b'') == (done.returncode, done.stdout)
    assert told in done.stderr.decode()
    assert 1 == len(done.stderr.splitlines())


def test_terminal_is_asked_without_an_echo(key_file):
    """Nobody reads the secret over a shoulder."""
    main, terminal = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, '--key-file', str(key_file)],
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    seen = b''
    while b'Secret: ' not in seen:
        seen += os.read(main, 100)
    os.write(main, b'hunter2\n')
    printed, _ = process.communicate(timeout=60)
    os.set_blocking(main, False)
    with contextlib.suppress(OSError):
        seen += os.read(main, 1000)
    os.close(main)

    assert run(b'hunter2', '--key-file', key_file).stdout == printed
    assert b'hunter2' not in seen
