# SPDX-License-Identifier: Apache-2.0

"""What a RabbitMQ delivers, each message until it was acknowledged."""

import uuid

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


def test_acknowledged_messages_are_gone(source, publisher, topic):
    """One acknowledgement stands for the batch."""
    publisher.publish(b'1', b'2', b'3', topic=topic)
    drain(source, 3)
    source.acknowledge()
    source.close()

    assert 0 == publisher.queue_length(topic)


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


@pytest.mark.parametrize(
    ('url', 'problem'),
    [
        ('rabbit://h/v?tpoic=x', 'unknown tpoic'),
        ('rabbit://h/v?durable_exchange=yes', 'allowed are true and false'),
        ('rabbit:///v', 'no host'),
        ('rabbit://h:x/v', 'Port could not be cast'),
    ],
)
def test_url_that_makes_no_sense_fails_at_start(url, problem):
    """The error says what may stand there."""
    with pytest.raises(OptionError) as caught:
        RabbitSource(url)
    assert problem in str(caught.value)


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
