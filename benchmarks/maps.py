# SPDX-License-Identifier: Apache-2.0

"""Two formats of audit maps in; what each costs a request out."""

from mapped import KINDS
from measure import count_all
from measure import time_all

SIZES = (12, 300)
# What a resource map may cost more than the INI map.
PROMISE = 0.25


def report():
    """Return the Markdown, and whether the promise is kept."""
    programs = {
        (audit_map, kind): ['mapped.py', audit_map, kind]
        for audit_map in ('none', 'ini', *SIZES)
        for kind in KINDS
    }
    counted, timed = count_all(programs), time_all(programs)
    lines = [
        '| requests | INI map | 12 resources | more | 300 resources | more '
        '| µs: INI | 12 | 300 |',
        '|---|--:|--:|--:|--:|--:|--:|--:|--:|',
    ]
    promises, kept = [], True
    for kind in KINDS:
        bare = counted['none', kind]
        ini = counted['ini', kind] - bare
        cells = [f'{ini:,.0f}']
        for size in SIZES:
            ours = counted[size, kind] - bare
            more = ours / ini - 1
            cells += [f'{ours:,.0f}', f'{more:+.1%}']
            kept = kept and more <= PROMISE
            promises.append(
                f'* {kind}, {size} resources: {more:+.1%} of the instructions '
                f'of the INI map (at most {PROMISE:+.0%}: '
                f'{"kept" if more <= PROMISE else "NOT"})'
            )
        cells += [
            f'{timed[audit_map, kind] - timed["none", kind]:.0f}'
            for audit_map in ('ini', *SIZES)
        ]
        lines.append(f'| {kind} | {" | ".join(cells)} |')
    return '\n'.join([*lines, '', *promises]), kept
