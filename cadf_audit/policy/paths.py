# SPDX-License-Identifier: Apache-2.0

"""The path patterns of all rules and a path in, which of them match out.

A pattern is a path in which ``*`` stands for one segment and ``**`` for any
number of them, none included. Nothing else in it has a meaning. Empty
segments do not count, and neither does ``.json`` at the end of a path, which
frameworks take away.

All patterns are one tree, which a path walks down once. There is no way back
in it, so that no path takes longer than its length has it.
"""

from collections.abc import Sequence
from functools import cache

from cadf_audit.policy.index import by_value
from cadf_audit.policy.index import flipped
from cadf_audit.policy.rule import Asked
from cadf_audit.policy.rule import Condition

ONE = '*'
ANY = '**'
_SUFFIX = '.json'


class _Place:
    """A place in the tree, between two segments of patterns."""

    __slots__ = ('any', 'behind', 'named', 'one', 'repeats', 'rules')

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
        #: the rules whose pattern ends here with any number of segments
        self.behind = 0

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

    def settle(self) -> None:
        """Take what ends with any number of segments out of the way."""
        for place in self.named.values():
            place.settle()
        if self.one is not None:
            self.one.settle()
        if self.any is not None:
            self.any.settle()
            self.behind = self.any.rules
            if not (self.any.named or self.any.one):
                self.any = None


class Paths:
    """Patterns, which fit the paths that they match.

    :param conditions: the condition of each rule, None for one without
    """

    def __init__(self, conditions: Sequence[Condition | None]) -> None:
        self._flipped = flipped(conditions)
        self._root = _Place()
        for pattern, rules in by_value(conditions).items():
            place = self._root
            for segment in segments_of(pattern):
                place = place.below(segment)
            place.rules |= rules
        self._root.settle()

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
        ended = 0
        here = [self._root]
        # Places that repeat stay; any other is left with the next segment.
        stay: list[_Place] = []
        for segment in path.split('/'):
            if not segment:
                continue
            for place in here:
                ended |= place.behind
                if place.any is not None and place.any not in stay:
                    stay.append(place.any)
            ahead = []
            for place in here + stay if stay else here:
                if segment in place.named:
                    ahead.append(place.named[segment])
                if place.one is not None:
                    ahead.append(place.one)
            here = ahead
            if not (here or stay):
                return ended
        for place in here:
            ended |= place.rules | place.behind
        return ended


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
