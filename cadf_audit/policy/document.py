# SPDX-License-Identifier: Apache-2.0

"""A policy as it is written in, its rules out, checked.

What is wrong with it is an error, whatever it is: a rule that does not do
what it looks like is one that nobody finds before an auditor misses an event.
"""

from collections.abc import Callable
from collections.abc import Sequence
import dataclasses
import hashlib
import json

from cadf_audit.audit_map.document import read_yaml
from cadf_audit.audit_map.document import Value
from cadf_audit.audit_map.files import read_text
from cadf_audit.audit_map.findings import Findings
from cadf_audit.audit_map.findings import or_allowed
from cadf_audit.exceptions import FileError
from cadf_audit.exceptions import PolicyError
from cadf_audit.policy.conditions import condition_of
from cadf_audit.policy.level import Level
from cadf_audit.policy.rule import Condition
from cadf_audit.policy.rule import KEEP_KEYS
from cadf_audit.policy.rule import KEYS
from cadf_audit.policy.rule import Rule

VERSION = '1'
FILE_KEYS = ('version', 'rules', 'keep')
RULE_KEYS = ('level', *KEYS)
KEEP_RULE_KEYS = ('keep', *KEEP_KEYS)
LEVELS = tuple(level.name.lower() for level in Level)


@dataclasses.dataclass(frozen=True)
class PolicyDocument:
    """What a file says is to be recorded.

    :param path: the file
    :param rules: its rules for a filter, in their order
    :param keep: its rules for a collector; one of level none leaves out
    """

    path: str
    rules: tuple[Rule, ...] = ()
    keep: tuple[Rule, ...] = ()


def rules_digest(rules: Sequence[Rule], *more: tuple[str, ...]) -> str:
    """Return a hash of what rules say; how they say it is no matter.

    :param rules: the rules
    :param more: what else belongs to them
    """
    told = [
        [
            rule.level.name,
            sorted(
                [key, condition.negated, sorted(condition.values)]
                for key, condition in rule.conditions.items()
            ),
        ]
        for rule in rules
    ]
    text = json.dumps([told, *(sorted(each) for each in more)])
    return hashlib.sha256(text.encode()).hexdigest()


def load_policy(path: str) -> PolicyDocument:
    """Read a policy, once, at start.

    :param path: the file
    :raises PolicyError: it cannot be read or breaks a rule of its format
    """
    document, errors = read_policy(path, read_text(path, PolicyError))
    _raise_first(errors)
    return document


def read_policy(
    path: str, text: str
) -> tuple[PolicyDocument, list[FileError]]:
    """Return a policy, and all that is wrong with it.

    :param path: the file, for messages
    :param text: what it holds
    """
    findings = Findings()
    findings.error = PolicyError
    try:
        root = read_yaml(path, text, findings)
        findings.strict = True
        values = root.items()
    except FileError as exc:
        return PolicyDocument(path), [exc]
    errors: list[FileError] = []
    version = values.get('version')
    if version is None:
        errors.append(
            root.error(f'the key version is missing: version: {VERSION}')
        )
    elif not version.is_scalar or version.text() != VERSION:
        errors.append(
            version.error(f'is no version of the format; allowed is {VERSION}')
        )
    document, more = _read(path, root, values, FILE_KEYS)
    errors += more
    # A key that stands there twice.
    errors += [
        PolicyError(path, each.problem, each.line, each.key)
        for each in findings
    ]
    return document, sorted(errors, key=lambda each: each.line or 0)


def policy_of_map(path: str, value: Value) -> PolicyDocument:
    """Return the policy that stands in an audit map.

    :param path: the map
    :param value: what stands there under ``policy``
    :raises AuditMapError: it breaks a rule of its format
    """
    document, errors = read_policy_of_map(path, value)
    _raise_first(errors)
    return document


def read_policy_of_map(
    path: str, value: Value
) -> tuple[PolicyDocument, list[FileError]]:
    """Return the policy of an audit map, and all that is wrong with it.

    :param path: the map
    :param value: what stands there under ``policy``
    """
    findings = value.findings
    before = len(findings)
    try:
        values = value.items()
        document, errors = _read(path, value, values, FILE_KEYS[1:])
    except FileError as exc:
        document, errors = PolicyDocument(path), [exc]
    # A key that stands there twice. The map itself has been read before.
    errors += [
        findings.error(path, each.problem, each.line, each.key)
        for each in findings[before:]
    ]
    return document, sorted(errors, key=lambda each: each.line or 0)


def _raise_first(errors: list[FileError]) -> None:
    if not errors:
        return
    first, more = errors[0], len(errors) - 1
    also = f' (and {more} more: cadf-audit map lint shows all)' if more else ''
    raise type(first)(
        first.path, f'{first.problem}{also}', first.line, first.key
    )


def _read(
    path: str, root: Value, values: dict[str, Value], allowed: tuple[str, ...]
) -> tuple[PolicyDocument, list[FileError]]:
    errors = _unknown(values, allowed)
    # A key that nobody knows is what was meant by it, most often.
    if 'rules' not in values and 'keep' not in values and not errors:
        errors.append(
            root.error('the key rules is missing (or keep, for a collector)')
        )
    rules = _rules(values.get('rules'), RULE_KEYS, level_of, errors)
    keep = _rules(values.get('keep'), KEEP_RULE_KEYS, _keeps, errors)
    return PolicyDocument(path, rules, keep), errors


def _rules(
    value: Value | None,
    keys: tuple[str, ...],
    level: Callable[[Value, dict[str, Value]], Level],
    errors: list[FileError],
) -> tuple[Rule, ...]:
    if value is None:
        return ()
    if not value.is_list:
        errors.append(value.error('has to be a list of rules'))
        return ()
    found = [_rule(each, keys, level, errors) for each in value.values()]
    return tuple(rule for rule in found if rule is not None)


def _unknown(
    values: dict[str, Value], allowed: tuple[str, ...]
) -> list[FileError]:
    return [
        value.error(f'unknown key{or_allowed(name, allowed)}')
        for name, value in values.items()
        if name not in allowed
    ]


def _rule(
    value: Value,
    keys: tuple[str, ...],
    level: Callable[[Value, dict[str, Value]], Level],
    errors: list[FileError],
) -> Rule | None:
    try:
        values = value.items()
    except FileError as exc:
        errors.append(exc)
        return None
    errors += _unknown(values, keys)
    said = None
    conditions: dict[str, Condition] = {}
    try:
        said = level(value, values)
    except FileError as exc:
        errors.append(exc)
    # The first key says what comes of it.
    for key in keys[1:]:
        if key in values:
            try:
                conditions[key] = condition_of(key, values[key])
            except FileError as exc:
                errors.append(exc)
    return None if said is None else Rule(said, conditions, value.line)


def level_of(rule: Value, values: dict[str, Value]) -> Level:
    """Return the level that a rule, or anything else, names.

    :param rule: the rule
    :param values: its values by their keys
    :raises FileError: it names none
    """
    if 'level' not in values:
        raise rule.error(
            f'the key level is missing; allowed are {", ".join(LEVELS)}'
        )
    value = values['level']
    # A null of YAML looks like the level that has this name.
    text = '' if value.is_null else value.text()
    if text not in LEVELS:
        raise value.error(f'{text!r} is no level{or_allowed(text, LEVELS)}')
    return Level[text.upper()]


def _keeps(rule: Value, values: dict[str, Value]) -> Level:
    """Return what a rule of a collector says: metadata, or none."""
    if 'keep' not in values:
        raise rule.error('the key keep is missing; allowed are true and false')
    return Level.METADATA if values['keep'].flag() else Level.NONE
