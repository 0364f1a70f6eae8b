# SPDX-License-Identifier: Apache-2.0

"""Conditions in, numbers of the events that meet them out."""

from collections.abc import Mapping
from collections.abc import Sequence
import dataclasses
import datetime
import re
from typing import Any

from sqlalchemy import Column
from sqlalchemy import ColumnElement
from sqlalchemy import Connection
from sqlalchemy import func
from sqlalchemy import select

from cadf_audit.trail.query.conditions import Conditions
from cadf_audit.trail.query.event_query import QueryError
from cadf_audit.trail.query.kind_names import Kind
from cadf_audit.trail.query.spoilt import text
from cadf_audit.trail.schema import EVENTS

_row = EVENTS.c

#: What one can count by, and ask for the values of
ATTRIBUTES: dict[str, Column[Any]] = {
    'owner': _row.initiator_name,
    'owner_id': _row.initiator_id,
    'project': _row.initiator_project_id,
    'target_project': _row.target_project_id,
    'domain': _row.initiator_domain_id,
    'action': _row.action,
    'outcome': _row.outcome,
    'status': _row.reason_code,
    'target_type': _row.target_type_uri,
    'target_id': _row.target_id,
    'target_name': _row.target_name,
    'observer': _row.observer_name,
    'address': _row.initiator_address,
    'agent': _row.initiator_agent,
    'path': _row.request_path,
    'request_id': _row.request_id,
    'endpoint': _row.endpoint,
    'kind': _row.kind,
    # Counted by kind, and added up.
    'category': _row.kind_id,
    'level': _row.kind_id,
}

_OF_KIND = {
    'category': lambda kind: kind.category.name,
    'level': lambda kind: kind.category.level,
}

#: Over what one can count, with how much of a time is of it
BUCKETS = {
    'month': 7,
    'day': 10,
    'hour': 13,
    'minute': 16,
}
_REST = '0001-01-01T00:00:00+00:00'

_is_time = re.compile(r'[0-9]{4}-[0-9]{2}[-0-9 :]*').fullmatch

_MOST_BY = 5
#: How many numbers there are at most
MOST_GROUPS = 10_000


@dataclasses.dataclass(frozen=True)
class Count:
    """How many events there are of something.

    :param bucket: the time in which they began; None for the whole time
    :param values: of the attributes, in their order
    :param number: how many
    """

    bucket: str | None
    values: tuple[str | None, ...]
    number: int


@dataclasses.dataclass(frozen=True)
class Counts:
    """Numbers of events.

    :param rows: by time, and then the largest first
    :param is_complete: whether these are all of them
    """

    rows: list[Count]
    is_complete: bool


@dataclasses.dataclass(frozen=True)
class Type:
    """A kind of events, and how many there are.

    :param kind: the kind
    :param number: how many
    :param first: the time of the first one; None if it has none that can be
        read
    :param last: likewise of the last one
    """

    kind: Kind
    number: int
    first: datetime.datetime | None
    last: datetime.datetime | None


def count(
    connection: Connection,
    conditions: Conditions,
    kinds: Mapping[int, Kind],
    by: Sequence[str],
    bucket: str | None,
) -> Counts:
    """Return how many events there are of what.

    :param connection: within the transaction of the question
    :param conditions: what they have to be like
    :param kinds: all kinds
    :param by: names of attributes
    :param bucket: the name of a time
    :raises QueryError: there is no such attribute or time
    """
    problems = check_groups(by, () if bucket is None else (bucket,))
    if problems:
        raise QueryError(problems)
    columns: list[ColumnElement[Any]] = [ATTRIBUTES[name] for name in by]
    if bucket is not None:
        columns.append(_begin(bucket, connection.dialect.name))
    groups = [column.label(f'c{at}') for at, column in enumerate(columns)]
    # PostgreSQL has to see that what is counted by is what is shown.
    some = select(*groups).where(conditions.all()).subquery()
    statement = (
        select(func.count(), *some.columns)
        .group_by(*some.columns)
        .limit(MOST_GROUPS + 1)
    )
    rows = connection.execute(statement).all()
    numbers: dict[tuple[Any, ...], int] = {}
    for number, *values in rows[:MOST_GROUPS]:
        begin = values.pop() if bucket is not None else None
        told = tuple(
            _named(name, kinds.get(value)) if name in _OF_KIND else text(value)
            for name, value in zip(by, values, strict=True)
        )
        key = _time(begin), told
        numbers[key] = numbers.get(key, 0) + number
    counts = [
        Count(at, told, number) for (at, told), number in numbers.items()
    ]
    counts.sort(
        key=lambda each: (
            each.bucket or '',
            -each.number,
            # In the same order in all databases, whatever they think of text.
            [value or '' for value in each.values],
        )
    )
    return Counts(counts, len(rows) <= MOST_GROUPS)


def check_groups(
    by: Sequence[str], buckets: Sequence[str]
) -> list[tuple[str, str]]:
    """Return what is wrong with what one wants to count by.

    :param by: names of attributes
    :param buckets: names of times, of which there is one at most
    """
    problems = [
        ('by', f'{name!r:.80} is not one of {", ".join(ATTRIBUTES)}')
        for name in by
        if name not in ATTRIBUTES
    ]
    if len(by) > _MOST_BY:
        problems.append(('by', f'at most {_MOST_BY} of them'))
    if len(set(by)) < len(by):
        problems.append(('by', 'stands there twice'))
    problems += [
        ('bucket', f'{name!r:.80} is not one of {", ".join(BUCKETS)}')
        for name in buckets
        if name not in BUCKETS
    ]
    if len(buckets) > 1:
        problems.append(('bucket', 'stands there twice'))
    return problems


def types(
    connection: Connection,
    conditions: Conditions,
    kinds: Mapping[int, Kind],
    nameless: Kind,
) -> list[Type]:
    """Return which kinds of events there are, the most frequent first.

    :param connection: within the transaction of the question
    :param conditions: what they have to be like
    :param kinds: all kinds
    :param nameless: what is said of events whose kind is none of them
    """
    time = _row.event_time
    rows = connection.execute(
        select(_row.kind_id, func.count(), func.min(time), func.max(time))
        .where(conditions.all())
        .group_by(_row.kind_id)
    )
    found = [
        Type(kinds.get(number, nameless), many, first, last)
        for number, many, first, last in rows
    ]
    return sorted(found, key=lambda each: (-each.number, each.kind[1:4]))


def _named(name: str, kind: Kind | None) -> str | None:
    """Return what a kind is called; nothing if nobody knows it."""
    return None if kind is None else _OF_KIND[name](kind)


def _begin(bucket: str, dialect: str) -> ColumnElement[Any]:
    """Return what of a time says in which bucket it is."""
    length = BUCKETS[bucket]
    if dialect == 'sqlite':
        return func.substr(_row.event_time, 1, length)
    begin = func.to_char(
        func.timezone('UTC', _row.event_time), 'YYYY-MM-DD HH24:MI'
    )
    return func.substr(begin, 1, length)


def _time(begin: Any) -> str | None:
    """Return the beginning of a bucket as ISO 8601 has it, if it is one."""
    if not isinstance(begin, str) or not _is_time(begin):
        return None
    return begin.replace(' ', 'T') + _REST[len(begin) :]
