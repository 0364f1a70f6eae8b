# SPDX-License-Identifier: Apache-2.0

"""Drivers that are away, hang or refuse, and a system without threads."""

import logging
import shutil
import threading


from cadf_audit.delivery.forwarder import Forwarder
from cadf_audit.delivery import lane
from cadf_audit.delivery.spool.layout import writers
from tests.delivery.spooling import FakeDriver
from tests.delivery.spooling import interact
from tests.delivery.spooling import pairs
from tests.delivery.spooling import wait_until
from tests.judge import assert_valid


def test_driver_that_hangs_is_given_up(spool, tmp_path, monkeypatch):
    """A call that does not return is left to itself, and made once more."""
    monkeypatch.setattr(lane, 'GIVE_UP', 0.2)
    built = []

    class HangsOnce(FakeDriver):
        def __init__(self):
            super().__init__()
            built.append(self)
            if len(built) == 1:
                self.open.clear()

    interact(spool(), 1, 2)
    forwarder = Forwarder(tmp_path, {'fake': HangsOnce})
    forwarder.start()
    wait_until(lambda: len(built) == 2 and len(built[1].accepted) == 4)
    built[0].open.set()
    forwarder.stop()

    assert pairs(1, 2) == built[1].taken
    # Redelivered with the same message_id, for a consumer to see.
    assert built[0].taken in ([], pairs(1)[:1])


def test_driver_that_always_hangs_takes_few_threads(
    spool, tmp_path, monkeypatch
):
    """A broker that hangs for ever does not fill the process with threads."""
    monkeypatch.setattr(lane, 'GIVE_UP', 0.05)
    built = []

    class Hangs(FakeDriver):
        def __init__(self):
            super().__init__()
            self.open.clear()
            built.append(self)

    interact(spool(), 1)
    forwarder = Forwarder(tmp_path, {'fake': Hangs})
    forwarder.start()
    wait_until(lambda: len(built) == 1 + lane.MOST_LEFT)
    wait_until(lambda: forwarder.lanes[0]._hangs())
    forwarder.stop(0.1)
    for each in built:
        each.open.set()

    assert 1 + lane.MOST_LEFT == len(built)


def test_record_that_a_driver_refuses_blocks_nobody(
    spool, forwarding, tmp_path, caplog
):
    """What makes no sense to a driver is set aside, and the rest goes on."""

    class Picky(FakeDriver):
        def notify(self, context, message, priority, retry):
            if message['payload']['id'] == 'id-1':
                raise ValueError(f'{message} amqp://user:hunter2@h')
            super().notify(context, message, priority, retry)

    driver = Picky()
    interact(spool(), 1, 2)

    forwarder = forwarding(fake=driver)
    wait_until(lambda: len(driver.accepted) == 4)

    assert pairs(2) == driver.taken[2:]
    for loss in driver.accepted[:2]:
        assert_valid(loss['payload'])
        assert 'refused by a driver' == loss['payload']['reason']['reasonCode']
    assert 2 == len(list((tmp_path / 'set-aside').iterdir()))
    assert 2 == forwarder.lanes[0].numbers.refused
    assert 'hunter2' not in caplog.text


def test_driver_that_refuses_everything_loses_nothing(spool, forwarding):
    """Where even the event that tells of it is refused, the records wait."""
    driver = FakeDriver()
    driver.error = TypeError()
    interact(spool(), 1)

    forwarder = forwarding(fake=driver)
    wait_until(lambda: driver.refusals > 4)
    driver.error = None
    wait_until(lambda: len(driver.accepted) == 2)

    assert pairs(1) == driver.taken
    assert 0 == forwarder.lanes[0].numbers.refused


def test_stop_does_not_wait_for_a_driver_that_hangs(spool, forwarding):
    """A stop ends within its deadline, and saves what was accepted."""
    driver = FakeDriver()
    delivery = spool()
    interact(delivery, 1)
    forwarder = forwarding(fake=driver)
    wait_until(lambda: len(driver.accepted) == 2)
    driver.open.clear()
    interact(delivery, 2)
    wait_until(lambda: forwarder.lanes[0]._busy_since)

    forwarder.stop(0.2)
    after = FakeDriver()
    forwarding(fake=after)
    wait_until(lambda: len(after.accepted) == 2)
    driver.open.set()

    assert pairs(2) == after.taken


def test_log_holds_no_payload(spool, forwarding, caplog):
    """Our own log names the kind of error, and nothing of an event."""
    driver = FakeDriver()
    driver.error = ConnectionError('amqp://user:hunter2@h')
    interact(spool(), 'canary')

    with caplog.at_level(logging.DEBUG):
        forwarding(fake=driver)
        wait_until(lambda: driver.refusals > 1)

    assert 'takes no events (ConnectionError)' in caplog.text
    assert 'canary' not in caplog.text
    assert 'hunter2' not in caplog.text


def test_folder_that_vanishes_holds_up_nobody(tmp_path, spool, forwarding):
    """What somebody deletes under a forwarder is forgotten."""
    driver = FakeDriver()
    delivery = spool()
    interact(delivery, 1)
    forwarder = forwarding(fake=driver)
    wait_until(lambda: len(driver.accepted) == 2)

    [folder] = writers(tmp_path)
    shutil.rmtree(folder)
    wait_until(lambda: not forwarder.lanes[0].has(folder))
    interact(spool(), 2)
    wait_until(lambda: len(driver.accepted) == 4)

    assert pairs(1, 2) == driver.taken


def test_thread_that_cannot_start_is_tried_again(
    tmp_path, spool, monkeypatch, caplog
):
    """A system that is out of threads for a moment ends nothing."""
    start = threading.Thread.start
    refused = []

    def perhaps(thread):
        if 'to fake' in thread.name and len(refused) < 2:
            refused.append(thread)
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, 'start', perhaps)
    driver = FakeDriver()
    interact(spool(), 1)
    forwarder = Forwarder(tmp_path, {'fake': lambda: driver})
    forwarder.start()
    wait_until(lambda: len(driver.accepted) == 2)
    forwarder.stop()

    assert pairs(1) == driver.taken


def test_driver_that_cannot_be_built_at_first(spool, tmp_path):
    """Configuration that cannot be read for a while loses no event."""
    driver = FakeDriver()
    faults = [OSError('no such file'), OSError('no such file')]

    def build():
        if faults:
            raise faults.pop()
        return driver

    interact(spool(), 1)
    forwarder = Forwarder(tmp_path, {'fake': build}, None)
    forwarder.start()
    wait_until(lambda: len(driver.accepted) == 2)
    forwarder.stop()

    assert [] == faults
