# SPDX-License-Identifier: Apache-2.0

"""Names of notification drivers in, a way to the drivers of Oslo out.

Oslo offers two. The Notifier makes the message itself and keeps every failure
to itself; the drivers below take a message that was made before, and let
errors out, so that a message can be kept until it was accepted.
"""

from collections.abc import Sequence
import dataclasses
from importlib import metadata
import logging
from typing import Any
from typing import Protocol

from oslo_config import cfg

from cadf_audit.exceptions import OptionError
from cadf_audit.notification import Message
from cadf_audit.notification import PRIORITY

LOG = logging.getLogger(__name__)

DRIVERS_GROUP = 'oslo.messaging.notify.drivers'

# oslo.messaging builds the drivers behind it without arguments, which none
# of them accepts.
_BROKEN_DRIVERS = frozenset({'routing'})

# The drivers that swallow what goes wrong.
_SILENT_DRIVERS = frozenset({'messaging', 'messagingv2'})


# Without a host these connect to this machine.
_LOOPBACK_TRANSPORTS = frozenset({'rabbit', 'kombu'})


class Driver(Protocol):
    """Takes a message; for a driver that is not ours, returned is accepted."""

    def notify(
        self,
        context: dict[str, Any],
        message: Message,
        priority: str,
        retry: int,
    ) -> None:
        """Take a message, or raise."""


@dataclasses.dataclass(frozen=True)
class Route:
    """Where notifications go.

    :param conf: a private ConfigOpts over the files of the host
    :param drivers: names of notification drivers
    :param topics: topics to send on
    :param transport_url: URL of the bus; None for that of ``conf``
    :param url_where: where that URL stands, for messages
    """

    conf: cfg.ConfigOpts
    drivers: Sequence[str]
    topics: Sequence[str]
    transport_url: str | None
    url_where: str


def known_drivers() -> list[str]:
    """Return the names of the notification drivers that can be loaded."""
    points = metadata.entry_points(group=DRIVERS_GROUP)
    return sorted({point.name for point in points} - _BROKEN_DRIVERS)


def check_names(names: Sequence[str], where: str) -> None:
    """Refuse a driver that cannot be loaded.

    :param names: names of notification drivers
    :param where: where they stand, for messages
    :raises OptionError: there is such a driver
    """
    known = known_drivers()
    for name in names:
        if name not in known:
            raise OptionError(
                'driver',
                f'there is no notification driver {name!r} that works; '
                f'allowed are {", ".join(known)}',
                where,
            )


def build_notifier(route: Route, publisher_id: str, retry: int) -> Any:
    """Return an Oslo notifier; nothing is connected yet.

    :param route: where notifications go
    :param publisher_id: who sends them
    :param retry: how often to try again while the bus is away
    :raises OptionError: Oslo knows no transport for the URL
    """
    transport = _transport(route)
    import oslo_messaging

    route.conf.set_override(
        'driver', list(route.drivers), group='oslo_messaging_notifications'
    )
    return oslo_messaging.Notifier(
        transport, publisher_id, topics=list(route.topics), retry=retry
    )


def refuse_unconfirmed(route: Route) -> None:
    """Refuse a transport that cannot say whether a message arrived.

    :param route: where notifications go
    :raises OptionError: it is such a transport
    """
    url = route.transport_url
    if url is None:
        option = cfg.StrOpt('transport_url', secret=True)
        route.conf.register_opt(option)
        url = route.conf.transport_url
    scheme = (url or '').partition(':')[0]
    if scheme == 'kafka' and _SILENT_DRIVERS.intersection(route.drivers):
        raise OptionError(
            'transport_url',
            "Oslo's Kafka driver cannot say whether a message arrived, so "
            'the spool would let go of what may be lost; use rabbit://, or '
            'delivery = memory',
            route.url_where,
        )


def build_drivers(route: Route) -> list[Driver]:
    """Return drivers that let errors out; nothing is connected yet.

    :param route: where notifications go
    :raises OptionError: Oslo knows no transport for the URL
    """
    transport = _transport(route)
    points = metadata.entry_points(group=DRIVERS_GROUP)
    built: list[Driver] = []
    for name in route.drivers:
        (point, *_) = points.select(name=name)
        factory = point.load()
        if name in _SILENT_DRIVERS:
            factory = _outspoken(factory)
        built.append(
            factory(route.conf, topics=list(route.topics), transport=transport)
        )
    return built


def _outspoken(silent: Any) -> Any:
    """Return a messaging driver of Oslo that raises what goes wrong."""
    import oslo_messaging

    class OutspokenDriver(silent):  # type: ignore[misc]
        """Sends as its base does, but swallows nothing."""

        def notify(
            self,
            context: dict[str, Any],
            message: Message,
            priority: str,
            retry: int,
        ) -> None:
            for topic in self.topics:
                target = oslo_messaging.Target(
                    topic=f'{topic}.{priority.lower()}'
                )
                self.transport._send_notification(
                    target,
                    context,
                    message,
                    version=self.version,
                    retry=retry,
                )

    return OutspokenDriver


def accept(driver: Driver, message: Message) -> None:
    """Hand a message to a driver, once; return when it was accepted.

    :param driver: the driver
    :param message: the message, as :func:`build_message` made it
    :raises Exception: whatever kept the driver from accepting it
    """
    # Oslo's drivers write into the message.
    driver.notify({}, dict(message), PRIORITY, 0)


def is_refusal(exc: Exception) -> bool:
    """Say whether a driver will never accept this message.

    A certificate that is not to be trusted is a ValueError as well, but can
    be mended.

    :param exc: what :func:`accept` raised
    """
    return isinstance(exc, TypeError | ValueError) and not isinstance(
        exc, OSError
    )


def _transport(route: Route) -> Any:
    # 460 modules that register options of their own on the global CONF:
    # nobody pays for them but who sends notifications.
    import oslo_messaging

    try:
        transport = oslo_messaging.get_notification_transport(
            route.conf, url=route.transport_url
        )
    except oslo_messaging.DriverLoadFailure:
        raise _url_error(route, 'Oslo finds no transport for it') from None
    except ImportError as exc:
        raise _url_error(route, f'{exc.name} is not installed') from None
    except (oslo_messaging.InvalidTransportURL, ValueError):
        # ValueError: a port that is none, as behind a / in the password.
        raise _url_error(route, 'it is no transport URL') from None
    if _SILENT_DRIVERS.intersection(route.drivers):
        _check_hosts(route, oslo_messaging.TransportURL)
    return transport


def _check_hosts(route: Route, url_class: Any) -> None:
    """Refuse what Oslo accepts at start and fails over at each event."""
    url = url_class.parse(route.conf, route.transport_url)
    named = [host for host in url.hosts if host.hostname]
    if url.transport in _LOOPBACK_TRANSPORTS and not named:
        if route.transport_url:
            raise _url_error(route, 'it names no host')
        LOG.warning(
            'no transport_url is configured: audit events go to the message '
            'bus of this machine, rabbit://localhost:5672/'
        )
    for host in url.hosts:
        if '/' in f'{host.username}{host.password}':
            raise _url_error(
                route, 'Oslo cannot use a / in a name or password'
            )
        try:
            # As sockets do; Oslo would call each event senseless.
            (host.hostname or '').encode('idna')
        except UnicodeError:
            raise _url_error(route, f'{host.hostname} is no host') from None
        if host.port is not None and not 0 < host.port < 65536:
            raise _url_error(route, f'{host.port} is no port')


def _url_error(route: Route, problem: str) -> OptionError:
    # The URL holds a password, so nothing of it is shown.
    return OptionError(
        'transport_url',
        f'{problem}; it has the form rabbit://USER:PASSWORD@HOST:PORT/, with '
        'special characters of the password as %XX (in a paste file %%XX), '
        'and $ as $$',
        route.url_where,
    )
