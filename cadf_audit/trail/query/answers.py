# SPDX-License-Identifier: Apache-2.0

"""Names and values in, the answer that every face gives out.

The HTTP API sends these as JSON, and the command shows them, whether it reads
the store or asks the API: they cannot differ. Each question is recorded before
it is answered.
"""

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from urllib.parse import urlencode

from cadf_audit.trail.query.aggregates import ATTRIBUTES
from cadf_audit.trail.query.aggregates import check_groups
from cadf_audit.trail.query.event_query import CURSORS
from cadf_audit.trail.query.event_query import EventQuery
from cadf_audit.trail.query.event_query import QueryError
from cadf_audit.trail.query.event_query import SINGLE
from cadf_audit.trail.query.event_query import WINDOW
from cadf_audit.trail.query.export import csv_lines
from cadf_audit.trail.query.export import json_lines
from cadf_audit.trail.query.reader import TrailReader
from cadf_audit.trail.query.values import truth
from cadf_audit.trail.query.viewer import NotAllowedError
from cadf_audit.trail.query.viewer import Viewer
from cadf_audit.trail.readings import LIST
from cadf_audit.trail.readings import Pairs
from cadf_audit.trail.readings import record_reading
from cadf_audit.trail.store import Store

#: where events are listed in the HTTP API
EVENTS_PATH = '/v1/events'

#: What is counted by, unless somebody says otherwise
SUMMARY = ('category', 'action', 'outcome')

#: What of a question says something to an export, which has no pages
OF_EXPORT = (*WINDOW, *CURSORS, 'order')

#: What an export is made of
FORMATS = {'ndjson': json_lines, 'csv': csv_lines}

Answer = dict[str, Any]
Problems = list[tuple[str, str]]


class NoSuchEventError(Exception):
    """There is no such event that the viewer sees."""


class Answers:
    """Answers one viewer.

    All methods raise :class:`QueryError`, :class:`NotAllowedError` and
    :class:`~cadf_audit.trail.engine.QueryTimeoutError`, and those of the
    database.

    :param store: the store, where each reading is recorded
    :param reader: asks the store
    :param records: whether readings are recorded; not to do so is for who
        cannot write
    :param asker: who really asks, where that is not the viewer but somebody
        who wants to see what the viewer sees
    """

    def __init__(
        self,
        store: Store,
        reader: TrailReader,
        records: bool = True,
        asker: Viewer | None = None,
    ) -> None:
        self._store = store
        self._reader = reader
        self._records = records
        self._asker = asker

    def events(self, pairs: Pairs, path: str = EVENTS_PATH) -> Answer:
        """Return a page of events.

        :param pairs: names and values of the question; ``details`` is true
            for events with all that they came with
        :param path: where other pages are
        """
        problems: Problems = []
        details, rest = _take_truth(pairs, 'details', problems)
        query = self._parse(rest, problems, tuple(SINGLE), 'details')
        extra = [('details', 'true')] if details else []
        self._record(LIST, query, extra)
        page = self._reader.page(query, whole=details)
        answer = {
            'events': self._reader.show(page.rows),
            'count': len(page.rows),
            'next_uri': _uri(path, page.next + extra),
            'prev_uri': None
            if page.previous is None
            else _uri(path, page.previous + extra),
        }
        if query.total:
            total = self._reader.total(query)
            answer['total'] = total.number
            answer['total_is_exact'] = total.is_exact
        return answer

    def event(self, name: str) -> Answer:
        """Return one event, whole.

        :param name: its id, or its sequence
        :raises NoSuchEventError: the viewer sees no such one
        """
        row = self._reader.event(name)
        # Not before: it would be the next event.
        self._record_one('show', name, row)
        if row is None:
            raise NoSuchEventError(name)
        [shown] = self._reader.show([row])
        return shown

    def history(
        self, name: str, pairs: Pairs, path: str = EVENTS_PATH
    ) -> Answer:
        """Return what else happened to the target of an event.

        :param name: the id of the event, or its sequence
        :param pairs: names and values that narrow it; the oldest comes first
            unless they say otherwise
        :param path: where other pages are
        :raises NoSuchEventError: the viewer sees no such event
        """
        row = self._reader.event(name)
        if row is None:
            self._record_one('history', name, row)
            raise NoSuchEventError(name)
        target = row['target_id']
        if not target:
            raise QueryError([('id', 'the event does not say what it is of')])
        narrowed = [pair for pair in pairs if pair[0] != 'target_id']
        if len(narrowed) < len(pairs):
            raise QueryError([('target_id', 'is that of the event')])
        if not any(each == 'order' for each, _ in pairs):
            narrowed.append(('order', 'oldest'))
        asked = _literally(target)
        answer = self.events([*narrowed, ('target_id', asked)], path)
        return {**answer, 'target_id': target}

    def attribute(self, name: str, pairs: Pairs) -> Answer:
        """Return the values that events have of something, with how many.

        :param name: the attribute
        :param pairs: names and values of the question
        """
        problems = _unknown('name', [name], ATTRIBUTES)
        query = self._parse(pairs, problems, WINDOW)
        self._record('values', query, [('name', name)])
        counts = self._reader.counts(query, [name])
        return {
            'name': name,
            'values': [
                {'value': each.values[0], 'count': each.number}
                for each in counts.rows
                if each.values[0] is not None
            ],
            'is_complete': counts.is_complete,
        }

    def counts(self, pairs: Pairs) -> Answer:
        """Return how many events there are of what.

        :param pairs: names and values of the question; ``by`` is what to
            count by, as often as one likes, and ``bucket`` the time in which
        """
        by = [value for name, value in pairs if name == 'by']
        buckets = [value for name, value in pairs if name == 'bucket']
        rest = [pair for pair in pairs if pair[0] not in ('by', 'bucket')]
        wanted = by or list(SUMMARY)
        problems = check_groups(wanted, buckets)
        query = self._parse(rest, problems, WINDOW, 'by', 'bucket')
        extra = [pair for pair in pairs if pair[0] in ('by', 'bucket')]
        self._record('count', query, extra)
        counts = self._reader.counts(
            query, wanted, buckets[0] if buckets else None
        )
        rows = []
        for each in counts.rows:
            row: Answer = {} if each.bucket is None else {'time': each.bucket}
            row |= zip(wanted, each.values, strict=True)
            rows.append(row | {'count': each.number})
        return {
            'by': wanted,
            'counts': rows,
            'is_complete': counts.is_complete,
        }

    def types(self, pairs: Pairs) -> Answer:
        """Return what kinds of events there are.

        :param pairs: names and values of the question
        """
        query = self._parse(pairs, [], WINDOW)
        self._record('types', query)
        return {
            'types': [
                {
                    'type': each.kind.category.name,
                    'level': each.kind.category.level,
                    'description': each.kind.sentence,
                    'kind': each.kind.kind or None,
                    'action': each.kind.action,
                    'target_type': each.kind.target_type_uri or None,
                    'count': each.number,
                    'first': each.first and each.first.isoformat(),
                    'last': each.last and each.last.isoformat(),
                }
                for each in self._reader.types(query)
            ]
        }

    def export(self, pairs: Pairs) -> tuple[str, Iterator[str]]:
        """Return the format of an export, and its lines.

        :param pairs: names and values of the question; ``format`` is
            ``ndjson`` or ``csv``
        """
        formats = [value for name, value in pairs if name == 'format']
        rest = [pair for pair in pairs if pair[0] != 'format']
        problems = _unknown('format', formats, FORMATS)
        if len(formats) > 1:
            problems.append(('format', 'stands there twice'))
        query = self._parse(rest, problems, OF_EXPORT, 'format')
        chosen = formats[0] if formats else 'ndjson'
        self._record('export', query, [('format', chosen)])
        return chosen, FORMATS[chosen](self._reader, query)

    def _parse(
        self,
        pairs: Pairs,
        problems: Problems,
        single: Collection[str],
        *beside: str,
    ) -> EventQuery:
        """Return a question, or say all that is wrong with it.

        :param pairs: names and values of the question
        :param problems: what is wrong beside it
        :param single: what may stand in it once
        :param beside: what may stand there as well, and was taken out of it
        """
        names = self._reader.kinds.categories.names
        try:
            query = EventQuery.parse(
                pairs, categories=names, single=single, beside=beside
            )
        except QueryError as exc:
            raise QueryError([*problems, *exc.problems]) from exc
        if problems:
            raise QueryError(problems)
        return query

    def _record(
        self, what: str, query: EventQuery, extra: Pairs | None = None
    ) -> None:
        """Record a question that can be asked, also one that may not be.

        A time is recorded as what it means: the next page asks for that.

        :param what: what it asks for
        :param query: the question
        :param extra: names and values that are no part of it
        """
        cursors = query.parameters(query.before, query.after)
        pairs = [*cursors, *(extra or [])]
        try:
            self._reader.check(query)
        except NotAllowedError:
            self._write(what, pairs, 'failure')
            raise
        self._write(what, pairs, 'success')

    def _record_one(self, what: str, name: str, row: Any) -> None:
        """Record that somebody asked for one event, which may not be there.

        Whoever looks for those that they may not see is found by the outcome.
        """
        outcome = 'success' if row is not None else 'failure'
        self._write(what, [('id', name)], outcome)

    def _write(self, what: str, pairs: Pairs, outcome: str) -> None:
        if not self._records:
            return
        viewer = self._reader.viewer
        if self._asker is not None:
            names = (viewer.user_id, viewer.project_id)
            seen_by = '@'.join(name for name in names if name)
            pairs = [*pairs, ('as', seen_by)]
        asker = self._asker or viewer
        record_reading(self._store, asker, what, pairs, outcome)


def _take_truth(
    pairs: Pairs, name: str, problems: Problems
) -> tuple[bool, Pairs]:
    """Return what one parameter says, and the others."""
    said = [value for each, value in pairs if each == name]
    rest = [pair for pair in pairs if pair[0] != name]
    if len(said) > 1:
        problems.append((name, 'stands there twice'))
    try:
        return bool(said) and truth(said[0]), rest
    except ValueError as exc:
        problems.append((name, f'{said[0]!r:.80} is not {exc}'))
        return False, rest


def _unknown(
    name: str, values: Iterable[str], allowed: Collection[str]
) -> Problems:
    """Return what is wrong with values that are none."""
    return [
        (name, f'{value!r:.80} is not one of {", ".join(allowed)}')
        for value in values
        if value not in allowed
    ]


def _literally(value: str) -> str:
    """Return how to ask for a value, whatever it begins with."""
    return f'\\{value}' if value.startswith(('!', '\\')) else value


def _uri(path: str, pairs: Pairs) -> str:
    query = urlencode(pairs, errors='backslashreplace')
    return f'{quote(path)}?{query}' if pairs else quote(path)
