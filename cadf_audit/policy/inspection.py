# SPDX-License-Identifier: Apache-2.0

"""A file in, all that is wrong with the policy in it out, at once.

The file is a policy, or an audit map with one in it.
"""

from collections.abc import Sequence

from cadf_audit.audit_map.document import read_yaml
from cadf_audit.audit_map.document import Value
from cadf_audit.audit_map.files import find_map
from cadf_audit.audit_map.files import is_yaml
from cadf_audit.audit_map.files import looks_like_yaml
from cadf_audit.audit_map.files import read_text
from cadf_audit.audit_map.findings import Findings
from cadf_audit.audit_map.inspection.lint import ERROR
from cadf_audit.audit_map.inspection.lint import Linted
from cadf_audit.audit_map.inspection.lint import Problem
from cadf_audit.audit_map.inspection.lint import REMARK
from cadf_audit.exceptions import FileError
from cadf_audit.exceptions import PolicyError
from cadf_audit.policy.document import PolicyDocument
from cadf_audit.policy.document import read_policy
from cadf_audit.policy.document import read_policy_of_map
from cadf_audit.policy.document import VERSION
from cadf_audit.policy.overlaps import covered_rules
from cadf_audit.policy.overlaps import hidden_rules

#: where the policy stands in a map
KEY = 'policy'

# What tells which of both a file is.
_MAP_KEYS = frozenset({'prefix', 'resources', 'service_type'})
_RULES = frozenset({'rules', 'keep'})


def is_policy(name: str) -> bool:
    """Say whether a file is a policy, and no audit map.

    :param name: the file, or the bare name of a map of this package
    """
    try:
        path = find_map(name)
        return _is_policy(_keys(path, read_text(path)))
    except FileError:
        # What reads it as a map says what is wrong.
        return False


def _keys(path: str, text: str) -> dict[str, Value]:
    """Return what a file of YAML holds; a map of keywords has no keys.

    :raises FileError: it is YAML, and wrong
    """
    # A policy may have any ending.
    if not (is_yaml(path, text) or looks_like_yaml(text)):
        return {}
    return read_yaml(path, text, Findings()).items()


def _is_policy(keys: dict[str, Value]) -> bool:
    if not keys or not _MAP_KEYS.isdisjoint(keys):
        return False
    version = keys.get('version')
    # One whose rules have another name by mistake.
    return not _RULES.isdisjoint(keys) or (
        version is not None and version.is_scalar and version.text() == VERSION
    )


def open_policy(name: str) -> PolicyDocument:
    """Return the policy of a file, be it a map.

    :param name: the file, or the bare name of a map of this package
    :raises FileError: there is none, or it is wrong
    """
    document, errors = _read(name)
    if errors:
        raise errors[0]
    return document


def lint_policy(
    name: str, methods: Sequence[str] = (), paths: Sequence[str] = ()
) -> Linted:
    """Return what is wrong with a policy that stands in a file of its own.

    :param name: the file
    :param methods: what ``ignore_req_list`` says
    :param paths: what ``ignore_path_list`` says
    """
    return Linted(name, _problems(*_read(name), methods, paths), False)


def lint_policy_of_map(
    name: str, methods: Sequence[str] = (), paths: Sequence[str] = ()
) -> list[Problem]:
    """Return what is wrong with the policy of a map, if it has one.

    :param name: the map
    :param methods: what ``ignore_req_list`` says
    :param paths: what ``ignore_path_list`` says
    """
    try:
        path = find_map(name)
        value = _keys(path, read_text(path)).get(KEY)
    except FileError:
        # It is told where the map itself is looked at.
        return []
    if value is None:
        return []
    return _problems(*read_policy_of_map(path, value), methods, paths)


def _read(name: str) -> tuple[PolicyDocument, list[FileError]]:
    try:
        path = find_map(name)
    except FileError as exc:
        raise PolicyError(name, exc.problem) from exc
    text = read_text(path, PolicyError)
    try:
        keys = _keys(path, text)
    except FileError:
        # What reads it as a policy says what is wrong.
        return read_policy(path, text)
    if text.strip() and (not keys or not _MAP_KEYS.isdisjoint(keys)):
        value = keys.get(KEY)
        if value is not None:
            return read_policy_of_map(path, value)
        raise PolicyError(
            path, 'is an audit map that has no policy: it has no key policy'
        )
    return read_policy(path, text)


def _problems(
    document: PolicyDocument,
    errors: list[FileError],
    methods: Sequence[str],
    paths: Sequence[str],
) -> list[Problem]:
    if errors:
        # What a rule means is known once it can be read.
        return [
            Problem(ERROR, each.line, each.key or '', each.problem)
            for each in errors
        ]
    remarks = [
        *hidden_rules(document.rules, methods, paths),
        *covered_rules(document.rules),
        *covered_rules(document.keep),
    ]
    key = {
        id(rule): f'{name}[{number}]'
        for name in ('rules', 'keep')
        for number, rule in enumerate(getattr(document, name))
    }
    return [
        Problem(REMARK, rule.line, key[id(rule)], problem)
        for rule, problem in sorted(
            remarks, key=lambda each: each[0].line or 0
        )
    ]
