# SPDX-License-Identifier: Apache-2.0

"""Fifty rules of a policy in; what they add to a request out."""

from measure import count_all
from measure import time_all
from policed import SHAPES

MAPS = {'ini': 'INI', 12: '12 resources'}
RULES = (1, 50, 500)
# What fifty rules may cost more than none.
PROMISE, PROMISED = 0.15, 50


def report():
    """Return the Markdown, and whether the promise is kept."""
    kinds = [kind for kind in SHAPES if kind != 'none']
    programs = {('bare', 'none', 0): ['policed.py', 'none', 'none', 0]}
    for audit_map in MAPS:
        programs[audit_map, 'none', 0] = ['policed.py', audit_map, 'none', 0]
        for kind in kinds:
            for rules in RULES:
                programs[audit_map, kind, rules] = [
                    *('policed.py', audit_map, kind, rules)
                ]
    counted, timed = count_all(programs), time_all(programs)
    bare = counted['bare', 'none', 0]
    lines = [
        '| rules about | map | none | '
        + ' | '.join(f'{rules} | more' for rules in RULES)
        + ' | µs: none | 50 |',
        '|---|---|--:|' + '--:|--:|' * len(RULES) + '--:|--:|',
    ]
    promises, kept = [], True
    for kind in kinds:
        for audit_map, title in MAPS.items():
            without = counted[audit_map, 'none', 0] - bare
            cells = [f'{without:,.0f}']
            for rules in RULES:
                ours = counted[audit_map, kind, rules] - bare
                more = ours / without - 1
                cells += [f'{ours:,.0f}', f'{more:+.1%}']
                if rules == PROMISED:
                    kept = kept and more <= PROMISE
                    promises.append(
                        f'* {rules} rules, {kind}, {title}: {more:+.1%} '
                        f'instructions (at most {PROMISE:+.0%}: '
                        f'{"kept" if more <= PROMISE else "NOT"})'
                    )
            for key in (('none', 0), (kind, PROMISED)):
                taken = timed[audit_map, *key] - timed['bare', 'none', 0]
                cells.append(f'{taken:.0f}')
            lines.append(f'| {kind} | {title} | {" | ".join(cells)} |')
    return '\n'.join([*lines, '', *promises]), kept
