# SPDX-License-Identifier: Apache-2.0

"""A broker in; how long requests take that come at a fixed rate out."""

import json
import statistics
import subprocess
import sys

from measure import environment
from measure import HERE

RATE = 2000
THREADS = (1, 8)
SECONDS = 2
ROUNDS = 3
WAYS = {
    ('keystonemiddleware', 'noop'): '`driver = noop`',
    ('keystonemiddleware', 'bus'): '`driver = messagingv2`',
    ('cadf_audit', 'bus'): '`delivery = memory`',
    ('cadf_audit', 'spool'): '`delivery = spool`, `forwarder = external`',
    ('cadf_audit', 'thread'): '`delivery = spool`, `forwarder = thread`',
    ('cadf_audit', 'power'): '`delivery = spool`, `spool_durability = power`',
}
# A rate below this share of what was asked for is one that was not held.
HELD = 0.95


class Paced:
    """A process that sends requests when told to.

    :param args: those of pace.py
    """

    def __init__(self, *args):
        self._process = subprocess.Popen(
            [sys.executable, HERE / 'pace.py', *map(str, args)],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        if self._process.stdout.readline() != 'ready\n':
            raise SystemExit(f'pace.py {args} failed')

    def found(self):
        """Send the requests, and return what they took."""
        words, _ = self._process.communicate('\n')
        return json.loads(words)


def report(url, spools):
    """Return the Markdown, and that no promise is broken.

    :param url: returns the transport URL of a new virtual host
    :param spools: a directory for spools
    """
    lines = [
        '| threads | filter | | p50, ms | p99, ms | CPU a request, µs '
        '| requests/s |',
        '|--:|---|---|--:|--:|--:|--:|',
    ]
    for threads in THREADS:
        found = {way: [] for way in [('bare', 'noop'), *WAYS]}
        for _round in range(ROUNDS):
            address = url()
            for way, rounds in found.items():
                rounds.append(
                    Paced(
                        *way,
                        *('--rate', RATE, '--threads', threads),
                        *('--seconds', SECONDS),
                        *('--url', address, '--spools', spools),
                    ).found()
                )
        lines += table(threads, found)
    return '\n'.join(lines), True


def table(threads, found):
    """Yield the rows of a number of threads."""
    bare = found['bare', 'noop']
    zero = [dict.fromkeys(bare[0], 0)] * len(bare)
    yield row(threads, 'the application alone', '', bare, zero)
    for (name, way_out), rounds in found.items():
        if name != 'bare':
            title = WAYS[name, way_out]
            yield row(threads, name, title, rounds, bare)


def row(threads, name, title, rounds, bare):
    """Return the row of a filter, less the application in each round."""

    def added(what):
        return statistics.median(
            each[what] - alone[what]
            for each, alone in zip(rounds, bare, strict=True)
        )

    rate = statistics.median(each['rate'] for each in rounds)
    cells = [f'{added("p50"):.2f}', f'{added("p99"):.2f}']
    if rate < HELD * RATE:
        cells = ['falls behind'] * 2
    return (
        f'| {threads} | {name} | {title} | {" | ".join(cells)} '
        f'| {added("cpu"):.0f} | {rate:,.0f} |'
    )
