# SPDX-License-Identifier: Apache-2.0

"""Options that depend on each other in, what holds out, or what is wrong."""

import ipaddress
import logging

from cadf_audit.exceptions import OptionError
from cadf_audit.middleware.options import Options
from cadf_audit.middleware.sources import Given

LOG = logging.getLogger(__name__)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# The drivers that talk to a message bus.
_BUS_DRIVERS = frozenset({'messaging', 'messagingv2'})


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


def check_spool(options: Options, delivery: str) -> None:
    """Refuse what cannot be kept, or is of no use.

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


def redact_mode(options: Options) -> str:
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


def forwarder_of(options: Options, drivers: Given, delivery: str) -> str:
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


def networks_of(given: Given) -> tuple[Network, ...]:
    """Return the networks of the proxies that are believed.

    :raises OptionError: one is none
    """
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
