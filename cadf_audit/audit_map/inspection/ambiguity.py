# SPDX-License-Identifier: Apache-2.0

"""A regular expression in, whether it can take exponential time out.

It can where a loop reads the same text in two ways (``(a+)+``): each further
character doubles the ways to be tried once the end does not match. The
pattern becomes an automaton of its characters (Glushkov's); two ways are two
paths with the same text from a state back to it (Weber and Seidl).
"""

from collections.abc import Iterable
from typing import Any

from cadf_audit.audit_map.inspection.patterns import ALL
from cadf_audit.audit_map.inspection.patterns import characters
from cadf_audit.audit_map.inspection.patterns import named
from cadf_audit.audit_map.inspection.patterns import Part
from cadf_audit.audit_map.inspection.patterns import parts_of

# As often a part stands there that is to be repeated more often, or up to so
# often: two show whether one can be told from the next.
_COPIES = 2

# Patterns beyond it are not looked at.
_MOST_STATES = 120

_UNBOUNDED = 2**31

# Whether a part may be empty, the states it begins with and ends with.
_Piece = tuple[bool, frozenset[int], frozenset[int]]
_EMPTY: _Piece = (True, frozenset(), frozenset())

_Pair = tuple[int, int]


def is_exponential(pattern: str) -> bool:
    """Say whether a pattern can take exponential time.

    :param pattern: a regular expression that compiles
    """
    automaton = _Automaton()
    try:
        automaton.add(parts_of(pattern))
    except _TooLarge:
        return False
    return automaton.loops_in_two_ways()


class _TooLarge(Exception):  # noqa: N818
    """The pattern has too many parts to look at."""


class _Automaton:
    """The characters of a pattern, and which may follow which."""

    def __init__(self) -> None:
        self._takes: list[frozenset[int]] = []
        self._follow: list[set[int]] = []
        # Steps to which more than one way leads.
        self._double: set[_Pair] = set()

    def add(self, parts: Iterable[Part]) -> _Piece:
        """Add parts that stand one after the other."""
        whole = _EMPTY
        for part in parts:
            whole = self._join(whole, self._part(*part))
        return whole

    def loops_in_two_ways(self) -> bool:
        """Say whether a text leads from a state to itself in two ways."""
        for before, after in self._double:
            if before in self._reach(after):
                return True
        backwards: list[set[int]] = [set() for _ in self._follow]
        for state, following in enumerate(self._follow):
            for each in following:
                backwards[each].add(state)
        return any(
            self._parts_and_meets(state, backwards)
            for state in range(len(self._takes))
            if state in self._reach(state)
        )

    def _parts_and_meets(self, state: int, backwards: list[set[int]]) -> bool:
        pair = (state, state)
        ahead = self._pairs(pair, self._follow)
        behind = self._pairs(pair, backwards)
        return any(one != other for one, other in ahead & behind)

    def _pairs(self, start: _Pair, steps: list[set[int]]) -> set[_Pair]:
        found = {start}
        waiting = [start]
        while waiting:
            one, other = waiting.pop()
            for pair in (
                (x, y)
                for x in steps[one]
                for y in steps[other]
                if self._takes[x] & self._takes[y]
            ):
                if pair not in found:
                    found.add(pair)
                    waiting.append(pair)
        return found

    def _reach(self, state: int) -> set[int]:
        """Return the states behind a state."""
        found: set[int] = set()
        waiting = [state]
        while waiting:
            for each in self._follow[waiting.pop()] - found:
                found.add(each)
                waiting.append(each)
        return found

    def _part(self, kind: str, what: Any) -> _Piece:
        taken = characters(kind, what)
        if taken is not None:
            return self._state(taken)
        if kind == 'SUBPATTERN':
            return self.add(named(what[3]))
        if kind == 'BRANCH':
            return self._branches(self.add(named(each)) for each in what[1])
        if kind in ('MAX_REPEAT', 'MIN_REPEAT'):
            return self._repeat(*what)
        if kind in ('POSSESSIVE_REPEAT', 'ATOMIC_GROUP', 'GROUPREF'):
            # What these took is not tried in another way.
            return self._state(ALL)
        return _EMPTY

    def _state(self, taken: frozenset[int]) -> _Piece:
        if len(self._takes) >= _MOST_STATES:
            raise _TooLarge
        self._takes.append(taken)
        self._follow.append(set())
        state = frozenset({len(self._takes) - 1})
        return False, state, state

    def _branches(self, pieces: Iterable[_Piece]) -> _Piece:
        empty, first, last = False, frozenset[int](), frozenset[int]()
        for piece in pieces:
            empty = empty or piece[0]
            first |= piece[1]
            last |= piece[2]
        return empty, first, last

    def _repeat(self, least: int, most: Any, repeated: Any) -> _Piece:
        parts = named(repeated)
        whole = piece = self.add(parts)
        for _ in range(min(least, _COPIES) - 1):
            piece = self.add(parts)
            whole = self._join(whole, piece)
        empty, first, last = whole
        if int(most) >= _UNBOUNDED:
            self._connect(piece[2], piece[1])
        else:
            # Each further one stands behind the one before, if there is any.
            before = last
            more = min(int(most) - least, _COPIES) - (not least)
            for _ in range(more):
                piece = self.add(parts)
                self._connect(before, piece[1])
                before = piece[2]
                last |= before
        return (empty or not least), first, last

    def _join(self, left: _Piece, right: _Piece) -> _Piece:
        self._connect(left[2], right[1])
        return (
            left[0] and right[0],
            left[1] | right[1] if left[0] else left[1],
            left[2] | right[2] if right[0] else right[2],
        )

    def _connect(self, last: Iterable[int], first: Iterable[int]) -> None:
        for before in last:
            for after in first:
                if after in self._follow[before]:
                    self._double.add((before, after))
                self._follow[before].add(after)
