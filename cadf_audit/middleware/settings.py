# SPDX-License-Identifier: Apache-2.0

"""The options of a filter in, one frozen Settings out, once, at start.

The filter section wins over the configuration files, and these over the
defaults. A key that the filter section inherits from the paste file's
[DEFAULT] counts if it is one of ours, and is none of our business otherwise.
"""

from collections.abc import Mapping
import dataclasses
import difflib
import ipaddress
import logging
import os
import sys
from typing import Any

from oslo_config import cfg

from cadf_audit.exceptions import OptionError
from cadf_audit.middleware.sources import convert
from cadf_audit.middleware.sources import find_host_config
from cadf_audit.middleware.sources import Given
from cadf_audit.middleware.sources import HostConfig
from cadf_audit.opts import AUDIT_GROUP
from cadf_audit.opts import AUDIT_OPTS
from cadf_audit.opts import NOTIFICATIONS_GROUP
from cadf_audit.opts import NOTIFICATIONS_OPTS

LOG = logging.getLogger(__name__)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

OSLO_GROUP = 'oslo_messaging_notifications'

_OPTS = {
    opt.dest: (group, opt)
    for group, opts in (
        (AUDIT_GROUP, AUDIT_OPTS),
        (NOTIFICATIONS_GROUP, NOTIFICATIONS_OPTS),
    )
    for opt in opts
}

# What stands in filter sections beside our options: keystonemiddleware's own
# keys, and what paste.deploy and some services add.
_OTHER_KEYS = frozenset(
    {
        '__file__',
        'configkey',
        'here',
        'log_name',
        'oslo_config_config',
        'oslo_config_file',
        'oslo_config_project',
        'project',
    }
)

# The drivers that talk to a message bus.
_BUS_DRIVERS = frozenset({'messaging', 'messagingv2'})

# Oslo's options of the same meaning, as they are read here: names and types.
_OSLO_DRIVER = cfg.MultiStrOpt('driver', default=[])
_OSLO_TOPICS = cfg.ListOpt('topics', default=['notifications'])
_OSLO_URL = cfg.StrOpt('transport_url', secret=True)
_OSLO_RETRY = cfg.IntOpt('retry')


@dataclasses.dataclass(frozen=True)
class Settings:
    """Everything that an operator can decide about a filter.

    The names are those of the options (:mod:`cadf_audit.opts`), but for:

    :param publisher_id: service_name, or what stands in for it
    :param drivers: the notification drivers to use, at least one; none means
        the log
    :param retry: how often the notifier tries again
    :param host: the configuration of the service around the filter
    """

    audit_map_file: str | None
    ignore_req_list: tuple[str, ...]
    ignore_path_list: tuple[str, ...]
    audit_policy_file: Given
    endpoint: str
    identity_source: str
    trusted_proxies: tuple[Network, ...]
    redact_names: tuple[str, ...]
    redact_mode: str
    redact_key_file: Given
    body_limit: int
    delivery: str
    queue_size: int
    queue_bytes: int
    spool_dir: Given
    spool_mode: int
    spool_max_size: int
    spool_durability: str
    segment_size: int
    segment_age: int
    forwarder: str
    on_failure: str
    publisher_id: str
    drivers: Given
    topics: tuple[str, ...]
    transport_url: Given
    retry: int
    log_name: str
    host: HostConfig


def load_settings(
    local: Mapping[str, Any],
    inherited: Mapping[str, Any] | None = None,
    where: str = 'AuditMiddleware',
    audits_by_default: bool = True,
) -> Settings | None:
    """Resolve the options of one filter.

    :param local: what its own section, or its constructor, was given
    :param inherited: what the paste file's [DEFAULT] adds
    :param where: where ``local`` stands, for messages
    :param audits_by_default: whether a filter audits that nothing enables
    :returns: None for a filter that lets requests pass
    :raises OptionError: an option is unknown or has an impossible value
    """
    refuse_unknown(local, where)
    options = _Options(local, inherited or {}, where)
    if not options.enabled(audits_by_default):
        return None
    host = options.host
    topics = (
        options.get('topics').value
        or host.read(OSLO_GROUP, _OSLO_TOPICS).value
    )
    url = options.get('transport_url')
    if url.value is None:
        url = host.read(OSLO_GROUP, _OSLO_URL)
    if url.value is None:
        url = Given(None, f'[DEFAULT] in {host.files}')
    drivers = options.drivers()
    retry = host.read(OSLO_GROUP, _OSLO_RETRY, only_set=True).value
    spool_dir = options.get('spool_dir')
    delivery = options.get('delivery').value or default_delivery(
        drivers, spool_dir
    )
    _check_spool(options, delivery)
    if not drivers.value and delivery != 'spool':
        options.warn_of_log()
    return Settings(
        audit_map_file=options.get('audit_map_file').value,
        ignore_req_list=tuple(options.get('ignore_req_list').value or ()),
        ignore_path_list=tuple(options.get('ignore_path_list').value or ()),
        audit_policy_file=options.get('audit_policy_file'),
        endpoint=options.get('endpoint').value,
        identity_source=options.get('identity_source').value,
        trusted_proxies=_networks(options.get('trusted_proxies')),
        redact_names=tuple(options.get('redact_names').value or ()),
        redact_mode=_redact_mode(options),
        redact_key_file=options.get('redact_key_file'),
        body_limit=options.get('body_limit').value,
        delivery=delivery,
        queue_size=options.get('queue_size').value,
        queue_bytes=options.get('queue_bytes').value,
        spool_dir=spool_dir,
        spool_mode=int(options.get('spool_mode').value, 8),
        spool_max_size=options.get('spool_max_size').value,
        spool_durability=options.get('spool_durability').value,
        segment_size=options.get('segment_size').value,
        segment_age=options.get('segment_age').value,
        forwarder=_forwarder(options, drivers, delivery),
        on_failure=options.get('on_failure').value,
        publisher_id=options.publisher_id(),
        drivers=drivers,
        topics=tuple(topics),
        transport_url=url,
        # Oslo's own default is to block for ever, or to lose at once.
        retry=0 if retry is None else retry,
        log_name=options.text('log_name') or 'cadf_audit',
        host=host,
    )


def refuse_unknown(local: Mapping[str, Any], where: str) -> None:
    """Refuse a key that is no option, with the nearest name that is one.

    :raises OptionError: there is such a key
    """
    known = _OTHER_KEYS | _OPTS.keys()
    for key in local:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f' (did you mean {near[0]}?)' if near else ''
            allowed = ', '.join(sorted(_OPTS))
            raise OptionError(
                key, f'unknown{hint}; allowed are {allowed}', where
            )


def default_delivery(drivers: Given, spool_dir: Given) -> str:
    """Return how events leave a process whose operator did not say.

    A request that waits for a message bus waits as long as the bus likes.
    """
    if spool_dir.value:
        return 'spool'
    return 'memory' if _BUS_DRIVERS.intersection(drivers.value) else 'direct'


# What says how a spool is to be, and would mislead where there is none.
_SPOOL_ONLY = (
    'spool_mode',
    'spool_max_size',
    'spool_durability',
    'segment_size',
    'segment_age',
    'forwarder',
)


def _check_spool(options: '_Options', delivery: str) -> None:
    """Refuse what cannot be kept.

    :raises OptionError: options contradict each other
    """
    if delivery != 'spool':
        on_failure = options.get('on_failure')
        if on_failure.value == 'deny':
            raise OptionError(
                'on_failure',
                f'deny needs delivery = spool, since delivery = {delivery} '
                'does not know what was recorded; allowed is allow, or set '
                'spool_dir',
                on_failure.where,
            )
        for name in _SPOOL_ONLY:
            given = options.get(name, only_set=True)
            if given.value is not None:
                raise OptionError(
                    name,
                    'is of no use without a spool, and none is configured: '
                    f'delivery = {delivery}; set spool_dir, or leave it out',
                    given.where,
                )
        return
    spool_dir = options.get('spool_dir')
    if not spool_dir.value:
        raise OptionError(
            'delivery',
            'spool needs spool_dir, the absolute path of a directory',
            options.get('delivery').where,
        )
    segment_size = options.get('segment_size')
    if segment_size.value * 4 > options.get('spool_max_size').value:
        raise OptionError(
            'segment_size',
            'has to be at most a quarter of spool_max_size, which is '
            f'{options.get("spool_max_size").value}',
            segment_size.where,
        )


def _redact_mode(options: '_Options') -> str:
    """Return what becomes of secrets.

    :raises OptionError: they are to be hashed, and there is no key
    """
    mode = options.get('redact_mode')
    if mode.value == 'hash' and not options.get('redact_key_file').value:
        raise OptionError(
            'redact_mode',
            'hash needs redact_key_file, the path of a file with a key; '
            'allowed without one are mask and drop',
            mode.where,
        )
    return str(mode.value)


def _forwarder(options: '_Options', drivers: Given, delivery: str) -> str:
    """Return who forwards.

    :raises OptionError: a thread has nowhere to forward to
    """
    forwarder = options.get('forwarder')
    if delivery == 'spool' and not drivers.value and not forwarder.value:
        LOG.warning(
            'no notification driver is configured, so nobody forwards: audit '
            'events wait in %s for whoever reads the spool; forwarder = none '
            'silences this (read: %s)',
            options.get('spool_dir').value,
            options.host.files,
        )
    if forwarder.value == 'thread' and not drivers.value:
        raise OptionError(
            'forwarder',
            'thread needs a notification driver, and none is configured; '
            'set driver, or forwarder = none',
            forwarder.where,
        )
    default = 'thread' if drivers.value else 'none'
    return str(forwarder.value or default)


class _Options:
    """Looks an option up: filter section, paste [DEFAULT], oslo.config."""

    def __init__(
        self,
        local: Mapping[str, Any],
        inherited: Mapping[str, Any],
        where: str,
    ) -> None:
        self._local = local
        self._where = where
        self._paste = {**inherited, **local}
        self.host = find_host_config(self._paste, where)

    def get(self, name: str, only_set: bool = False) -> Given:
        group, opt = _OPTS[name]
        if self._paste.get(name) is not None:
            where = self._where
            if name not in self._local:
                where = f'[DEFAULT] of the paste file, {where}'
            value = convert(opt, self._paste[name], where)
            if value is not None:
                return Given(value, where)
        return self.host.read(group, opt, only_set)

    def text(self, name: str) -> str | None:
        value = self._paste.get(name)
        return str(value) if value else None

    def enabled(self, audits_by_default: bool) -> bool:
        # The host may register the same option with a default of its own
        # (Ironic does), which is nobody's decision about this filter.
        decision = self.get('enabled', only_set=True).value
        if decision is not None:
            return bool(decision)
        if audits_by_default or self._local.get('audit_map_file'):
            return True
        LOG.warning(
            '%s: requests pass without audit; set enabled = true in the '
            'filter section or in [%s] to audit them, or enabled = false to '
            'silence this (read: %s)',
            self._where,
            AUDIT_GROUP,
            self.host.files,
        )
        return False

    def publisher_id(self) -> str:
        program = os.path.basename(sys.argv[0]) if sys.argv else ''
        return (
            self.get('service_name').value
            or self.text('project')
            or self.text('oslo_config_project')
            or self.host.project
            or program
            or 'cadf_audit'
        )

    def drivers(self) -> Given:
        """Return the names of the drivers; none of them means the log."""
        if not self.get('use_oslo_messaging').value:
            return Given((), '')
        driver = self.get('driver')
        if driver.value is not None:
            return Given((driver.value,), driver.where)
        given = self.host.read(OSLO_GROUP, _OSLO_DRIVER)
        names = tuple(dict.fromkeys(name for name in given.value if name))
        return Given(names, given.where)

    def warn_of_log(self) -> None:
        """Say that events go to the log, if nobody asked for that."""
        if self.get('use_oslo_messaging').value:
            LOG.warning(
                'no notification driver is configured in [%s] or [%s]: audit '
                'events go to the logger cadf_audit.events (read: %s)',
                NOTIFICATIONS_GROUP,
                OSLO_GROUP,
                self.host.files,
            )


def _networks(given: Given) -> tuple[Network, ...]:
    networks = []
    for text in given.value or ():
        try:
            networks.append(ipaddress.ip_network(text))
        except ValueError as exc:
            raise OptionError(
                'trusted_proxies',
                f'{exc}; allowed are networks such as 10.1.0.0/16 or '
                '2001:db8::/32, and single addresses',
                given.where,
            ) from exc
    return tuple(networks)
