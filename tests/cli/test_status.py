# SPDX-License-Identifier: Apache-2.0

"""What the command shows of a spool, to whoever may read it."""

import os
import subprocess
import sys

import pytest

from tests.cli.spools import config
from tests.cli.spools import killed
from tests.cli.spools import nobody
from tests.cli.spools import record
from tests.cli.spools import ROOT
from tests.cli.spools import rows
from tests.cli.spools import run
from tests.cli.spools import said
from tests.cli.spools import service
from tests.cli.spools import writers
from tests.servers.process import need_root
from tests.servers.process import temporary_directory

# Once before the rights are gone: nobody else may read our installation.
AS_NOBODY = """\
from cadf_audit.cli import main
import contextlib
import logging
import os
import sys

user, group, *arguments = sys.argv[1:]
with open(os.devnull, 'w') as nowhere, contextlib.redirect_stderr(nowhere):
    main(arguments)
logging.getLogger().handlers.clear()
os.setgroups([])
os.setgid(int(group))
os.setuid(int(user))
sys.exit(main(arguments))
"""


def snapshot(directory):
    """Return every file with its content and the time it was changed."""
    return {
        path: (path.stat().st_mtime_ns, path.is_file() and path.read_bytes())
        for path in directory.rglob('*')
    }


def test_a_living_writer(tmp_path):
    """Its row says who it is, and how much waits for whom, since when."""
    record(service(tmp_path), '/a', '/b')

    [row] = rows(tmp_path)

    [folder] = writers(tmp_path)
    assert 0 <= row.pop('oldest age') < 600
    assert row.pop('bytes') > 4096
    assert {
        'writer': folder.name,
        'service': 'compute',
        'pid': os.getpid(),
        'state': 'alive',
        'records': 4,
        'waiting': {'forward-noop': 4},
        'lost': {},
        'last error': {},
    } == row


def test_a_killed_writer(tmp_path):
    """A writer is dead until it is adopted, and its records wait."""
    killed(tmp_path, 1)

    [row] = rows(tmp_path)

    assert 'dead' == row['state']
    # A pair, and the beginning of the request that killed it.
    assert 3 == row['records']
    assert {'forward-noop': 3} == row['waiting']


def test_an_ended_writer_and_why_it_is_still_there(tmp_path):
    """A driver that takes nothing is named, with its error and since when."""
    spool = tmp_path / 'spool'
    killed(spool, 1)
    file = config(
        tmp_path / 'service.conf',
        spool,
        'messagingv2',
        transport_url='rabbit://guest:guest@127.0.0.1:1/',
    )
    run('--config-file', file, 'spool', 'forward', '--once')

    [row] = rows(spool)

    assert 'ended' == row['state']
    # The end of the killed request came to it.
    assert 4 == row['records']
    assert {'forward-messagingv2': 4, 'forward-noop': 4} == row['waiting']
    assert ['forward-messagingv2'] == list(row['last error'])
    assert ' since 20' in row['last error']['forward-messagingv2']


def test_nothing_waits_for_a_consumer_that_has_passed_all(tmp_path):
    """A record that was forwarded and not deleted is none that waits."""
    spool = tmp_path / 'spool'
    made = service(spool)
    record(made, '/a')
    file = config(tmp_path / 'service.conf', spool)
    run('--config-file', file, 'spool', 'forward', '--once')
    [before] = rows(spool)
    record(made, '/b')

    [after] = rows(spool)

    assert {'forward-noop': 0} == before['waiting']
    assert before['oldest age'] is None
    assert 2 == before['records']
    assert {'forward-noop': 2} == after['waiting']
    assert after['oldest age'] >= 0


def test_losses(tmp_path):
    """Interactions that were not recorded are counted by reason."""
    made = service(tmp_path, spool_max_size='1048576', segment_size='65536')
    record(made, *['/' + 'a' * 2000] * 300, method='GET')

    [row] = rows(tmp_path)

    [(reason, number)] = row['lost'].items()
    assert 'shed' == reason
    assert 300 == number + row['records'] // 2


def test_what_was_set_aside(tmp_path):
    """Damaged pieces are mentioned beside the rows."""
    record(service(tmp_path), '/a')
    aside = tmp_path / 'set-aside'
    aside.mkdir()
    (aside / 'x.1.0.damaged').write_bytes(b'x')

    done = run('--spool-dir', tmp_path, 'spool', 'status')

    assert f'1 piece is set aside, damaged or refused: see {aside}' in (
        said(done)
    )
    assert 0 == done.returncode


def test_an_empty_spool(tmp_path):
    """A directory without a writer is no error."""
    done = run('--spool-dir', tmp_path, 'spool', 'status', '-f', 'json')

    assert '[]' == done.stdout.strip()
    assert f'no writer has anything in {tmp_path}' in said(done)
    assert 0 == done.returncode


@pytest.mark.parametrize(
    ('format', 'expected'),
    [
        ('table', '| alive | forward-noop: 2 |     |'),
        ('csv', '"alive","forward-noop: 2",""'),
        ('value', 'alive forward-noop: 2 \n'),
        (
            'yaml',
            '- lost: {}\n  state: alive\n  waiting:\n    forward-noop: 2',
        ),
        ('json', '"waiting": {\n      "forward-noop": 2\n    }'),
    ],
)
def test_formats(tmp_path, format, expected):
    """People get texts and machines objects."""
    record(service(tmp_path), '/a')
    columns = ['-c', 'state', '-c', 'waiting', '-c', 'lost']

    done = run(
        '--spool-dir', tmp_path, 'spool', 'status', '-f', format, *columns
    )

    assert expected in done.stdout.replace('|      |', '|     |')


def test_files_that_are_damaged(tmp_path):
    """A writer whose own files cannot be read has a row all the same."""
    record(service(tmp_path), '/a', '/b')
    [folder] = writers(tmp_path)
    for name in ('writer.json', 'counters', 'cursors/forward-noop'):
        (folder / name).write_bytes(b'?' * 100)

    [row] = rows(tmp_path)

    assert 'unknown' == row['service']
    assert row['pid'] is None
    assert 4 == row['records']
    assert {'forward-noop': 4} == row['waiting']


def as_nobody(spool, command):
    """Run a command about a spool as a user who is in its group at most."""
    return subprocess.run(
        [
            *(sys.executable, '-c', AS_NOBODY, *map(str, nobody())),
            *('--spool-dir', str(spool), 'spool', command),
        ],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )


@pytest.mark.parametrize('command', ['status', 'cat', 'verify'])
def test_who_may_only_read(command):
    """With mode 0750 the group reads everything, and changes nothing."""
    need_root()
    with temporary_directory('spool') as directory:
        spool = directory / 'spool'
        made = service(spool, spool_mode='0750')
        record(made, '/a')
        before = snapshot(spool)

        done = as_nobody(spool, command)

        assert 'error' not in said(done)
        assert 0 == done.returncode
        assert before == snapshot(spool)


def test_who_may_not_read():
    """With mode 0700 nobody else reads, and is told so."""
    need_root()
    with temporary_directory('spool') as directory:
        spool = directory / 'spool'
        record(service(spool), '/a')

        done = as_nobody(spool, 'status')

    assert f'the spool directory {spool} cannot be read' in said(done)
    assert 1 == done.returncode
