# SPDX-License-Identifier: Apache-2.0

"""A broker in; what a request pays for its delivery out."""

from measure import count_all
from measure import time_all

PEER = 'keystonemiddleware'
OURS = 'cadf_audit'
SERVICES = (12, 60)
WAYS = {
    (PEER, 'noop'): f'{PEER}, `driver = noop`',
    (PEER, 'bus'): f'{PEER}, `driver = messagingv2`',
    (OURS, 'bus'): f'{OURS}, `delivery = memory`, `driver = messagingv2`',
    (OURS, 'spool'): f'{OURS}, `delivery = spool`',
    (OURS, 'power'): (
        f'{OURS}, `delivery = spool`, `spool_durability = power`'
    ),
}
# The largest share of the instructions of the peer with noop.
PROMISE = 0.12


def report(url, spools):
    """Return the Markdown, and whether the promise is kept.

    :param url: returns the transport URL of a new virtual host
    :param spools: a directory for spools
    """
    address = url()
    programs = {
        (name, way_out, services): [
            *('interaction.py', name, way_out, services),
            *('--url', address, '--spools', spools),
        ]
        for name, way_out in [('bare', 'noop'), *WAYS]
        for services in SERVICES
    }
    counted, timed = count_all(programs), time_all(programs)
    lines = [
        '| filter | services | instructions | of `noop` | of `messagingv2` '
        '| µs | of `noop` | of `messagingv2` |',
        '|---|--:|--:|--:|--:|--:|--:|--:|',
    ]
    promises, kept = [], True
    for (name, way_out), title in WAYS.items():
        for services in SERVICES:
            numbers = []
            for measured in counted, timed:
                added = less_bare(measured, name, way_out, services)
                numbers.append(f'{added:,.0f}')
                for other in 'noop', 'bus':
                    theirs = less_bare(measured, PEER, other, services)
                    numbers.append(f'{added / theirs:.1%}')
            lines.append(f'| {title} | {services} | {" | ".join(numbers)} |')
    for services in SERVICES:
        part = less_bare(counted, OURS, 'spool', services) / less_bare(
            counted, PEER, 'noop', services
        )
        kept = kept and part <= PROMISE
        promises.append(
            f'* {WAYS[OURS, "spool"]}, {services} services: {part:.1%} of the '
            f'instructions of {WAYS[PEER, "noop"]} (at most {PROMISE:.0%}: '
            f'{"kept" if part <= PROMISE else "NOT"})'
        )
    return '\n'.join([*lines, '', *promises]), kept


def less_bare(measured, name, way_out, services):
    """Return what the filter adds to the bare application."""
    return (
        measured[name, way_out, services] - measured['bare', 'noop', services]
    )
