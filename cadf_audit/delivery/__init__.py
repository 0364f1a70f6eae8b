# SPDX-License-Identifier: Apache-2.0

"""How an event leaves the process: an event in, nothing but errors out."""

import os
from typing import Protocol
import weakref

from cadf_audit.notification import Event


class NotRecorded(Exception):  # noqa: N818
    """An event was not taken; this is counted, logged and reported already."""


class Delivery(Protocol):
    """The seam between the filter and every way out of the process."""

    def send(self, event_type: str, event: Event, ends: bool = False) -> None:
        """Take an event; raise if it could not be taken.

        :param event_type: one of the types of :mod:`cadf_audit.notification`
        :param event: the CADF event, which nobody changes from now on
        :param ends: whether it ends what a pending ``audit.event`` began;
            for events of HTTP their type says so
        :raises NotRecorded: it was not taken, and nothing is to be said of it
        """


class Startable(Protocol):
    """A delivery with something to do in a process that serves nobody yet."""

    def start(self) -> None:
        """Start what otherwise starts with the first event."""


# Those of this process, so that a server's hook needs no hold of a filter,
# and the process in which it was called.
_startable: weakref.WeakSet[Startable] = weakref.WeakSet()
_started: int | None = None


def announce(delivery: Startable) -> None:
    """Let :func:`start` know a delivery.

    :param delivery: the delivery
    """
    _startable.add(delivery)
    if _started == os.getpid():
        delivery.start()


def start() -> None:
    """Start to forward what earlier processes left in the spool.

    For the post-fork hook of a server, whether it has loaded the application
    by then or loads it afterwards. Without it, a process begins to forward
    with its first event.
    """
    global _started
    _started = os.getpid()
    for delivery in list(_startable):
        delivery.start()
