# SPDX-License-Identifier: Apache-2.0

"""The patterns of prefixes in, how people write them out.

What can be left out stands in brackets, one of several in parentheses with
bars between them, and ``*`` for what is no text.
"""

from collections.abc import Iterable
from collections.abc import Sequence
import re
from typing import Any

from cadf_audit.audit_map.inspection.patterns import characters
from cadf_audit.audit_map.inspection.patterns import named
from cadf_audit.audit_map.inspection.patterns import Part
from cadf_audit.audit_map.inspection.patterns import parts_of
from cadf_audit.audit_map.inspection.patterns import texts

_PROJECT = 'project_id'
_OPTIONAL = re.compile(r'\[[^\[\]]*\]|\([^()]*\)')


def shown_prefixes(
    prefixes: Sequence[re.Pattern[str]],
) -> tuple[str, str, tuple[str, ...]]:
    """Return the prefixes of a map as the beginning of a route.

    :param prefixes: the patterns, of which one has to match
    :returns: how they are shown, a path that one of them takes whole, and the
        names of the placeholders that each of them needs
    """
    forms = [_shown_prefix(prefix) for prefix in prefixes]
    shown = _one_of(forms)
    ids = all(f'{{{_PROJECT}}}' in _needed(form) for form in forms)
    return shown, _sample(prefixes, forms), (_PROJECT,) if ids else ()


def _shown_prefix(prefix: re.Pattern[str]) -> str:
    group = prefix.groupindex.get(_PROJECT)
    shown = _shown(parts_of(prefix.pattern), group)
    while '**' in shown:
        shown = shown.replace('**', '*')
    return shown


def _sample(prefixes: Sequence[re.Pattern[str]], forms: list[str]) -> str:
    for prefix in prefixes:
        for sample in texts(prefix.pattern):
            if prefix.fullmatch(sample) is not None:
                return sample
    return forms[0]


def _needed(shown: str) -> str:
    """Return a form without what may be something else."""
    found = 1
    while found:
        shown, found = _OPTIONAL.subn('', shown)
    return shown


def _one_of(forms: Iterable[str]) -> str:
    """Return several forms as one: what they share is written once."""
    forms = list(dict.fromkeys(forms))
    if len(forms) == 1:
        return forms[0]
    begun = _whole(_shared(forms))
    rests = [form[len(begun) :] for form in forms]
    ended = _shared([rest[::-1] for rest in rests])[::-1]
    while ended and not _is_balanced(ended):
        ended = ended[1:]
    middles = [rest[: len(rest) - len(ended)] for rest in rests]
    said = '|'.join(each for each in middles if each)
    said = f'({said})' if all(middles) else f'[{said}]'
    return f'{begun}{said}{ended}'


def _shared(forms: Sequence[str]) -> str:
    """Return what all texts begin with."""
    shared = ''
    for here in zip(*forms, strict=False):
        if len(set(here)) > 1:
            break
        shared += here[0]
    return shared


def _whole(text: str) -> str:
    """Return the beginning of a text that leaves nothing open."""
    while text and not _is_balanced(text):
        text = text[:-1]
    return text


def _is_balanced(text: str) -> bool:
    return all(
        text.count(first) == text.count(last)
        for first, last in ('[]', '()', '{}')
    ) and not re.match(r'[^\[({]*[\])}]', text)


def _shown(parts: list[Part], group: int | None) -> str:
    return ''.join(_part(kind, what, group) for kind, what in parts)


def _part(kind: str, what: Any, group: int | None) -> str:
    if kind == 'LITERAL':
        return chr(what)
    if characters(kind, what) is not None:
        return _either(kind, what)
    if kind == 'SUBPATTERN':
        if group is not None and what[0] == group:
            return f'{{{_PROJECT}}}'
        return _shown(named(what[3]), group)
    if kind == 'BRANCH':
        return _one_of(_shown(named(each), group) for each in what[1])
    if kind.endswith('_REPEAT'):
        least, _, repeated = what
        once = _shown(named(repeated), group)
        if least or once == '*':
            return once * min(max(int(least), 1), 64)
        return f'[{once}]'
    return ''


def _either(kind: str, what: Any) -> str:
    """Return one of several characters, if they are few: v2 or v3."""
    items = named(what) if kind == 'IN' else []
    if items and all(each == 'LITERAL' for each, _ in items):
        return _one_of(chr(code) for _, code in items)
    return '*'
