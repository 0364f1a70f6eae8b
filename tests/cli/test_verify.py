# SPDX-License-Identifier: Apache-2.0

"""What the command finds wrong with a spool, and what it does not."""

import json
import subprocess
import sys

import pytest

from tests.cli.spools import config
from tests.cli.spools import killed
from tests.cli.spools import record
from tests.cli.spools import ROOT
from tests.cli.spools import run
from tests.cli.spools import said
from tests.cli.spools import segment
from tests.cli.spools import service
from tests.cli.spools import start
from tests.cli.spools import writers

BUSY = """\
import sys
from tests.cli.spools import record
from tests.cli.spools import service

made = service(sys.argv[1], segment_size='65536')
print('ready', flush=True)
while True:
    record(made, *['/busy'] * 50)
"""


def verify(directory):
    """Return the rows, what was said, and the exit status."""
    done = run('--spool-dir', directory, 'spool', 'verify', '-f', 'json')
    return json.loads(done.stdout), said(done), done.returncode


def overwrite(path, at, content=b'?'):
    """Damage a file at a place, counted from its end if below 0."""
    with path.open('r+b') as file:
        file.seek(at, 0 if at >= 0 else 2)
        file.write(content)


@pytest.mark.parametrize('leave', [lambda d: record(service(d), '/a'), killed])
def test_all_is_well(tmp_path, leave):
    """A writer that lives, or was killed, has nothing wrong with it."""
    if leave is killed:
        killed(tmp_path, 1)
        records = '3 records'
    else:
        leave(tmp_path)
        records = '2 records'

    found, errors, status = verify(tmp_path)

    assert [] == found
    assert f'checked {records} of 1 writer in {tmp_path}: all is well' in (
        errors
    )
    assert 0 == status


@pytest.mark.parametrize(
    ('damage', 'file', 'problem'),
    [
        (
            lambda folder: overwrite(segment(folder), 300),
            '00000000000000000001.jsonl',
            'bytes at 0 are no record',
        ),
        (
            lambda folder: overwrite(folder / 'counters', 60),
            'counters',
            'is damaged or not there',
        ),
        (
            lambda folder: (folder / 'writer.json').unlink(),
            'writer.json',
            'is damaged or not there',
        ),
        (
            lambda folder: overwrite(folder / 'cursors/forward-noop', 40),
            'cursors/forward-noop',
            'this consumer will get again what it has got',
        ),
        (
            lambda folder: (folder / 'notes.txt').write_text('x'),
            'notes.txt',
            'does not belong here',
        ),
        (
            lambda folder: (folder / 'adopted').write_text('x'),
            'adopted',
            'is damaged',
        ),
        (
            lambda folder: (folder / 'writer.lock').unlink(),
            '',
            'nobody reads it without its writer.lock',
        ),
        (
            lambda folder: (folder.parent / 'core').write_text('x'),
            'core',
            'does not belong here',
        ),
    ],
)
def test_what_is_wrong(tmp_path, damage, file, problem):
    """Each thing that is wrong is a row, and the exit status is 1."""
    damage(killed(tmp_path, 1))

    found, errors, status = verify(tmp_path)

    assert any(
        file == row['file'] and problem in row['problem'] for row in found
    ), found
    assert 1 == status
    assert 'all is well' not in errors


@pytest.mark.parametrize('leave', ['alive', 'dead'])
def test_records_that_are_missing(tmp_path, leave):
    """A record that was cut out as if it had never been there is missed."""
    if leave == 'alive':
        record(service(tmp_path), '/a', '/b')
        [folder] = writers(tmp_path)
    else:
        folder = killed(tmp_path, 2)
    lines = segment(folder).read_bytes().splitlines(keepends=True)
    del lines[1]
    segment(folder).write_bytes(b''.join(lines))

    found, _errors, status = verify(tmp_path)

    assert ['1 record is missing'] == [row['problem'] for row in found]
    assert 1 == status


def test_the_newest_record_of_a_living_writer(tmp_path):
    """One that is damaged is found, though it may be half-written."""
    record(service(tmp_path), '/a')
    [folder] = writers(tmp_path)
    content = segment(folder).read_bytes()
    overwrite(segment(folder), content.rindex(b'}'), b'?')

    found, _errors, status = verify(tmp_path)

    assert ['bytes at', 'record is'] == [
        ' '.join(row['problem'].split()[1:3]) for row in found
    ]
    assert 1 == status


def test_a_busy_spool_is_well(tmp_path):
    """Records that come and go while it is read are no problem."""
    spool = tmp_path / 'spool'
    busy = subprocess.Popen(
        [sys.executable, '-c', BUSY, str(spool)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    busy.stdout.readline()
    file = config(tmp_path / 'service.conf', spool)
    forwarding = start('--config-file', file, 'spool', 'forward')
    try:
        verified = [verify(spool) for _each in range(5)]
    finally:
        busy.kill()
        busy.communicate()
        forwarding.terminate()
        forwarding.communicate(timeout=60)

    assert [([], 0)] * 5 == [(found, code) for found, _, code in verified]
