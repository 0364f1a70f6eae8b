# SPDX-License-Identifier: Apache-2.0

"""Requests go in, and what comes out of a real message bus is compared."""

from concurrent.futures import ThreadPoolExecutor
import contextlib
import json
import queue
import time

import amqp
import kombu
from oslo_config import cfg
import oslo_messaging
import pytest

from cadf_audit import AuditMiddleware
from tests.canaries import unseed
from tests.harness import answer
from tests.harness import call
from tests.harness import environ
from tests.judge import assert_valid
from tests.servers.process import free_ports

DRIVERS = ('messagingv2', 'messaging')

# Seconds. An unreachable bus costs a request milliseconds; the rest of this
# is for a busy machine.
BOUND = 3


class Collector:
    """A notification endpoint that keeps what it is handed."""

    def __init__(self):
        self.notifications = queue.SimpleQueue()

    def info(self, context, publisher_id, event_type, payload, metadata):
        """Keep a notification of priority info."""
        self.notifications.put((publisher_id, event_type, payload, metadata))


def notifying(
    url, *topics, driver='messagingv2', delivery='direct', **options
):
    """Return an application behind a filter that notifies the bus."""
    return AuditMiddleware(
        answer(b'no servers'),
        driver=driver,
        transport_url=url,
        topics=','.join(topics),
        service_name='compute',
        delivery=delivery,
        **options,
    )


def list_servers(app):
    """Send one request."""
    return call(app, environ(path='/v2/servers'))


def list_servers_in_time(app):
    """Send one request, and do not wait for it if the bus holds it up.

    :raises TimeoutError: the application did not answer within the bound
    """
    pool = ThreadPoolExecutor()
    try:
        return pool.submit(list_servers, app).result(BOUND)
    finally:
        pool.shutdown(wait=False)


def drain(url, name):
    """Return all messages that wait in the queue, as kombu reads them.

    The publisher waits for the broker's confirmation, so each message is in
    the queue when the request has been answered.
    """
    messages = []
    with kombu.Connection(url.replace('rabbit://', 'amqp://')) as connection:
        # No declaration by us: that the publisher declares it is the claim.
        waiting = kombu.Queue(
            name, channel=connection.channel(), no_declare=True
        )
        while message := waiting.get(no_ack=True):
            messages.append(message)
    return messages


def notification(message):
    """Return what the notifier said, without the driver's envelope."""
    body = json.loads(message.body)
    return json.loads(body.get('oslo.message', message.body))


def listen(url, topic, count):
    """Return so many notifications, as an Oslo listener is handed them."""
    transport = oslo_messaging.get_notification_transport(
        cfg.ConfigOpts(), url=url
    )
    collector = Collector()
    listener = oslo_messaging.get_notification_listener(
        transport,
        [oslo_messaging.Target(topic=topic)],
        [collector],
        executor='threading',
    )
    # More threads than one would hand them over in any order.
    listener.start(override_pool_size=1)
    try:
        return [collector.notifications.get(timeout=20) for _ in range(count)]
    finally:
        listener.stop()
        listener.wait()
        transport.cleanup()


@pytest.mark.parametrize('driver', DRIVERS)
def test_message_properties(bus_url, topic, driver):
    """Both messages are persistent JSON on the openstack exchange."""
    list_servers(notifying(bus_url, topic, driver=driver))

    messages = drain(bus_url, f'{topic}.info')

    assert 2 == len(messages)
    for message in messages:
        assert 'openstack' == message.delivery_info['exchange']
        assert f'{topic}.info' == message.delivery_info['routing_key']
        assert 'application/json' == message.content_type
        assert 'utf-8' == message.content_encoding
        assert 2 == message.properties['delivery_mode']
        assert {} == message.headers


def test_version_2_wraps_the_notification(bus_url, topic):
    """Driver messagingv2 sends the notification as text in an envelope."""
    list_servers(notifying(bus_url, topic, driver='messagingv2'))

    bodies = [json.loads(m.body) for m in drain(bus_url, f'{topic}.info')]

    assert [{'oslo.version', 'oslo.message'}] * 2 == [set(b) for b in bodies]
    assert ['2.0', '2.0'] == [body['oslo.version'] for body in bodies]
    assert all(isinstance(body['oslo.message'], str) for body in bodies)


def test_version_1_sends_the_notification_bare(bus_url, topic):
    """Driver messaging sends the notification itself, without envelope."""
    list_servers(notifying(bus_url, topic, driver='messaging'))

    bodies = [json.loads(m.body) for m in drain(bus_url, f'{topic}.info')]

    assert ['audit.http.request', 'audit.http.response'] == [
        body['event_type'] for body in bodies
    ]


@pytest.mark.parametrize('driver', DRIVERS)
def test_notification_keys(bus_url, topic, driver):
    """A notification has the seven keys that its consumers know."""
    list_servers(notifying(bus_url, topic, driver=driver))

    pair = [notification(each) for each in drain(bus_url, f'{topic}.info')]

    keys = {
        'message_id',
        'publisher_id',
        'event_type',
        'priority',
        'payload',
        'timestamp',
        '_unique_id',
    }
    assert [keys, keys] == [set(each) for each in pair]
    assert ['compute'] * 2 == [each['publisher_id'] for each in pair]
    assert ['INFO'] * 2 == [each['priority'] for each in pair]
    assert ['audit.http.request', 'audit.http.response'] == [
        each['event_type'] for each in pair
    ]
    assert ['pending', 'success'] == [
        each['payload']['outcome'] for each in pair
    ]


@pytest.mark.parametrize('driver', DRIVERS)
def test_pair_shares_the_event_but_not_the_message(bus_url, topic, driver):
    """The two messages are about one event, and are two messages."""
    list_servers(notifying(bus_url, topic, driver=driver))

    first, second = map(notification, drain(bus_url, f'{topic}.info'))

    for key in ('id', 'eventTime', 'observer', 'tags'):
        assert first['payload'][key] == second['payload'][key]
    for key in ('message_id', 'timestamp', '_unique_id'):
        assert first[key] != second[key]
    for each in (first, second):
        assert_valid(each['payload'])


@pytest.mark.parametrize('driver', DRIVERS)
def test_listener_gets_both(bus_url, topic, driver):
    """An oslo.messaging listener is handed both events, in order."""
    list_servers(notifying(bus_url, topic, driver=driver))

    first, second = listen(bus_url, topic, 2)

    publishers, event_types, payloads, metadata = zip(
        first, second, strict=True
    )
    assert ('compute', 'compute') == publishers
    assert ('audit.http.request', 'audit.http.response') == event_types
    assert ['pending', 'success'] == [each['outcome'] for each in payloads]
    assert ['/v2/servers'] * 2 == [
        unseed(each)['requestPath'] for each in payloads
    ]
    assert [{'message_id', 'timestamp'}] * 2 == [set(m) for m in metadata]


def test_each_topic_gets_both(bus_url, topic):
    """With two topics the same two messages are in both queues."""
    topics = (f'{topic}-1', f'{topic}-2')
    list_servers(notifying(bus_url, *topics))

    one, two = (
        [notification(each) for each in drain(bus_url, f'{topic}.info')]
        for topic in topics
    )

    assert 2 == len(one)
    assert [m['message_id'] for m in one] == [m['message_id'] for m in two]
    assert [m['payload'] for m in one] == [m['payload'] for m in two]


def closed_port(rabbitmq):
    """Lead to a port that refuses connections."""
    return f'rabbit://guest:guest@127.0.0.1:{free_ports(1)[0]}/'


def wrong_password(rabbitmq):
    """Lead to a broker that refuses the password."""
    return rabbitmq.url('').replace(':guest@', ':wrong@')


def unknown_vhost(rabbitmq):
    """Lead to a virtual host that the broker does not have."""
    return rabbitmq.url('nowhere')


@pytest.mark.parametrize('driver', DRIVERS)
@pytest.mark.parametrize(
    'bad_url', [closed_port, wrong_password, unknown_vhost]
)
def test_unreachable_bus_does_not_harm(rabbitmq, bad_url, driver):
    """The application is asked once and answers in time without a bus."""
    app = notifying(bad_url(rabbitmq), 'lost', driver=driver)

    response = list_servers_in_time(app)

    assert list_servers(answer(b'no servers')) == response


def test_outage_passes(rabbitmq, bus_url, topic):
    """Requests are answered while the bus is away, and audited afterwards."""
    app = notifying(bus_url, topic)
    list_servers(app)

    with rabbitmq.outage():
        during = [list_servers_in_time(app) for _ in range(2)]
    list_servers(app)

    assert [list_servers(answer(b'no servers'))] * 2 == during
    # Only the last pair: what had been sent before went with its queue, which
    # is not durable unless the operator wants it to be.
    assert 2 == len(drain(bus_url, f'{topic}.info'))


@pytest.mark.parametrize('driver', DRIVERS)
@pytest.mark.parametrize('trouble', ['outage', 'frozen', 'alarmed'])
def test_memory_brings_every_event_through_trouble(
    rabbitmq, bus_url, topic, driver, trouble
):
    """No request waits for a bus in trouble, and every event arrives.

    Be it away, be it hung, be it short of memory. What was accepted before an
    outage goes with its queue, which is not durable unless the operator wants
    it to be.
    """
    app = notifying(bus_url, topic, driver=driver, delivery='memory')
    list_servers(app)
    wait_for_messages(bus_url, f'{topic}.info', 2)

    with getattr(rabbitmq, trouble)():
        during = [list_servers_in_time(app) for _ in range(10)]
    list_servers(app)
    messages = wait_for_messages(bus_url, f'{topic}.info', 22)

    assert [list_servers(answer(b'no servers'))] * 10 == during
    inner = [notification(message) for message in messages]
    assert 22 == len({each['message_id'] for each in inner})
    assert 11 == len({each['payload']['id'] for each in inner})


def wait_for_messages(url, name, count):
    """Return so many messages, as soon as they are in the queue."""
    messages = []
    deadline = time.monotonic() + 60
    while len(messages) < count:
        assert time.monotonic() < deadline, len(messages)
        # Before the first one there is no queue to read from.
        with contextlib.suppress(amqp.exceptions.NotFound, ConnectionError):
            messages += drain(url, name)
        time.sleep(0.1)
    return messages
