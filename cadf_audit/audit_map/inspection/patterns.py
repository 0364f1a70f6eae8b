# SPDX-License-Identifier: Apache-2.0

"""A regular expression in, what it is made of and texts it may match out.

For the tools that look at a map; requests never come here. The tree is that
of Python's own parser, so that it cannot differ from what matches.
"""

from collections.abc import Iterable
from collections.abc import Iterator
import re
from re import _parser  # type: ignore[attr-defined]
from typing import Any

# Beyond ASCII all characters are the same here.
OTHER = 128
ALL = frozenset(range(OTHER + 1))

# How many texts are made of one pattern, and how often a part is repeated.
_MOST_TEXTS = 12
_MOST_REPEATS = 64

# What a text is made of, the first that fits.
_PREFERRED = 'a0A-_.1bz'

_CATEGORIES = {
    'CATEGORY_DIGIT': r'\d',
    'CATEGORY_NOT_DIGIT': r'\D',
    'CATEGORY_SPACE': r'\s',
    'CATEGORY_NOT_SPACE': r'\S',
    'CATEGORY_WORD': r'\w',
    'CATEGORY_NOT_WORD': r'\W',
}

# A part of a pattern: what it is, and of what.
Part = tuple[str, Any]


def parts_of(pattern: str) -> list[Part]:
    """Return the parts of a pattern, in their order.

    :param pattern: a regular expression that compiles
    """
    return named(_parser.parse(pattern))


def named(parts: Iterable[tuple[Any, Any]]) -> list[Part]:
    """Return parts with what they are as a text."""
    return [(str(kind), what) for kind, what in parts]


def characters(kind: str, what: Any) -> frozenset[int] | None:
    """Return which characters a part takes; None if it is not about one."""
    if kind == 'ANY':
        return ALL - {ord('\n')}
    if kind == 'LITERAL':
        return frozenset({min(what, OTHER)})
    if kind == 'NOT_LITERAL':
        return ALL - ({what} if what < OTHER else frozenset())
    if kind == 'IN':
        return _set_of(named(what))
    return None


def _set_of(items: list[Part]) -> frozenset[int]:
    found: set[int] = set()
    negated = False
    for kind, what in items:
        if kind == 'NEGATE':
            negated = True
        elif kind == 'RANGE':
            first, last = what
            found.update(range(min(first, OTHER), min(last, OTHER) + 1))
        elif kind == 'CATEGORY':
            category = re.compile(_CATEGORIES[str(what)])
            found.update(c for c in range(OTHER) if category.match(chr(c)))
            found.add(OTHER)
        else:
            found.add(min(what, OTHER))
    if negated:
        return (ALL - found) | {OTHER}
    return frozenset(found)


def texts(pattern: str) -> list[str]:
    """Return a few texts that a pattern may match, the shortest ones first.

    Whether it does match them is for the caller to find out: what a pattern
    says about its surroundings, or of what it saw before, is passed over.

    :param pattern: a regular expression that compiles
    """
    return sorted(dict.fromkeys(_texts(parts_of(pattern))), key=len)


def _texts(parts: list[Part]) -> list[str]:
    choices = [list(dict.fromkeys(_choices(*part))) for part in parts]
    made = [''.join(choice[0] for choice in choices)]
    for index, choice in enumerate(choices):
        for other in choice[1:]:
            if len(made) >= _MOST_TEXTS:
                return made
            made.append(
                ''.join(
                    other if at == index else each[0]
                    for at, each in enumerate(choices)
                )
            )
    return made


def _choices(kind: str, what: Any) -> Iterator[str]:
    taken = characters(kind, what)
    if taken is not None:
        yield from _characters(kind, what, taken)
    elif kind == 'BRANCH':
        for branch in what[1]:
            yield from _texts(named(branch))
    elif kind == 'SUBPATTERN':
        yield from _texts(named(what[3]))
    elif kind == 'ATOMIC_GROUP':
        yield from _texts(named(what))
    elif kind.endswith('_REPEAT'):
        least, most, repeated = what
        times = min(max(least, 1), _MOST_REPEATS)
        made = _texts(named(repeated))
        for text in made:
            yield text * times
        if most > times:
            yield made[0] * (times + 1)
        if not least:
            yield ''
    else:
        yield ''


def _characters(kind: str, what: Any, taken: frozenset[int]) -> Iterator[str]:
    if kind == 'LITERAL':
        yield chr(what)
        return
    preferred = [each for each in _PREFERRED if ord(each) in taken]
    yield from preferred[:2]
    if not preferred:
        yield chr(min(taken - {ord('/')}, default=ord('/')))
