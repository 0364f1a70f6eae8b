# SPDX-License-Identifier: Apache-2.0

"""One key of all rules and a fact in, the rules that it lets through out.

Rules are the bits of a number, the first rule the lowest one. So one look
into a table says of all of them at once what a fact means to them, and a rule
more costs next to nothing.
"""

from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
import ipaddress
from operator import attrgetter
import socket
from typing import Any
from typing import Protocol

from cadf_audit.policy.rule import Asked
from cadf_audit.policy.rule import Condition

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# How many facts are remembered at most, and how long each may be.
_MOST_SEEN = 1024
_LONGEST_SEEN = 512

# What an address of version 4 begins with that stands in one of version 6.
_MAPPED = bytes(10) + b'\xff\xff'


class Index(Protocol):
    """What the rules say about one key, or about several."""

    def rules(self, asked: Asked) -> int:
        """Return the rules that a request passes, as far as this key goes."""


class FactIndex(Index, Protocol):
    """What the rules say about one key, which the fact alone decides."""

    def look(self, fact: Any) -> int:
        """Return the rules that a fact lets through.

        :param fact: what a request has under this key
        """


def flipped(conditions: Sequence[Condition | None]) -> int:
    """Return the rules that pass where no value of theirs fits.

    :param conditions: the condition of each rule, None for one without
    """
    return sum(
        1 << number
        for number, condition in enumerate(conditions)
        if condition is None or condition.negated
    )


class Words:
    """Values that fit where they are the same.

    :param key: what of a request is looked at
    :param conditions: the condition of each rule, None for one without
    """

    def __init__(
        self, key: str, conditions: Sequence[Condition | None]
    ) -> None:
        self._facts = attrgetter(_FACTS[key])
        self._flipped = flipped(conditions)
        self._table = by_value(conditions)

    def rules(self, asked: Asked) -> int:
        """Return the rules that a request passes, as far as this key goes."""
        return self.look(self._facts(asked))

    def look(self, fact: Any) -> int:
        """Return the rules that several facts let through."""
        hits = 0
        for each in fact:
            hits |= self._table.get(each, 0)
        # A hit lets a rule through, but for a negated one, which it stops.
        return hits ^ self._flipped


class Word(Words):
    """Values that fit where they are the same; a request has one of them."""

    def rules(self, asked: Asked) -> int:
        """Return the rules that a request passes, as far as this key goes."""
        return self._table.get(self._facts(asked), 0) ^ self._flipped

    def look(self, fact: Any) -> int:
        """Return the rules that a fact lets through."""
        return self._table.get(fact, 0) ^ self._flipped


class Seen(dict[Hashable, int]):
    """What was found out about facts that come again and again.

    Clients choose some of them, so there are never many, nor long ones.
    """

    def keep(self, fact: Hashable, rules: int) -> int:
        """Remember the rules that a fact lets through, and return them."""
        if len(str(fact)) <= _LONGEST_SEEN:
            if len(self) >= _MOST_SEEN:
                self.clear()
            self[fact] = rules
        return rules


class Prefixes:
    """Values that fit what is the same or hangs below them, behind a slash.

    :param key: what of a request is looked at
    :param conditions: the condition of each rule, None for one without
    """

    def __init__(
        self, key: str, conditions: Sequence[Condition | None]
    ) -> None:
        self._fact = attrgetter(_FACTS[key])
        self._flipped = flipped(conditions)
        self._table = by_value(conditions)
        self._deepest = max(each.count('/') for each in self._table) + 1
        self._seen = Seen()

    def rules(self, asked: Asked) -> int:
        """Return the rules that a request passes, as far as this key goes."""
        fact = self._fact(asked)
        rules = self._seen.get(fact)
        return self._look(fact) if rules is None else rules

    def _look(self, fact: str) -> int:
        hits, head = 0, ''
        # However long it is: no rule is about more than this.
        for part in fact.split('/', self._deepest)[: self._deepest]:
            head = f'{head}/{part}' if head else part
            hits |= self._table.get(head, 0)
        return self._seen.keep(fact, hits ^ self._flipped)


class Networks:
    """Networks, which an address fits that lies in them.

    :param conditions: the condition of each rule, None for one without
    """

    def __init__(self, conditions: Sequence[Condition | None]) -> None:
        self._flipped = flipped(conditions)
        # Each size of network that there is: how much of an address does not
        # count, and the networks by what does.
        self._tables: dict[int, dict[int, dict[int, int]]] = {4: {}, 6: {}}
        self._seen = Seen()
        for text, rules in by_value(conditions).items():
            network = read_network(text)
            host_bits = network.max_prefixlen - network.prefixlen
            table = self._tables[network.version].setdefault(host_bits, {})
            first = int(network.network_address) >> host_bits
            table[first] = table.get(first, 0) | rules

    def rules(self, asked: Asked) -> int:
        """Return the rules that a request passes, as far as this key goes."""
        return self.look(asked.address)

    def look(self, fact: str | None) -> int:
        """Return the rules that an address lets through."""
        text = fact or ''
        rules = self._seen.get(text)
        return self._find(text) if rules is None else rules

    def _find(self, text: str) -> int:
        hits = 0
        address = read_address(text)
        if address is not None:
            version, number = address
            for host_bits, table in self._tables[version].items():
                hits |= table.get(number >> host_bits, 0)
        return self._seen.keep(text, hits ^ self._flipped)


class Together:
    """Several keys, of which the facts come together again and again.

    :param indexes: what the rules say about each, at least two
    """

    def __init__(self, indexes: Mapping[str, FactIndex]) -> None:
        self._facts = attrgetter(*(_FACTS[key] for key in indexes))
        self._indexes = [*indexes.values()]
        self._seen = Seen()

    def rules(self, asked: Asked) -> int:
        """Return the rules that a request passes, as far as these keys go."""
        facts = self._facts(asked)
        rules = self._seen.get(facts)
        return self._find(facts) if rules is None else rules

    def _find(self, facts: tuple[Hashable, ...]) -> int:
        rules = -1
        for index, fact in zip(self._indexes, facts, strict=True):
            rules &= index.look(fact)
        return self._seen.keep(facts, rules)


def by_value(conditions: Iterable[Condition | None]) -> dict[str, int]:
    """Return which rules name a value.

    :param conditions: the condition of each rule, None for one without
    """
    table: dict[str, int] = {}
    for number, condition in enumerate(conditions):
        for value in condition.values if condition else ():
            table[value] = table.get(value, 0) | 1 << number
    return table


def read_network(text: str) -> Network:
    """Return a network; a single address is one of its own.

    :param text: in CIDR
    :raises ValueError: it is none
    """
    network = ipaddress.ip_network(text)
    if isinstance(network, ipaddress.IPv6Network):
        first = network.network_address.ipv4_mapped
        if first is not None and network.prefixlen >= 96:
            return ipaddress.IPv4Network((first, network.prefixlen - 96))
    return network


def read_address(text: str) -> tuple[int, int] | None:
    """Return the version and the number of an address, or None for none.

    :mod:`ipaddress` would take ten times as long.

    :param text: what is said to be one; a zone does not count
    """
    try:
        return 4, int.from_bytes(socket.inet_pton(socket.AF_INET, text))
    except (OSError, ValueError):
        pass
    try:
        packed = socket.inet_pton(socket.AF_INET6, text.partition('%')[0])
    except (OSError, ValueError):
        return None
    if packed.startswith(_MAPPED):
        return 4, int.from_bytes(packed[len(_MAPPED) :])
    return 6, int.from_bytes(packed)


_FACTS = {
    'method': 'method',
    'user': 'users',
    'project': 'project',
    'role': 'roles',
    'network': 'address',
    'action': 'action',
    'target_type': 'target_type',
    'outcome': 'outcome',
    'status': 'statuses',
    'observer': 'observers',
}
