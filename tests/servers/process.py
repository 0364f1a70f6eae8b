# SPDX-License-Identifier: Apache-2.0

"""A command becomes a server that answers, and that ends with the test run."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import pytest

from tests.canary_watch import look_at_files
from tests.canary_watch import WATCH

LEASH = pathlib.Path(__file__).with_name('leash.py')


def free_ports(count):
    """Return so many loopback ports that nobody listens on."""
    with contextlib.ExitStack() as stack:
        # All are held at once, so that no two are the same.
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in held:
            each.bind(('127.0.0.1', 0))
        return [each.getsockname()[1] for each in held]


def need_root():
    """Skip a test that changes users, or mounts."""
    if os.geteuid() != 0:
        pytest.skip('needs root: sudo make test')


@contextlib.contextmanager
def temporary_directory(name):
    """Lend a directory that a server under another user may enter too."""
    path = pathlib.Path(tempfile.mkdtemp(prefix=f'{name}-'))
    path.chmod(0o755)
    try:
        yield path
    finally:
        look_at_files(WATCH, path)
        shutil.rmtree(path, ignore_errors=True)


class Process:
    """A server and every process it starts, on a leash.

    :param command: the program and its arguments
    :param directory: where it runs, and where its output is kept
    :param environ: variables to set beside those of the test run
    """

    def __init__(self, command, directory, environ=()):
        self._output = directory / 'output.log'
        with self._output.open('ab') as output:
            self._leash = subprocess.Popen(
                [sys.executable, LEASH, *command],
                cwd=directory,
                env={**os.environ, **dict(environ)},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                # Ctrl-C is for the test run, which then stops us.
                start_new_session=True,
            )

    def wait_for(self, port, hello, answer, timeout=60):
        """Return when the port answers the hello of its protocol.

        :raises RuntimeError: the server ended, or said nothing in time
        """
        deadline = time.monotonic() + timeout
        while not _answers(port, hello, answer):
            if self._leash.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(
                    f'no answer on port {port}: '
                    + self._output.read_text(errors='replace')[-3000:]
                )
            time.sleep(0.05)

    def stop(self):
        """Return when the server and all it started have ended."""
        self._leash.stdin.close()
        self._leash.wait(30)


def _answers(port, hello, answer):
    # An open port is not enough: servers listen before they can serve.
    try:
        with socket.create_connection(('127.0.0.1', port), 2) as client:
            client.sendall(hello)
            return client.recv(len(answer)) == answer
    except OSError:
        return False
