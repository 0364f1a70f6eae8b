# SPDX-License-Identifier: Apache-2.0

"""The bounded queue between a request and the message bus."""

import logging
import threading
import time

import pytest

from cadf_audit.delivery.memory import MemoryDelivery
from cadf_audit.delivery import pauses
from tests.delivery.spooling import FakeDriver
from tests.delivery.spooling import wait_until
from tests.harness import audited
from tests.harness import call
from tests.harness import environ
from tests.harness import event_log
from tests.judge import assert_valid


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    """Let nobody wait long."""
    monkeypatch.setattr(pauses, 'FIRST_PAUSE', 0.01)


@pytest.fixture
def queueing():
    """Return a function that makes a delivery; close it at the end."""
    made = []

    def build(*drivers, queue_size=100, queue_bytes=10**6):
        made.append(
            MemoryDelivery(lambda: drivers, 'svc', queue_size, queue_bytes)
        )
        return made[-1]

    yield build
    for delivery in made:
        delivery.sender().close(0)


def ids(messages):
    """Return the ids of the events of interactions in messages."""
    return [
        message['payload']['id']
        for message in messages
        if message['event_type'] != 'audit.event'
    ]


def losses(messages):
    """Return how many events the monitor events say were lost, and why."""
    return [
        (
            message['payload']['measurements'][0]['result'],
            message['payload']['reason']['reasonCode'],
        )
        for message in messages
        if message['event_type'] == 'audit.event'
    ]


def send(delivery, *numbers):
    """Send events of these ids."""
    for number in numbers:
        delivery.send('audit.http.request', {'id': number})


def test_events_arrive_in_order(queueing):
    """What was queued first is sent first."""
    driver = FakeDriver()
    delivery = queueing(driver)

    send(delivery, *map(str, range(50)))
    wait_until(lambda: len(driver.accepted) == 50)

    assert [str(number) for number in range(50)] == ids(driver.accepted)
    assert 0 == delivery.lost


def test_request_does_not_wait_for_a_bus_that_hangs(queueing):
    """The queue takes the event while the driver holds another one."""
    driver = FakeDriver()
    driver.open.clear()
    delivery = queueing(driver)

    started = time.monotonic()
    send(delivery, '1', '2', '3')
    took = time.monotonic() - started
    driver.open.set()
    wait_until(lambda: len(driver.accepted) == 3)

    assert took < 5


def test_event_is_sent_again_until_the_bus_is_back(queueing):
    """The same message, by its message_id, until it is accepted."""
    driver = FakeDriver()
    driver.error = ConnectionError('away')
    delivery = queueing(driver)

    send(delivery, '1', '2')
    wait_until(lambda: driver.refusals > 3)
    driver.error = None
    wait_until(lambda: len(driver.accepted) == 2)

    assert ['1', '2'] == ids(driver.accepted)
    assert 2 == len({each['message_id'] for each in driver.accepted})


def test_trouble_of_one_driver_repeats_nothing_to_another(queueing):
    """Each driver gets each message once it is accepted, and no more."""
    first, second = FakeDriver(), FakeDriver()
    second.error = ConnectionError('away')
    delivery = queueing(first, second)

    send(delivery, '1')
    wait_until(lambda: second.refusals > 2)
    second.error = None
    wait_until(lambda: second.accepted)

    assert ['1'] == ids(first.accepted) == ids(second.accepted)


@pytest.mark.parametrize(
    'bounds', [{'queue_size': 3}, {'queue_bytes': 600}], ids=str
)
def test_event_without_room_goes_to_the_log(queueing, bounds):
    """Nothing vanishes: what is not queued is a line, and counted."""
    driver = FakeDriver()
    driver.open.clear()
    delivery = queueing(driver, **bounds)

    with event_log() as log:
        send(delivery, *map(str, range(10)))
    driver.open.set()
    wait_until(lambda: len(ids(driver.accepted)) + delivery.lost == 10)

    assert delivery.lost > 5
    assert sorted([*ids(log.messages), *ids(driver.accepted)]) == [
        str(number) for number in range(10)
    ]


def test_burst_of_losses_is_an_event(queueing):
    """Once the queue is empty again, one event says how many, and why."""
    driver = FakeDriver()
    driver.open.clear()
    delivery = queueing(driver, queue_size=3)

    with event_log() as log:
        send(delivery, *map(str, range(10)))
    driver.open.set()
    wait_until(lambda: losses(driver.accepted))
    send(delivery, 'later')
    wait_until(lambda: 'later' in ids(driver.accepted))

    assert [(len(log.messages), 'queue full')] == losses(driver.accepted)
    for message in driver.accepted:
        if message['event_type'] == 'audit.event':
            assert_valid(message['payload'])


def test_refusal_of_the_event_that_tells_of_refusals_ends(queueing):
    """A driver that takes nothing at all is not told of that for ever."""
    driver = FakeDriver()
    driver.error = ValueError()
    delivery = queueing(driver)

    with event_log() as log:
        send(delivery, '1')
        wait_until(lambda: losses(log.messages))
        time.sleep(0.2)

    assert [(1, 'refused by a driver')] == losses(log.messages)
    assert 2 == driver.refusals


def test_slow_bus_is_one_warning_as_well(queueing, caplog):
    """A place that becomes free for a moment does not end a burst."""
    turn = threading.Semaphore(0)

    class Slow(FakeDriver):
        def notify(self, context, message, priority, retry):
            turn.acquire(timeout=30)
            super().notify(context, message, priority, retry)

    driver = Slow()
    delivery = queueing(driver, queue_size=3)

    with event_log(), caplog.at_level(logging.WARNING):
        send(delivery, *map(str, range(5)))
        for number in range(20):
            turn.release()
            wait_until(lambda: len(driver.accepted) == number + 1)  # noqa: B023
            wait_until(lambda: len(delivery.sender()._queue) == 2)
            send(delivery, 'fits', 'does not')

    assert 2 + 20 == delivery.lost
    assert 1 == caplog.text.count('events that the queue cannot hold')


def test_overflow_is_a_warning_once_in_a_burst(queueing, caplog):
    """A full queue does not fill the service's log with its complaint."""
    driver = FakeDriver()
    driver.open.clear()
    delivery = queueing(driver, queue_size=1)

    with event_log(), caplog.at_level(logging.WARNING):
        send(delivery, *map(str, range(10)))
    driver.open.set()

    assert 1 == caplog.text.count('events that the queue cannot hold')


def test_event_that_no_driver_can_take_blocks_nobody(queueing, caplog):
    """A message that makes no sense to a driver goes to the log."""

    class Picky(FakeDriver):
        def notify(self, context, message, priority, retry):
            if message['payload']['id'] == '1':
                raise ValueError(f'{message} amqp://user:hunter2@h')
            super().notify(context, message, priority, retry)

    driver = Picky()
    delivery = queueing(driver)

    with event_log() as log:
        send(delivery, '1', '2')
        wait_until(lambda: losses(driver.accepted) and ids(driver.accepted))

    assert (['1'], ['2']) == (ids(log.messages), ids(driver.accepted))
    assert 1 == delivery.lost
    assert [(1, 'refused by a driver')] == losses(driver.accepted)
    assert 'a driver refused an event (ValueError)' in caplog.text
    assert 'hunter2' not in caplog.text


def test_log_holds_no_payload_of_a_bus_that_is_away(queueing, caplog):
    """Our own log says how many events wait, and nothing of them."""
    driver = FakeDriver()
    driver.error = ConnectionError('amqp://user:hunter2@h')
    delivery = queueing(driver)

    send(delivery, 'canary')
    wait_until(lambda: driver.refusals > 1)

    assert 'the bus takes no events (ConnectionError)' in caplog.text
    assert 'canary' not in caplog.text
    assert 'hunter2' not in caplog.text


def test_exit_waits_for_the_queue(queueing):
    """At an exit what is queued is sent first."""
    driver = FakeDriver()
    delivery = queueing(driver)

    send(delivery, '1', '2')
    delivery.sender().close()

    assert ['1', '2'] == ids(driver.accepted)


def test_exit_that_outlasts_its_deadline_writes_to_the_log(queueing):
    """A bus that is away does not hold up an exit, and loses nothing."""
    driver = FakeDriver()
    driver.error = ConnectionError('away')
    delivery = queueing(driver)

    send(delivery, '1', '2')
    with event_log() as log:
        delivery.sender().close(0.1)
        send(delivery, '3')

    assert ['1', '2', '3'] == ids(log.messages)
    assert [(2, 'exit')] == losses(log.messages)
    assert 3 == delivery.lost


@pytest.mark.filterwarnings(
    'ignore::pytest.PytestUnhandledThreadExceptionWarning'
)
def test_thread_that_died_is_started_again(queueing):
    """An end of the thread that nobody foresaw loses no event."""
    driver = FakeDriver()
    driver.error = SystemExit()
    delivery = queueing(driver)
    send(delivery, '1')
    wait_until(lambda: not delivery.sender()._thread.is_alive())

    driver.error = None
    send(delivery, '2')
    wait_until(lambda: len(driver.accepted) == 2)

    assert ['1', '2'] == ids(driver.accepted)


def test_room_in_the_queue_comes_back(queueing):
    """What was sent no longer counts against queue_bytes."""
    driver = FakeDriver()
    delivery = queueing(driver, queue_bytes=600)

    for number in range(20):
        send(delivery, str(number))
        wait_until(lambda: len(driver.accepted) == number + 1)  # noqa: B023

    assert 0 == delivery.lost


def test_tries_become_rarer_while_the_bus_is_away(queueing):
    """A bus that is away is asked again after longer and longer pauses."""
    driver = FakeDriver()
    driver.error = ConnectionError('away')
    delivery = queueing(driver)

    send(delivery, '1')
    time.sleep(1)

    # Pauses of 10 ms alone would make a hundred.
    assert 1 < driver.refusals < 20


def test_exit_tries_on_without_haste(queueing):
    """The tries of an exit are neither rare nor a busy loop, and they end."""
    driver = FakeDriver()
    driver.error = ConnectionError('away')
    delivery = queueing(driver)
    send(delivery, '1')

    with event_log():
        delivery.sender().close(1)
    time.sleep(0.3)
    by_then = driver.refusals
    time.sleep(0.3)

    assert 1 < by_then < 100
    assert by_then == driver.refusals


def test_drivers_that_cannot_be_built_at_first(queueing):
    """Configuration that cannot be read for a while loses no event."""
    driver = FakeDriver()
    faults = [None]

    def build():
        fault = faults.pop()
        if fault:
            raise fault
        return [driver]

    delivery = MemoryDelivery(build, 'svc', 100, 10**6)
    faults += [None, OSError('no such file'), OSError('no such file')]
    send(delivery, '1')
    wait_until(lambda: driver.accepted)

    assert (['1'], []) == (ids(driver.accepted), faults)
    delivery.sender().close(0)


def test_two_first_requests_share_one_sender():
    """Threads that begin at the same moment agree on a queue."""
    delivery = MemoryDelivery(lambda: [FakeDriver()], 'svc', 100, 10**6)
    barrier = threading.Barrier(8)
    senders = []

    def begin():
        barrier.wait()
        senders.append(delivery.sender())

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 1 == len(set(senders))


def test_memory_with_a_real_driver():
    """Events reach Oslo's log driver through the queue."""
    app = audited(use_oslo_messaging=True, driver='test', delivery='memory')
    from oslo_messaging.notify import _impl_test

    _impl_test.reset()
    call(app, environ())
    wait_until(lambda: len(_impl_test.NOTIFICATIONS) == 2)

    assert ['audit.http.request', 'audit.http.response'] == [
        message['event_type'] for _, message, _, _ in _impl_test.NOTIFICATIONS
    ]


def test_start_says_what_memory_can_lose(queueing, caplog):
    """An operator reads the price before it is paid."""
    queueing(FakeDriver())

    assert 'are lost if the process is killed' in caplog.text
