# SPDX-License-Identifier: Apache-2.0

"""A question in, what a row has to be like out.

A condition that an index answers in the order of the sequence is kept apart
from the others: several of them are several short walks along an index, where
one statement with ``OR`` would be a look at everything.
"""

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
import dataclasses
from typing import Any

from sqlalchemy import and_
from sqlalchemy import any_
from sqlalchemy import BigInteger
from sqlalchemy import collate
from sqlalchemy import Column
from sqlalchemy import ColumnElement
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql
from sqlalchemy import false
from sqlalchemy import func
from sqlalchemy import literal
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import Text
from sqlalchemy import text
from sqlalchemy import true

from cadf_audit.trail.indexing import hour_of
from cadf_audit.trail.query.event_query import EventQuery
from cadf_audit.trail.reading import TAG_COLUMNS
from cadf_audit.trail.schema import EVENTS
from cadf_audit.trail.schema import HOURS
from cadf_audit.trail.schema import NOT_SUCCESS
from cadf_audit.trail.schema import TAGS

Condition = ColumnElement[bool]

_row = EVENTS.c

# What a free text is looked for in.
_TEXTS = (
    _row.initiator_name,
    _row.initiator_id,
    _row.target_name,
    _row.target_id,
    _row.target_type_uri,
    _row.action,
    _row.request_path,
    _row.initiator_agent,
    _row.request_id,
    _row.id,
)

_VALUE = '?value='
# The first text that does not begin with it.
_BEHIND_VALUE = '?value>'

# Kinds of which each is a walk of its own along the index.
FEW_KINDS = 64


@dataclasses.dataclass
class Conditions:
    """What a row has to be like.

    :param plain: all of these hold
    :param groups: of each of these, one holds; an index knows each of them
    :param size: how many comparisons of filters are among the plain ones
    """

    plain: list[Condition] = dataclasses.field(default_factory=list)
    groups: list[list[Condition]] = dataclasses.field(default_factory=list)
    size: int = 0

    def all(self) -> Condition:
        """Return them as one condition."""
        joined = [or_(*group) for group in self.groups]
        return and_(true(), *self.plain, *joined)


def add_filters(
    conditions: Conditions, query: EventQuery, dialect: str
) -> None:
    """Add what the filters ask for, but for those that ask for kinds.

    :param conditions: what is asked already
    :param query: the question
    :param dialect: of the database
    """
    for each in query.filters:
        if each.name in _INDEXED:
            make = _INDEXED[each.name]
            if each.wanted:
                conditions.groups.append(_alternatives(make, each.wanted))
        elif each.name in _PLAIN:
            make = _PLAIN[each.name](dialect)
            if each.wanted:
                found = _alternatives(make, each.wanted)
                conditions.plain.append(or_(*found))
                conditions.size += len(found)
        else:
            continue
        for value in each.unwanted:
            # What is not known is not what is unwanted.
            found = make(value)
            conditions.plain.append(or_(*found).is_not(true()))
            conditions.size += len(found)


def add_window(
    conditions: Conditions, connection: Connection, query: EventQuery
) -> None:
    """Add the times, and between which rows they are.

    :param conditions: what is asked already
    :param connection: within the transaction of the question
    :param query: the question
    """
    if query.since is None and query.until is None:
        return
    hours = []
    if query.since is not None:
        hours.append(HOURS.c.hour >= hour_of(query.since))
        conditions.plain.append(_row.event_time >= query.since)
    if query.until is not None:
        hours.append(HOURS.c.hour < query.until)
        conditions.plain.append(_row.event_time < query.until)
    first, last = connection.execute(
        select(func.min(HOURS.c.first), func.max(HOURS.c.last)).where(*hours)
    ).one()
    if first is None:
        conditions.plain.append(false())
    else:
        conditions.plain.append(_row.sequence >= first)
        conditions.plain.append(_row.sequence <= last)


def add_kinds(
    conditions: Conditions,
    known: Collection[int],
    wanted: Collection[int] | None,
    dialect: str,
) -> None:
    """Add that an event is of one of some kinds.

    :param conditions: what is asked already
    :param known: all kinds
    :param wanted: those that are asked for; None for all
    :param dialect: of the database
    """
    if wanted is None:
        return
    if len(wanted) <= FEW_KINDS:
        group = [_row.kind_id == number for number in sorted(wanted)]
        conditions.groups.append(group or [false()])
    elif len(known) - len(wanted) <= FEW_KINDS:
        unwanted = sorted(set(known) - set(wanted))
        conditions.plain.append(_row.kind_id.not_in(unwanted))
    else:
        conditions.plain.append(_among(sorted(wanted), dialect))


def _among(numbers: list[int], dialect: str) -> Condition:
    """Return the condition that an event is of one of many kinds."""
    if dialect == 'postgresql':
        array = literal(numbers, postgresql.ARRAY(BigInteger))
        return _row.kind_id == any_(array)
    listed = func.json_each(str(numbers)).table_valued('value')
    return _row.kind_id.in_(select(listed.c.value))


def _alternatives(
    make: Callable[[Any], list[Condition]], wanted: Iterable[Any]
) -> list[Condition]:
    return [each for value in dict.fromkeys(wanted) for each in make(value)]


def _equal(*columns: Column[Any]) -> Callable[[Any], list[Condition]]:
    return lambda value: [column == value for column in columns]


def _outcome(value: str) -> list[Condition]:
    is_it = _row.outcome == value
    # Else SQLite does not see that the index of the others has it.
    return [is_it if value == 'success' else and_(is_it, text(NOT_SUCCESS))]


def _address(keys: tuple[str, str]) -> list[Condition]:
    first, last = keys
    if first == last:
        return [_row.address_key == first]
    return [_row.address_key.between(first, last)]


_INDEXED: dict[str, Callable[[Any], list[Condition]]] = {
    'owner': _equal(_row.initiator_id, _row.initiator_name),
    'project': _equal(_row.initiator_project_id, _row.target_project_id),
    'outcome': _outcome,
    'target_id': _equal(_row.target_id),
    'target_name': _equal(_row.target_name),
    'address': _address,
    'request_id': _equal(_row.request_id, _row.global_request_id),
}


def _status(value: str) -> list[Condition]:
    code = _row.reason_code
    if not value.endswith('xx'):
        return [code == value]
    return [
        and_(func.length(code) == len(value), _starts(code, value[0])),
    ]


def _starts(column: Column[Any], start: str) -> Condition:
    return func.substr(column, 1, len(start)) == start


def _tag(dialect: str, value: str) -> list[Condition]:
    """Return how an event has a tag, which a column may hold."""
    for name, start in TAG_COLUMNS.items():
        if value.startswith(start) and value != start:
            return [_row[name] == value[len(start) :]]
        if value == name:
            return [_row[name].is_not(None)]
    tags = TAGS.c
    conditions = [tags.tag == value]
    if _VALUE not in value:
        conditions.append(_is_named(dialect, value))
    return [
        _row.sequence.in_(select(tags.sequence).where(condition))
        for condition in conditions
    ]


def _is_named(dialect: str, name: str) -> Condition:
    """Return the condition that a tag has a name, as an index knows it."""
    tag, start = TAGS.c.tag, name + _VALUE
    if dialect == 'postgresql':
        # Of its order of texts it uses the index if that is the one of C.
        return tag.op('^@', is_comparison=True)(start)
    return and_(tag >= start, tag < name + _BEHIND_VALUE)


def _contains(
    dialect: str, *columns: Column[Any]
) -> Callable[[Any], list[Condition]]:
    """Return what finds a text in columns, with ASCII letters of any case."""
    if dialect == 'postgresql':
        # Of any other collation, the lower case of "İ" would be a match in
        # one database and none in the other.
        def lower(each: ColumnElement[Any]) -> Any:
            return func.lower(collate(each, 'C'))

        return lambda value: [
            func.strpos(lower(column), lower(literal(value, Text))) > 0
            for column in columns
        ]
    return lambda value: [
        func.instr(func.lower(column), func.lower(value)) > 0
        for column in columns
    ]


_PLAIN: dict[str, Callable[[str], Callable[[Any], list[Condition]]]] = {
    'domain': lambda dialect: _equal(_row.initiator_domain_id),
    'status': lambda dialect: _status,
    'observer': lambda dialect: _equal(_row.observer_name, _row.observer_id),
    'agent': lambda dialect: _contains(dialect, _row.initiator_agent),
    'path': lambda dialect: lambda value: [_starts(_row.request_path, value)],
    'tag': lambda dialect: lambda value: _tag(dialect, value),
    'endpoint': lambda dialect: _equal(_row.endpoint),
    'q': lambda dialect: _contains(dialect, *_TEXTS),
}
