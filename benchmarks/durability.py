# SPDX-License-Identifier: Apache-2.0

"""A disk in; how many records a second survive a power cut on it out."""

import json
import statistics
import tempfile

from measure import run

THREADS = 32
TITLES = {
    'bare': 'a bare append',
    'spool': 'the spool, handed events',
    'filter': 'the filter and the spool, handed requests',
}
# The least share of the bare append.
PROMISE = 0.6


def report(url, spools):
    """Return the Markdown, and whether the promise is kept.

    :param url: not used
    :param spools: a directory on the disk
    """
    with tempfile.TemporaryDirectory(dir=spools) as directory:
        found = run('append.py', directory, '--threads', THREADS).stdout
    rates = json.loads(found)
    shares = {
        way: statistics.median(
            each / bare
            for each, bare in zip(turns, rates['bare'], strict=True)
        )
        for way, turns in rates.items()
    }
    lines = ['| | records/s | share |', '|---|--:|--:|']
    for way, title in TITLES.items():
        rate = statistics.median(rates[way])
        lines.append(f'| {title} | {rate:,.0f} | {shares[way]:.0%} |')
    kept = shares['spool'] >= PROMISE
    lines += [
        '',
        f'* `spool_durability = power`, {THREADS} threads: the spool keeps '
        f'{shares["spool"]:.0%} of the records that a bare append keeps (at '
        f'least {PROMISE:.0%}: {"kept" if kept else "NOT"})',
    ]
    return '\n'.join(lines), kept
