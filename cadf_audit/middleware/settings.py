# SPDX-License-Identifier: Apache-2.0

"""The options of a filter in, one frozen Settings out, once, at start."""

from collections.abc import Mapping
import dataclasses
from typing import Any

from cadf_audit.middleware.consistency import check_spool
from cadf_audit.middleware.consistency import default_delivery
from cadf_audit.middleware.consistency import forwarder_of
from cadf_audit.middleware.consistency import Network
from cadf_audit.middleware.consistency import networks_of
from cadf_audit.middleware.consistency import redact_mode
from cadf_audit.middleware.options import Options
from cadf_audit.middleware.options import refuse_unknown
from cadf_audit.middleware.sources import Given
from cadf_audit.middleware.sources import HostConfig


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
    options = Options(local, inherited or {}, where)
    if not options.enabled(audits_by_default):
        return None
    drivers = options.drivers()
    spool_dir = options.get('spool_dir')
    delivery = options.get('delivery').value or default_delivery(
        drivers, spool_dir
    )
    check_spool(options, delivery)
    if not drivers.value and delivery != 'spool':
        options.warn_of_log()
    return Settings(
        audit_map_file=options.get('audit_map_file').value,
        ignore_req_list=tuple(options.get('ignore_req_list').value or ()),
        ignore_path_list=tuple(options.get('ignore_path_list').value or ()),
        audit_policy_file=options.get('audit_policy_file'),
        endpoint=options.get('endpoint').value,
        identity_source=options.get('identity_source').value,
        trusted_proxies=networks_of(options.get('trusted_proxies')),
        redact_names=tuple(options.get('redact_names').value or ()),
        redact_mode=redact_mode(options),
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
        forwarder=forwarder_of(options, drivers, delivery),
        on_failure=options.get('on_failure').value,
        publisher_id=options.publisher_id(),
        drivers=drivers,
        topics=options.topics(),
        transport_url=options.transport_url(),
        retry=options.retry(),
        log_name=options.text('log_name') or 'cadf_audit',
        host=options.host,
    )
