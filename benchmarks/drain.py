# SPDX-License-Identifier: Apache-2.0

"""A broker in; how fast the forwarder is, and what it takes from requests."""

import json
import statistics
import tempfile

from latency import Paced
from measure import run

RATE = 500
THREADS = 8
SECONDS = 3
FLAT_OUT = 4000
ROUNDS = 3
WAYS = {
    'spool': 'in another process: `forwarder = external`',
    'thread': 'in the process of the requests: `forwarder = thread`',
}
# The least share of a bare loop over the driver.
PROMISE = 0.8


def report(url, spools):
    """Return the Markdown, and whether the promise is kept.

    :param url: returns the transport URL of a new virtual host
    :param spools: a directory for spools
    """
    with tempfile.TemporaryDirectory(dir=spools) as directory:
        found = json.loads(run('forward.py', directory, url()).stdout)
    kept = found['share'] >= PROMISE
    lines = [
        '| | records/s |',
        '|---|--:|',
        f'| a bare loop over the driver | {found["bare"]:,.0f} |',
        f'| the forwarder | {found["forwarder"]:,.0f} |',
        '',
        f'* the forwarder is {found["share"]:.0%} as fast as a bare loop over '
        f'the driver (at least {PROMISE:.0%}: {"kept" if kept else "NOT"})',
        '',
        '| who forwards | p50, ms | p99, ms | CPU a request, µs '
        '| requests/s at most |',
        '|---|--:|--:|--:|--:|',
    ]
    rounds = {way: [] for way in WAYS}
    for _round in range(ROUNDS):
        for way, all_found in rounds.items():
            all_found.append(requests_meanwhile(way, url, spools))
    for way, title in WAYS.items():
        p50, p99, cpu, most = (
            statistics.median(each[number] for each in rounds[way])
            for number in range(4)
        )
        lines.append(
            f'| {title} | {p50:.2f} | {p99:.2f} | {cpu:.0f} | {most:,.0f} |'
        )
    return '\n'.join(lines), kept


def requests_meanwhile(way_out, url, spools):
    """Return p50, p99 and CPU at a rate, and how many requests at most."""
    where = [
        *('cadf_audit', way_out, '--threads', THREADS),
        *('--url', url(), '--spools', spools),
    ]
    paced = Paced(*where, '--rate', RATE, '--seconds', SECONDS).found()
    flat_out = Paced(*where, '--flat-out', FLAT_OUT).found()
    return paced['p50'], paced['p99'], paced['cpu'], flat_out['rate']
