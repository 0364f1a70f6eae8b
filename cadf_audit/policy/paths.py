# SPDX-License-Identifier: Apache-2.0

"""The path patterns of all rules and a path in, which of them match out.

A pattern is a path in which ``*`` stands for one segment and ``**`` for any
number of them, none included. Nothing else in it has a meaning. Empty
segments do not count, and neither does ``.json`` at the end of a path, which
frameworks take away.

All patterns are one tree. A path can be at several places of it at the same
time; these are a state, and each segment leads from one state to the next. A
path is walked along once, so that none takes longer than its length has it.
States are made when a path first comes by. What tells them apart is in the
patterns, and not what a client makes up.
"""

from collections.abc import Collection
from collections.abc import Sequence
from functools import cache

from cadf_audit.policy.index import by_value
from cadf_audit.policy.index import flipped
from cadf_audit.policy.rule import Asked
from cadf_audit.policy.rule import Condition

ONE = '*'
ANY = '**'
_SUFFIX = '.json'

# Some patterns make more states than anybody wants to keep.
_MOST_STATES = 256


class _Place:
    """A place in the tree, between two segments of patterns."""

    __slots__ = ('any', 'named', 'one', 'repeats', 'rules')

    def __init__(self, repeats: bool = False) -> None:
        #: what follows, by the segment
        self.named: dict[str, _Place] = {}
        #: what follows behind whatever segment
        self.one: _Place | None = None
        #: what follows behind any number of them
        self.any: _Place | None = None
        #: whether it is such a place
        self.repeats = repeats
        #: the rules whose pattern ends here
        self.rules = 0

    def below(self, segment: str) -> '_Place':
        """Return what follows behind a segment of a pattern."""
        if segment == ONE:
            self.one = self.one or _Place()
            return self.one
        if segment == ANY:
            if self.repeats:
                return self
            self.any = self.any or _Place(repeats=True)
            return self.any
        # The environ holds bytes in the guise of latin-1 (PEP 3333).
        guise = segment.encode('utf-8').decode('latin-1')
        return self.named.setdefault(guise, _Place())


class _State:
    """The places where a path is after some of its segments."""

    __slots__ = ('named', 'other', 'places', 'rules')

    def __init__(self, places: Collection[_Place]) -> None:
        self.places = places
        #: the rules of the patterns that match a path which ends here
        self.rules = 0
        #: the next state, by a segment that a pattern has here; None for one
        #: that is not made yet
        self.named: dict[str, _State | None] = {}
        #: the one behind any other segment
        self.other: _State | None = None
        for place in places:
            self.rules |= place.rules
            self.named.update(dict.fromkeys(place.named))


class Paths:
    """Patterns, which fit the paths that they match.

    :param conditions: the condition of each rule, None for one without
    """

    def __init__(self, conditions: Sequence[Condition | None]) -> None:
        self._flipped = flipped(conditions)
        self._root = _Place()
        self._states: dict[frozenset[_Place], _State] = {}
        for pattern, rules in by_value(conditions).items():
            place = self._root
            for segment in segments_of(pattern):
                place = place.below(segment)
            place.rules |= rules
        self._start = self._state({self._root})

    def rules(self, asked: Asked) -> int:
        """Return the rules that a request passes, as far as this key goes."""
        path = asked.path
        hits = self._walk(path)
        if _SUFFIX in path:
            bare = path.rstrip('/')
            if bare.endswith(_SUFFIX):
                hits |= self._walk(bare.removesuffix(_SUFFIX))
        return hits ^ self._flipped

    def _walk(self, path: str) -> int:
        """Return the rules of the patterns that match a path."""
        state = self._start
        for segment in path.split('/'):
            if segment:
                ahead = state.named.get(segment, state.other)
                state = ahead or self._advance(state, segment)
        return state.rules

    def _advance(self, state: _State, segment: str) -> _State:
        """Return the state behind a segment, and remember it."""
        ahead = set()
        for place in state.places:
            if place.repeats:
                ahead.add(place)
            if place.one is not None:
                ahead.add(place.one)
            if segment in place.named:
                ahead.add(place.named[segment])
        after = self._state(ahead)
        if segment in state.named:
            state.named[segment] = after
        else:
            state.other = after
        return after

    def _state(self, places: set[_Place]) -> _State:
        # Any number of segments may be none.
        every = frozenset(places | {each.any for each in places if each.any})
        state = self._states.get(every)
        if state is None:
            if len(self._states) >= _MOST_STATES:
                # They lead to each other, and the first one to all of them.
                self._states = {}
                self._start = self._state({self._root})
            state = self._states[every] = _State(every)
        return state


def segments_of(pattern: str) -> list[str]:
    """Return the segments of a path or of a pattern."""
    return [segment for segment in pattern.split('/') if segment]


def covers(wide: str, narrow: str) -> bool:
    """Say whether a pattern matches all that another one matches.

    :param wide: the pattern
    :param narrow: the other one
    """
    ours, theirs = segments_of(wide), segments_of(narrow)

    @cache
    def behind(our: int, their: int) -> bool:
        if our == len(ours):
            return their == len(theirs)
        if ours[our] == ANY:
            return behind(our + 1, their) or (
                their < len(theirs) and behind(our, their + 1)
            )
        if their == len(theirs) or theirs[their] == ANY:
            return False
        if ours[our] in (ONE, theirs[their]):
            return behind(our + 1, their + 1)
        return False

    return behind(0, 0)
