# SPDX-License-Identifier: Apache-2.0

"""A resource map in, the rules of it that do nothing out.

It is compiled by now, so that what is looked at has the right form.
"""

from collections.abc import Iterator
import re

from cadf_audit.audit_map.document import Value
from cadf_audit.audit_map.findings import Findings
from cadf_audit.audit_map.inspection.ambiguity import is_exponential
from cadf_audit.audit_map.inspection.declared import Declared
from cadf_audit.audit_map.inspection.declared import declared
from cadf_audit.audit_map.inspection.declared import reachable
from cadf_audit.audit_map.inspection.lint_rules import useless_rules
from cadf_audit.audit_map.inspection.patterns import texts
from cadf_audit.audit_map.resources import Resource
from cadf_audit.audit_map.walk import ResourceMap

# What a segment of a route does not have in it.
_ODD = re.compile(r'[\s{}<>?#%*|\\^]')

_SLOW = (
    'can take exponential time: a loop in it reads the same text in two '
    'ways, such as (a+)+; let each round of the loop begin or end with a '
    'character that the rest of it does not take'
)


def look_at_resources(
    root: Value, audit_map: ResourceMap, known: Findings, findings: Findings
) -> None:
    """Find what does nothing in a map, and what takes too long.

    :param root: the map as it is written
    :param audit_map: the compiled map
    :param known: what was found before
    :param findings: takes what is found
    """
    _look_at_prefixes(root.items()['prefix'], audit_map, findings)
    compiled = reachable(audit_map.resources)
    told = ' '.join(each.problem for each in known)
    for one in declared(root):
        if 'id' in one.rules:
            _look_at_id(one.rules['id'], findings)
        for value, problem in _odd_names(one, audit_map.drops_json):
            _add(findings, value, problem)
        resource = compiled.get(one.key)
        if resource is None:
            name = f'overlaps {one.name} (line {one.value.line})'
            above = one.parent is None or one.parent.key in compiled
            if above and name not in told:
                _add(
                    findings,
                    one.value,
                    'no path leads here: another resource has the same path, '
                    'and the last one counts',
                )
            continue
        if one.parent is not None:
            _look_at_child(one, compiled.get(one.parent.key), findings)
        for value, problem in useless_rules(one, resource, audit_map):
            _add(findings, value, problem)


def _add(findings: Findings, value: Value, problem: str) -> None:
    findings.add(value.line, value.key, problem)


def _look_at_prefixes(
    value: Value, audit_map: ResourceMap, findings: Findings
) -> None:
    earlier: list[re.Pattern[str]] = []
    for each, prefix in zip(value.values(), audit_map.prefixes, strict=True):
        text = each.text()
        if is_exponential(text):
            _add(findings, each, _SLOW)
        for group in prefix.groupindex:
            if group != 'project_id':
                _add(
                    findings,
                    each,
                    f'nothing is made of the group {group!r}; project_id is '
                    'the one that is',
                )
        samples = [
            sample
            for sample in texts(prefix.pattern)
            if prefix.match(sample) is not None
        ]
        if samples and all(s and not s.startswith('/') for s in samples):
            _add(findings, each, 'never matches: a path begins with a slash')
        elif samples and all(
            any(before.match(sample) for before in earlier)
            for sample in samples
        ):
            _add(
                findings,
                each,
                'is never used: a prefix before it takes the same paths, and '
                'the first one counts; put the longer one first',
            )
        earlier.append(prefix)


def _look_at_id(value: Value, findings: Findings) -> None:
    """Find a pattern that no id matches, or that takes too long."""
    text = value.text()
    if is_exponential(text):
        _add(findings, value, _SLOW)
    samples = texts(text)
    if not any(samples):
        _add(findings, value, 'never matches: an id has a character at least')
    elif all(not each or each.startswith('/') for each in samples):
        _add(
            findings,
            value,
            'never matches: it begins with a slash, and an id begins behind '
            'the slash',
        )


def _odd_names(one: Declared, drops_json: bool) -> Iterator[tuple[Value, str]]:
    for value, name in one.spellings():
        odd = _ODD.search(name)
        if '' in name.strip('/').split('/'):
            yield value, f'{name!r} has an empty segment, which no path has'
        elif odd is not None:
            yield (
                value,
                f'{name!r} has {odd[0]!r} in it, which no segment of a route '
                'has; ids are not written down, they stand behind the name '
                'of their resource',
            )
        elif drops_json and name.endswith('.json'):
            yield (
                value,
                f'{name!r} never ends a path, of which .json is dropped; '
                'leave it out, or set json_suffix: false',
            )


def _look_at_child(
    one: Declared, parent: Resource | None, findings: Findings
) -> None:
    """Find a child that the ids of its parent leave no path to."""
    if parent is None or parent.singleton or parent.id is None:
        return
    _, name = one.spellings()[0]
    name = name.strip('/')
    first = name.partition('/')[0]
    if first in parent.here:
        return
    samples = [
        sample
        for sample in texts(parent.id.pattern)
        if sample and parent.id.match(sample)
    ]
    if samples and all(
        _takes_more(parent.id, sample, f'/{name}') for sample in samples
    ):
        _add(
            findings,
            one.value,
            f'no path leads here: an id of {parent.name} takes the rest of a '
            'path with it',
        )


def _takes_more(pattern: re.Pattern[str], text: str, further: str) -> bool:
    found = pattern.match(text + further)
    return found is not None and found.end() > len(text)
