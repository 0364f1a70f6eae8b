# SPDX-License-Identifier: Apache-2.0

"""The rules of a policy in, those that never match out, and what hides them.

What is told is certain: a rule of which it is told matches no request that
another one has not decided before. (But for a path with ``..``, which no rule
leaves out, and one that begins with two slashes, which ``ignore_path_list``
does not know.) Where two rules together cover a third one, nothing is told.
"""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence

from cadf_audit.policy.earlier import Earlier
from cadf_audit.policy.index import read_network
from cadf_audit.policy.paths import ANY
from cadf_audit.policy.paths import covers
from cadf_audit.policy.paths import ONE
from cadf_audit.policy.rule import Condition
from cadf_audit.policy.rule import Rule

# Of these a request has one value at most, so that it is not another one.
_SINGLE = frozenset(
    {
        'method',
        'project',
        'network',
        'action',
        'target_type',
        'outcome',
        'status',
    }
)

_Remark = tuple[Rule, str]


def covered_rules(rules: Sequence[Rule]) -> Iterator[_Remark]:
    """Yield the rules that never match, since an earlier one does.

    :param rules: the rules, in their order
    """
    before = Earlier()
    for number, rule in enumerate(rules):
        for each in before.covering(rule):
            earlier = rules[each]
            if is_covered(earlier, rule):
                yield (
                    rule,
                    'never matches: whatever it is about, the rule in line '
                    f'{earlier.line} decides before; put it in front of that '
                    'one, or take it away',
                )
                break
        before.add(number, rule)


def is_covered(earlier: Rule, later: Rule) -> bool:
    """Say whether a rule matches all that another one matches.

    :param earlier: the rule
    :param later: the other one
    """
    return all(
        key in later.conditions
        and _covers(key, condition, later.conditions[key])
        for key, condition in earlier.conditions.items()
    )


def _covers(key: str, wide: Condition, narrow: Condition) -> bool:
    fits = _FITS.get(key, str.__eq__)
    if wide.negated and narrow.negated:
        # What the first one keeps out, the second one keeps out as well.
        return all(
            any(fits(theirs, ours) for theirs in narrow.values)
            for ours in wide.values
        )
    if wide.negated:
        return key in _SINGLE and not any(
            fits(ours, theirs) or fits(theirs, ours)
            for ours in wide.values
            for theirs in narrow.values
        )
    if narrow.negated:
        return False
    return all(
        any(fits(ours, theirs) for ours in wide.values)
        for theirs in narrow.values
    )


def _is_below(prefix: str, value: str) -> bool:
    return value == prefix or value.startswith(f'{prefix}/')


def _holds(wide: str, narrow: str) -> bool:
    outer, inner = read_network(wide), read_network(narrow)
    if outer.version != inner.version or outer.prefixlen > inner.prefixlen:
        return False
    return inner.network_address in outer


def _is_class_of(wide: str, narrow: str) -> bool:
    return wide in (narrow, f'{narrow[0]}xx')


_FITS: dict[str, Callable[[str, str], bool]] = {
    'path': covers,
    'action': _is_below,
    'target_type': _is_below,
    'network': _holds,
    'status': _is_class_of,
}


def hidden_rules(
    rules: Sequence[Rule], methods: Sequence[str], paths: Sequence[str]
) -> Iterator[_Remark]:
    """Yield the rules that the options hide which always win.

    :param rules: the rules
    :param methods: what ``ignore_req_list`` says
    :param paths: what ``ignore_path_list`` says
    """
    ignored = {method.strip().upper() for method in methods} - {''}
    entries = [path.strip() for path in paths if path.strip()]
    for rule in rules:
        if '*' in entries:
            yield rule, _told('ignore_path_list', ['*'], True)
            continue
        wanted = rule.conditions.get('method')
        if wanted is not None and not wanted.negated:
            hidden = [each for each in wanted.values if each in ignored]
            if hidden:
                every = len(hidden) == len(wanted.values)
                yield rule, _told('ignore_req_list', hidden, every)
        patterns = rule.conditions.get('path')
        if patterns is not None and not patterns.negated:
            hiding = [
                each
                for each in entries
                if any(_meets(each, pattern) for pattern in patterns.values)
            ]
            if hiding:
                every = all(
                    any(_hides(each, pattern) for each in hiding)
                    for pattern in patterns.values
                )
                yield rule, _told('ignore_path_list', hiding, every)


def _told(option: str, hiding: list[str], every: bool) -> str:
    what = f'{option} ({", ".join(hiding)}) always wins'
    if every:
        return f'never matches: {what}'
    return f'{what}, so the rule is about the rest alone'


def _hides(ignored: str, pattern: str) -> bool:
    """Say whether an entry of ``ignore_path_list`` takes all of a pattern."""
    begin = pattern.partition(ONE)[0]
    if not ignored.endswith(ONE):
        # /a is not /a/ there, and to a rule it is.
        return False
    if pattern == f'{begin}{ANY}':
        # /a/** is about /a as well, which /a/* leaves in.
        begin = begin.rstrip('/')
    return begin.startswith(ignored[:-1])


def _meets(ignored: str, pattern: str) -> bool:
    """Say whether an entry may take something of a pattern."""
    begin = pattern.partition(ONE)[0]
    if not ignored.endswith(ONE):
        return covers(pattern, ignored)
    return begin.startswith(ignored[:-1]) or (
        ONE in pattern and ignored.startswith(begin)
    )
