# SPDX-License-Identifier: Apache-2.0

"""The pattern of a prefix in, how people write it out."""

import re
from typing import Any

from cadf_audit.audit_map.inspection.patterns import characters
from cadf_audit.audit_map.inspection.patterns import named
from cadf_audit.audit_map.inspection.patterns import Part
from cadf_audit.audit_map.inspection.patterns import parts_of
from cadf_audit.audit_map.inspection.patterns import texts

_PROJECT = 'project_id'
_BRACKETS = re.compile(r'\[[^\[\]]*\]')


def shown_prefix(
    prefix: re.Pattern[str],
) -> tuple[str, str, tuple[str, ...]]:
    """Return a prefix as the beginning of a route.

    What can be left out stands in brackets, and ``*`` for what is no text.

    :param prefix: the pattern
    :returns: how it is shown, a path for which it is so, and the names of
        its placeholders
    """
    group = prefix.groupindex.get(_PROJECT)
    shown = _shown(parts_of(prefix.pattern), group)
    while '**' in shown:
        shown = shown.replace('**', '*')
    needed, found = shown, 1
    while found:
        needed, found = _BRACKETS.subn('', needed)
    ids = (_PROJECT,) if f'{{{_PROJECT}}}' in needed else ()
    samples = [
        sample
        for sample in texts(prefix.pattern)
        if prefix.fullmatch(sample) is not None
    ]
    sample = samples[0] if samples else shown
    return shown, sample, ids


def _shown(parts: list[Part], group: int | None) -> str:
    return ''.join(_part(kind, what, group) for kind, what in parts)


def _part(kind: str, what: Any, group: int | None) -> str:
    if kind == 'LITERAL':
        return chr(what)
    if characters(kind, what) is not None:
        return '*'
    if kind == 'SUBPATTERN':
        if group is not None and what[0] == group:
            return f'{{{_PROJECT}}}'
        return _shown(named(what[3]), group)
    if kind == 'BRANCH':
        return min((_shown(named(each), group) for each in what[1]), key=len)
    if kind.endswith('_REPEAT'):
        least, _, repeated = what
        once = _shown(named(repeated), group)
        if least or once == '*':
            return once * min(max(int(least), 1), 64)
        return f'[{once}]'
    return ''
