# SPDX-License-Identifier: Apache-2.0

"""Run a command, and end its whole process tree when stdin ends.

The test run holds the other end of stdin, so the tree goes away however the
test run ends, by ``kill -9`` too. The parent-death signal alone is not
enough: it reaches one process, and servers start shells and daemons. What a
test server wrote is thrown away, so nothing is asked to end in good order.

Usage: ``leash.py COMMAND [ARGUMENT ...]``
"""

import contextlib
import ctypes
import os
import pathlib
import select
import signal
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36


def descendants(pid):
    """Return the ids of all processes below this one, the deepest first."""
    found = []
    # A process may end while we read about it.
    with contextlib.suppress(OSError):
        for task in pathlib.Path(f'/proc/{pid}/task').iterdir():
            for child in (task / 'children').read_text().split():
                found += [*descendants(int(child)), int(child)]
    return found


def reap():
    """Collect every child that has ended, the adopted ones too."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def end_all():
    """Kill what runs below us until nothing does."""
    reap()
    while left := descendants(os.getpid()):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
        reap()


def main(*command):
    """Return when stdin or the command has ended, and the tree with it."""
    # A daemon has lost its parent: without this, PID 1 would adopt it.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        ended = os.pidfd_open(process.pid)
        select.select([sys.stdin, ended], [], [])
    finally:
        end_all()


if __name__ == '__main__':
    main(*sys.argv[1:])
