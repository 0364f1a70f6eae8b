# SPDX-License-Identifier: Apache-2.0

"""Where the events of a test go, and what has arrived there."""

import contextlib
import json

import kombu


class FileBus:
    """What the driver log of Oslo wrote to a file: a bus without a broker.

    :param directory: where the file is to be
    """

    consumer = 'forward-log'
    configuration = ('[audit_middleware_notifications]', 'driver = log')

    def __init__(self, directory):
        self.log = directory / 'events'

    def read(self):
        """Return all that was sent."""
        if not self.log.exists():
            return []
        lines = self.log.read_text().splitlines()
        return [json.loads(line) for line in lines]


class Bus:
    """A durable queue of a real broker, and what arrived there.

    :param url: a transport URL
    :param topic: a topic that nobody else uses
    """

    consumer = 'forward-messagingv2'
    log = '/dev/null'

    def __init__(self, url, topic):
        self.url = url
        self.topic = topic
        self.messages = []
        self.configuration = (
            '[audit_middleware_notifications]',
            'driver = messagingv2',
            f'topics = {topic}',
            f'transport_url = {url}',
            '[oslo_messaging_rabbit]',
            'amqp_durable_queues = true',
        )

    def declare(self):
        """Make the queue, so that nothing of it is young in a crash."""
        with self._connection() as connection:
            self._queue(connection.channel()).declare()

    def read(self):
        """Take what is in the queue, and return all that ever was."""
        with self._connection() as connection:
            queue = self._queue(connection.channel())
            waiting = queue.queue_declare().message_count
            until = len(self.messages) + waiting
            # What comes meanwhile is for the next time; acknowledged is only
            # what was kept.
            queue.channel.basic_qos(0, 100, False)
            consumer = kombu.Consumer(
                queue.channel, [queue], callbacks=[self._keep]
            )
            with consumer, contextlib.suppress(TimeoutError):
                while len(self.messages) < until:
                    connection.drain_events(timeout=2)
        return self.messages

    def _connection(self):
        return kombu.Connection(self.url.replace('rabbit://', 'amqp://'))

    def _queue(self, channel):
        name = f'{self.topic}.info'
        exchange = kombu.Exchange('openstack', 'topic', durable=True)
        return kombu.Queue(name, exchange, name, channel=channel, durable=True)

    def _keep(self, body, message):
        body = json.loads(message.body)
        self.messages.append(json.loads(body['oslo.message']))
        message.ack()
