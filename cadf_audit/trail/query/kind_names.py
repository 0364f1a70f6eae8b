# SPDX-License-Identifier: Apache-2.0

"""A question in, which kinds of events it is about out.

What kinds there are is read within the transaction of the question: a follower
would else pass by an event whose kind came after it was looked for.
"""

from collections.abc import Callable
import threading
from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy import select

from cadf_audit.trail.own_event import TRAIL_TYPE_URI
from cadf_audit.trail.query.event_query import EventQuery
from cadf_audit.trail.query.event_query import Filter
from cadf_audit.trail.query.event_query import QueryError
from cadf_audit.trail.schema import ANCESTORS
from cadf_audit.trail.schema import KINDS
from cadf_audit.wording.categories import Categories
from cadf_audit.wording.categories import Category
from cadf_audit.wording.categories import LEVELS
from cadf_audit.wording.sentence import kind_sentence

#: The category of those events that tell of a reading of the trail
TRAIL = 'TRAIL'


class Kind(NamedTuple):
    """A kind of events.

    :param number: its number
    :param kind: the eventType
    :param action: the action
    :param target_type_uri: the typeURI of the target
    :param category: what it is called
    :param sentence: what happens, without who does it to which one
    """

    number: int
    kind: str
    action: str
    target_type_uri: str
    category: Category
    sentence: str


class KindNames:
    """The kinds of a trail, and what they are called.

    :param categories: what kinds are called
    """

    def __init__(self, categories: Categories) -> None:
        self.categories = categories
        #: Of events that somebody has spoilt
        self.nameless = Kind(0, '', '', '', categories.of('', '', ''), '')
        self._lock = threading.Lock()
        self._known: dict[int, Kind] = {}

    def load(self, connection: Connection) -> dict[int, Kind]:
        """Return all kinds, by their number.

        :param connection: within the transaction of the question
        """
        with self._lock:
            newer = select(KINDS)
            if self._known:
                # They are numbered as they come, and stay.
                newer = newer.where(KINDS.c.id > max(self._known))
            found = {
                row.id: Kind(
                    row.id,
                    row.kind,
                    row.action,
                    row.target_type_uri,
                    self.categories.of(
                        row.kind, row.action, row.target_type_uri
                    ),
                    kind_sentence(
                        row.action, row.target_type_uri, self.categories.words
                    ),
                )
                for row in connection.execute(newer)
            }
            self._known = self._known | found
            return self._known

    def check(self, query: EventQuery) -> None:
        """See that there are such categories.

        :param query: the question
        :raises QueryError: there are not
        """
        asked = query.filter('category')
        if asked is None:
            return
        known = (*self.categories.names,)
        problems = [
            (
                'category',
                f'{value!r:.80} is not one of {", ".join(known)}',
            )
            for value in (*asked.wanted, *asked.unwanted)
            if str(value).upper() not in known
        ]
        if problems:
            raise QueryError(problems)

    def asked(
        self, connection: Connection, query: EventQuery
    ) -> tuple[dict[int, Kind], set[int] | None]:
        """Return all kinds, and which a question is about.

        :param connection: within the transaction of the question
        :param query: the question
        :returns: the second is None for all of them
        """
        kinds = self.load(connection)
        wanted = set(kinds)
        for each in query.filters:
            if each.name in _ABOVE:
                wanted = _with_ancestor(connection, each, wanted)
            elif each.name in _OF_KIND:
                is_it = _OF_KIND[each.name]
                wanted = {
                    number
                    for number in wanted
                    if _holds(each, kinds[number], is_it)
                }
        if not asks_for_trail(query):
            wanted = {
                number for number in wanted if not _is_reading(kinds[number])
            }
        return kinds, None if len(wanted) == len(kinds) else wanted


def asks_for_trail(query: EventQuery) -> bool:
    """Say whether readings of the trail are asked for.

    :param query: the question
    """
    category = query.filter('category')
    target_type = query.filter('target_type')
    return (
        category is not None
        and TRAIL in {value.upper() for value in category.wanted}
    ) or (target_type is not None and TRAIL_TYPE_URI in target_type.wanted)


def _is_reading(kind: Kind) -> bool:
    # Whatever it is called: an operator has words of their own.
    return kind.target_type_uri == TRAIL_TYPE_URI and (
        kind.action.partition('/')[0] == 'read'
    )


def _with_ancestor(
    connection: Connection, asked: Filter, numbers: set[int]
) -> set[int]:
    """Return the kinds that stand where a filter says in a taxonomy."""
    values = {*asked.wanted, *asked.unwanted}
    rows = connection.execute(
        select(ANCESTORS.c.ancestor, ANCESTORS.c.kind_id).where(
            ANCESTORS.c.name == _ABOVE[asked.name],
            ANCESTORS.c.ancestor.in_(values),
        )
    ).all()
    if asked.wanted:
        numbers = numbers & {
            row.kind_id for row in rows if row.ancestor in asked.wanted
        }
    return numbers - {
        row.kind_id for row in rows if row.ancestor in asked.unwanted
    }


def _holds(
    asked: Filter, kind: Kind, is_it: Callable[[Kind, str], bool]
) -> bool:
    if asked.wanted and not any(is_it(kind, each) for each in asked.wanted):
        return False
    return not any(is_it(kind, each) for each in asked.unwanted)


def _has_level(kind: Kind, level: str) -> bool:
    return level == 'AUDIT' or LEVELS[kind.category.level] >= LEVELS[level]


_ABOVE = {'action': 'action', 'target_type': 'target_type_uri'}
_OF_KIND: dict[str, Callable[[Kind, str], bool]] = {
    'kind': lambda kind, value: kind.kind == value,
    'category': lambda kind, value: kind.category.name == value.upper(),
    'level': _has_level,
}
