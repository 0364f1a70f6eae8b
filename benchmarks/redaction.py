# SPDX-License-Identifier: Apache-2.0

"""A body of 2 KB in; what it costs to take its secrets out, out."""

from measure import count_all
from measure import time_all
from redacted import KINDS

TITLES = {
    'bare': '`json.loads` and `json.dumps`',
    'redacted': 'redaction',
    'free text': 'redaction, read as broken JSON',
}
# What redaction may cost: so many microseconds, or so many times the bare
# reading and writing, whichever is more.
MICROSECONDS = 100
TIMES = 10


def report():
    """Return the Markdown, and whether the promise is kept."""
    programs = {kind: ['redacted.py', kind] for kind in KINDS}
    counted, timed = count_all(programs), time_all(programs)
    lines = ['| a body of 2 KB | instructions | µs |', '|---|--:|--:|']
    for kind, title in TITLES.items():
        more = counted[kind] - counted['nothing']
        took = timed[kind] - timed['nothing']
        lines.append(f'| {title} | {more:,.0f} | {took:.0f} |')
    took = timed['redacted'] - timed['nothing']
    bare = counted['bare'] - counted['nothing']
    times = (counted['redacted'] - counted['nothing']) / bare
    kept = took < MICROSECONDS or times <= TIMES
    lines.append(
        f'\n* redaction: {took:.0f} µs, {times:.1f} times the instructions of '
        f'reading and writing it (less than {MICROSECONDS} µs, or at most '
        f'{TIMES} times: {"kept" if kept else "NOT"})'
    )
    return '\n'.join(lines), kept
