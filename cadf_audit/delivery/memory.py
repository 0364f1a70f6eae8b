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
import json
import logging
import os
import random
import threading
import time

from cadf_audit.delivery.drivers import accept
from cadf_audit.delivery.drivers import Driver
from cadf_audit.delivery.log import encode
from cadf_audit.delivery.log import EVENTS
from cadf_audit.notification import build_message
from cadf_audit.notification import Event

LOG = logging.getLogger(__name__)

#: seconds between two tries for the same event, at first and at most
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0

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
        self._build = build
        self._publisher_id = publisher_id
        self._queue_size = queue_size
        self._queue_bytes = queue_bytes
        self._sender: Sender | None = None
        LOG.warning(
            'delivery = memory: events that wait for the bus (at most %s) '
            'are lost if the process is killed',
            queue_size,
        )

    @property
    def lost(self) -> int:
        """How many events of this process went to the log instead."""
        return self._sender.lost if self._sender else 0

    def send(self, event_type: str, event: Event) -> None:
        """Queue an event, or write it to the log; never wait."""
        message = build_message(self._publisher_id, event_type, event)
        self._current().offer(encode(message))

    def _current(self) -> 'Sender':
        """Return the sender of this process; a fork leaves it behind."""
        sender = self._sender
        if sender is None or sender.pid != os.getpid():
            if sender is not None:
                # The parent's: its events are the parent's to send.
                atexit.unregister(sender.close)
            sender = Sender(self._build, self._queue_size, self._queue_bytes)
            self._sender = sender
        return sender


class Sender:
    """The queue of one process, and the thread that empties it.

    :param build: returns new drivers
    :param queue_size: how many events may wait
    :param queue_bytes: how many bytes they may take
    """

    def __init__(
        self,
        build: Callable[[], Sequence[Driver]],
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
        self._thread: threading.Thread | None = None
        atexit.register(self.close)

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
                self._overflowing = False
                self._queue.append(line)
                self._queued_bytes += len(line)
                self._start()
                self._changed.notify_all()
        if not room:
            self._overflow(line)

    def close(self, deadline: float = EXIT_DEADLINE) -> None:
        """Wait until the queue is empty; write what is left to the log.

        :param deadline: for how many seconds to wait
        """
        if self.pid != os.getpid():
            return
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._queue, deadline)
            left = list(self._queue)
            self._queue.clear()
            self._queued_bytes = 0
        for line in left:
            self._overflow(line)

    def _start(self) -> None:
        """Start the thread at its first use, or once more if it has died."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(
                target=self._run, name='cadf_audit sender', daemon=True
            )
            self._thread.start()

    def _run(self) -> None:
        drivers = self._build()
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
                    self._changed.notify_all()

    def _deliver(self, drivers: Sequence[Driver], line: str) -> None:
        """Return when each driver has accepted a message, or refused it."""
        message = json.loads(line)
        for driver in drivers:
            pause = FIRST_PAUSE
            while True:
                try:
                    accept(driver, message)
                    break
                except (TypeError, ValueError):
                    # No other try would make sense of it.
                    LOG.exception('a driver refused an event')
                    self._overflow(line)
                    break
                except Exception as exc:
                    LOG.warning(
                        'the bus takes no events (%s); %s wait',
                        type(exc).__name__,
                        len(self._queue),
                    )
                # Jitter: not every worker knocks at the same moment.
                self._pause(pause * random.uniform(0.5, 1))  # noqa: S311
                if self._closing and not self._queue:
                    # It stands in the log by now.
                    return
                pause = min(2 * pause, LONGEST_PAUSE)

    def _pause(self, seconds: float) -> None:
        """Wait, but not much longer once the process exits."""
        end = time.monotonic() + seconds
        with self._changed:
            self._changed.wait_for(lambda: self._closing, seconds)
        if self._closing:
            time.sleep(max(0, min(0.1, end - time.monotonic())))

    def _overflow(self, line: str) -> None:
        self.lost += 1
        if not self._overflowing:
            self._overflowing = True
            LOG.warning(
                'events that the queue cannot hold go to the logger %s',
                EVENTS.name,
            )
        EVENTS.warning('%s', line)
