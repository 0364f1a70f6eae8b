# SPDX-License-Identifier: Apache-2.0

"""Nothing in, a RabbitMQ of the benchmark's own out."""

import contextlib
from pathlib import Path
import subprocess
import sys
import time

# The tests have one that nobody else on this machine knows.
sys.path.append(str(Path(__file__).parent.parent))

from tests.servers.process import temporary_directory
from tests.servers.rabbitmq import RabbitMQ

ATTEMPTS = 30


@contextlib.contextmanager
def broker():
    """Lend a broker that has just started.

    :raises SystemExit: none is installed
    """
    if not RabbitMQ.is_installed():
        raise SystemExit(
            'RabbitMQ is missing: apt-get install rabbitmq-server'
        )
    with temporary_directory('rabbitmq') as directory:
        started = RabbitMQ(directory)
        try:
            yield started
        finally:
            started.stop()


def new_url(started):
    """Return the transport URL of a virtual host that nobody has used."""
    for _attempt in range(ATTEMPTS):
        try:
            return started.url(started.add_vhost())
        except subprocess.CalledProcessError:
            # It answers on its port a little before it can be told anything.
            time.sleep(1)
    raise SystemExit('RabbitMQ cannot be told anything')
