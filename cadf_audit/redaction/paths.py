# SPDX-License-Identifier: Apache-2.0

"""JSON paths with wildcards in, what of a value they choose out.

The part of RFC 9535 that names places: ``$.server.name``, ``$['a b'][0]``,
``$.servers[*].name``, ``$.*``, and ``$..name`` for a name at any depth. What a
path leads to is chosen with all that it holds.
"""

from collections.abc import Iterable
from collections.abc import Sequence
import re
from typing import Any
from typing import Final
from typing import NamedTuple

_STEP = re.compile(
    r"""(?P<deep>\.\.)?(?:
        (?(deep)|\.)(?P<any>\*)
        |(?(deep)|\.)(?P<name>[^.\[\]'"*]+)
        |\[(?P<every>\*)\]
        |\[(?P<index>\d{1,9})\]
        |\['(?P<quoted>[^']+)'\]
        |\["(?P<double>[^"]+)"\]
    )""",
    re.VERBOSE,
)

_ANY: Final[Any] = object()

# Where one is: which paths, and how many steps of each were gone.
_States = tuple[tuple[int, int], ...]


class _Step(NamedTuple):
    key: Any
    deep: bool


class JsonPaths:
    """Some paths, to be followed at the same time.

    :param texts: the paths, each of which begins with ``$``
    :raises ValueError: one of them is none
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._paths = tuple(map(_parse, texts))
        #: where one is at the root of a value
        self.start: _States = tuple(
            (number, 0) for number in range(len(self._paths))
        )
        #: whether a path leads to the root itself
        self.whole = not all(self._paths)

    def enter(self, states: _States, key: str | int) -> tuple[bool, _States]:
        """Return whether a path ends at a member, and where one is in it.

        :param states: where one is
        :param key: the name of the member, or its index
        """
        found = []
        for state in states:
            number, gone = state
            path = self._paths[number]
            if gone == len(path):
                continue
            step = path[gone]
            if step.deep:
                found.append(state)
            # True is no index, and 1 no name.
            if step.key is _ANY or (
                type(step.key) is type(key) and step.key == key
            ):
                if gone + 1 == len(path):
                    return True, ()
                found.append((number, gone + 1))
        return False, tuple(found)


class _Place(NamedTuple):
    """A part of a value, what becomes of it, and where in the paths it is."""

    source: Any
    target: Any
    #: None where all of it is allowed
    allowed: _States | None
    denied: _States


class Whole(NamedTuple):
    """An object or a list of which something was left out.

    :param source: what it was
    :param keys: of a list, the indices of what stayed
    """

    source: Any
    keys: Sequence[int]


#: what objects and lists were, by the ids of what is chosen of them
Wholes = dict[int, Whole]


def choose(
    value: Any,
    allow: JsonPaths | None,
    deny: JsonPaths | None,
    wholes: Wholes | None = None,
) -> Any:
    """Return what is allowed of a value, less what is denied.

    Of what leads there, names and brackets stay.

    :param value: what JSON holds, nested as deeply as it likes
    :param allow: the paths of what stays, None for all
    :param deny: the paths of what goes
    :param wholes: takes what was there before; it is good for as long as the
        result is kept
    :returns: None where nothing stays
    """
    if deny is not None and deny.whole:
        return None
    if allow is not None and allow.whole:
        allow = None
    allowed = None if allow is None else allow.start
    if type(value) not in (dict, list):
        return value if allowed is None else None
    result: Any = type(value)()
    denied = () if deny is None else deny.start
    waiting = [_Place(value, result, allowed, denied)]
    while waiting:
        place = waiting.pop()
        target = place.target
        keys: list[int] = []
        if type(target) is dict:
            for name, each in place.source.items():
                chosen = _member(place, name, each, allow, deny)
                if chosen is not None:
                    target[name] = chosen.target
                    waiting += [chosen] if chosen.source is not None else []
        else:
            for index, each in enumerate(place.source):
                chosen = _member(place, index, each, allow, deny)
                if chosen is not None:
                    target.append(chosen.target)
                    keys.append(index)
                    waiting += [chosen] if chosen.source is not None else []
        if wholes is not None and len(target) < len(place.source):
            wholes[id(target)] = Whole(place.source, keys)
    return result


def _member(
    place: _Place,
    key: str | int,
    value: Any,
    allow: JsonPaths | None,
    deny: JsonPaths | None,
) -> _Place | None:
    """Return what becomes of a member; None if it goes.

    :returns: without a source if there is nothing left to decide
    """
    denied: _States = ()
    if place.denied and deny is not None:
        ends, denied = deny.enter(place.denied, key)
        if ends:
            return None
    inner = type(value) in (dict, list)
    allowed = place.allowed
    if allowed is not None and allow is not None:
        ends, allowed = allow.enter(allowed, key)
        if ends:
            allowed = None
        elif not (inner and allowed):
            return None
    if not inner or (allowed is None and not denied):
        return _Place(None, value, None, ())
    return _Place(value, type(value)(), allowed, denied)


def _parse(text: str) -> tuple[_Step, ...]:
    steps = []
    position = 1
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None:
            break
        key: Any = found['name'] or found['quoted'] or found['double']
        if found['any'] or found['every']:
            key = _ANY
        elif found['index']:
            key = int(found['index'])
        steps.append(_Step(key, bool(found['deep'])))
        position = found.end()
    if not text.startswith('$') or position < len(text):
        raise ValueError(
            f'{text!r} is no JSON path; one looks like $.server.name, '
            "$.servers[*].name, $..name or $['a name'][0]"
        )
    return tuple(steps)
