# SPDX-License-Identifier: Apache-2.0

"""A RabbitMQ in, the notifications of a topic out.

A queue of the collector's own is bound to the exchange of the services, so
that nobody else takes anything out of it. Messages are acknowledged together,
once they are kept; all others are delivered again.
"""

from collections.abc import Callable
import contextlib
import logging
import struct
import time
from typing import Any
import urllib.parse

from amqp.exceptions import AMQPError
from amqp.exceptions import NotFound
from amqp.method_framing import frame_handler
from kombu import Connection
from kombu.exceptions import KombuError

from cadf_audit.exceptions import OptionError
from cadf_audit.trail.sources import SourceError

LOG = logging.getLogger(__name__)

#: messages, and bytes of them, that are in hand at a time; a message itself
#: may be longer
MOST_BYTES = 8 * 1024 * 1024
PREFETCH = 2000

#: seconds for a connection to come up, and between two signs of life
CONNECT = 10
HEARTBEAT = 60

#: seconds to wait for more messages, once there are some
LINGER = 0.05

_DEFAULTS = {
    'exchange': 'openstack',
    'topic': 'notifications',
    'queue': 'cadf_audit',
    'queue_type': 'quorum',
    # What amqp_durable_queues is in the services: whoever comes first makes
    # the exchange, and who wants it otherwise is refused.
    'durable_exchange': 'false',
}
_TRUTHS = {'true': True, 'false': False}

# Of AMQP: two types of frames, what the frame of a delivery begins with, the
# bytes behind the tag of its consumer that are read, and a header without its
# flags.
_METHOD, _HEADER = 1, 2
_DELIVERY = struct.pack('>HH', 60, 60)
_TAG_AND_REDELIVERED = 9
_PLAIN_HEADER = 12
_NOTHING = b'\0\0'

_ALLOWED = (
    'allowed is rabbit://USER:PASSWORD@HOST:PORT/VHOST, with '
    f'{", ".join(_DEFAULTS)} behind a ?'
)

_ERRORS = (AMQPError, KombuError, OSError)


class RabbitSource:
    """Consumes a queue that is bound to a topic.

    :param url: ``rabbit://user:password@host:port/vhost?topic=...``
    :param where: where the URL stands, for messages
    :raises OptionError: it is no such URL
    """

    def __init__(self, url: str, where: str = 'sources') -> None:
        try:
            parsed = urllib.parse.urlsplit(url)
            host, port = parsed.hostname, parsed.port
        except ValueError as exc:
            # What it says of the port may be a part of the password.
            raise OptionError(
                'sources',
                f'host or port make no sense; {_ALLOWED}, and / @ : # ? % in '
                'a password as %2F %40 %3A %23 %3F %25',
                where,
            ) from exc
        given = dict(urllib.parse.parse_qsl(parsed.query))
        unknown = ', '.join(sorted(given.keys() - _DEFAULTS.keys()))
        if unknown or not host:
            raise OptionError(
                'sources',
                (f'unknown {unknown} behind its ?' if unknown else 'no host')
                + f'; {_ALLOWED}',
                where,
            )
        self._options = _DEFAULTS | given
        durable = self._options['durable_exchange']
        if durable not in _TRUTHS:
            raise OptionError(
                'sources',
                f'durable_exchange is {durable!r}; allowed are true and false',
                where,
            )
        self._durable = _TRUTHS[durable]
        secure = parsed.scheme == 'rabbits'
        vhost = urllib.parse.unquote(parsed.path[1:])
        self._connect_with: dict[str, Any] = {
            'hostname': host,
            'port': port or (5671 if secure else 5672),
            'userid': urllib.parse.unquote(parsed.username or 'guest'),
            'password': urllib.parse.unquote(parsed.password or 'guest'),
            'virtual_host': vhost or '/',
            # Without the name, the certificate of any host is accepted.
            'ssl': secure and {'server_hostname': host},
            'heartbeat': HEARTBEAT,
            'connect_timeout': CONNECT,
            'transport_options': {'frame_handler': _plain_frames},
        }
        self.name = (
            f'{parsed.scheme}://{host}:{self._connect_with["port"]}/{vhost}'
            f'?queue={self._options["queue"]}'
        )
        self._connection: Any = None
        self._channel: Any = None
        self._arrived: list[Any] = []
        self._in_hand: list[Any] = []
        self._again = False

    def receive(self, most: int, seconds: float) -> list[bytes]:
        """Return messages, as soon as there are some.

        :param most: how many at most
        :param seconds: how long to wait for the first one
        :raises SourceError: the broker cannot be reached
        """
        try:
            if self._connection is None:
                self._connect()
            if self._again and self._in_hand:
                self._look()
            else:
                self._await(min(most, PREFETCH), seconds)
        except _ERRORS as exc:
            self._drop()
            raise SourceError(f'{self.name}: {_told(exc)}') from exc
        except BaseException:
            # What arrived is not in any hand, and comes again.
            self._drop()
            raise
        if self._again and self._in_hand:
            messages = self._in_hand
        else:
            messages, self._arrived = self._arrived, []
            self._in_hand.extend(messages)
        self._again = False
        # An empty one is an empty text.
        return [message.body or b'' for message in messages]

    def acknowledge(self) -> None:
        """Have the broker forget all that it delivered.

        :raises SourceError: it cannot be told, and delivers it once more
        """
        if not self._in_hand:
            return
        last = self._in_hand[-1]
        try:
            self._channel.basic_ack(last.delivery_tag, multiple=True)
        except _ERRORS as exc:
            self._drop()
            raise SourceError(f'{self.name}: {_told(exc)}') from exc
        self._in_hand = []

    def give_back(self) -> None:
        """Deliver again what was not acknowledged.

        It stays in hand as long as the connection does: RabbitMQ 4 throws
        away what it has delivered 20 times.
        """
        self._again = True

    def close(self) -> None:
        """Leave; what was not acknowledged is delivered to another one."""
        self._drop()

    def waiting(self) -> int:
        """Return how many messages of the queue nobody has in hand.

        :raises SourceError: the broker does not say it
        """
        connection: Any = Connection(**self._connect_with)
        try:
            connection.connect()
            declared = connection.default_channel.queue_declare(
                self._options['queue'], passive=True
            )
            number: int = declared.message_count
        except _ERRORS as exc:
            raise SourceError(f'{self.name}: {_told(exc)}') from exc
        finally:
            _collect(connection, self.name)
        return number

    def _connect(self) -> None:
        self._connection = connection = Connection(**self._connect_with)
        connection.connect()
        self._channel = channel = connection.default_channel
        exchange, queue = self._options['exchange'], self._options['queue']
        if not self._exists('exchange', exchange):
            channel = self._channel
            channel.exchange_declare(
                exchange, 'topic', durable=self._durable, auto_delete=False
            )
        if not self._exists('queue', queue):
            channel = self._channel
            channel.queue_declare(
                queue,
                durable=True,
                auto_delete=False,
                arguments={'x-queue-type': self._options['queue_type']},
            )
        channel = self._channel
        # One word: the priority of the notification.
        channel.queue_bind(queue, exchange, f'{self._options["topic"]}.*')
        channel.basic_qos(0, PREFETCH, False)
        channel.basic_consume(queue, no_ack=False, callback=self._take)
        LOG.info('consumes %s', self.name)

    def _take(self, message: Any) -> None:
        self._arrived.append(message)

    def _exists(self, kind: str, name: str) -> bool:
        """Say whether the broker has it, whatever it looks like there."""
        declare = getattr(self._channel, f'{kind}_declare')
        arguments = (name, 'topic') if kind == 'exchange' else (name,)
        try:
            declare(*arguments, passive=True)
        except NotFound:
            # The broker closes a channel that asks for what is not there.
            self._channel = self._connection.channel()
            return False
        return True

    def _await(self, most: int, seconds: float) -> None:
        """Wait for messages."""
        deadline = time.monotonic() + seconds
        size = 0
        while len(self._arrived) < most and size < MOST_BYTES:
            left = deadline - time.monotonic()
            if self._arrived:
                left = min(left, LINGER)
            before = len(self._arrived)
            try:
                self._connection.drain_events(timeout=max(left, 0.001))
            except TimeoutError:
                self._connection.heartbeat_check()
                if self._arrived or time.monotonic() >= deadline:
                    return
            size += sum(len(each.body) for each in self._arrived[before:])

    def _look(self) -> None:
        """See that the broker is still there, and that it sees us."""
        with contextlib.suppress(TimeoutError):
            self._connection.drain_events(timeout=0.001)
        self._connection.heartbeat_check()

    def _drop(self) -> None:
        """Close the connection, whatever state it is in."""
        connection, self._connection = self._connection, None
        self._channel = None
        self._arrived = []
        self._in_hand = []
        self._again = False
        if connection is not None:
            _collect(connection, self.name)


def _collect(connection: Any, name: str) -> None:
    """Close a connection, whatever state it is in."""
    try:
        # Its close() would wait for an answer of a broker that hangs.
        connection.collect()
    except _ERRORS as exc:
        LOG.debug('closing %s: %s', name, exc)


def _plain_frames(
    connection: Any, callback: Callable[..., None]
) -> Callable[[tuple[int, int, bytes]], bool]:
    """Return what reads the frames of a connection.

    The library reads all that stands around a message, of which nothing is
    needed here, and fails over a routing key or a property that is no UTF-8,
    a header that is nested too deeply or has a time in milliseconds. Such a
    message would come again for ever. So it never sees that.
    """
    read: Callable[[tuple[int, int, bytes]], bool]
    read = frame_handler(connection, callback)

    def take(frame: tuple[int, int, bytes]) -> bool:
        kind, channel, content = frame
        if kind == _HEADER:
            content = content[:_PLAIN_HEADER] + _NOTHING
        elif kind == _METHOD and content[:4] == _DELIVERY:
            # The length of the tag of the consumer, and it; an exchange and a
            # routing key without a character.
            end = 5 + content[4] + _TAG_AND_REDELIVERED
            content = content[:end] + _NOTHING
        return read((kind, channel, content))

    return take


def _told(exc: BaseException) -> str:
    return f'{type(exc).__name__}: {exc}' if str(exc) else type(exc).__name__
