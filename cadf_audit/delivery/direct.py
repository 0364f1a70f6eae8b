# SPDX-License-Identifier: Apache-2.0

"""An event in, a call of the Oslo notifier inside the request out.

Right for the log and for tests. With a message bus the request waits for the
bus, and the notifier keeps every failure to itself: whether an event arrived
is not known here.
"""

from collections.abc import Callable
import os
from typing import Any

from cadf_audit.notification import Event


class DirectDelivery:
    """Hands each event to an Oslo notifier while the request waits.

    :param build: returns a new notifier
    """

    def __init__(self, build: Callable[[], Any]) -> None:
        self._build = build
        # Built now, so that what cannot work fails at start.
        self._notifier = build()
        self._pid: int | None = None

    def send(self, event_type: str, event: Event, ends: bool = False) -> None:
        """Notify, at priority INFO and without a context."""
        pid = os.getpid()
        if pid != self._pid:
            if self._pid is not None:
                # A connection that is shared across a fork hangs one side.
                self._notifier = self._build()
            self._pid = pid
        self._notifier.info({}, event_type, event)
