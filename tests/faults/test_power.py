# SPDX-License-Identifier: Apache-2.0

"""Power cuts under load in, a trail with all that was acknowledged out.

The disk is a file; a clone of it, made in one step while threads write, is
what a disk holds whose power was cut at that moment.
"""

import contextlib
import fcntl
import os
import random
import shutil

import pytest

from tests.faults.disks import Collecting
from tests.faults.disks import drain
from tests.faults.disks import forwarding
from tests.faults.disks import halves
from tests.faults.disks import in_long_form
from tests.faults.disks import judged
from tests.faults.disks import make_ext4
from tests.faults.disks import mounted
from tests.faults.disks import need
from tests.faults.disks import run
from tests.faults.disks import wait_for
from tests.faults.disks import Writing
from tests.faults.judge import FINAL
from tests.faults.judge import PENDING
from tests.faults.judge import reported
from tests.faults.record import LONG
from tests.faults.record import record

MB = 1024 * 1024

#: how often the power is cut, by each of two tests
CUTS = 100 if LONG else 2

# ioctl(FICLONE) of linux/fs.h.
CLONE = 0x40049409

PROMISE = (
    'Power cut, spool_durability=power: no acknowledged record is missing.'
)

# A disk that says that it has what it has not.
LIAR = (
    *('strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fdatasync,fsync'),
    *('-e', 'inject=fdatasync,fsync:retval=0'),
)


class Machine:
    """A machine whose power can be cut.

    :param base: where its parts are
    """

    def __init__(self, base):
        self._base = base
        self._shelf = base / 'shelf'
        self._copy = self._shelf / 'copy'
        self.disk = base / 'disk'

    @contextlib.contextmanager
    def running(self):
        """Mount its disk, a file on a file system that can clone it."""
        need('mkfs.xfs', 'xfsprogs')
        image = self._base / 'shelf.img'
        with image.open('wb') as file:
            file.truncate(512 * MB)
        run('mkfs.xfs', '-q', image)
        with mounted(self._shelf, '-o', 'loop', image):
            disk = self._shelf / 'disk'
            make_ext4(disk, 64 * MB)
            with mounted(self.disk, '-o', 'loop', disk):
                yield self

    def cut(self):
        """Cut the power: keep the disk as it is at this moment."""
        with (
            (self._shelf / 'disk').open('rb') as disk,
            self._copy.open('wb') as copy,
        ):
            fcntl.ioctl(copy, CLONE, disk.fileno())

    @contextlib.contextmanager
    def restarted(self):
        """Mount the disk as it was when the power was cut."""
        again = self._base / 'again'
        with mounted(again, '-o', 'loop', self._copy):
            yield again
        self._copy.unlink()


@pytest.fixture
def machine(tmp_path):
    """A machine whose power can be cut."""
    with Machine(tmp_path).running() as machine:
        yield machine


class Cut:
    """What is known of a power cut.

    :param acknowledged: the paths and types of the events whose requests
        went on before it
    :param forwarded: the messages that a driver had accepted before it
    :param found: the messages that were there after it
    """

    def __init__(self, acknowledged, forwarded, found):
        self.acknowledged = acknowledged
        self.forwarded = forwarded
        self.found = found

    @property
    def messages(self):
        """All messages that are not lost."""
        return self.forwarded + self.found

    @property
    def lost(self):
        """The acknowledged events that are nowhere."""
        return self.acknowledged - {
            (each['payload'].get('requestPath'), each['event_type'])
            for each in self.messages
        }

    @property
    def unfinished(self):
        """The paths of the acknowledged requests with one event of two."""
        ids = set(halves(self.messages))
        paths = {path for path, _type in self.acknowledged}
        return paths & {
            each['payload'].get('requestPath')
            for each in self.messages
            if each['payload']['id'] in ids
        }


def acknowledged(writings):
    """Return the events whose requests went on: paths and types."""
    requests = [each for writing in writings for each in writing.requests]
    begun = {(each.path, PENDING) for each in requests if each.ran}
    return begun | {(each.path, FINAL) for each in requests if each.answered}


def cut_power(
    machine, base, before=(), durability='power', forwards=False, times=CUTS
):
    """Cut the power under load again and again.

    :param machine: the machine
    :param base: where output goes
    :param before: a command that starts the processes
    :param durability: what they promise
    :param forwards: whether somebody reads the spool meanwhile
    :param times: how often
    :returns: an iterator of cuts
    """
    for number in range(times):
        spool = machine.disk / f'spool-{number}'
        driver = Collecting()
        with contextlib.ExitStack() as stack:

            def start(spool=spool, stack=stack):
                return stack.enter_context(
                    Writing(
                        base,
                        spool,
                        before,
                        threads=8,
                        pause=0,
                        spool_durability=durability,
                        forwarder='external',
                        driver='log',
                    )
                )

            writings = [start()]
            wait_for(spool.exists, 'a spool')
            if forwards:
                stack.enter_context(forwarding(spool, driver))
            writings[0].wait_for(random.randrange(200))
            # As the kernel does by itself, twice a minute.
            os.sync()
            writings[0].wait_for(20)
            # The folder of a writer has to survive as well.
            writings.append(start())
            writings[random.randrange(2)].wait_for(random.randrange(100))
            with driver.lock:
                known = acknowledged(writings)
                forwarded = list(driver.messages)
                machine.cut()
        shutil.rmtree(spool)
        with machine.restarted() as disk:
            yield Cut(known, forwarded, drain(disk / spool.name))


@pytest.mark.parametrize('forwards', [False, True])
def test_power_cut(machine, tmp_path, forwards, request):
    """What was acknowledged is there after a power cut, or forwarded."""
    cuts = list(cut_power(machine, tmp_path, forwards=forwards))
    lost = [each for cut in cuts for each in cut.lost]
    events = sum(len(cut.acknowledged) for cut in cuts)
    record(
        PROMISE,
        request.node.name,
        f'{len(cuts)} cuts, {events} acknowledged events',
        len(lost),
    )

    assert [] == lost
    assert [] == [each for cut in cuts for each in cut.unfinished]
    # Nothing is called missing that was forwarded before.
    assert 0 == sum(reported(cut.messages)['missing'] for cut in cuts)
    assert events > 20 * len(cuts)
    assert forwards == any(cut.forwarded for cut in cuts)


@pytest.mark.parametrize(
    ('before', 'durability'), [((), 'process'), *in_long_form((LIAR, 'power'))]
)
def test_power_cut_is_one(machine, tmp_path, before, durability):
    """What no disk was made to sync is lost, so the cut is a real one."""
    if before:
        need('strace', 'strace')
    (cut,) = cut_power(machine, tmp_path, before, durability, times=1)

    assert len(cut.lost) > 0


def test_group_commit(tmp_path):
    """32 threads that wait for the disk share its syncs, and lose nothing."""
    need('strace', 'strace')
    spool = tmp_path / 'spool'
    syncs = tmp_path / 'syncs'
    strace = ('strace', '-f', '-qq', '-o', syncs, '-e', 'trace=fdatasync')
    with Writing(
        tmp_path,
        spool,
        strace,
        threads=32,
        count=100 if LONG else 10,
        pause=0,
        slow=0,
        spool_durability='power',
    ) as writing:
        writing.wait()
    verdict = judged(writing.requests, drain(spool))

    assert 0 == writing.process.returncode
    assert verdict.complete
    assert [] == verdict.surplus
    assert [] == verdict.disordered
    assert {} == verdict.reported
    assert 0 == verdict.ended_by_others
    records = 2 * verdict.answered
    assert syncs.read_text().count('fdatasync(') < records / 2
