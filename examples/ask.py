# SPDX-License-Identifier: Apache-2.0

"""Asks the trail: the directory of one in, what the command answers out."""

import contextlib
from pathlib import Path
import re
import subprocess
import sys
import threading

# As ``cadf-audit`` does, whatever is in the PATH.
COMMAND = (sys.executable, '-m', 'cadf_audit.cli')


def answer(directory, *question):
    """Return what the command prints.

    :param directory: where the trail is
    :param question: the arguments of the command
    """
    asked = subprocess.run(
        [*COMMAND, *question, *_connection(directory)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return asked.stdout.rstrip()


@contextlib.contextmanager
def answering(directory):
    """Serve the trail over HTTP for a while; give the URL of its events.

    :param directory: where the trail is
    """
    options = ('--no-auth', '--listen', '127.0.0.1:0')
    with subprocess.Popen(
        [*COMMAND, 'serve', *options, *_connection(directory)],
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            # The first thing that it says.
            base = re.search(r'http://\S+', server.stderr.readline())[0]
            # Nothing that it says later may stop it.
            threading.Thread(target=server.stderr.read, daemon=True).start()
            yield f'{base}/events'
        finally:
            server.terminate()


def _connection(directory):
    return '--connection', f'sqlite:///{Path(directory, "trail.db")}'
