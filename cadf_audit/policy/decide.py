# SPDX-License-Identifier: Apache-2.0

"""Rules and what was asked in, the decision of the first that matches out.

All is prepared when a policy is loaded. Of a request, only that is worked out
which a rule that may still decide asks for.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence

from cadf_audit.policy.index import FactIndex
from cadf_audit.policy.index import Index
from cadf_audit.policy.index import Networks
from cadf_audit.policy.index import Prefixes
from cadf_audit.policy.index import Together
from cadf_audit.policy.index import Word
from cadf_audit.policy.index import Words
from cadf_audit.policy.level import Decision
from cadf_audit.policy.level import DEFAULT
from cadf_audit.policy.level import Level
from cadf_audit.policy.paths import Paths
from cadf_audit.policy.rule import Asked
from cadf_audit.policy.rule import Condition
from cadf_audit.policy.rule import Rule

# Who asks and from where, which one look tells.
_WHO: dict[str, Callable[[Sequence[Condition | None]], FactIndex]] = {
    'user': lambda conditions: Words('user', conditions),
    'project': lambda conditions: Word('project', conditions),
    'role': lambda conditions: Words('role', conditions),
    'network': Networks,
}

_INDEXES: dict[str, Callable[[Sequence[Condition | None]], Index]] = {
    'method': lambda conditions: Word('method', conditions),
    'path': Paths,
    **_WHO,
    'action': lambda conditions: Prefixes('action', conditions),
    'target_type': lambda conditions: Prefixes('target_type', conditions),
    'outcome': lambda conditions: Word('outcome', conditions),
    'status': lambda conditions: Words('status', conditions),
    'observer': lambda conditions: Words('observer', conditions),
}


class Policy:
    """The rules of one policy, of which the first that matches decides.

    A request whose path holds ``..`` is never left out: where it leads, the
    application says.

    :param rules: the rules, in their order
    :param numbers: what they are called; if nothing else, one, two, three
    """

    def __init__(
        self, rules: Sequence[Rule], numbers: Sequence[int] = ()
    ) -> None:
        numbers = numbers or range(1, len(rules) + 1)
        self._decisions = [
            Decision(rule.level, number, rule.line)
            for rule, number in zip(rules, numbers, strict=True)
        ]
        self._every = (1 << len(rules)) - 1
        every = [rule.conditions for rule in rules]
        used = [key for key in _INDEXES if any(key in each for each in every)]
        # Rules that nothing is left to be asked for, from each step on.
        self._ready = _bits(not each for each in every)
        self._steps: list[tuple[int, int, Callable[[Asked], int]]] = []
        while used:
            who = [key for key in used if key in _WHO]
            keys = who if used[0] in _WHO else used[:1]
            used = [key for key in used if key not in keys]
            self._steps.append(
                (
                    _bits(not each.keys().isdisjoint(keys) for each in every),
                    _bits(each.keys().isdisjoint(used) for each in every),
                    _index(keys, every).rules,
                )
            )
        audited = [
            position
            for position, rule in enumerate(rules)
            if rule.level is not Level.NONE
        ]
        #: the same without the rules that leave out
        self._audited = self
        if len(audited) < len(rules):
            self._audited = Policy(
                [rules[position] for position in audited],
                [numbers[position] for position in audited],
            )

    def decide(self, asked: Asked) -> Decision:
        """Return what the first rule says that a request matches.

        :param asked: the request
        """
        if self._ready & 1:
            return self._checked(self._decisions[0], asked)
        left = self._every
        for asking, ready, look in self._steps:
            if left & asking:
                left &= look(asked)
                if not left:
                    break
            if left & ready:
                first = left & -left
                if first & ready:
                    return self._checked(
                        self._decisions[first.bit_length() - 1], asked
                    )
        return DEFAULT

    def _checked(self, decision: Decision, asked: Asked) -> Decision:
        if decision.level or '..' not in asked.path:
            return decision
        return self._audited.decide(asked)


def _index(
    keys: Sequence[str], every: Sequence[dict[str, Condition]]
) -> Index:
    """Return what the rules say about a key, or about several."""
    conditions = {key: [each.get(key) for each in every] for key in keys}
    if len(keys) == 1:
        return _INDEXES[keys[0]](conditions[keys[0]])
    return Together({key: _WHO[key](conditions[key]) for key in keys})


def _bits(flags: Iterable[bool]) -> int:
    """Return a number whose bits are flags, the first one the lowest."""
    return sum(1 << number for number, flag in enumerate(flags) if flag)
