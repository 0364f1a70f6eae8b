# SPDX-License-Identifier: Apache-2.0

"""A small disk and a process that writes a spool to it in, its trail out."""

import collections
import contextlib
import dataclasses
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

from cadf_audit.delivery import forwarder
from cadf_audit.delivery.forwarder import Forwarder
from cadf_audit.delivery import lane
from cadf_audit.delivery.spool import layout
from tests.faults.judge import judge
from tests.faults.record import LONG
from tests.servers.process import need_root

MODULE = 'tests.faults.disk_load'

_numbers = itertools.count()

#: seconds after which what has to happen has not
PATIENCE = 60


def in_long_form(*cases):
    """Return cases that only the long form has time for."""
    return cases if LONG else ()


def run(*command):
    """Run a command, and show what it said if it failed."""
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True
    )
    assert 0 == done.returncode, f'{command}: {done.stdout}{done.stderr}'


def need(program, package):
    """Skip where a program is missing."""
    if shutil.which(program) is None:
        pytest.skip(f'needs {program}: apt-get install {package}')


def wait_for(condition, what='it'):
    """Return what a condition says, once it is true.

    :raises TimeoutError: it does not come true
    """
    deadline = time.monotonic() + PATIENCE
    while not (met := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.01)
    return met


@contextlib.contextmanager
def mounted(point, *options):
    """Mount something for a while."""
    need_root()
    point.mkdir(exist_ok=True)
    try:
        run('mount', *options, point)
    except AssertionError as exc:
        pytest.skip(f'needs root: a machine that may mount ({exc})')
    try:
        yield point
    finally:
        # Whoever was killed may need a moment to let go.
        for _each in range(100):
            if not subprocess.call(['umount', point], stderr=-3):
                break
            time.sleep(0.05)
        else:
            run('umount', '-l', point)


@contextlib.contextmanager
def tmpfs(base, size):
    """Lend a small disk in memory."""
    with mounted(
        base / 'tmpfs', '-t', 'tmpfs', '-o', f'size={size}', 'tmpfs'
    ) as point:
        yield point


@contextlib.contextmanager
def ext4(base, size, name='ext4'):
    """Lend a small disk in a file."""
    image = base / f'{name}.img'
    make_ext4(image, size)
    with mounted(base / name, '-o', 'loop', image) as point:
        yield point


def make_ext4(image, size):
    """Make the file of a disk."""
    need('mkfs.ext4', 'e2fsprogs')
    with image.open('wb') as file:
        file.truncate(size)
    run('mkfs.ext4', '-q', '-m', 0, image)


def fill(path):
    """Take all the room that a disk has left."""
    with path.open('ab', buffering=0) as file:
        for size in (65536, 4096, 1):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)):
                    pass


def size_of(directory):
    """Return the sum of the sizes of all files below a directory."""
    size = 0
    for parent, _names, files in os.walk(directory):
        for name in files:
            with contextlib.suppress(FileNotFoundError):
                size += os.lstat(os.path.join(parent, name)).st_size
    return size


def segments(spool):
    """Return the segments of a spool that changes meanwhile."""
    while True:
        with contextlib.suppress(FileNotFoundError):
            return sorted(spool.glob('*/*.jsonl'))


@dataclasses.dataclass
class Request:
    """What the notes say of one request.

    :param path: its path
    :param ran: whether the application had it
    :param status: the status of its answer; None while there is none
    :param again: whether the answer says when to try again
    """

    path: str
    ran: bool = False
    status: int | None = None
    again: bool = False

    @property
    def answered(self):
        """Whether it was answered by the application."""
        return self.status is not None and self.status != 503

    @property
    def refused(self):
        """Whether it was answered with 503."""
        return self.status == 503


class Writing:
    """A process that writes a spool.

    :param base: where its output goes
    :param spool: the spool directory
    :param before: a command that the process is to be started by
    :param options: those of the program, as it says itself
    """

    def __init__(self, base, spool, before=(), **options):
        self._log = base / f'writing-{next(_numbers)}.log'
        self._requests = {}
        self.statuses = collections.Counter()
        self.pid = None
        options = {
            'spool_dir': str(spool),
            'forwarder': 'none',
            'segment_size': 65536,
            **options,
        }
        with self._log.open('wb') as log:
            self.process = subprocess.Popen(
                [
                    *map(str, before),
                    sys.executable,
                    '-m',
                    MODULE,
                    json.dumps(options),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                # Only the spool is to make and rename files.
                env={**os.environ, 'PYTHONDONTWRITEBYTECODE': '1'},
                start_new_session=True,
            )
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.kill()

    def _read(self):
        with self.process.stdout as notes:
            for line in notes:
                word, *rest = line.decode().split()
                if word == 'started':
                    self.pid = int(rest[0])
                elif word == 'asked':
                    self._requests[rest[0]] = Request(rest[0])
                elif word == 'ran':
                    self._requests[rest[0]].ran = True
                else:
                    request = self._requests[rest[0]]
                    request.status = int(rest[1])
                    request.again = rest[2] == 'True'
                    self.statuses[request.status] += 1

    @property
    def log(self):
        """What it said."""
        return self._log.read_text()

    @property
    def requests(self):
        """The requests up to now."""
        return list(self._requests.values())

    def wait_for(self, more, status=200):
        """Return when there are so many more answers of a status."""
        until = self.statuses[status] + more

        def there():
            assert self.process.poll() is None, self.log[-3000:]
            return self.statuses[status] >= until

        wait_for(there, f'{until} times {status}')

    def stop(self):
        """End it in good order."""
        self.process.stdin.close()
        assert 0 == self.process.wait(PATIENCE), self.log[-3000:]
        self._reading.join()

    def kill(self):
        """End it at once, and what started it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.wait()

    def wait(self):
        """Return when it has ended."""
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        self.process.wait(PATIENCE)
        self._reading.join()


class Collecting:
    """A driver that keeps what it gets."""

    def __init__(self):
        self.messages = []
        #: whoever holds it keeps more from being taken
        self.lock = threading.Lock()

    def notify(self, context, message, priority, retry):
        """Take a message."""
        with self.lock:
            self.messages.append(message)


@contextlib.contextmanager
def forwarding(spool, driver=None, service=None):
    """Let a forwarder work on a spool for a while.

    :param spool: the spool directory
    :param driver: where its messages go
    :param service: whose messages; None for all
    """
    driver = driver or Collecting()
    waits = forwarder.SCAN_EVERY, lane.LONGEST_NAP
    forwarder.SCAN_EVERY, lane.LONGEST_NAP = 0.02, 0.05
    working = Forwarder(spool, {'log': lambda: driver}, service)
    working.start()
    try:
        yield driver
    finally:
        working.stop()
        forwarder.SCAN_EVERY, lane.LONGEST_NAP = waits


def drain(spool, service=None):
    """Return all messages of a spool whose writers have ended."""
    with forwarding(spool, service=service) as collecting:
        wait_for(
            lambda: not list(layout.writers(spool)),
            'an empty spool',
        )
    return collecting.messages


def judged(requests, messages):
    """Return the verdict on a trail that threads wrote."""
    return judge(requests, messages, one_at_a_time=False)


def halves(messages):
    """Return the ids of interactions with one event of two."""
    types = collections.defaultdict(set)
    for message in messages:
        if message['event_type'].startswith('audit.http.'):
            types[message['payload']['id']].add(message['event_type'])
    return [each for each, found in types.items() if len(found) != 2]
