# SPDX-License-Identifier: Apache-2.0

"""A test run ends in some way, and no server of its own is left."""

import contextlib
import os
import pathlib
import subprocess
import sys
import time

import pytest

from tests.servers.process import Process

# A shell that leaves a daemon behind, as RabbitMQ leaves epmd: its parent has
# ended and its session is its own.
SERVER = ('sh', '-c', '(setsid sleep 600 & echo $! > daemon); exec sleep 600')

TEST_RUN = f"""\
import pathlib, time
from tests.servers.process import Process
server = Process({SERVER!r}, pathlib.Path.cwd())
time.sleep(600)
"""


def wait_until(condition):
    """Return whether the condition became true in good time."""
    deadline = time.monotonic() + 20
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return met


def daemon_of(directory):
    """Return the id of the server's daemon, which must be running."""
    file = directory / 'daemon'
    assert wait_until(lambda: file.exists() and file.read_text())
    pid = int(file.read_text())
    assert is_running(pid)
    return pid


def is_running(pid):
    """Say whether there is such a process, other than as a zombie."""
    with contextlib.suppress(OSError):
        stat = pathlib.Path(f'/proc/{pid}/stat').read_text()
        return stat.rpartition(')')[2].split()[0] != 'Z'
    return False


def test_stop_ends_the_daemon_too(tmp_path):
    """Nothing that the server started is left when stop returns."""
    server = Process(SERVER, tmp_path)
    daemon = daemon_of(tmp_path)

    server.stop()

    assert not is_running(daemon)


def test_killed_run_leaves_nothing(tmp_path):
    """The servers of a test run end with it, by kill -9 too."""
    run = subprocess.Popen(
        [sys.executable, '-c', TEST_RUN],
        cwd=tmp_path,
        env={**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path)},
    )
    daemon = daemon_of(tmp_path)

    run.kill()
    run.wait()

    assert wait_until(lambda: not is_running(daemon))


def test_server_that_ends_says_why(tmp_path):
    """Who waits for a server that ended gets its last words."""
    server = Process(('sh', '-c', 'echo no licence >&2'), tmp_path)

    with pytest.raises(RuntimeError, match='no licence'):
        server.wait_for(port=1, hello=b'', answer=b'ready')
