# SPDX-License-Identifier: Apache-2.0

"""The end of a forwarder in a process: in time, and with what it has done."""

import threading

from cadf_audit.delivery.forwarder import consumer_name
from cadf_audit.delivery.forwarder import Forwarder
from cadf_audit.delivery.spool.writer import SpoolConfig
from cadf_audit.delivery.spool.writer import Writer
from tests.faults.rig import left_in
from tests.faults.rig import wait_for
from tests.faults.test_threads import run


class Slow:
    """A driver that takes a message when it is told to."""

    def __init__(self):
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.taken = []

    def notify(self, context, message, priority, retry):
        """Take a message."""
        self.begun.set()
        self.go_on.wait()
        self.taken.append(message)


def spooled(directory, count):
    """Return a writer that has recorded so many messages."""
    config = SpoolConfig(
        directory=directory,
        mode=0o700,
        max_size=2**24,
        segment_size=2**20,
        segment_age=60,
        power=False,
        deny=False,
        service='tests',
        consumers=(consumer_name('slow'),),
    )
    writer = Writer(config)
    for number in range(count):
        writer.add(b'{"number":%d}' % number)
    return writer


def test_record_in_hand_is_finished_and_passed(tmp_path):
    """A record that the driver takes during a stop is not sent again."""
    spooled(tmp_path, 3)
    driver = Slow()
    forwarder = Forwarder(tmp_path, {'slow': lambda: driver})
    forwarder.start()
    driver.begun.wait(60)
    threading.Timer(0.5, driver.go_on.set).start()
    forwarder.stop(60)

    assert [{'number': 0}] == driver.taken
    assert [{'number': 1}, {'number': 2}] == left_in(
        tmp_path, consumer_name('slow')
    )


def test_driver_that_hangs_does_not_hold_up_the_end(tmp_path):
    """A record that is not taken in time is left to the next forwarder."""
    spooled(tmp_path, 2)
    driver = Slow()
    forwarder = Forwarder(tmp_path, {'slow': lambda: driver})
    forwarder.start()
    driver.begun.wait(60)
    forwarder.stop(0.1)
    left = left_in(tmp_path, consumer_name('slow'))
    driver.go_on.set()
    wait_for(lambda: driver.taken, 'the driver')

    assert [{'number': 0}, {'number': 1}] == left
    assert left == left_in(tmp_path, consumer_name('slow'))


def test_thread_that_imports_eventlet_ends_as_others(tmp_path):
    """Oslo's imports change threading; an end does not wait in vain for it.

    The thread of the lane is the first to import eventlet.
    """
    program = """
from cadf_audit.delivery.forwarder import Forwarder
import pathlib, sys, time

class Driver:
    pass

def build():
    import eventlet
    built.append(Driver())
    return built[-1]

built = []
forwarder = Forwarder(pathlib.Path(sys.argv[1]), {'none': build})
forwarder.start()
while not built:
    time.sleep(0.05)
begin = time.monotonic()
forwarder.stop(50)
print(time.monotonic() - begin)
"""

    [seconds] = run(program, str(tmp_path))

    assert float(seconds) < 45
