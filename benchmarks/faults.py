# SPDX-License-Identifier: Apache-2.0

"""A broker in; how requests fare while it is frozen or dead out."""

import statistics
import time

from latency import Paced

from broker import new_url

RATE = 2000
THREADS = 8
SECONDS = 3
PAIRS = 5
# Time for the forwarder to connect, and to find what the warm-up recorded.
SETTLE = 3
FAULTS = {
    'frozen': 'hangs (SIGSTOP)',
    'killed': 'was killed (kill -9)',
}
# The most milliseconds by which p99 may be larger.
PROMISE = 1.0


def report(started, spools):
    """Return the Markdown, and whether the promise is kept.

    :param started: a broker that nobody else uses
    :param spools: a directory for spools
    """
    lines = [
        '| the broker | p99 without the filter, ms | p99 with it, ms '
        '| difference, ms |',
        '|---|--:|--:|--:|',
    ]
    promises, all_kept = [], True
    for name, title in FAULTS.items():
        pairs = [
            pair(started, name, spools, number % 2) for number in range(PAIRS)
        ]
        slower = statistics.median(ours - bare for bare, ours in pairs)
        bare, ours = map(statistics.median, zip(*pairs, strict=True))
        lines.append(f'| {title} | {bare:.2f} | {ours:.2f} | {slower:+.2f} |')
        kept = slower <= PROMISE
        all_kept = all_kept and kept
        promises.append(
            f'* the broker {title}: requests are {slower:.2f} ms slower at '
            f'p99 than without the filter, the median of {PAIRS} pairs (at '
            f'most {PROMISE:.0f} ms: {"kept" if kept else "NOT"})'
        )
    return '\n'.join([*lines, '', *promises]), all_kept


def pair(started, fault, spools, ours_first):
    """Return p99 in ms without and with the filter, under the same fault."""
    pace = [
        *('--rate', RATE, '--threads', THREADS, '--seconds', SECONDS),
        *('--url', new_url(started), '--spools', spools),
    ]
    bare = Paced('bare', 'noop', *pace)
    ours = Paced('cadf_audit', 'thread', *pace)
    time.sleep(SETTLE)
    with getattr(started, fault)():
        if ours_first:
            slow = ours.found()
            return bare.found()['p99'], slow['p99']
        return bare.found()['p99'], ours.found()['p99']
