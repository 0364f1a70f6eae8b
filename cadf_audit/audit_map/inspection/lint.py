# SPDX-License-Identifier: Apache-2.0

"""An audit map in, all that is wrong with it out, at once.

What keeps a map from loading is put aside for the look at the rest; what does
nothing is found beside what is wrong.
"""

from cadf_audit.audit_map.document import read_yaml
from cadf_audit.audit_map.document import Value
from cadf_audit.audit_map.files import find_map
from cadf_audit.audit_map.files import is_yaml
from cadf_audit.audit_map.files import read_text
from cadf_audit.audit_map.findings import Finding
from cadf_audit.audit_map.findings import Findings
from cadf_audit.audit_map.ini import read_ini
from cadf_audit.audit_map.ini import Section
from cadf_audit.audit_map.ini import Sections
from cadf_audit.audit_map.inspection.lint_resources import look_at_resources
from cadf_audit.audit_map.keywords import build_keyword_map
from cadf_audit.audit_map.resource_rules import build_resource_map
from cadf_audit.exceptions import AuditMapError

# What stands in for a value that a map cannot do without.
_STAND_INS = {'version': '2', 'service_type': 'service', 'prefix': ''}


def lint(name: str) -> tuple[str, list[Finding]]:
    """Return the file of a map, and what is wrong with it, by line.

    :param name: the file, or the bare name of a map of this package
    """
    findings = Findings()
    path = name
    try:
        path = find_map(name)
        text = read_text(path)
        if is_yaml(path, text):
            _lint_resources(path, text, findings)
        else:
            _lint_keywords(path, text, findings)
    except AuditMapError as exc:
        findings.add(exc.line, exc.key or '', exc.problem)
    return path, sorted(findings, key=lambda each: each.line or 0)


def _lint_resources(path: str, text: str, findings: Findings) -> None:
    root = read_yaml(path, text, Findings())
    aside: list[tuple[str, str | None]] = []
    while True:
        found = Findings()
        root = _without(path, text, aside, found)
        try:
            audit_map = build_resource_map(root, found)
            break
        except AuditMapError as exc:
            key = exc.key or ''
            findings.add(exc.line, key, exc.problem)
            top = key.partition('[')[0]
            aside.append((key, _STAND_INS.get(top)))
            if not key or top == 'resources' or not root.replace(*aside[-1]):
                findings.extend(found)
                return
    findings.extend(found)
    root = _without(path, text, aside, Findings())
    look_at_resources(root, audit_map, findings)


def _without(
    path: str,
    text: str,
    aside: list[tuple[str, str | None]],
    findings: Findings,
) -> Value:
    """Return the values of a map, without those that are put aside."""
    root = read_yaml(path, text, findings)
    for key, instead in aside:
        root.replace(key, instead)
    return root


def _lint_keywords(path: str, text: str, findings: Findings) -> None:
    sections = read_ini(path, text)
    names = {
        entry.line: f'[{name}] {entry.key}'
        for name, section in sections.items()
        for entry in section.entries
    }
    lines = {name: line for line, name in names.items()}

    def warn(line: int | None, key: str, problem: str) -> None:
        if line is None:
            key = f'[DEFAULT] {key}'
            found.add(lines.get(key), key, problem)
        else:
            found.add(line, names[line], problem)

    while True:
        found = Findings()
        try:
            build_keyword_map(path, sections, warn)
            break
        except AuditMapError as exc:
            findings.add(exc.line, exc.key or '', exc.problem)
            sections = _without_line(sections, exc.line)
    findings.extend(found)
    _look_at_keywords(sections, findings)


def _without_line(sections: Sections, line: int | None) -> Sections:
    """Return the sections without the section or key of a line."""
    return {
        name: Section(
            section.line,
            tuple(each for each in section.entries if each.line != line),
        )
        for name, section in sections.items()
        if section.line != line
    }


def _look_at_keywords(sections: Sections, findings: Findings) -> None:
    """Find keywords that have no say in the action of any request."""
    if not {'path_keywords', 'custom_actions'} <= sections.keys():
        return
    actions = {
        entry.key: entry.line for entry in sections['custom_actions'].entries
    }
    for entry in sections['path_keywords'].entries:
        line = actions.get(entry.key)
        if line is not None:
            findings.add(
                entry.line,
                f'[path_keywords] {entry.key}',
                'never decides the action where it ends a path: '
                f'[custom_actions] {entry.key} (line {line}) answers for all '
                'methods; name the method there '
                f'({entry.key}/post), or drop the keyword',
            )
