# SPDX-License-Identifier: Apache-2.0

"""The rules of a policy in; what they add to a request out."""

from measure import count_all
from measure import time_all

MAPS = {'ini': 'INI', 12: '12 resources'}
# Rows of the table: what is in the rules, how many they are, and who asks.
ROWS = {
    'method and path': ('method and path', 50, 'same'),
    'who': ('who', 50, 'same'),
    'every key': ('every key', 50, 'same'),
    'worst order': ('worst order', 50, 'same'),
    'every key, strangers': ('every key', 50, 'strangers'),
    'every key, 500 rules': ('every key', 500, 'same'),
}
# What is promised: how much more than without a policy.
PROMISED = ('method and path', 'who', 'every key', 'worst order')
PROMISE = 0.15


def report():
    """Return the Markdown, and whether the promise is kept."""
    programs = {}
    for kind, rules, who in ROWS.values():
        programs['none', 'none', 0, who] = None
        for audit_map in MAPS:
            programs[audit_map, 'none', 0, who] = None
            programs[audit_map, kind, rules, who] = None
    programs = {key: ['policed.py', *key] for key in programs}
    counted, timed = count_all(programs), time_all(programs)
    lines = [
        '| rules | map | none | with them | more | µs: none | with them |',
        '|---|---|--:|--:|--:|--:|--:|',
    ]
    promises, kept = [], True
    for row, (kind, rules, who) in ROWS.items():
        for audit_map, title in MAPS.items():
            without, ours = (
                [
                    measured[audit_map, *key, who]
                    - measured['none', 'none', 0, who]
                    for measured in (counted, timed)
                ]
                for key in (('none', 0), (kind, rules))
            )
            more = ours[0] / without[0] - 1
            lines.append(
                f'| {row} | {title} | {without[0]:,.0f} | {ours[0]:,.0f} '
                f'| {more:+.1%} | {without[1]:.0f} | {ours[1]:.0f} |'
            )
            if row in PROMISED:
                kept = kept and more <= PROMISE
                promises.append(
                    f'* {rules} rules, {row}, {title}: {more:+.1%} '
                    f'instructions (at most {PROMISE:+.0%}: '
                    f'{"kept" if more <= PROMISE else "NOT"})'
                )
    return '\n'.join([*lines, '', *promises]), kept
