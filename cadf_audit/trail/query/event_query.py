# SPDX-License-Identifier: Apache-2.0

"""Parameters in, a question about events out, or all that is wrong with it.

What the command line, the HTTP API and Python have in common: the names of
the filters, what they take, and which page is wanted.
"""

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
import dataclasses
import datetime
import functools
from typing import Any

from cadf_audit.clock import utc_now
from cadf_audit.exceptions import AuditError
from cadf_audit.trail.query import values

DEFAULT_LIMIT = 100
MOST_LIMIT = 1000

#: What says which window of time it is
WINDOW = ('from', 'to')

# So many values of all filters; each costs a part of a statement, and SQLite
# refuses one of more than a thousand.
MOST_VALUES = 50

_NOT = '!'
# What stands before a value that begins with a mark and means it.
_ESCAPE = '\\'


class QueryError(AuditError):
    """A question cannot be asked like that.

    :param problems: what is wrong, by the name of the parameter
    """

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__(
            '; '.join(f'{name}: {problem}' for name, problem in problems)
        )
        self.problems = problems


@dataclasses.dataclass(frozen=True)
class Parameter:
    """A filter that one may use.

    :param parse: reads a value
    :param help: what it finds
    """

    parse: Callable[[str], Any]
    help: str


FILTERS = {
    'owner': Parameter(values.text, 'the initiator, by name or id'),
    'project': Parameter(
        values.text, 'the project of the initiator or of the target, by id'
    ),
    'domain': Parameter(values.text, 'the domain of the initiator, by id'),
    'action': Parameter(
        values.taxon, 'an action; update finds update/resize as well'
    ),
    'outcome': Parameter(values.outcome, 'success, failure or unknown'),
    'status': Parameter(
        values.status, 'the status of the answer: 404, or 4xx for all of them'
    ),
    'target_type': Parameter(
        values.taxon, 'the typeURI of the target, or what stands above it'
    ),
    'target_id': Parameter(values.text, 'the target, by id'),
    'target_name': Parameter(values.text, 'the target, by name'),
    'observer': Parameter(values.text, 'the service, by name or id'),
    'address': Parameter(
        values.address, 'the address of the client, or a network: 10.0.0.0/8'
    ),
    'agent': Parameter(
        values.part, 'the program of the client, or a part of its name'
    ),
    'path': Parameter(values.text, 'what the path of the request begins with'),
    'tag': Parameter(values.text, 'a tag, or its name'),
    'request_id': Parameter(
        values.text, 'the id of the request, its own or the global one'
    ),
    'category': Parameter(
        values.text, 'the category, such as NODE or AUTHORISATION'
    ),
    'level': Parameter(
        values.level, 'that level and above; AUDIT is all of them'
    ),
    'kind': Parameter(values.kind, 'the eventType: activity, monitor, ...'),
    'endpoint': Parameter(values.endpoint, 'where it came in: API, UI or CLI'),
    'q': Parameter(
        values.part,
        'a text in the names, ids, action, path or agent; ASCII letters in '
        'either case',
    ),
}

#: What may stand in a question once, with what it says
SINGLE = {
    'from': 'not before that time: 2026-11-20T04:49:35, or how long ago: 24h',
    'to': 'before that time',
    'limit': f'how many on a page, 1 to {MOST_LIMIT}, else {DEFAULT_LIMIT}',
    'before': 'older than the event with that sequence',
    'after': 'newer than the event with that sequence',
    'order': 'newest first, or oldest first',
    'total': 'true to count all of them, up to a bound',
}

#: What says which page it is, and nothing of what is asked
CURSORS = ('before', 'after')


@dataclasses.dataclass(frozen=True)
class Filter:
    """What one parameter asks for.

    :param name: the parameter
    :param wanted: any of these
    :param unwanted: none of these
    """

    name: str
    wanted: tuple[Any, ...]
    unwanted: tuple[Any, ...]


@dataclasses.dataclass(frozen=True)
class EventQuery:
    """A question about events.

    Different filters have to hold all at once; of several values of one, any.

    :param filters: the filters
    :param since: not before that time
    :param until: before that time
    :param limit: how many events on a page
    :param before: only what is older than this sequence
    :param after: only what is newer than this sequence
    :param oldest_first: whether the oldest one is the first
    :param total: whether all of them are to be counted
    :param pairs: names and values as they were written, without the cursors
    """

    filters: tuple[Filter, ...] = ()
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    limit: int = DEFAULT_LIMIT
    before: int | None = None
    after: int | None = None
    oldest_first: bool = False
    total: bool = False
    pairs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(
        cls,
        parameters: Iterable[tuple[str, str]],
        now: datetime.datetime | None = None,
        most: int = MOST_LIMIT,
        categories: Collection[str] | None = None,
        single: Collection[str] = tuple(SINGLE),
        beside: Collection[str] = (),
    ) -> 'EventQuery':
        """Return the question that parameters ask.

        :param parameters: names and values, a name as often as one likes;
            a ``!`` before a value: not this one
        :param now: what relative times are counted back from
        :param most: the largest limit
        :param categories: the names of those that there are; None for any
        :param single: which of :data:`SINGLE` mean something here
        :param beside: what else the asker knows, which was read before
        :raises QueryError: with everything that is wrong
        """
        parser = _Parser(now or utc_now(), most, categories, single, beside)
        return parser.parse(list(parameters))

    def filter(self, name: str) -> Filter | None:
        """Return what a parameter asks for, or None if it asks nothing.

        :param name: the parameter
        """
        return next((each for each in self.filters if each.name == name), None)

    def parameters(
        self, before: int | None = None, after: int | None = None
    ) -> list[tuple[str, str]]:
        """Return the names and values that ask for another page.

        :param before: a cursor
        :param after: a cursor
        """
        cursors = (('before', before), ('after', after))
        return [
            *self.pairs,
            *((name, str(at)) for name, at in cursors if at is not None),
        ]


class _Parser:
    def __init__(
        self,
        now: datetime.datetime,
        most: int,
        categories: Collection[str] | None,
        single: Collection[str],
        beside: Collection[str],
    ) -> None:
        self._problems: list[tuple[str, str]] = []
        self._allowed = ', '.join([*FILTERS, *single, *beside])
        self._filters = {
            name: parameter.parse for name, parameter in FILTERS.items()
        }
        if categories is not None:
            self._filters['category'] = functools.partial(
                values.category, names=tuple(categories)
            )
        known: dict[str, Callable[[str], Any]] = {
            'from': functools.partial(values.time, now=now),
            'to': functools.partial(values.time, now=now),
            'limit': functools.partial(values.limit, most=most),
            'before': values.whole,
            'after': values.whole,
            'order': values.order,
            'total': values.truth,
        }
        # What would change nothing is no parameter: whoever writes it
        # expects that it does.
        self._single = {
            name: parse for name, parse in known.items() if name in single
        }

    def parse(self, parameters: list[tuple[str, str]]) -> EventQuery:
        wanted: dict[str, list[Any]] = {}
        unwanted: dict[str, list[Any]] = {}
        single: dict[str, Any] = {}
        for name, value in parameters:
            if name in FILTERS:
                negated, bare = _negation(value)
                found = self._read(name, bare, self._filters[name])
                kind = unwanted if negated else wanted
                kind.setdefault(name, []).append(found)
            elif name not in self._single:
                self._complain(
                    name,
                    f'there is no such parameter; allowed are {self._allowed}',
                )
            elif name in single:
                self._complain(name, 'stands there twice')
            else:
                single[name] = self._read(name, value, self._single[name])
        self._check(parameters, single, unwanted)
        if self._problems:
            raise QueryError(self._problems)
        return EventQuery(
            tuple(
                Filter(
                    name,
                    tuple(wanted.get(name, ())),
                    tuple(unwanted.get(name, ())),
                )
                for name in FILTERS
                if name in wanted or name in unwanted
            ),
            single.get('from'),
            single.get('to'),
            single.get('limit', DEFAULT_LIMIT),
            single.get('before'),
            single.get('after'),
            single.get('order') == 'oldest',
            single.get('total', False),
            tuple(
                # A walk is through one window, and not through one that moves.
                (name, single[name].isoformat() if name in WINDOW else value)
                for name, value in parameters
                if name not in CURSORS
            ),
        )

    def _read(
        self, name: str, value: str, parse: Callable[[str], Any]
    ) -> Any | None:
        try:
            return parse(value)
        except ValueError as exc:
            self._complain(name, f'{value!r:.80} is not {exc}')
            return None

    def _complain(self, name: str, problem: str) -> None:
        if (name, problem) not in self._problems:
            self._problems.append((name, problem))

    def _check(
        self,
        parameters: list[tuple[str, str]],
        single: dict[str, Any],
        unwanted: dict[str, list[Any]],
    ) -> None:
        """Complain of what is wrong only beside something else."""
        counted = [name for name, _ in parameters if name not in CURSORS]
        if len(counted) > MOST_VALUES:
            self._complain(
                counted[MOST_VALUES],
                f'at most {MOST_VALUES} parameters are read',
            )
        if 'level' in unwanted:
            self._complain('level', 'cannot be negated')
        since, until = single.get('from'), single.get('to')
        if since is not None and until is not None and since >= until:
            self._complain('to', 'is not after from')


def _negation(value: str) -> tuple[bool, str]:
    """Return whether a value is unwanted, and the value."""
    if value.startswith(_NOT):
        return True, value[1:]
    if value.startswith((_ESCAPE + _NOT, _ESCAPE * 2)):
        return False, value[1:]
    return False, value
