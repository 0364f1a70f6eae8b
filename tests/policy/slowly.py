# SPDX-License-Identifier: Apache-2.0

"""Rules and a request in, what the first rule says that matches out.

Written from the page about policies, and in no hurry: each rule is tried in
its turn, and all of it is looked at.
"""

import ipaddress

from cadf_audit.policy.level import Level


def decide(rules, asked):
    """Return the level, and the number of the rule, 0 for none."""
    for number, rule in enumerate(rules, 1):
        left_out = rule.level == Level.NONE
        if left_out and '..' in asked.path:
            continue
        if all(
            _fits(key, condition, asked)
            for key, condition in rule.conditions.items()
        ):
            return rule.level, number
    return Level.METADATA, 0


def _fits(key, condition, asked):
    one_fits = any(FITS[key](value, asked) for value in condition.values)
    return one_fits != condition.negated


def _path(pattern, asked):
    path = asked.path.encode('latin-1').decode('utf-8')
    segments = [each for each in path.split('/') if each]
    wanted = [each for each in pattern.split('/') if each]
    if _matches(wanted, segments):
        return True
    if not segments or not segments[-1].endswith('.json'):
        return False
    last = segments[-1][: -len('.json')]
    return _matches(wanted, segments[:-1] + ([last] if last else []))


def _matches(wanted, segments):
    if not wanted:
        return not segments
    if wanted[0] == '**':
        return any(
            _matches(wanted[1:], segments[skipped:])
            for skipped in range(len(segments) + 1)
        )
    return (
        bool(segments)
        and wanted[0] in ('*', segments[0])
        and _matches(wanted[1:], segments[1:])
    )


def _below(prefix, value):
    return value == prefix or value.startswith(f'{prefix}/')


def _network(value, asked):
    try:
        address = ipaddress.ip_address(asked.address)
    except ValueError:
        return False
    network = ipaddress.ip_network(value)
    mapped = getattr(address, 'ipv4_mapped', None)
    return (mapped or address) in network


FITS = {
    'method': lambda value, asked: value == asked.method,
    'path': _path,
    'user': lambda value, asked: value in asked.users,
    'project': lambda value, asked: value == asked.project,
    'role': lambda value, asked: value in asked.roles,
    'network': _network,
    'action': lambda value, asked: _below(value, asked.action),
    'target_type': lambda value, asked: _below(value, asked.target_type),
}
