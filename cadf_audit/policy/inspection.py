# SPDX-License-Identifier: Apache-2.0

"""A file in, all that is wrong with the policy in it out, at once.

The file is a policy, or an audit map with one in it.
"""

from collections.abc import Sequence

from cadf_audit.audit_map.document import read_yaml
from cadf_audit.audit_map.document import Value
from cadf_audit.audit_map.files import find_map
from cadf_audit.audit_map.files import is_yaml
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
from cadf_audit.policy.overlaps import covered_rules
from cadf_audit.policy.overlaps import hidden_rules

#: where the policy stands in a map
KEY = 'policy'


def is_policy(name: str) -> bool:
    """Say whether a file is a policy, and no audit map.

    :param name: the file, or the bare name of a map of this package
    """
    try:
        path = find_map(name)
        text = read_text(path)
        return is_yaml(path, text) and _looks_like_policy(path, text)
    except FileError:
        # What reads it as a map says what is wrong.
        return False


def _looks_like_policy(path: str, text: str) -> bool:
    keys = read_yaml(path, text, Findings()).items()
    return 'rules' in keys and 'resources' not in keys


def _looks_like_map(path: str, text: str) -> bool:
    try:
        return 'resources' in read_yaml(path, text, Findings()).items()
    except FileError:
        return False


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
        value = _of_map(path, read_text(path))
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
    value = None
    if is_yaml(path, text):
        try:
            value = _of_map(path, text)
        except FileError:
            value = None
    if value is not None:
        return read_policy_of_map(path, value)
    if not is_yaml(path, text) or _looks_like_map(path, text):
        raise PolicyError(
            path, 'is an audit map that has no policy: it has no key policy'
        )
    return read_policy(path, text)


def _of_map(path: str, text: str) -> Value | None:
    if not is_yaml(path, text):
        return None
    return read_yaml(path, text, Findings()).items().get(KEY)


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
    ]
    key = {id(rule): n for n, rule in enumerate(document.rules)}
    return [
        Problem(REMARK, rule.line, f'rules[{key[id(rule)]}]', problem)
        for rule, problem in sorted(
            remarks, key=lambda each: each[0].line or 0
        )
    ]
