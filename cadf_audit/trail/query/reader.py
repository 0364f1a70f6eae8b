# SPDX-License-Identifier: Apache-2.0

"""A viewer and questions in, answers that they may have out.

All that is read of the trail is read here.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
import contextlib
import dataclasses
import functools
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy import Connection
from sqlalchemy import Engine
from sqlalchemy import func
from sqlalchemy import or_
from sqlalchemy import select

from cadf_audit.trail.engine import reading
from cadf_audit.trail.query import aggregates
from cadf_audit.trail.query.conditions import add_filters
from cadf_audit.trail.query.conditions import add_kinds
from cadf_audit.trail.query.conditions import add_window
from cadf_audit.trail.query.conditions import Conditions
from cadf_audit.trail.query.event_query import EventQuery
from cadf_audit.trail.query.kind_names import KindNames
from cadf_audit.trail.query.paging import Page
from cadf_audit.trail.query.paging import Row
from cadf_audit.trail.query.paging import turn
from cadf_audit.trail.query.portions import LENGTH
from cadf_audit.trail.query.portions import LENGTHS
from cadf_audit.trail.query.portions import room
from cadf_audit.trail.query.portions import step
from cadf_audit.trail.query.portions import with_events
from cadf_audit.trail.query.shown import EVENT
from cadf_audit.trail.query.shown import show
from cadf_audit.trail.query.spoilt import accept
from cadf_audit.trail.query.spoilt import text
from cadf_audit.trail.query.viewer import Viewer
from cadf_audit.trail.query.walking import walk
from cadf_audit.trail.reading import storable
from cadf_audit.trail.schema import EVENTS
from cadf_audit.trail.schema import SEQUENCE
from cadf_audit.wording.categories import load_categories

#: seconds that one statement may take, unless somebody says otherwise
PATIENCE = 30.0

#: The largest total that is counted
MOST_TOTAL = 10_000

# Of a sequence, which every database can compare.
_DIGITS = 18

#: All but the event as it came, which is long and wanted one by one.
SUMMARY = tuple(each for each in EVENTS.columns if each.name != EVENT)


@dataclasses.dataclass(frozen=True)
class Total:
    """How many events there are.

    :param number: how many, at most the bound
    :param is_exact: whether there are no more
    """

    number: int
    is_exact: bool


class TrailReader:
    """Answers questions of one viewer.

    :param engine: the database
    :param viewer: who asks
    :param kinds: what kinds of events are called; by default, as the package
        says
    :param seconds: how long one statement may take; 0 for any time
    """

    def __init__(
        self,
        engine: Engine,
        viewer: Viewer,
        kinds: KindNames | None = None,
        seconds: float = PATIENCE,
    ) -> None:
        self.engine = engine
        self.viewer = viewer
        self.kinds = kinds or KindNames(load_categories())
        self.seconds = seconds

    def check(self, query: EventQuery) -> None:
        """See that the viewer may ask a question, and that it can be asked.

        :param query: the question
        :raises QueryError: there is no such category
        :raises NotAllowedError: it is about somebody else
        """
        self.kinds.check(query)
        self.viewer.check(query)

    def page(self, query: EventQuery, whole: bool = False) -> Page:
        """Return a page of events.

        :param query: the question
        :param whole: whether each row has the event as it came; the page then
            ends early where these are long
        :raises QueryError: there is no such category
        :raises NotAllowedError: it is about somebody else
        :raises QueryTimeoutError: it takes too long
        """
        columns: list[ColumnElement[Any]] = [*SUMMARY]
        if whole:
            length = LENGTHS[self.engine.dialect.name]
            columns.append(length.label(LENGTH))
        with self._asked(query) as (connection, conditions):
            page = turn(
                query,
                lambda after, before, ascending, most: (
                    walk(
                        connection,
                        columns,
                        conditions,
                        after,
                        before,
                        ascending,
                        most,
                    )
                    .mappings()
                    .all()
                ),
                lambda: connection.scalar(select(SEQUENCE.c.value)) or 0,
                room if whole else len,
            )
            if whole:
                rows = with_events(connection, page.rows)
                page = dataclasses.replace(page, rows=rows)
            return page

    def total(self, query: EventQuery) -> Total:
        """Return how many events there are on all pages, up to a bound.

        :param query: the question; its cursors do not matter
        :raises QueryError: there is no such category
        :raises NotAllowedError: it is about somebody else
        :raises QueryTimeoutError: it takes too long
        """
        with self._asked(query) as (connection, conditions):
            some = (
                select(EVENTS.c.sequence)
                .where(conditions.all())
                .limit(MOST_TOTAL + 1)
                .subquery()
            )
            number = connection.scalar(select(func.count()).select_from(some))
        found = number or 0
        return Total(min(found, MOST_TOTAL), found <= MOST_TOTAL)

    def event(self, name: str) -> Row | None:
        """Return one event, or None where the viewer sees no such one.

        :param name: its id, or its sequence
        :raises QueryTimeoutError: it takes too long
        """
        name = storable(name)
        key = EVENTS.c.id == name
        if name.isascii() and name.isdigit() and len(name) <= _DIGITS:
            key = or_(key, EVENTS.c.sequence == int(name))
        statement = select(EVENTS).where(key, self._seen().all())
        with self._reading() as connection:
            found = connection.execute(statement.limit(2)).mappings().all()
        # An id that looks like the sequence of another one is an id.
        return next(
            (row for row in found if text(row['id']) == name),
            found[0] if found else None,
        )

    def export(
        self,
        query: EventQuery,
        columns: Iterable[ColumnElement[Any]] = SUMMARY,
        line: ColumnElement[str] | None = None,
    ) -> Iterator[Sequence[Any]]:
        """Yield all events, a few hundred at a time, or fewer long ones.

        What arrives meanwhile is not among them.

        :param query: the question; its limit does not matter
        :param columns: what is wanted of each; the sequence is there anyway
        :param line: one more, which is long where an event is
        :raises QueryError: there is no such category
        :raises NotAllowedError: it is about somebody else
        :raises QueryTimeoutError: one of the steps takes too long
        """
        wanted = [*dict.fromkeys([EVENTS.c.sequence, *columns])]
        after, before = query.after, query.before
        with self._asked(query) as (connection, _):
            end = connection.scalar(select(func.max(EVENTS.c.sequence))) or 0
        if before is None:
            before = end + 1
        while True:
            with self._asked(query) as (connection, conditions):
                rows, is_last = step(
                    connection,
                    functools.partial(
                        walk,
                        conditions=conditions,
                        after=after,
                        before=before,
                        ascending=query.oldest_first,
                    ),
                    wanted,
                    line,
                )
            if rows:
                yield rows
            if is_last:
                return
            if query.oldest_first:
                after = rows[-1].sequence
            else:
                before = rows[-1].sequence

    def counts(
        self,
        query: EventQuery,
        by: Sequence[str],
        bucket: str | None = None,
    ) -> aggregates.Counts:
        """Return how many events there are of what.

        :param query: the question; which page it asks for does not matter
        :param by: names of attributes
        :param bucket: minute, hour, day or month; None for the whole time
        :raises QueryError: there is no such category, attribute or bucket
        :raises NotAllowedError: it is about somebody else
        :raises QueryTimeoutError: it takes too long
        """
        with self._asked(query) as (connection, conditions):
            kinds = self.kinds.load(connection)
            return aggregates.count(connection, conditions, kinds, by, bucket)

    def types(self, query: EventQuery) -> list[aggregates.Type]:
        """Return what kinds of events there are, the most frequent first.

        :param query: the question; which page it asks for does not matter
        :raises QueryError: there is no such category
        :raises NotAllowedError: it is about somebody else
        :raises QueryTimeoutError: it takes too long
        """
        with self._asked(query) as (connection, conditions):
            kinds = self.kinds.load(connection)
            return aggregates.types(
                connection, conditions, kinds, self.kinds.nameless
            )

    def show(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Return rows as they are shown.

        :param rows: what this reader returned
        """
        with self._reading() as connection:
            kinds = self.kinds.load(connection)
        words = self.kinds.categories.words
        return [show(row, kinds.get(row['kind_id']), words) for row in rows]

    def _seen(self) -> Conditions:
        """Return what a row has to be like for this viewer to see it."""
        alternatives = self.viewer.alternatives()
        return Conditions(groups=[alternatives] if alternatives else [])

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Connection]:
        """Give a transaction that reads, whatever stands there."""
        with reading(self.engine, self.seconds) as connection:
            accept(connection)
            yield connection

    @contextlib.contextmanager
    def _asked(
        self, query: EventQuery
    ) -> Iterator[tuple[Connection, Conditions]]:
        """Give a transaction, and what a row has to be like in it."""
        self.check(query)
        dialect = self.engine.dialect.name
        with self._reading() as connection:
            conditions = self._seen()
            add_filters(conditions, query, dialect)
            add_window(conditions, connection, query)
            kinds, wanted = self.kinds.asked(connection, query)
            add_kinds(conditions, kinds, wanted, dialect)
            yield connection, conditions
