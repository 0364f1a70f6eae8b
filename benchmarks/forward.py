# SPDX-License-Identifier: Apache-2.0

"""A backlog in; how many of its records a second reach the message bus out.

The bare way is a loop over the driver of Oslo with messages that are ready in
memory. Ours is the forwarder, which reads the spool, decodes each record, and
writes down how far it came. They take short turns, each over a connection of
its own, so that a busy moment of the machine or of the broker meets both.
"""

import argparse
import json
import os
from pathlib import Path
import statistics
import threading
import time

from cadf_audit.delivery.drivers import accept
from cadf_audit.delivery.forwarder import Forwarder
from cadf_audit.middleware.factory import driver_builders
from cadf_audit.middleware.settings import load_settings
from cadf_audit.notification import build_message
from cadf_audit.notification import REQUEST_EVENT

from append import spool
from interaction import prepare
from interaction import take_priority
from interaction import WAYS_OUT
from stages import sample_event

DRIVER = 'messagingv2'
# How many messages are sent in a turn.
TURN = 100


class InTurn:
    """A driver that waits for its turn.

    :param driver: the driver that it hands the messages to
    """

    def __init__(self, driver):
        self._driver = driver
        self._may = threading.Semaphore(0)
        self._done = threading.Event()
        self._left = 0
        self._end = 0.0

    def notify(self, *args):
        """Send a message when it may be sent."""
        self._may.acquire()
        self._driver.notify(*args)
        self._left -= 1
        if not self._left:
            self._end = time.perf_counter()
            self._done.set()

    def turn(self):
        """Return how many seconds the forwarder needs for its turn."""
        self._left = TURN
        self._done.clear()
        begin = time.perf_counter()
        self._may.release(TURN)
        self._done.wait()
        return self._end - begin


def bare_turn(driver, messages):
    """Return how many seconds a loop over the driver needs for its turn."""
    begin = time.perf_counter()
    for message in messages:
        accept(driver, message)
    return time.perf_counter() - begin


def measure(directory, url, turns):
    """Return the median seconds of a turn, ours and bare, and of the ratio."""
    options = {'spool_dir': str(directory / 'spool'), 'transport_url': url}
    settings = load_settings(WAYS_OUT['spool'] | options)
    keep = spool(directory, 'spool')
    # More than the turns need: the end of a backlog is another matter.
    for _pair in range((turns + 3) * TURN // 2):
        keep()
    event = sample_event()
    messages = [
        build_message('benchmark', REQUEST_EVENT, event) for _ in range(TURN)
    ]
    build = driver_builders(settings)[DRIVER]
    bare, ours = build(), InTurn(build())
    forwarder = Forwarder(
        Path(settings.spool_dir.value), {DRIVER: lambda: ours}
    )
    forwarder.start()
    taken = [(bare_turn(bare, messages), ours.turn()) for _ in range(turns)]
    # The first ones connected.
    del taken[:2]
    return {
        'bare': TURN / statistics.median(bare for bare, _ours in taken),
        'forwarder': TURN / statistics.median(ours for _bare, ours in taken),
        'share': statistics.median(bare / ours for bare, ours in taken),
    }


def main():
    """Let both take turns; print records a second, and the share, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('directory', type=Path)
    parser.add_argument('url')
    parser.add_argument('--turns', type=int, default=62)
    args = parser.parse_args()
    prepare(os.devnull)
    take_priority()
    found = measure(args.directory, args.url, args.turns)
    print(json.dumps(found), flush=True)
    # What is left of the backlog is not to be sent.
    os._exit(0)


if __name__ == '__main__':
    main()
