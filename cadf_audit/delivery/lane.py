# SPDX-License-Identifier: Apache-2.0

"""Drains in, their messages handed to one driver out, by a thread.

A driver may hang for as long as its broker likes. Then its thread is left to
itself, and another one goes on with a new connection: what the first one had
in hand is sent once more.
"""

from collections.abc import Callable
import contextlib
import json
import logging
from pathlib import Path
import threading
import time

from cadf_audit.delivery.drivers import accept
from cadf_audit.delivery.drivers import Driver
from cadf_audit.delivery.drivers import is_refusal
from cadf_audit.delivery.pauses import pauses
from cadf_audit.delivery.spool.drain import Drain
from cadf_audit.delivery.spool.drain import Due
from cadf_audit.delivery.spool.set_aside import set_aside

LOG = logging.getLogger(__name__)

#: seconds after which a driver that does not return is given up
GIVE_UP = 30.0

#: threads that are left to a driver that hangs; after that, it is waited for
MOST_LEFT = 3

#: seconds between two looks for new records
SHORTEST_NAP = 0.05
LONGEST_NAP = 0.5

#: seconds between two savings of a cursor
SAVE_EVERY = 1.0

#: folders that are drained in turn
MOST_DRAINS = 16


class Numbers:
    """What became of the messages for one driver, for metrics."""

    def __init__(self) -> None:
        self.forwarded = 0
        self.refused = 0
        self.failures = 0
        self.observe: Callable[[float], None] = lambda seconds: None


class _Over(Exception):  # noqa: N818
    """This thread is not wanted any more."""


class _Thread(threading.Thread):
    """A thread that says itself when it has ended.

    Oslo imports eventlet, which loads the module threading a second time. The
    thread in which that happens looks alive for ever: the second module has
    taken over what ``is_alive`` and ``join`` wait for.
    """

    def __init__(self, target: Callable[[], None], name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.ended = threading.Event()
        self._work = target

    def run(self) -> None:
        try:
            self._work()
        finally:
            self.ended.set()


class Lane:
    """The way of the records to one driver.

    :param name: the name of the driver
    :param consumer: the name of its cursors
    :param build: returns the driver, new
    """

    def __init__(
        self, name: str, consumer: str, build: Callable[[], Driver]
    ) -> None:
        self.name = name
        self.consumer = consumer
        self.numbers = Numbers()
        self._build = build
        self._drains: dict[Path, Drain] = {}
        self._changed = threading.Condition()
        self._thread: _Thread | None = None
        self._left: list[_Thread] = []
        self._stopping = False
        self._busy_since: float | None = None
        self._unreadable: set[Path] = set()
        #: whether folders wait for others to have nothing to do
        self.crowded = False

    @property
    def has_room(self) -> bool:
        """Whether one more folder can be drained."""
        return len(self._drains) < MOST_DRAINS

    def has(self, folder: Path) -> bool:
        """Say whether a folder is being drained."""
        return folder in self._drains

    def add(self, drain: Drain) -> None:
        """Drain one more folder, after those that are there."""
        with self._changed:
            self._drains[drain.folder] = drain
            self._changed.notify_all()

    def watch(self) -> None:
        """See to it that a thread is at work, and not for ever at one."""
        with self._changed:
            if self._stopping:
                return
            if self._thread is not None and not self._thread.ended.is_set():
                if not self._hangs():
                    return
                self._left = [
                    each for each in self._left if not each.ended.is_set()
                ]
                if len(self._left) >= MOST_LEFT:
                    return
                self._left.append(self._thread)
                self._complain(TimeoutError())
            for drain in self._drains.values():
                drain.rewind()
            self._busy_since = None
            thread = _Thread(self._run, f'cadf_audit forwarder to {self.name}')
            # It waits for the lock that is held here.
            thread.start()
            self._thread = thread

    def stop(self, deadline: float) -> None:
        """Save how far this came, and stop.

        :param deadline: until when to wait for a message in hand, in seconds
            of the monotonic clock
        """
        with self._changed:
            self._stopping = True
            thread = self._thread
            self._changed.notify_all()
        if thread is not None:
            thread.ended.wait(max(0.0, deadline - time.monotonic()))
        with self._changed:
            # Whatever is not done yet will be done again.
            self._thread = None
            for drain in self._drains.values():
                with contextlib.suppress(OSError):
                    drain.close()
            self._drains.clear()

    def abandon(self) -> None:
        """Let go of what a forked child has inherited, and touch nothing."""
        for drain in self._drains.values():
            drain.abandon()

    def _hangs(self) -> bool:
        since = self._busy_since
        return since is not None and time.monotonic() - since > GIVE_UP

    def _run(self) -> None:
        try:
            driver = self._built()
            nap = SHORTEST_NAP
            while True:
                if self._round(driver):
                    nap = SHORTEST_NAP
                    continue
                self._rest(nap)
                nap = min(2 * nap, LONGEST_NAP)
        except _Over:
            return
        except Exception as exc:
            # watch() starts another thread.
            LOG.exception('the forwarder to %s failed', self.name)
            self._complain(exc)

    def _built(self) -> Driver:
        """Return the driver; to build one reads files, which may fail."""
        for pause in pauses():
            try:
                return self._build()
            except Exception as exc:
                self._complain(exc)
            self._rest(pause)
        raise _Over

    def _round(self, driver: Driver) -> int:
        """Move a slice of each folder; return how many messages went."""
        moved = 0
        for drain in list(self._drains.values()):
            try:
                moved += self._slice(driver, drain)
            except OSError as exc:
                if not drain.folder.exists():
                    with self._mine():
                        self._drains.pop(drain.folder, None)
                        drain.abandon()
                    continue
                # The disk's, since a driver's own are met where it is called.
                if drain.folder not in self._unreadable:
                    self._unreadable.add(drain.folder)
                    LOG.error(
                        'cannot read the spool of writer %s (%s)',
                        drain.folder.name,
                        exc.strerror,
                    )
                with self._mine():
                    drain.rewind()
        return moved

    def _slice(self, driver: Driver, drain: Drain) -> int:
        messages = drain.read()
        saved = time.monotonic()
        for due in messages:
            self._send(driver, drain, due)
            if time.monotonic() - saved > SAVE_EVERY:
                drain.save()
                saved = time.monotonic()
        with self._mine():
            drain.save()
            # Where others wait, who has nothing to do lets one of them in.
            if drain.finished or (self.crowded and not messages):
                del self._drains[drain.folder]
                drain.close()
        return len(messages)

    def _send(self, driver: Driver, drain: Drain, due: Due) -> None:
        """Return when the driver has accepted a message, or refused it."""
        message = due.message
        refusal: Exception = ValueError()
        for pause in pauses():
            if self._stopping:
                raise _Over
            begin = self._busy_since = time.monotonic()
            try:
                accept(driver, json.loads(message))
            except Exception as exc:
                with self._mine():
                    self._busy_since = None
                    if is_refusal(exc) and message is due.message:
                        message = drain.refused(due)
                        refusal = exc
                        continue
                    # Who refuses even to hear of it refuses everything: it
                    # is not the record that is wrong.
                    message = due.message
                    drain.blocked(type(exc).__name__)
                self._complain(exc)
                self._rest(pause)
            else:
                with self._mine():
                    self._busy_since = None
                    if message is not due.message:
                        self._set_aside(drain, due, refusal)
                    drain.advance(due.after)
                if message is not due.message:
                    return
                self.numbers.forwarded += 1
                self.numbers.observe(time.monotonic() - begin)
                return

    def _set_aside(self, drain: Drain, due: Due, exc: Exception) -> None:
        self.numbers.refused += 1
        LOG.error(
            'the driver %s refused an event (%s)',
            self.name,
            type(exc).__name__,
        )
        set_aside(drain.folder, f'{drain.place(due)}.refused', due.message)

    def _complain(self, exc: Exception) -> None:
        self.numbers.failures += 1
        # Without its text: it may quote the event, or a password.
        LOG.warning(
            'the driver %s takes no events (%s); they wait in the spool',
            self.name,
            type(exc).__name__,
        )

    def _mine(self) -> '_Mine':
        return _Mine(self)

    def _rest(self, seconds: float) -> None:
        """Wait; less if there is something new, or the end has come.

        :raises _Over: the end has come
        """
        with self._mine():
            if not self._stopping:
                self._changed.wait(seconds)
        with self._mine():
            if self._stopping:
                raise _Over

    def is_current(self) -> bool:
        """Say whether the calling thread is the one at work."""
        return self._thread is threading.current_thread()


class _Mine:
    """Holds a lane, for the thread that is at work alone."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    def __enter__(self) -> None:
        self._lane._changed.acquire()
        if not self._lane.is_current():
            self._lane._changed.release()
            raise _Over

    def __exit__(self, *_exc: object) -> None:
        self._lane._changed.release()
