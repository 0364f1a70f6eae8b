# SPDX-License-Identifier: Apache-2.0

"""Processes killed at any point in, a trail without a gap out."""

import contextlib
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import time

import pytest

from cadf_audit.delivery.spool import layout
from tests.faults.disks import Collecting
from tests.faults.disks import drain
from tests.faults.disks import forwarding
from tests.faults.disks import halves
from tests.faults.disks import in_long_form
from tests.faults.disks import judged
from tests.faults.disks import need
from tests.faults.disks import segments
from tests.faults.disks import wait_for
from tests.faults.disks import Writing
from tests.faults.record import LONG
from tests.faults.record import record

# System calls, by their names on all machines, and in which of them the short
# form kills.
WRITING = {
    'pwrite64': random.randint(1, 70),
    '/^rename': 2,
    'fallocate': 2,
    'ftruncate': 1,
    'fdatasync': 2,
    'fsync': 2,
}
FORWARDING = (
    'pwrite64',
    '/^rename',
    '/^unlink',
    'truncate',
    '/^rmdir',
    'write',
)


def killed_at(calls, number):
    """Return the command that kills a process in one of its system calls."""
    need('strace', 'strace')
    return (
        *('strace', '-f', '-qq', '-o', '/dev/null'),
        *('-e', f'trace={calls}'),
        *('-e', f'inject={calls}:signal=SIGKILL:when={number}'),
    )


def check(requests, messages):
    """Hold a trail against the promise for a killed process."""
    verdict = judged(requests, messages)

    assert [] == halves(messages)
    assert [] == verdict.lost
    assert [] == verdict.unfinished
    assert [] == verdict.surplus
    assert [] == verdict.disordered
    assert {} == verdict.reported
    return verdict


def has_turned(spool):
    """Say whether all first segments of a spool are gone."""
    return all(int(each.stem) > 1 for each in segments(spool))


@pytest.mark.parametrize(
    ('durability', 'forwards'),
    [
        ('process', True),
        ('power', False),
        *in_long_form(('process', False), ('power', True)),
    ],
)
def test_kill_at_any_time(tmp_path, durability, forwards, request):
    """An answered request has its pair, and one that was begun an end."""
    tries = 100 if LONG else 3
    spool = tmp_path / 'spool'
    spool.mkdir()
    requests, ended = [], 0
    for number in range(tries):
        with contextlib.ExitStack() as stack:
            writing = stack.enter_context(
                Writing(
                    tmp_path,
                    spool,
                    threads=8,
                    pause=0,
                    # So that some are open when their segment is gone.
                    slow=1,
                    spool_durability=durability,
                    forwarder='external',
                    driver='log',
                )
            )
            driver = Collecting()
            if forwards:
                stack.enter_context(forwarding(spool, driver))
            writing.wait_for(1)
            if number % 2:
                # The first segment is gone, and some that began in it are
                # not ended.
                wait_for(lambda: not forwards or has_turned(spool))
            else:
                time.sleep(0.3 * random.random())
            writing.kill()
        requests += writing.requests
        messages = driver.messages + drain(spool)
        ended += check(writing.requests, messages).ended_by_others
    record(
        'SIGKILL of a process, spool: each answered request has its two '
        'events, each begun one a final event.',
        request.node.name,
        f'{tries} times, {len(requests)} requests',
        0,
    )

    assert ended > 0


@pytest.mark.parametrize(
    ('call', 'durability'),
    [
        ('pwrite64', 'process'),
        ('/^rename', 'process'),
        ('fallocate', 'power'),
        ('ftruncate', 'power'),
        ('fdatasync', 'power'),
        ('fsync', 'power'),
        *in_long_form(
            ('pwrite64', 'power'),
            ('/^rename', 'power'),
            ('fallocate', 'process'),
            ('ftruncate', 'process'),
        ),
    ],
)
def test_kill_of_a_writer_in_a_call(tmp_path, call, durability):
    """A writer that dies within a system call loses nothing."""
    kills = 0
    numbers = itertools.count(1) if LONG else [WRITING[call]]
    for number in numbers:
        spool = tmp_path / f'spool-{number}'
        with Writing(
            tmp_path,
            spool,
            killed_at(call, number),
            threads=2,
            count=40,
            pause=0,
            slow=0.001,
            spool_durability=durability,
        ) as writing:
            writing.wait()
        check(writing.requests, drain(spool) if spool.exists() else [])
        if writing.process.returncode == 0:
            break
        kills += 1

    assert kills > 0


@pytest.fixture
def left(tmp_path):
    """What a killed process left, with the requests it had."""
    spool = tmp_path / 'left'
    with Writing(tmp_path, spool, threads=4, pause=0) as writing:
        writing.wait_for(100)
        writing.kill()
    return spool, writing.requests


@pytest.mark.parametrize('call', FORWARDING)
def test_kill_of_a_forwarder_in_a_call(tmp_path, left, call):
    """A forwarder that dies anywhere leaves nothing undone for the next."""
    left, requests = left
    program = [sys.executable, '-m', 'tests.faults.disk_forward']
    kills = 0
    for number in itertools.count(1) if LONG else (1,):
        spool = tmp_path / f'spool-{number}'
        shutil.copytree(left, spool)
        killed = subprocess.run(
            [*killed_at(call, number), *program, spool],
            env={**os.environ, 'PYTHONDONTWRITEBYTECODE': '1'},
            stdout=subprocess.PIPE,
            timeout=60,
        )
        first = [json.loads(line) for line in killed.stdout.splitlines()]
        second = drain(spool)
        check(requests, first + second)
        remains = {each.name for each in spool.iterdir()}
        assert remains <= {layout.CONSUMERS}, number
        if killed.returncode == 0:
            break
        kills += 1

    assert kills > 0
