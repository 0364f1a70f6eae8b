# SPDX-License-Identifier: Apache-2.0

"""An event in, a call of the Oslo notifier inside the request out.

Right for the log and for tests. With a message bus the request waits for the
bus, and the notifier keeps every failure to itself: whether an event arrived
is not known here.
"""

from collections.abc import Callable
from collections.abc import Sequence
from importlib import metadata
import os
from typing import Any

from oslo_config import cfg

from cadf_audit.exceptions import OptionError
from cadf_audit.notification import Event

DRIVERS_GROUP = 'oslo.messaging.notify.drivers'

# oslo.messaging builds the drivers behind it without arguments, which none
# of them accepts.
_BROKEN_DRIVERS = frozenset({'routing'})


def known_drivers() -> list[str]:
    """Return the names of the notification drivers that can be loaded."""
    points = metadata.entry_points(group=DRIVERS_GROUP)
    return sorted({point.name for point in points} - _BROKEN_DRIVERS)


def build_notifier(
    conf: cfg.ConfigOpts,
    publisher_id: str,
    drivers: Sequence[str],
    topics: Sequence[str],
    transport_url: str | None,
    url_where: str,
    retry: int,
) -> Any:
    """Return an Oslo notifier; nothing is connected yet.

    :param conf: a private ConfigOpts over the files of the host
    :param publisher_id: who sends the notifications
    :param drivers: names of notification drivers
    :param topics: topics to send on
    :param transport_url: URL of the bus; None for that of ``conf``
    :param url_where: where that URL stands, for messages
    :param retry: how often to try again while the bus is away
    :raises OptionError: Oslo knows no transport for the URL
    """
    # 460 modules that register options of their own on the global CONF:
    # nobody pays for them but who sends notifications.
    import oslo_messaging

    try:
        transport = oslo_messaging.get_notification_transport(
            conf, url=transport_url
        )
    except (
        oslo_messaging.DriverLoadFailure,
        oslo_messaging.InvalidTransportURL,
        # A port that is none, as behind a # or / in the password.
        ValueError,
    ) as exc:
        # The URL holds a password; Oslo quotes some of it in its messages.
        problem = 'it is no transport URL'
        if isinstance(exc, oslo_messaging.DriverLoadFailure):
            problem = 'Oslo finds no transport for it'
        raise OptionError(
            'transport_url',
            f'{problem}; it has the form rabbit://USER:PASSWORD@HOST:PORT/, '
            'with special characters of the password as %XX',
            url_where,
        ) from None
    conf.set_override(
        'driver', list(drivers), group='oslo_messaging_notifications'
    )
    return oslo_messaging.Notifier(
        transport, publisher_id, topics=list(topics), retry=retry
    )


class DirectDelivery:
    """Hands each event to an Oslo notifier while the request waits.

    :param build: returns a new notifier
    """

    def __init__(self, build: Callable[[], Any]) -> None:
        self._build = build
        # Built now, so that what cannot work fails at start.
        self._notifier = build()
        self._pid: int | None = None

    def send(self, event_type: str, event: Event) -> None:
        """Notify, at priority INFO and without a context."""
        pid = os.getpid()
        if pid != self._pid:
            if self._pid is not None:
                # A connection that is shared across a fork hangs one side.
                self._notifier = self._build()
            self._pid = pid
        self._notifier.info({}, event_type, event)
