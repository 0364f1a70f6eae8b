# SPDX-License-Identifier: Apache-2.0

"""The same events through each way out of the process."""

import json

from oslo_messaging.notify import _impl_test
import pytest

from cadf_audit.delivery import memory
from cadf_audit.emitting import measurement
from tests.delivery.spooling import FakeDriver
from tests.delivery.spooling import wait_until
from tests.emitting.emitters import emitter
from tests.emitting.emitters import NODE
from tests.harness import event_log
from tests.judge import assert_valid


@pytest.fixture
def notifications():
    """What Oslo's driver for tests was given."""
    _impl_test.reset()
    yield _impl_test.NOTIFICATIONS
    _impl_test.reset()


@pytest.mark.parametrize('delivery', ['direct', 'memory'])
def test_order_holds_on_the_way_to_the_bus(notifications, delivery):
    """The driver gets audit.event three times, the pending one first."""
    each = emitter(use_oslo_messaging=True, driver='test', delivery=delivery)
    with each.activity('deploy', NODE) as activity:
        single = each.emit('read', NODE)
    wait_until(lambda: len(notifications) == 3)
    messages = [message for _, message, _, _ in notifications]

    assert ['audit.event'] * 3 == [each['event_type'] for each in messages]
    assert [
        (activity.id, 'pending'),
        (single, 'success'),
        (activity.id, 'success'),
    ] == [
        (each['payload']['id'], each['payload']['outcome'])
        for each in messages
    ]
    for message in messages:
        assert_valid(message['payload'])


def test_refused_monitor_event_is_told_of():
    """A driver that refuses a monitor event of a caller loses it aloud."""
    driver = FakeDriver()
    driver.error = ValueError()
    delivery = memory.MemoryDelivery(lambda: [driver], 'svc', 10, 10**6)
    each = emitter()
    each._delivery = delivery
    with event_log() as log:
        each.emit(
            'update',
            NODE,
            kind='monitor',
            measurements=[measurement('memory', 1, 'MiB')],
        )
        wait_until(lambda: len(log.messages) == 2)
    lost, loss = log.events
    delivery.sender().close()

    assert 'memory' == lost['measurements'][0]['metric']['name']
    assert 'refused by a driver' == loss['reason']['reasonCode']
    assert 1 == loss['measurements'][0]['result']


def test_full_queue_leaves_the_events_in_the_log():
    """What the queue cannot take stands in the log, and nobody waits."""
    driver = FakeDriver()
    driver.open.clear()
    each = emitter()
    delivery = memory.MemoryDelivery(lambda: [driver], 'svc', 1, 10**6)
    each._delivery = delivery
    with event_log() as log:
        ids = [each.emit('update', NODE) for _ in range(5)]
        overflowed = [event['id'] for event in log.events]
    driver.open.set()
    delivery.sender().close()

    assert ids[1:] == overflowed
    assert ids[0] == driver.accepted[0]['payload']['id']
    assert json.dumps(driver.accepted[0])
