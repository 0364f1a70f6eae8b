# SPDX-License-Identifier: Apache-2.0

"""The paste entry point: options in, a filter that is wired up out.

The one place that reads configuration. Nothing happens before an application
is there to be wrapped.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
import logging
from pathlib import Path
from typing import Any
from typing import TYPE_CHECKING

from cadf_audit.audit_map import AuditMap
from cadf_audit.audit_map import load_audit_map
from cadf_audit.audit_map import ResourceMap
from cadf_audit.delivery import Delivery
from cadf_audit.delivery.direct import DirectDelivery
from cadf_audit.delivery.drivers import build_drivers
from cadf_audit.delivery.drivers import build_notifier
from cadf_audit.delivery.drivers import check_names
from cadf_audit.delivery.drivers import Driver
from cadf_audit.delivery.drivers import refuse_unconfirmed
from cadf_audit.delivery.drivers import Route
from cadf_audit.delivery.forwarder import consumer_name
from cadf_audit.delivery.forwarder import Forwarder
from cadf_audit.delivery.log import LogDelivery
from cadf_audit.delivery.log import warn_if_silent
from cadf_audit.delivery.memory import MemoryDelivery
from cadf_audit.delivery.spool.delivery import SpoolDelivery
from cadf_audit.delivery.spool.folder import SpoolConfig
from cadf_audit.delivery.spool.layout import prepare_directory
from cadf_audit.delivery.threads import patched_by
from cadf_audit.exceptions import OptionError
from cadf_audit.middleware.asked import PolicyJudge
from cadf_audit.middleware.asked import Readers
from cadf_audit.middleware.client_address import address_reader
from cadf_audit.middleware.event import EventBuilder
from cadf_audit.middleware.faults import Faults
from cadf_audit.middleware.initiator import identity_reader
from cadf_audit.middleware.initiator import roles_reader
from cadf_audit.middleware.keywords import KeywordInterpreter
from cadf_audit.middleware.meaning import Interpreter
from cadf_audit.middleware.payload import Payloads
from cadf_audit.middleware.policy_setup import policy_change
from cadf_audit.middleware.policy_setup import policy_document
from cadf_audit.middleware.request import Environ
from cadf_audit.middleware.resources import ResourceInterpreter
from cadf_audit.middleware.settings import load_settings
from cadf_audit.middleware.settings import Settings
from cadf_audit.middleware.skip import SkipRules
from cadf_audit.middleware.wsgi import AuditFilter
from cadf_audit.policy.decide import Policy
from cadf_audit.redaction.key_file import load_key
from cadf_audit.redaction import Redactor

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse
    from _typeshed.wsgi import WSGIApplication


class AuditMiddleware:
    """Turn each HTTP interaction with an application into two CADF events.

    It takes the options of :mod:`cadf_audit.opts` as keyword arguments, as
    texts like in a paste file or as values of Python, and reads what is not
    given from the configuration of the service. It audits unless it is told
    ``enabled=False``, here or there.

    :param app: the WSGI application to audit
    :param options: what to audit, and how
    :raises ConfigurationError: an option, or the audit map, is wrong
    """

    def __init__(self, app: 'WSGIApplication', **options: Any) -> None:
        self._wire(app, load_settings(options))

    @classmethod
    def from_paste(
        cls,
        app: 'WSGIApplication',
        global_conf: Mapping[str, Any],
        local_conf: Mapping[str, Any],
    ) -> 'AuditMiddleware':
        """Return the filter of a section of a paste file.

        :param app: the WSGI application to audit
        :param global_conf: what the section inherits from [DEFAULT]
        :param local_conf: the options of the section itself
        :raises ConfigurationError: an option, or the audit map, is wrong
        """
        file = global_conf.get('__file__')
        where = f'{file}, audit filter section' if file else 'audit filter'
        self = cls.__new__(cls)
        self._wire(
            app,
            load_settings(local_conf, global_conf, where, False),
        )
        return self

    def __call__(
        self, environ: Environ, start_response: 'StartResponse'
    ) -> Iterable[bytes]:
        """Handle one request as PEP 3333 says."""
        return self._audited(environ, start_response)

    @property
    def errors(self) -> int:
        """How many errors of ours were logged while requests went on."""
        return self._faults.count

    def _wire(self, app: 'WSGIApplication', settings: Settings | None) -> None:
        self._faults = Faults(
            logging.getLogger(settings.log_name if settings else __name__)
        )
        self._audited: WSGIApplication = app
        if settings is not None:
            self._audited = build_filter(app, settings, self._faults)


def filter_factory(
    global_conf: Mapping[str, Any] | None, **local_conf: Any
) -> Callable[['WSGIApplication'], AuditMiddleware]:
    """Return a function that wraps an application, for paste.deploy.

    :param global_conf: the [DEFAULT] of the paste file
    :param local_conf: the options of the filter section
    """

    def audit_filter(app: 'WSGIApplication') -> AuditMiddleware:
        return AuditMiddleware.from_paste(app, global_conf or {}, local_conf)

    return audit_filter


def build_filter(
    app: 'WSGIApplication', settings: Settings, faults: Faults
) -> AuditFilter:
    """Wire a filter up.

    :param app: the WSGI application to audit
    :param settings: what the operator decided
    :param faults: where errors of ours are counted
    :raises ConfigurationError: the audit map, the policy or a driver is wrong
    """
    audit_map = load_audit_map(settings.audit_map_file)
    document = policy_document(settings, audit_map)
    readers = Readers(
        identity_reader(settings.identity_source),
        roles_reader(settings.identity_source),
        address_reader(settings.trusted_proxies),
    )
    redactor = redactor_of(settings)
    # What a rule asked for is not worked out again.
    told = readers if document is None else readers.told()
    builder = EventBuilder(
        interpreter=interpreter_of(audit_map, redactor),
        read_identity=told.identity,
        read_address=told.address,
        redact=redactor.query,
        endpoint=settings.endpoint,
        faults=faults,
        payloads=Payloads(redactor),
    )
    delivery = build_delivery(settings)
    policy = None
    if document is not None:
        policy = PolicyJudge(Policy(document.rules), readers, faults)
    return AuditFilter(
        app,
        SkipRules(settings.ignore_req_list, settings.ignore_path_list),
        builder,
        delivery,
        faults,
        settings.body_limit,
        deny=settings.on_failure == 'deny',
        policy=policy,
        change=policy_change(document, settings, delivery),
    )


def redactor_of(settings: Settings) -> Redactor:
    """Return what takes secrets out of all that is recorded.

    :param settings: what the operator decided
    :raises OptionError: the key file cannot be used
    """
    file = settings.redact_key_file
    return Redactor(
        settings.redact_names,
        settings.redact_mode,
        load_key(file.value, file.where) if file.value else None,
    )


def interpreter_of(audit_map: AuditMap, redactor: Redactor) -> Interpreter:
    """Return what says by an audit map what requests mean.

    :param audit_map: the map
    :param redactor: takes the secrets out of values
    """
    if isinstance(audit_map, ResourceMap):
        return ResourceInterpreter(audit_map, redactor)
    return KeywordInterpreter(audit_map)


def build_delivery(settings: Settings) -> Delivery:
    """Return the way out of the process that the operator chose.

    :param settings: what the operator decided
    :raises OptionError: a driver or the transport URL is wrong
    """
    drivers = settings.drivers
    if not drivers.value and settings.delivery != 'spool':
        return LogDelivery(settings.publisher_id)
    check_names(drivers.value, drivers.where)
    if 'log' in drivers.value:
        warn_if_silent(logging.getLogger('oslo.messaging.notification'))
    ways = {
        'direct': _build_direct,
        'memory': _build_memory,
        'spool': _build_spool,
    }
    return ways[settings.delivery](settings)


def _build_direct(settings: Settings) -> Delivery:
    return DirectDelivery(
        lambda: build_notifier(
            route_of(settings), settings.publisher_id, settings.retry
        )
    )


def _build_memory(settings: Settings) -> Delivery:
    return MemoryDelivery(
        lambda: build_drivers(route_of(settings)),
        settings.publisher_id,
        settings.queue_size,
        settings.queue_bytes,
    )


def _build_spool(settings: Settings) -> Delivery:
    directory = Path(settings.spool_dir.value)
    prepare_directory(directory, settings.spool_mode, settings.spool_dir.where)
    forwards = settings.forwarder != 'none'
    if forwards:
        refuse_unconfirmed(route_of(settings))
    drivers = settings.drivers.value if forwards else ()
    config = SpoolConfig(
        directory=directory,
        mode=settings.spool_mode,
        max_size=settings.spool_max_size,
        segment_size=settings.segment_size,
        segment_age=settings.segment_age,
        power=settings.spool_durability == 'power',
        deny=settings.on_failure == 'deny',
        service=settings.publisher_id,
        consumers=tuple(consumer_name(driver) for driver in drivers),
    )
    if settings.forwarder != 'thread':
        return SpoolDelivery(config, None)
    _refuse_patched_threads()
    # What cannot work fails at start.
    build_drivers(route_of(settings))
    return SpoolDelivery(
        config,
        lambda tick: Forwarder(
            directory, driver_builders(settings), settings.publisher_id, tick
        ),
    )


def _refuse_patched_threads() -> None:
    who = patched_by()
    if who is not None:
        raise OptionError(
            'forwarder',
            f'thread cannot work here: {who} has replaced the threads of '
            'this process, so that a broker that hangs would hang all '
            'requests; set forwarder = external and run cadf-audit spool '
            'forward',
            'audit filter',
        )


def driver_builders(settings: Settings) -> dict[str, Callable[[], Driver]]:
    """Return functions that build the drivers of the operator, by name.

    :param settings: what the operator decided
    """

    def builder(name: str) -> Callable[[], Driver]:
        return lambda: build_drivers(route_of(settings, [name]))[0]

    return {name: builder(name) for name in settings.drivers.value}


def route_of(
    settings: Settings, drivers: Sequence[str] | None = None
) -> Route:
    """Return where notifications go.

    :param settings: what the operator decided
    :param drivers: some of the drivers instead of all
    """
    return Route(
        settings.host.private_conf(),
        settings.drivers.value if drivers is None else drivers,
        settings.topics,
        settings.transport_url.value,
        settings.transport_url.where,
    )
