# SPDX-License-Identifier: Apache-2.0

"""An audit map in, all that is wrong with it out, at once.

What keeps a map from loading is put aside for the look at the rest; what does
nothing is found beside what is wrong.
"""

import dataclasses

from cadf_audit.audit_map.document import read_yaml
from cadf_audit.audit_map.document import Value
from cadf_audit.audit_map.files import find_map
from cadf_audit.audit_map.files import is_yaml
from cadf_audit.audit_map.files import read_text
from cadf_audit.audit_map.findings import Findings
from cadf_audit.audit_map.ini import read_ini
from cadf_audit.audit_map.ini import Section
from cadf_audit.audit_map.ini import Sections
from cadf_audit.audit_map.inspection.lint_resources import look_at_resources
from cadf_audit.audit_map.keywords import build_keyword_map
from cadf_audit.audit_map.resource_rules import build_resource_map
from cadf_audit.audit_map.resource_rules import missing_keys
from cadf_audit.audit_map.resource_rules import told_missing
from cadf_audit.exceptions import AuditMapError
from cadf_audit.exceptions import FileError

# What stands in for a value that a map cannot do without.
_STAND_INS = {'version': '2', 'service_type': 'service', 'prefix': ''}

#: keeps the service from starting
ERROR = 'error'
#: logged at start
WARNING = 'warning'
#: said by nobody else
REMARK = 'remark'


@dataclasses.dataclass(frozen=True)
class Problem:
    """Something that is wrong with a map.

    :param level: what comes of it: one of the words above
    :param line: the line it stands in, counted from 1
    :param key: the keys that lead to it
    :param problem: what is wrong, and what is allowed
    """

    level: str
    line: int | None
    key: str
    problem: str


class _Report:
    """Collects what is wrong with one map."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        #: whether it is a resource map of the older format
        self.versionless = False

    def error(self, exc: FileError) -> None:
        """Note what a map cannot be used with."""
        self.problems.append(
            Problem(ERROR, exc.line, exc.key or '', exc.problem)
        )

    def extend(self, level: str, findings: Findings) -> None:
        """Note findings of one level."""
        self.problems += [
            Problem(level, each.line, each.key, each.problem)
            for each in findings
        ]


@dataclasses.dataclass(frozen=True)
class Linted:
    """A map, and what is wrong with it.

    :param path: its file
    :param problems: what is wrong, by line
    :param versionless: whether it is a resource map without a version
    """

    path: str
    problems: list[Problem]
    versionless: bool


def lint(name: str) -> Linted:
    """Return what is wrong with a map.

    :param name: the file, or the bare name of a map of this package
    """
    report = _Report()
    path = name
    try:
        path = find_map(name)
        text = read_text(path)
        if is_yaml(path, text):
            _lint_resources(path, text, report)
        else:
            _lint_keywords(path, text, report)
    except AuditMapError as exc:
        report.error(exc)
    return Linted(
        path,
        sorted(report.problems, key=lambda each: each.line or 0),
        report.versionless,
    )


def _lint_resources(path: str, text: str, report: _Report) -> None:
    found = Findings()
    root = read_yaml(path, text, found)
    aside: list[tuple[str, str | None]] = []
    values = root.items()
    report.versionless = 'version' not in values
    missing = missing_keys(values)
    if missing:
        report.error(root.error(told_missing(missing)))
        if not root.is_mapping:
            return
        aside = [(name, _STAND_INS.get(name, '~')) for name in missing]
    while True:
        found = Findings()
        root = _without(path, text, aside, found)
        try:
            audit_map = build_resource_map(root, found)
            break
        except AuditMapError as exc:
            key = exc.key or ''
            if key not in missing:
                report.error(exc)
            top = key.partition('[')[0]
            aside.append((key, _STAND_INS.get(top)))
            if not key or top == 'resources' or not root.replace(*aside[-1]):
                report.extend(ERROR if found.strict else WARNING, found)
                return
    report.extend(ERROR if found.strict else WARNING, found)
    root = _without(path, text, aside, Findings())
    remarks = Findings()
    look_at_resources(root, audit_map, found, remarks)
    report.extend(REMARK, remarks)


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


def _lint_keywords(path: str, text: str, report: _Report) -> None:
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
            report.error(exc)
            sections = _without_line(sections, exc.line)
    report.extend(WARNING, found)
    remarks = Findings()
    _look_at_keywords(sections, remarks)
    report.extend(REMARK, remarks)


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
