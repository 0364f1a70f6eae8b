# SPDX-License-Identifier: Apache-2.0

"""Messages in, the exchange of the services on a RabbitMQ out."""

import kombu


class Publisher:
    """Publishes as services do.

    :param url: what oslo.messaging calls a transport URL
    :param durable: whether the exchange outlives the broker
    :param confirm: whether the broker says that it has taken a message
    """

    def __init__(self, url, durable=False, confirm=False):
        self._connection = kombu.Connection(
            url.replace('rabbit://', 'amqp://'),
            connect_timeout=5,
            transport_options={'confirm_publish': confirm},
        )
        exchange = kombu.Exchange('openstack', 'topic', durable=durable)
        self._producer = kombu.Producer(
            self._connection.channel(), exchange=exchange
        )

    def publish(self, *messages, topic, priority='info'):
        """Send messages to the queues of a topic."""
        for message in messages:
            self._producer.publish(
                message,
                routing_key=f'{topic}.{priority}',
                content_type='application/json',
                content_encoding='utf-8',
                delivery_mode=2,
            )

    def queue_length(self, queue):
        """Return how many messages a queue holds for whoever comes next."""
        channel = self._connection.channel()
        return channel.queue_declare(queue, passive=True).message_count

    def declare(self, queue, topic):
        """Make a queue of somebody else's."""
        channel = self._declare_exchange()
        channel.queue_declare(queue, durable=False, auto_delete=False)
        channel.queue_bind(queue, 'openstack', f'{topic}.info')

    def declare_limited(self, queue, topic, deliveries=20):
        """Make a queue that drops what was delivered more often than that."""
        channel = self._declare_exchange()
        channel.queue_declare(
            queue,
            durable=True,
            auto_delete=False,
            arguments={
                'x-queue-type': 'quorum',
                'x-delivery-limit': deliveries,
            },
        )
        channel.queue_bind(queue, 'openstack', f'{topic}.*')

    def _declare_exchange(self):
        channel = self._connection.channel()
        self._producer.exchange(channel).declare()
        return channel

    def close(self):
        """Leave."""
        self._connection.release()
