# SPDX-License-Identifier: Apache-2.0

"""Rules and what was asked in, the decision of the first that matches out.

All is prepared when a policy is loaded. Of a request, only that is worked out
which a rule that may still decide asks for.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence

from cadf_audit.policy.index import Index
from cadf_audit.policy.index import Networks
from cadf_audit.policy.index import Prefixes
from cadf_audit.policy.index import Word
from cadf_audit.policy.index import Words
from cadf_audit.policy.level import Decision
from cadf_audit.policy.level import DEFAULT
from cadf_audit.policy.level import Level
from cadf_audit.policy.paths import Paths
from cadf_audit.policy.rule import Asked
from cadf_audit.policy.rule import Condition
from cadf_audit.policy.rule import KEYS
from cadf_audit.policy.rule import Rule

_INDEXES: dict[str, Callable[[Sequence[Condition | None]], Index]] = {
    'method': lambda conditions: Word('method', conditions),
    'path': Paths,
    'user': lambda conditions: Words('user', conditions),
    'project': lambda conditions: Word('project', conditions),
    'role': lambda conditions: Words('role', conditions),
    'network': Networks,
    'action': lambda conditions: Prefixes('action', conditions),
    'target_type': lambda conditions: Prefixes('target_type', conditions),
}


class Policy:
    """The rules of one policy, of which the first that matches decides.

    A request whose path holds ``..`` is never left out: where it leads, the
    application says.

    :param rules: the rules, in their order
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        numbered = list(enumerate(self.rules, 1))
        self._all = _Steps(numbered)
        self._audited = _Steps(
            [each for each in numbered if each[1].level is not Level.NONE]
        )

    def decide(self, asked: Asked) -> Decision:
        """Return what the first rule says that a request matches.

        :param asked: the request
        """
        decision = self._all.decide(asked)
        if not decision.level and '..' in asked.path:
            return self._audited.decide(asked)
        return decision


class _Steps:
    """Rules, and what is to be looked at one after the other to decide.

    :param rules: the rules, each with its number
    """

    def __init__(self, rules: Sequence[tuple[int, Rule]]) -> None:
        self._decisions = [
            Decision(rule.level, number, rule.line) for number, rule in rules
        ]
        self._every = (1 << len(rules)) - 1
        every = [rule.conditions for _, rule in rules]
        used = [key for key in KEYS if any(key in each for each in every)]
        # Rules that nothing is left to be asked for, from each step on.
        self._ready = _bits(not each for each in every)
        self._steps: list[tuple[int, int, Callable[[Asked], int]]] = []
        for position, key in enumerate(used, 1):
            later = used[position:]
            self._steps.append(
                (
                    _bits(key in each for each in every),
                    _bits(each.keys().isdisjoint(later) for each in every),
                    _INDEXES[key]([each.get(key) for each in every]).rules,
                )
            )

    def decide(self, asked: Asked) -> Decision:
        """Return what the first rule says that a request matches."""
        left = self._every
        if left & -left & self._ready:
            return self._decisions[0]
        for asking, ready, look in self._steps:
            if left & asking:
                left &= look(asked)
                if not left:
                    break
            if left & ready:
                first = left & -left
                if first & ready:
                    return self._decisions[first.bit_length() - 1]
        return DEFAULT


def _bits(flags: Iterable[bool]) -> int:
    """Return a number whose bits are flags, the first one the lowest."""
    return sum(1 << number for number, flag in enumerate(flags) if flag)
