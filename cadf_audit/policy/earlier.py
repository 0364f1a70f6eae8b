# SPDX-License-Identifier: Apache-2.0

"""Rules one after the other in, which earlier ones may cover a rule out.

To look at each pair of ten thousand rules takes minutes. A rule is found where
the values stand of one of its keys, and another one is looked for where its
own stand and above: in ``/v1`` and ``/`` for ``/v1/orders``.
"""

from collections.abc import Callable
from collections.abc import Hashable
from collections.abc import Iterator
from collections.abc import Sequence
from collections import defaultdict

from cadf_audit.policy.index import read_network
from cadf_audit.policy.paths import ANY
from cadf_audit.policy.paths import ONE
from cadf_audit.policy.paths import segments_of
from cadf_audit.policy.rule import Rule

_Place = tuple[str, Hashable]


class Earlier:
    """The rules that were there before, where they can be found."""

    def __init__(self) -> None:
        self._found: dict[_Place, list[int]] = defaultdict(list)
        # Of these, no key names a value that has to fit.
        self._anywhere: list[int] = []

    def add(self, number: int, rule: Rule) -> None:
        """Remember a rule, where the fewest others are.

        :param number: its number, higher than those before
        :param rule: the rule
        """
        choices = [
            {(key, _chain(key, value)[-1]) for value in condition.values}
            for key, condition in rule.conditions.items()
            if not condition.negated
        ]
        if not choices:
            self._anywhere.append(number)
            return
        for place in min(choices, key=self._crowd):
            self._found[place].append(number)

    def _crowd(self, places: set[_Place]) -> int:
        return sum(len(self._found.get(place, ())) for place in places)

    def covering(self, rule: Rule) -> list[int]:
        """Return the numbers of all that may cover a rule, the first first.

        :param rule: the rule
        """
        found = set(self._anywhere)
        for key, condition in rule.conditions.items():
            if not condition.negated:
                # What covers it covers each of its values.
                for place in _chain(key, condition.values[0]):
                    found.update(self._found.get((key, place), ()))
        return sorted(found)


def _chain(key: str, value: str) -> Sequence[Hashable]:
    """Return where a value stands, last, and whatever may hold it, before."""
    return _CHAINS.get(key, _same)(value)


def _same(value: str) -> Sequence[Hashable]:
    return (value,)


def _path(pattern: str) -> Sequence[Hashable]:
    named = []
    for segment in segments_of(pattern):
        if segment in (ONE, ANY):
            break
        named.append(segment)
    return [tuple(named[:end]) for end in range(len(named) + 1)]


def _taxonomy(value: str) -> Sequence[Hashable]:
    return list(_heads(value))


def _heads(value: str) -> Iterator[str]:
    for position, char in enumerate(value):
        if char == '/':
            yield value[:position]
    yield value


def _network(text: str) -> Sequence[Hashable]:
    network = read_network(text)
    first, bits = int(network.network_address), network.max_prefixlen
    return [
        (network.version, length, first >> (bits - length))
        for length in range(network.prefixlen + 1)
    ]


def _status(value: str) -> Sequence[Hashable]:
    return (f'{value[0]}xx', value)


_CHAINS: dict[str, Callable[[str], Sequence[Hashable]]] = {
    'path': _path,
    'action': _taxonomy,
    'target_type': _taxonomy,
    'network': _network,
    'status': _status,
}
