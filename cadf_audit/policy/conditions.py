# SPDX-License-Identifier: Apache-2.0

"""The value of a key of a rule in, the condition that it is out, checked."""

from collections.abc import Callable
import re

from cadf_audit.audit_map.document import Value
from cadf_audit.audit_map.findings import or_allowed
from cadf_audit.policy.index import read_network
from cadf_audit.policy.paths import ANY
from cadf_audit.policy.paths import ONE
from cadf_audit.policy.rule import Condition
from cadf_audit import taxonomy

_NOT = 'not'

# The ends that CADF knows; what is pending has none.
_OUTCOMES = ('success', 'failure', 'unknown')

#: Whether a text may be a method
is_method = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+").fullmatch
_is_parameter = re.compile(r'{.*}|<.*>|:\w+').fullmatch
# No path has these in it, and regular expressions have little else.
_is_regex = re.compile(r'[][\\^|]|\.[*+]|\$$').search
_is_status = re.compile(r'[1-5](?:[0-9]{2}|xx)').fullmatch
_is_quoted = re.compile(r'%[0-9A-Fa-f]{2}').search


def condition_of(key: str, value: Value) -> Condition:
    """Return what a key of a rule demands.

    :param key: the key
    :param value: a value, several, or ``not`` with one or several behind it
    :raises FileError: it is none of these
    """
    negated = value.is_mapping
    if negated:
        below = value.items()
        if list(below) != [_NOT]:
            raise value.error(
                'has to be a value, a list of values, or {not: ...} with one '
                'of these in it'
            )
        value = below[_NOT]
    return values_of(value, _CHECKS[key], negated)


def values_of(
    value: Value, check: Callable[[Value, str], str], negated: bool = False
) -> Condition:
    """Return one or several values as a condition.

    :param value: what is written
    :param check: returns a value as it is compared
    :param negated: whether none of them may fit
    :raises FileError: there is none, or one is impossible
    """
    texts = [check(each, _text(each)) for each in value.values()]
    if not texts:
        raise value.error('the list is empty; leave the key out')
    return Condition(tuple(dict.fromkeys(texts)), negated)


def fact_of(key: str, value: Value) -> str:
    """Return a fact as a condition is compared with it.

    :param key: the key of a rule
    :param value: what stands there
    :raises FileError: no rule could be about it
    """
    return _CHECKS[key](value, _text(value))


def _text(value: Value) -> str:
    text = value.text()
    if not text.strip():
        raise value.error('has to be a text that is not empty')
    return text


def _method(value: Value, text: str) -> str:
    _check_negation(value, text)
    if is_method(text) is None:
        raise value.error(f'{text!r} is no method; one looks like POST')
    return _any(value, text).upper()


def _path(value: Value, text: str) -> str:
    """Return a pattern, whose stars stand for whole segments."""
    _check_negation(value, text)
    if _is_regex(text):
        raise value.error(
            f'{text!r} looks like a regular expression, and a path is none: '
            'write * for a segment that may be anything, and ** for any '
            'number of them'
        )
    if not text.startswith('/'):
        raise value.error(f'{text!r} does not begin with a slash')
    if '?' in text or '#' in text:
        raise value.error(
            f'{text!r}: a path ends before the ?, and a rule cannot ask for '
            'what stands behind it'
        )
    if _is_quoted(text):
        raise value.error(
            f'{text!r}: a path is compared as it is meant, so write the '
            'character itself and not its %XX'
        )
    if text != '/':
        for segment in text[1:].split('/'):
            _check_segment(value, text, segment)
    return text


def _check_segment(value: Value, text: str, segment: str) -> None:
    if not segment:
        raise value.error(
            f'{text!r} has an empty segment; to mean all below a path as '
            f'well, write {text.rstrip("/")}/**'
        )
    if ONE in segment and segment not in (ONE, ANY):
        raise value.error(
            f'{text!r}: * stands for a whole segment and ** for any number '
            f'of them, so {segment!r} cannot match'
        )
    if _is_parameter(segment):
        raise value.error(
            f'{text!r}: write * for a segment that may be anything, and not '
            f'{segment}'
        )
    if segment in ('.', '..'):
        raise value.error(f'{text!r} has the segment {segment}')


def _check_negation(value: Value, text: str) -> None:
    if text.startswith('!'):
        raise value.error(f'to negate, write {{not: {text[1:]}}}')


def _check_star(value: Value, text: str) -> None:
    """Refuse what looks like a pattern where values are compared whole."""
    if ONE in text:
        raise value.error(
            f'{text!r}: what hangs below a value is meant with it, so write '
            'the value alone, without a star'
        )


def _action(value: Value, text: str) -> str:
    _check_star(value, text)
    if not taxonomy.is_action(text):
        raise value.error(taxonomy.allowed_actions(text))
    return text


def _target_type(value: Value, text: str) -> str:
    _check_star(value, text)
    if not taxonomy.is_resource(text):
        raise value.error(taxonomy.allowed_resources(text))
    return text


def _role(value: Value, text: str) -> str:
    if ',' in text:
        raise value.error(
            f'{text!r}: no role has a comma in it; write a list, [a, b]'
        )
    # As Oslo compares them.
    return _any(value, text).lower()


def _network(value: Value, text: str) -> str:
    if '%' in text:
        raise value.error(
            f'{text!r}: a zone does not count, so write the address alone'
        )
    try:
        return str(read_network(text.strip()))
    except ValueError as exc:
        raise value.error(
            f'{exc}; allowed are networks such as 10.1.0.0/16 or '
            '2001:db8::/32, and single addresses'
        ) from exc


def _outcome(value: Value, text: str) -> str:
    if text not in _OUTCOMES:
        raise value.error(
            f'{text!r} is no outcome{or_allowed(text, _OUTCOMES)}'
        )
    return text


def _status(value: Value, text: str) -> str:
    text = text.strip().lower()
    if _is_status(text) is None:
        raise value.error(
            f'{text!r} is no status; allowed are status codes such as 404, '
            'and 2xx to 5xx for all of a class'
        )
    return text


def _any(value: Value, text: str) -> str:
    text = text.strip()
    if text in (ONE, ANY):
        raise value.error('to mean any, leave the key out')
    return text


_CHECKS: dict[str, Callable[[Value, str], str]] = {
    'method': _method,
    'path': _path,
    'user': _any,
    'project': _any,
    'role': _role,
    'network': _network,
    'action': _action,
    'target_type': _target_type,
    'outcome': _outcome,
    'status': _status,
    'observer': _any,
}
