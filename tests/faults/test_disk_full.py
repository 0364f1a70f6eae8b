# SPDX-License-Identifier: Apache-2.0

"""Disks without room in, a trail that says what it lacks out."""

import contextlib
import resource
import time

import pytest

from cadf_audit.delivery.spool import layout
from tests.faults.disks import drain
from tests.faults.disks import ext4
from tests.faults.disks import fill
from tests.faults.disks import forwarding
from tests.faults.disks import halves
from tests.faults.disks import in_long_form
from tests.faults.disks import judged
from tests.faults.disks import segments
from tests.faults.disks import size_of
from tests.faults.disks import tmpfs
from tests.faults.disks import wait_for
from tests.faults.disks import Writing
from tests.faults.record import record
from tests.faults.record import SECONDS

MB = 1024 * 1024
DISKS = {'tmpfs': tmpfs, 'ext4': ext4}
MODES = ('allow', 'deny')

PROMISES = {
    'allow': 'Disk full, on_failure=allow: the interactions without events '
    'are as many as the monitor events say.',
    'deny': 'Disk full, on_failure=deny: no answered request without its '
    'pair; the others got 503 and did not run.',
}


def check(on_failure, requests, messages, test):
    """Hold a trail against what an operator was promised."""
    verdict = judged(requests, messages)
    lost = len(verdict.lost)
    refused = [each for each in requests if each.refused]
    record(
        PROMISES[on_failure],
        test,
        f'{len(requests)} requests',
        lost if on_failure == 'deny' else 0,
    )

    assert [] == halves(messages)
    assert 0 == verdict.ended_by_others
    assert [] == verdict.surplus
    assert [] == verdict.unfinished
    assert [] == verdict.disordered
    if on_failure == 'allow':
        assert 0 == len(refused)
        assert lost > 0
        assert lost == sum(verdict.reported.values()), verdict.reported
    else:
        assert [] == verdict.lost
        assert len(refused) > 0
        assert [] == [each for each in refused if each.ran]
        assert [] == [each for each in refused if not each.again]
        assert {'refused': len(refused)} == verdict.reported
    return verdict


def suffer(writing, on_failure):
    """Let requests go on where nothing can be recorded."""
    begin = time.monotonic()
    writing.wait_for(50, 503 if on_failure == 'deny' else 200)
    time.sleep(max(0, SECONDS - (time.monotonic() - begin)) / 2)


def recover(writing, spool):
    """Return when recording goes on, and the loss has been told of."""
    writing.wait_for(100)

    def told():
        return any(
            b'"monitor"' in path.read_bytes() for path in segments(spool)
        )

    wait_for(told, 'a monitor event')
    writing.wait_for(20)


@pytest.mark.parametrize(
    ('disk', 'on_failure'),
    [
        ('tmpfs', 'allow'),
        ('ext4', 'deny'),
        *in_long_form(('tmpfs', 'deny'), ('ext4', 'allow')),
    ],
)
def test_disk_filled_by_others(tmp_path, disk, on_failure, request):
    """What others leave no room for is counted, and comes back with room."""
    with DISKS[disk](tmp_path, 8 * MB) as point:
        spool = point / 'spool'
        with Writing(tmp_path, spool, on_failure=on_failure) as writing:
            writing.wait_for(100)
            fill(point / 'filler')
            suffer(writing, on_failure)
            (point / 'filler').unlink()
            recover(writing, spool)
            writing.stop()
        messages = drain(spool)

    check(on_failure, writing.requests, messages, request.node.name)


@pytest.mark.parametrize(
    ('disk', 'on_failure'),
    [
        ('ext4', 'allow'),
        ('tmpfs', 'deny'),
        *in_long_form(('ext4', 'deny'), ('tmpfs', 'allow')),
    ],
)
def test_disk_filled_by_the_spool(tmp_path, disk, on_failure, request):
    """A spool that fills its disk goes on when somebody has read it."""
    with DISKS[disk](tmp_path, 2 * MB) as point:
        spool = point / 'spool'
        with Writing(
            tmp_path,
            spool,
            on_failure=on_failure,
            forwarder='external',
            driver='log',
            pause=0,
        ) as writing:
            wait_for(lambda: 'takes no events' in writing.log, 'a full disk')
            suffer(writing, on_failure)
            with forwarding(spool) as collecting:
                wait_for(
                    lambda: any(
                        each['payload']['eventType'] == 'monitor'
                        for each in collecting.messages
                    ),
                    'a monitor event',
                )
                writing.wait_for(100)
                writing.stop()
                wait_for(lambda: not list(layout.writers(spool)))

    check(on_failure, writing.requests, collecting.messages, request.node.name)


@pytest.mark.parametrize('on_failure', MODES)
def test_spool_max_size(tmp_path, on_failure, request):
    """A spool never has more bytes than it may have, whoever writes it."""
    spool = tmp_path / 'spool'
    sizes = []
    with contextlib.ExitStack() as stack:
        writings = [
            stack.enter_context(
                Writing(
                    tmp_path,
                    spool,
                    on_failure=on_failure,
                    spool_max_size=MB,
                    forwarder='external',
                    driver='log',
                    pause=0,
                )
            )
            for _each in range(3)
        ]

        def all_full():
            sizes.append(size_of(spool))
            return all('takes no events' in each.log for each in writings)

        wait_for(all_full, 'a full spool')
        until = time.monotonic() + SECONDS / 2
        while time.monotonic() < until:
            sizes.append(size_of(spool))
        with forwarding(spool) as collecting:
            for writing in writings:
                writing.wait_for(50)
            sizes.append(size_of(spool))
            for writing in writings:
                writing.stop()
            wait_for(lambda: not list(layout.writers(spool)))

    assert max(sizes) <= MB
    assert max(sizes) > MB // 2
    requests = [each for writing in writings for each in writing.requests]
    check(on_failure, requests, collecting.messages, request.node.name)


@pytest.mark.parametrize('on_failure', ['allow', *in_long_form('deny')])
def test_limit_of_a_file(tmp_path, on_failure, request):
    """A limit on the size of files is like a disk without room."""
    spool = tmp_path / 'spool'
    with Writing(tmp_path, spool, on_failure=on_failure) as writing:
        writing.wait_for(20)
        _soft, hard = resource.prlimit(writing.pid, resource.RLIMIT_FSIZE)
        limits = resource.prlimit(
            writing.pid, resource.RLIMIT_FSIZE, (4096, hard)
        )
        suffer(writing, on_failure)
        resource.prlimit(writing.pid, resource.RLIMIT_FSIZE, limits)
        recover(writing, spool)
        writing.stop()
    messages = drain(spool)

    check(on_failure, writing.requests, messages, request.node.name)


@pytest.mark.parametrize('disk', ['ext4', *in_long_form('tmpfs')])
def test_process_killed_on_a_full_disk(tmp_path, disk):
    """What a dead process began is ended on a disk that is still full."""
    with DISKS[disk](tmp_path, 8 * MB) as point:
        spool = point / 'spool'
        with Writing(
            tmp_path,
            spool,
            forwarder='external',
            driver='log',
            threads=8,
            slow=1,
        ) as writing:
            writing.wait_for(50)
            fill(point / 'filler')
            wait_for(lambda: 'takes no events' in writing.log, 'a full disk')
            # For the case that this gave some room back.
            fill(point / 'filler')
            writing.kill()
        messages = drain(spool)
    verdict = judged(writing.requests, messages)

    assert [] == halves(messages)
    assert verdict.ended_by_others > 0
    # Some were counted, and killed before they were answered.
    assert {'disk full'} == verdict.reported.keys(), verdict
    assert 0 <= verdict.reported['disk full'] - len(verdict.lost) <= 8


@pytest.mark.parametrize('on_failure', MODES)
def test_disk_that_is_full_from_the_start(tmp_path, on_failure, request):
    """A process that could not even begin a spool tells of it at its end."""
    with tmpfs(tmp_path, MB) as point:
        spool = point / 'spool'
        spool.mkdir()
        fill(point / 'filler')
        with Writing(
            tmp_path, spool, on_failure=on_failure, pause=0.02
        ) as writing:
            writing.wait_for(50, 503 if on_failure == 'deny' else 200)
            (point / 'filler').unlink()
            writing.stop()
        messages = drain(spool)

    check(on_failure, writing.requests, messages, request.node.name)
