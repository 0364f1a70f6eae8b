# SPDX-License-Identifier: Apache-2.0

"""What happened in, its event on the way to the trail out.

For what no HTTP request caused: a command, a job, a consumer, a look at the
hardware. Whoever calls is never failed by it: misuse is a warning with the
place of the call, and the event says ``unknown`` there.
"""

from collections.abc import Callable
import concurrent.futures
import dataclasses
import functools
import logging
from pathlib import Path
import sys
import threading
from typing import Any

from oslo_config import cfg

from cadf_audit.audit_map import load_audit_map
from cadf_audit.audit_map import ResourceMap
from cadf_audit.delivery import Delivery
from cadf_audit.delivery.encoding import LineEncoder
from cadf_audit.delivery.log import EVENTS
from cadf_audit.delivery import NotRecorded
from cadf_audit.emitting.activity import Activity
from cadf_audit.emitting.custom_event import checked_outcome
from cadf_audit.emitting.custom_event import CustomEvents
from cadf_audit.emitting.values import Complain
from cadf_audit.exceptions import ConfigurationError
from cadf_audit.identifier import new_id
from cadf_audit.middleware.factory import build_delivery
from cadf_audit.middleware.factory import redactor_of
from cadf_audit.middleware.faults import log_safely
from cadf_audit.middleware.settings import load_settings
from cadf_audit.middleware.settings import Settings
from cadf_audit.notification import Event
from cadf_audit.notification import OTHER_EVENT
from cadf_audit.notification import PENDING
from cadf_audit.observer import service_observer
from cadf_audit.taxonomy import UNKNOWN

LOG = logging.getLogger(__name__)

_SERVICE = 'service'
_HERE = str(Path(__file__).parent)


class Emitter:
    """Sends the events of one service that no HTTP request caused.

    :param conf: the configuration of the service; None for the global one
    :param options: those of :class:`cadf_audit.AuditMiddleware`
    :raises ConfigurationError: an option, or the audit map, is wrong
    """

    def __init__(
        self, conf: cfg.ConfigOpts | None = None, **options: Any
    ) -> None:
        if conf is not None:
            options['oslo_config_config'] = conf
        settings = load_settings(options, where='Emitter')
        self.events = _custom_events(settings)
        self._errors = 0
        self._delivery: Delivery | None = None
        if settings is not None:
            # There is no request here that could be refused.
            settings = dataclasses.replace(settings, on_failure='allow')
            self._delivery = _apart(
                functools.partial(build_delivery, settings)
            )

    @property
    def errors(self) -> int:
        """How many errors of ours were logged while callers went on."""
        return self._errors

    def emit(
        self,
        action: str,
        target: Any,
        initiator: Any = None,
        outcome: str = 'success',
        kind: str = 'activity',
        **facts: Any,
    ) -> str:
        """Send one event; return its id, whatever becomes of it.

        :param action: an action of CADF
        :param target: what it was done to: what :func:`resource` returns
        :param initiator: who did it; None for the system itself
        :param outcome: success, failure or unknown
        :param kind: activity, monitor or control
        :param facts: ``reason``, a text or a mapping; ``measurements``, which
            monitor events need; ``attachments`` and ``tags``, mappings;
            ``endpoint``; ``observer``; ``request_id``
        """
        event_id = new_id()
        event = self._build(
            event_id,
            lambda complain: self.events.build(
                event_id,
                action,
                target,
                complain,
                outcome=checked_outcome(outcome, complain),
                initiator=initiator,
                kind=kind,
                **_known(facts, complain),
            ),
            UNKNOWN,
        )
        self.send(event)
        return event_id

    def activity(
        self,
        action: str,
        target: Any,
        initiator: Any = None,
        kind: str = 'activity',
        **facts: Any,
    ) -> Activity:
        """Return a context manager that sends a pending and a final event.

        The final one says success, or failure if an exception passes.

        :param action: as for :meth:`emit`, like the rest
        """
        event_id = new_id()
        pending = self._build(
            event_id,
            lambda complain: self.events.build(
                event_id,
                action,
                target,
                complain,
                outcome=PENDING,
                initiator=initiator,
                kind=kind,
                **_known(facts, complain),
            ),
            PENDING,
        )
        return Activity(self, pending)

    def send(self, event: Event, ends: bool = False) -> None:
        """Hand an event to the delivery; raise nothing.

        :param event: the event
        :param ends: whether it ends what a pending one began
        """
        if self._delivery is None:
            return
        try:
            self._delivery.send(OTHER_EVENT, event, ends)
        except NotRecorded:
            return
        except Exception:
            self._fail('send the event', event['id'])

    def guarded(
        self, what: str, step: Callable[[Complain], Any], event_id: str = ''
    ) -> Any:
        """Call a function with where to complain; raise nothing.

        :param what: what it does
        :param step: the function
        :param event_id: of which event
        :returns: what it returns; None if it raises
        """
        problems: list[str] = []
        try:
            return step(problems.append)
        except Exception:
            self._fail(what, event_id)
            return None
        finally:
            if problems:
                log_safely(
                    LOG.warning,
                    'cannot %s %s as it was said: %s (%s, line %s)',
                    what,
                    event_id,
                    '; '.join(problems),
                    *_caller(),
                )

    def _build(
        self, event_id: str, step: Callable[[Complain], Event], outcome: str
    ) -> Event:
        event: Event | None = self.guarded('build the event', step, event_id)
        return event or self.events.bare(event_id, outcome)

    def _fail(self, what: str, event_id: str) -> None:
        self._errors += 1
        log_safely(
            LOG.exception,
            'could not %s %s (%s, line %s)',
            what,
            event_id,
            *_caller(),
        )


class _Last:
    """Where events go that the configuration lets go nowhere."""

    def __init__(self) -> None:
        self._encoder = LineEncoder(UNKNOWN)

    def send(self, event_type: str, event: Event, ends: bool = False) -> None:
        """Write an event to the log, at a level that is rarely off."""
        EVENTS.warning('%s', self._encoder.line(event_type, event))


class _Stranded(Emitter):
    """Stands in for an emitter that cannot be built."""

    def __init__(self) -> None:
        self.events = _custom_events(None)
        self._errors = 1
        self._delivery = _Last()


# The only thing of this package that a process has once.
_emitter: Emitter | None = None


def emit(
    action: str,
    target: Any,
    initiator: Any = None,
    outcome: str = 'success',
    kind: str = 'activity',
    **facts: Any,
) -> str:
    """Send one event through the emitter of this process.

    It is built with the first event, from the global configuration of the
    service. Where that is wrong, an error says so, and events go to the
    logger ``cadf_audit.events`` at WARNING.

    :param action: as for :meth:`Emitter.emit`, like the rest
    :returns: the id of the event
    """
    return shared().emit(action, target, initiator, outcome, kind, **facts)


def shared() -> Emitter:
    """Return the emitter of this process, and of those that it forks."""
    global _emitter
    if _emitter is None:
        # No lock, which a fork might inherit while somebody holds it; of two
        # that are built at the same moment, one is forgotten.
        try:
            _emitter = Emitter()
        except Exception as exc:
            stranded = _Stranded()
            text = exc if isinstance(exc, ConfigurationError) else repr(exc)
            log_safely(
                LOG.error,
                'the audit emitter cannot be built, so its events go to the '
                'logger %s: %s',
                EVENTS.name,
                text,
            )
            _emitter = stranded
    return _emitter


def _apart(build: Callable[[], Delivery]) -> Delivery:
    """Return what a function returns, called where it does no harm.

    oslo_messaging imports eventlet where that is installed, and that makes
    the module threading once more. Python then takes the thread which does so
    for another one, and whoever joins it waits for ever: services that emit
    in a thread for the first time would never end. Nobody joins this one.

    :param build: the function
    """
    is_main = threading.current_thread() is threading.main_thread()
    if is_main or 'oslo_messaging' in sys.modules:
        return build()
    future: concurrent.futures.Future[Delivery] = concurrent.futures.Future()

    def run() -> None:
        try:
            future.set_result(build())
        except BaseException as exc:
            future.set_exception(exc)

    threading.Thread(target=run, name='cadf-audit-build', daemon=True).start()
    return future.result()


def _custom_events(settings: Settings | None) -> CustomEvents:
    if settings is None:
        return CustomEvents(service_observer(UNKNOWN, UNKNOWN), 'API')
    name, type_uri = settings.publisher_id, _SERVICE
    if settings.audit_map_file:
        # So that all events of a service are observed by the same one.
        audit_map = load_audit_map(settings.audit_map_file)
        if isinstance(audit_map, ResourceMap):
            name = audit_map.service_name
            type_uri = audit_map.service_type_uri
    return CustomEvents(
        service_observer(name, type_uri),
        settings.endpoint,
        redactor_of(settings),
    )


_FACTS = frozenset(
    {
        'reason',
        'measurements',
        'attachments',
        'tags',
        'endpoint',
        'observer',
        'request_id',
    }
)


def _known(facts: dict[str, Any], complain: Complain) -> dict[str, Any]:
    for name in facts.keys() - _FACTS:
        complain(
            f'{name!r} is no fact of an event; allowed are '
            f'{", ".join(sorted(_FACTS))}'
        )
    return {name: facts[name] for name in facts.keys() & _FACTS}


def _caller() -> tuple[str, int]:
    """Return file and line of who called us."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(
        _HERE
    ):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno
