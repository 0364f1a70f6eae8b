# SPDX-License-Identifier: Apache-2.0

"""A configuration file in, its spool forwarded out, until SIGTERM.

What ``cadf-audit spool forward`` does, but with the times and the log of
:mod:`tests.faults.served`.

Usage: ``python -m tests.faults.forward CONFIG``
"""

import pathlib
import signal
import sys
import threading

from cadf_audit.delivery.forwarder import Forwarder
from cadf_audit.middleware.factory import driver_builders
from cadf_audit.middleware.settings import load_settings
import tests.faults.served  # noqa: F401


def main(config):
    """Forward."""
    settings = load_settings({'oslo_config_file': config})
    forwarder = Forwarder(
        pathlib.Path(settings.spool_dir.value), driver_builders(settings)
    )
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    forwarder.start()
    ended.wait()
    forwarder.stop()


if __name__ == '__main__':
    main(*sys.argv[1:])
