# SPDX-License-Identifier: Apache-2.0

"""A spool whose writers have ended in, its messages on stdout out.

Usage: ``disk_forward.py SPOOL``; it ends when the spool is empty.
"""

import json
import os
import pathlib
import sys
import time

from cadf_audit.delivery import forwarder
from cadf_audit.delivery.forwarder import Forwarder
from cadf_audit.delivery import lane
from cadf_audit.delivery.spool import layout


class Printing:
    """A driver that has accepted a message when it is on stdout."""

    def notify(self, context, message, priority, retry):
        """Print a message."""
        os.write(1, json.dumps(message).encode() + b'\n')


def main(spool):
    """Forward all that there is."""
    forwarder.SCAN_EVERY = lane.LONGEST_NAP = 0.02
    spool = pathlib.Path(spool)
    working = Forwarder(spool, {'log': Printing})
    working.start()
    while list(layout.writers(spool)):
        time.sleep(0.01)
    working.stop()


if __name__ == '__main__':
    main(*sys.argv[1:])
