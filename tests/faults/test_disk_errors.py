# SPDX-License-Identifier: Apache-2.0

"""System calls that fail in, a trail that says what it lacks out."""

import contextlib
import json
import os
import subprocess
import sys
import time

import pytest

from cadf_audit.delivery.spool import layout
from tests.faults.disks import drain
from tests.faults.disks import forwarding
from tests.faults.disks import halves
from tests.faults.disks import in_long_form
from tests.faults.disks import judged
from tests.faults.disks import need
from tests.faults.disks import segments
from tests.faults.disks import wait_for
from tests.faults.disks import Writing
from tests.faults.record import record
from tests.faults.record import SECONDS

ALL = 'pwrite64,fdatasync,fsync,fallocate'

PROMISES = {
    'allow': 'Write error, on_failure=allow: the interactions without events '
    'are as many as the monitor events say.',
    'deny': 'Write error, on_failure=deny: no answered request without its '
    'pair; the others got 503 and did not run.',
}


@contextlib.contextmanager
def failing(pid, base, *faults):
    """Let system calls of a process fail for a while.

    :param pid: the process
    :param base: where output goes
    :param faults: what to inject, as strace says it
    """
    need('strace', 'strace')
    said = base / 'strace.log'
    calls = ','.join(fault.partition(':')[0] for fault in faults)
    inject = [word for fault in faults for word in ('-e', f'inject={fault}')]
    with said.open('wb') as log:
        strace = subprocess.Popen(
            [
                *('strace', '-f', '-p', str(pid), '-e', f'trace={calls}'),
                *(*inject, '-o', '/dev/null'),
            ],
            stderr=log,
        )
    try:
        wait_for(lambda: 'attached' in said.read_text(), 'strace')
        yield
    finally:
        strace.terminate()
        strace.wait()


@pytest.mark.parametrize(
    ('durability', 'calls', 'error', 'on_failure'),
    [
        ('process', 'pwrite64', 'EIO', 'allow'),
        ('process', 'fallocate', 'ENOSPC', 'deny'),
        ('power', 'fdatasync', 'EIO', 'allow'),
        ('power', 'fdatasync', 'EIO', 'deny'),
        ('power', 'fsync', 'EIO', 'deny'),
        ('power', ALL, 'EIO', 'allow'),
        *in_long_form(
            ('process', 'pwrite64', 'EIO', 'deny'),
            ('process', 'fallocate', 'ENOSPC', 'allow'),
            ('process', ALL, 'EIO', 'allow'),
            ('process', ALL, 'ENOSPC', 'deny'),
            ('power', 'fsync', 'EIO', 'allow'),
            ('power', 'pwrite64', 'ENOSPC', 'allow'),
            ('power', 'pwrite64', 'ENOSPC', 'deny'),
            ('power', ALL, 'EIO', 'deny'),
        ),
    ],
)
def test_calls_that_fail(
    tmp_path, durability, calls, error, on_failure, request
):
    """What a disk refuses is counted, or refused, and comes back with it."""
    spool = tmp_path / 'spool'
    with Writing(
        tmp_path,
        spool,
        on_failure=on_failure,
        spool_durability=durability,
        threads=8,
        slow=0.2,
    ) as writing:
        writing.wait_for(50)
        with failing(writing.pid, tmp_path, f'{calls}:error={error}'):
            time.sleep(SECONDS / 4)
        writing.wait_for(100)
        writing.stop()
    messages = drain(spool)

    verdict = judged(writing.requests, messages)
    missing = len(verdict.lost) - sum(verdict.reported.values())
    record(
        PROMISES[on_failure],
        request.node.name,
        f'{len(writing.requests)} requests',
        abs(missing) if on_failure == 'allow' else len(verdict.lost),
    )

    assert [] == halves(messages)
    assert 0 == verdict.ended_by_others
    assert [] == verdict.surplus
    assert [] == verdict.unfinished
    assert [] == verdict.disordered
    if on_failure == 'allow':
        assert 0 == missing
    else:
        refused = [each for each in writing.requests if each.refused]
        assert [] == verdict.lost
        assert [] == [each for each in refused if each.ran]
        assert len(refused) == verdict.reported['refused']


def test_sync_that_failed_is_not_believed_later(tmp_path):
    """After a failed sync only another segment can confirm a record."""
    spool = tmp_path / 'spool'
    with Writing(
        tmp_path,
        spool,
        on_failure='deny',
        spool_durability='power',
        segment_size=16 * 1024 * 1024,
        threads=8,
    ) as writing:
        writing.wait_for(50)
        (first,) = segments(spool)
        # Each thread fails to sync once, and no segment can be made.
        with failing(
            writing.pid,
            tmp_path,
            'fdatasync:error=EIO:when=1',
            'fallocate:error=ENOSPC',
        ):
            writing.wait_for(16, 503)
            before = writing.statuses[200]
            writing.wait_for(100, 503)
            meanwhile = writing.statuses[200] - before
        writing.wait_for(50)
        there = segments(spool)
        writing.stop()
    verdict = judged(writing.requests, drain(spool))

    # Those that were already in the application.
    assert meanwhile <= 8
    assert [first] == there[:1]
    assert len(there) > 1
    assert [] == verdict.lost


@pytest.mark.parametrize(
    'call', ['fsync', *in_long_form('fdatasync', 'fallocate', '/^rename')]
)
def test_folder_of_a_writer_that_fails(tmp_path, call):
    """A folder that cannot be made leaves nothing behind."""
    need('strace', 'strace')
    spool = tmp_path / 'spool'
    with Writing(
        tmp_path,
        spool,
        (
            *('strace', '-f', '-qq', '-o', '/dev/null', '-e', f'trace={call}'),
            *('-e', f'inject={call}:error=EIO:when=1..2'),
        ),
        spool_durability='power',
    ) as writing:
        wait_for(lambda: segments(spool), 'a segment')
        writing.wait_for(50)
        files = os.listdir(f'/proc/{writing.pid}/fd')
        writing.stop()
    folders = list(spool.iterdir())
    messages = drain(spool)

    verdict = judged(writing.requests, messages)
    assert 1 == len(folders)
    # Standard streams, threads' own, segment, lock and counters.
    assert len(files) < 13, files
    assert [] == halves(messages)
    assert len(verdict.lost) == sum(verdict.reported.values())
    assert [] == list(spool.glob('*.new'))


@pytest.mark.parametrize(
    ('call', 'error'),
    [
        ('pwrite64', 'EIO'),
        ('write', 'ENOSPC'),
        *in_long_form(
            ('/^rename', 'ENOSPC'),
            ('/^unlink', 'EIO'),
            ('truncate', 'EIO'),
            ('fdatasync', 'EIO'),
        ),
    ],
)
def test_calls_of_a_forwarder_that_fail(tmp_path, call, error):
    """A forwarder whose disk fails for a while ends what it has to end."""
    need('strace', 'strace')
    spool = tmp_path / 'spool'
    with Writing(tmp_path, spool, threads=4, pause=0) as writing:
        writing.wait_for(100)
        writing.kill()
    forwarded = subprocess.run(
        [
            *('strace', '-f', '-qq', '-o', '/dev/null', '-e', f'trace={call}'),
            *('-e', f'inject={call}:error={error}:when=1..3'),
            *(sys.executable, '-m', 'tests.faults.disk_forward', spool),
        ],
        env={**os.environ, 'PYTHONDONTWRITEBYTECODE': '1'},
        stdout=subprocess.PIPE,
        timeout=60,
        check=True,
    )
    messages = [json.loads(line) for line in forwarded.stdout.splitlines()]
    verdict = judged(writing.requests, messages)
    with forwarding(spool):
        wait_for(lambda: [layout.CONSUMERS] == os.listdir(spool))

    assert [] == halves(messages)
    assert verdict.complete
    assert [] == verdict.surplus
    assert {} == verdict.reported
