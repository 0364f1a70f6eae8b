# SPDX-License-Identifier: Apache-2.0

"""An event in, into a bounded queue; a thread hands it to the drivers.

No request waits for the message bus. What the queue cannot take goes to the
log: events of a bus that is away for long, and what is left at an exit that
outlasts its deadline. What a killed process had queued is lost.
"""

import atexit
import collections
from collections.abc import Callable
from collections.abc import Sequence
import functools
import json
import logging
import os
import threading
import time

from cadf_audit.clock import timestamp
from cadf_audit.delivery.drivers import accept
from cadf_audit.delivery.drivers import Driver
from cadf_audit.delivery.drivers import is_refusal
from cadf_audit.delivery.encoding import encode
from cadf_audit.delivery.encoding import LineEncoder
from cadf_audit.delivery.log import EVENTS
from cadf_audit.delivery.lost import build_loss
from cadf_audit.delivery.lost import is_loss
from cadf_audit.delivery.pauses import pauses
from cadf_audit.notification import Event
from cadf_audit.notification import Message

LOG = logging.getLogger(__name__)

#: why an event went to the log, and did not reach the drivers
QUEUE_FULL = 'queue full'
EXIT = 'exit'
REFUSED = 'refused by a driver'

#: seconds after which losses are told of though the queue is not empty
PATIENCE = 60.0

#: seconds that an exit waits for the queue to empty
EXIT_DEADLINE = 5.0


class MemoryDelivery:
    """Queues events, a queue and a thread for each process.

    :param build: returns new drivers
    :param publisher_id: who sends the notifications
    :param queue_size: how many events may wait
    :param queue_bytes: how many bytes they may take
    """

    def __init__(
        self,
        build: Callable[[], Sequence[Driver]],
        publisher_id: str,
        queue_size: int,
        queue_bytes: int,
    ) -> None:
        # Built now, so that what cannot work fails at start.
        build()
        self._encoder = LineEncoder(publisher_id)
        self._new_sender = functools.partial(
            Sender, build, publisher_id, queue_size, queue_bytes
        )
        # One for each process; setdefault makes two first threads agree.
        self._senders: dict[int, Sender] = {}
        LOG.warning(
            'delivery = memory: events that wait for the bus (at most %s) '
            'are lost if the process is killed, or ends by os._exit',
            queue_size,
        )
        if not EVENTS.isEnabledFor(logging.WARNING):
            LOG.warning(
                'the logger %s drops what comes at WARNING, so what the '
                'queue cannot hold will be lost',
                EVENTS.name,
            )

    @property
    def lost(self) -> int:
        """How many events of this process went to the log instead."""
        sender = self._senders.get(os.getpid())
        return sender.lost if sender else 0

    def send(self, event_type: str, event: Event, ends: bool = False) -> None:
        """Queue an event, or write it to the log; never wait."""
        self.sender().offer(self._encoder.line(event_type, event))

    def sender(self) -> 'Sender':
        """Return the sender of this process; a fork leaves it behind."""
        pid = os.getpid()
        sender = self._senders.get(pid)
        if sender is None:
            for parent in list(self._senders):
                # Its events are the parent's to send.
                atexit.unregister(self._senders.pop(parent).close)
            sender = self._senders.setdefault(pid, self._new_sender())
        return sender


class Sender:
    """The queue of one process, and the thread that empties it.

    :param build: returns new drivers
    :param publisher_id: who sends the notifications
    :param queue_size: how many events may wait
    :param queue_bytes: how many bytes they may take
    """

    def __init__(
        self,
        build: Callable[[], Sequence[Driver]],
        publisher_id: str,
        queue_size: int,
        queue_bytes: int,
    ) -> None:
        self.pid = os.getpid()
        self.lost = 0
        self._build = build
        self._size = queue_size
        self._bytes = queue_bytes
        self._queue: collections.deque[str] = collections.deque()
        self._queued_bytes = 0
        self._changed = threading.Condition()
        self._closing = False
        self._overflowing = False
        self._publisher_id = publisher_id
        # Not yet told of: how many since when, by the reason.
        self._untold: dict[str, tuple[int, str]] = {}
        self._told_at = float('-inf')
        self._thread: threading.Thread | None = None

    def offer(self, line: str) -> None:
        """Queue the line of a message, or write it to the log.

        :param line: the message as JSON
        """
        with self._changed:
            room = (
                not self._closing
                and len(self._queue) < self._size
                and self._queued_bytes + len(line) <= self._bytes
            )
            if room:
                self._queue.append(line)
                self._queued_bytes += len(line)
                self._start()
                self._changed.notify_all()
        if not room:
            self._overflow(line, QUEUE_FULL)

    def close(self, deadline: float = EXIT_DEADLINE) -> None:
        """Wait until the queue is empty; write what is left to the log.

        :param deadline: for how many seconds to wait
        """
        if self.pid != os.getpid():
            return
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            try:
                self._changed.wait_for(lambda: not self._queue, deadline)
            finally:
                # Also where a second signal ends the wait.
                while self._queue:
                    self._overflow(self._queue.popleft(), EXIT)
                self._queued_bytes = 0
                for loss in self._losses():
                    EVENTS.warning('%s', loss)

    def _start(self) -> None:
        """Start the thread at its first use, or once more if it has died."""
        if self._thread is None:
            atexit.register(self.close)
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(
                target=self._run, name='cadf_audit sender', daemon=True
            )
            self._thread.start()

    def _run(self) -> None:
        drivers = self._build_until_it_works()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue)
                line = self._queue[0]
            self._deliver(drivers, line)
            with self._changed:
                # An exit may have emptied the queue in the meantime.
                if self._queue and self._queue[0] is line:
                    self._queue.popleft()
                    self._queued_bytes -= len(line)
                    told_at = self._told_at + PATIENCE
                    if not self._queue or time.monotonic() > told_at:
                        self._overflowing = bool(self._queue)
                        for loss in self._losses():
                            self._queue.append(loss)
                            self._queued_bytes += len(loss)
                    self._changed.notify_all()

    def _build_until_it_works(self) -> Sequence[Driver]:
        """Return drivers; they read configuration files, which may fail."""
        for pause in pauses():
            try:
                return self._build()
            except Exception as exc:
                self._complain(exc)
            if not self._pause(pause):
                break
        return ()

    def _deliver(self, drivers: Sequence[Driver], line: str) -> None:
        """Return when each driver has accepted a message, or refused it."""
        message = json.loads(line)
        refused = [
            driver for driver in drivers if not self._accepted(driver, message)
        ]
        if refused:
            # To tell of a refusal what is refused again would never end.
            told = is_loss(message['payload'])
            self._overflow(line, None if told else REFUSED)

    def _accepted(self, driver: Driver, message: Message) -> bool:
        """Try until a driver accepts a message; say whether it made sense."""
        for pause in pauses():
            try:
                accept(driver, message)
                return True
            except Exception as exc:
                if is_refusal(exc):
                    LOG.error(
                        'a driver refused an event (%s)', type(exc).__name__
                    )
                    return False
                self._complain(exc)
            if not self._pause(pause):
                break
        # The process exits, and the event stands in the log by now.
        return True

    def _complain(self, exc: Exception) -> None:
        # Without its text: it may quote the event, or a password.
        LOG.warning(
            'the bus takes no events (%s); %s wait',
            type(exc).__name__,
            len(self._queue),
        )

    def _pause(self, seconds: float) -> bool:
        """Wait before the next try; say whether there is to be one.

        At an exit the tries go on, with short pauses, while events wait.
        """
        with self._changed:
            closing = self._changed.wait_for(lambda: self._closing, seconds)
        if closing:
            time.sleep(min(0.1, seconds))
        return bool(self._queue) or not closing

    def _losses(self) -> list[str]:
        """Return an event for each reason why events are in the log only."""
        untold, self._untold = self._untold, {}
        self._told_at = time.monotonic()
        return [
            encode(
                build_loss(self._publisher_id, count, 'events', reason, since)
            )
            for reason, (count, since) in untold.items()
        ]

    def _overflow(self, line: str, reason: str | None) -> None:
        with self._changed:
            self.lost += 1
            if reason is not None:
                if not self._untold:
                    self._told_at = time.monotonic()
                count, since = self._untold.get(reason, (0, timestamp()))
                self._untold[reason] = count + 1, since
        if not self._overflowing:
            self._overflowing = True
            LOG.warning(
                'events that the queue cannot hold go to the logger %s',
                EVENTS.name,
            )
        EVENTS.warning('%s', line)
