# SPDX-License-Identifier: Apache-2.0

"""What a RabbitMQ delivers, each message until it was acknowledged."""

import contextlib
import socket
import ssl
import struct
import threading
import uuid

import kombu
import pytest

from cadf_audit.exceptions import OptionError
from cadf_audit.trail.collector import Collector
from cadf_audit.trail import decoding
from cadf_audit.trail.rabbit_source import RabbitSource
from cadf_audit.trail.sources import SourceError
from tests.faults.rig import wait_for
from tests.servers.process import free_ports
from tests.trail.bus import Publisher
from tests.trail.parts import ended
from tests.trail.parts import ids
from tests.trail.parts import message
from tests.trail.parts import pair
from tests.trail.parts import rows


@pytest.fixture
def publisher(bus_url):
    """Who publishes on the bus."""
    publisher = Publisher(bus_url)
    yield publisher
    publisher.close()


@pytest.fixture
def topic():
    """A topic of this test's own, which is its queue as well."""
    return f'topic{uuid.uuid4().hex}'


@pytest.fixture
def source_url(bus_url, topic):
    """Lead to a queue of this test's own."""
    return f'{bus_url}?topic={topic}&queue={topic}'


@pytest.fixture
def source(source_url):
    """A source that is bound, so that nothing is missed."""
    source = RabbitSource(source_url)
    assert [] == source.receive(1, 0)
    yield source
    source.close()


def drain(source, number):
    """Return messages, as many as asked for."""
    received = []
    while len(received) < number:
        messages = source.receive(number - len(received), 10)
        assert messages
        received += messages
    return received


def test_messages_come_in_their_order_with_any_priority(
    source, publisher, topic
):
    """Somebody may send events as errors."""
    publisher.publish(b'1', topic=topic)
    publisher.publish(b'2', topic=topic, priority='error')
    publisher.publish(b'3', topic=topic, priority='audit')

    assert [b'1', b'2', b'3'] == drain(source, 3)


def test_messages_of_other_topics_do_not_come(source, publisher, topic):
    """A topic of its own keeps ordinary notifications away."""
    publisher.publish(b'1', topic=f'{topic}x')
    publisher.publish(b'2', topic=topic)

    assert [b'2'] == source.receive(10, 10)


def test_unacknowledged_messages_come_again(source, publisher, topic):
    """A collector that ended in between has kept nothing."""
    publisher.publish(b'1', b'2', topic=topic)
    drain(source, 2)
    source.give_back()

    assert [b'1', b'2'] == drain(source, 2)


def test_database_that_is_away_wears_no_message_out(
    bus_url, publisher, topic, sqlite_store
):
    """A broker drops what it has delivered a number of times.

    RabbitMQ 4 does so after 20 times, if nobody says anything else.
    """
    publisher.declare_limited(topic, topic, 3)
    source = RabbitSource(f'{bus_url}?topic={topic}&queue={topic}')
    source.receive(1, 0)
    publisher.publish(*pair('a'), *pair('b'), topic=topic)
    collector = Collector(source, Away(sqlite_store, 12))

    while len(rows(sqlite_store)) < 2:
        with contextlib.suppress(ConnectionError):
            assert collector.step(10)

    assert ['a', 'b'] == ids(sqlite_store)
    source.close()
    assert 0 == publisher.queue_length(topic)


class Away:
    """A store whose database is away for a number of tries.

    :param store: the store
    :param tries: how many
    """

    def __init__(self, store, tries):
        self._store = store
        self._tries = tries

    def ingest(self, batch):
        """Keep a batch, or fail."""
        if self._tries:
            self._tries -= 1
            raise ConnectionError
        return self._store.ingest(batch)


def test_broker_that_ends_while_the_database_is_away(
    source, publisher, topic, rabbitmq
):
    """What is in hand then is nobody's, and the broker has it still."""
    publisher.publish(b'1', topic=topic)
    assert [b'1'] == source.receive(1, 10)
    source.give_back()
    with rabbitmq.outage(), pytest.raises(SourceError):
        source.receive(1, 10)

    assert [b'1'] == source.receive(1, 10)


def test_acknowledged_messages_are_gone(source, publisher, topic):
    """One acknowledgement stands for the batch."""
    publisher.publish(b'1', b'2', b'3', topic=topic)
    drain(source, 3)
    source.acknowledge()
    source.close()

    assert 0 == publisher.queue_length(topic)


def test_what_waits_is_counted(source, source_url, publisher, topic):
    """Messages that a collector has in hand do not wait; none is taken."""
    asking = RabbitSource(source_url)
    source.close()
    publisher.publish(b'1', b'2', b'3', topic=topic)

    wait_for(lambda: asking.waiting() == 3, 'the messages')
    assert 3 == publisher.queue_length(topic)
    drain(source, 3)
    wait_for(lambda: asking.waiting() == 0, 'the messages to be in hand')


def test_counting_makes_no_queue(bus_url, topic):
    """What waits where no collector ever was cannot be known."""
    source = RabbitSource(f'{bus_url}?topic={topic}&queue={topic}')

    for _ in range(2):
        with pytest.raises(SourceError, match='NOT_FOUND - no queue'):
            source.waiting()


def test_no_more_come_than_were_asked_for(source, publisher, topic):
    """A batch is as large as its reader wants it."""
    publisher.publish(*[b'x'] * 30, topic=topic)
    drain(source, 10)
    source.acknowledge()
    source.close()

    # The broker notices in its own time that somebody left.
    wait_for(lambda: publisher.queue_length(topic) == 20, 'the rest')


def test_queue_of_somebody_else_is_used_as_it_is(
    bus_url, publisher, topic, source
):
    """It need not be durable, nor a quorum queue."""
    publisher.declare(f'{topic}.info', topic)
    taking = RabbitSource(f'{bus_url}?topic={topic}&queue={topic}.info')
    publisher.publish(b'1', topic=topic)

    assert [b'1'] == taking.receive(10, 10)
    taking.close()


def test_broker_that_is_not_there_is_an_error_to_wait_out():
    """Its name has no password in it."""
    (port,) = free_ports(1)
    source = RabbitSource(f'rabbit://u:s3cret@127.0.0.1:{port}/v')

    with pytest.raises(SourceError) as caught:
        source.receive(1, 0)
    assert f'rabbit://127.0.0.1:{port}/v' in str(caught.value)
    assert 's3cret' not in str(caught.value)


def test_certificate_has_to_be_that_of_the_host():
    """Else whoever has any certificate at all is told the password."""
    names = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = lambda _, name, __: names.append(name)

    def serve(server):
        connection, _ = server.accept()
        with connection, contextlib.suppress(OSError):
            context.wrap_socket(connection, server_side=True)

    with socket.create_server(('127.0.0.1', 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        port = server.getsockname()[1]
        with pytest.raises(SourceError):
            RabbitSource(f'rabbits://u:p@localhost:{port}/v').receive(1, 0)
        thread.join(30)

    assert ['localhost'] == names


@pytest.mark.parametrize(
    ('url', 'problem'),
    [
        ('rabbit://h/v?tpoic=x', 'unknown tpoic'),
        ('rabbit://h/v?durable_exchange=yes', 'allowed are true and false'),
        ('rabbit:///v', 'no host'),
        ('rabbit://h:x/v', 'host or port make no sense'),
        ('rabbit://u:s3/cret@h/v', 'host or port make no sense'),
    ],
)
def test_url_that_makes_no_sense_fails_at_start(url, problem):
    """The error says what may stand there."""
    with pytest.raises(OptionError) as caught:
        RabbitSource(url)
    assert problem in str(caught.value)
    assert 's3' not in str(caught.value)


def test_whatever_is_delivered_is_a_row_or_a_dead_letter(
    source, publisher, topic, sqlite_store, monkeypatch
):
    """Nothing blocks what comes after it."""
    monkeypatch.setattr(decoding, 'LONGEST_MESSAGE', 100_000)
    odd = [
        b'',
        b'\xff\xfe',
        b'[]',
        b'{"a": ' + b'[' * 50_000,
        b'{"oslo.message": 5}',
        b'x' * 20_000_000,
        message({}),
    ]
    foreign = message({'instance': 'i'}, 'compute.instance.create.end')
    publisher.publish(*odd, foreign, *pair('a'), topic=topic)
    collector = Collector(source, sqlite_store)

    while 'a' not in ids(sqlite_store):
        collector.step(10)

    with sqlite_store.engine.connect() as connection:
        letters = connection.exec_driver_sql(
            'SELECT message FROM dead_letters ORDER BY number'
        ).scalars()
        assert odd == list(letters)
    source.close()
    assert 0 == publisher.queue_length(topic)


def nested(depth):
    """Return a value of an AMQP table that is a list in a list and so on."""
    value = b'V'
    for _ in range(depth):
        value = b'A' + struct.pack('>L', len(value)) + value
    return value


def header(value):
    """Return the properties of a message with one header."""
    table = b'\x01a' + value
    return struct.pack('>HL', 0x2000, len(table)) + table


def publish_around(bus_url, body, key, properties):
    """Send a message with anything that AMQP allows around it."""
    frame = struct.Struct('>BHL')
    publish = struct.pack('>HHHB', 60, 40, 0, 9) + b'openstack'
    about = struct.pack('>HHQ', 60, 0, len(body))
    with kombu.Connection(bus_url.replace('rabbit://', 'amqp://')) as bus:
        channel = bus.channel()
        bus.connection.transport.write(
            b''.join(
                frame.pack(kind, channel.channel_id, len(text))
                + text
                + b'\xce'
                for kind, text in (
                    (1, publish + bytes([len(key)]) + key + b'\0'),
                    (2, about + properties),
                    (3, body),
                )
            )
        )
        channel.close()


@pytest.mark.parametrize(
    ('priority', 'properties'),
    [
        (b'\xff', b'\0\0'),
        (b'info', b'\x00\x80\x02\xff\xfe'),
        (b'info', b'\x40\x00\x05utf-7'),
        (b'info', b'\x40\x00\x06latin1'),
        (b'info', header(b'T' + struct.pack('>Q', 1_700_000_000_000_000))),
        (b'info', header(nested(3000))),
    ],
    ids=['routing key', 'id', 'utf-7', 'latin1', 'time', 'nested'],
)
def test_what_stands_around_a_message_keeps_nothing_back(
    bus_url, source, publisher, topic, priority, properties
):
    """Its bytes are taken as they are, and so is what comes after it."""
    odd = b'+2AA-\xff'
    key = topic.encode() + b'.' + priority
    publish_around(bus_url, odd, key, properties)
    publisher.publish(b'after', topic=topic)

    assert [odd, b'after'] == drain(source, 2)


def test_store_that_fails_costs_nothing(
    source, publisher, topic, sqlite_store, monkeypatch
):
    """What it did not keep is delivered again."""
    publisher.publish(*pair('a'), topic=topic)
    collector = Collector(source, sqlite_store)
    ingest = sqlite_store.ingest

    def fail(batch):
        monkeypatch.setattr(sqlite_store, 'ingest', ingest)
        raise RuntimeError('no')

    monkeypatch.setattr(sqlite_store, 'ingest', fail)
    with pytest.raises(RuntimeError):
        collector.step(10)
    while not rows(sqlite_store):
        collector.step(10)

    assert ['a'] == ids(sqlite_store)


def test_two_collectors_share_a_queue(
    source, source_url, publisher, topic, sqlite_store
):
    """Each message is kept by one of them."""
    other = RabbitSource(source_url)
    other.receive(1, 0)
    names = [f'e{number}' for number in range(200)]
    publisher.publish(*map(ended, names), topic=topic)
    collectors = [Collector(each, sqlite_store) for each in (source, other)]

    while len(rows(sqlite_store)) < len(names):
        for collector in collectors:
            collector.step(0.2)

    assert sorted(names) == sorted(ids(sqlite_store))
    other.close()
