# SPDX-License-Identifier: Apache-2.0

"""The tables of the trail, which are a contract for whoever reads them.

A row of ``events`` is never updated: an event is written when it is final.
What is asked for often has a column of its own; the whole event stands in
``event`` as it was sent.
"""

import datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy import cast
from sqlalchemy import Column
from sqlalchemy import ColumnElement
from sqlalchemy import DateTime
from sqlalchemy import Dialect
from sqlalchemy import Index
from sqlalchemy import Integer
from sqlalchemy import LargeBinary
from sqlalchemy import MetaData
from sqlalchemy import Table
from sqlalchemy import Text
from sqlalchemy import text
from sqlalchemy import type_coerce
from sqlalchemy import TypeDecorator
from sqlalchemy.types import UserDefinedType

METADATA = MetaData()


class Time(TypeDecorator[datetime.datetime]):
    """A time in UTC, to the microsecond.

    PostgreSQL keeps it with its zone; SQLite keeps the text
    ``2026-11-20 04:49:35.184211``, which sorts as the time does.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Return the time as the database takes it."""
        if value is None or dialect.name != 'sqlite':
            return value
        return value.astimezone(datetime.UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Return the time with its zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            return value.replace(tzinfo=datetime.UTC)
        return value.astimezone(datetime.UTC)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        """Return what reads a time; what is none is read as nothing."""
        read = super().result_processor(dialect, coltype)
        if dialect.name != 'sqlite' or read is None:
            return read

        def accept(value: Any) -> Any:
            try:
                return read(value)
            except (TypeError, ValueError):
                # SQLite keeps anything: one row does not hide the others.
                return None

        return accept


class _Json(UserDefinedType[str]):
    """PostgreSQL's JSON, passed on as the text that it is."""

    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        return 'JSON'

    def column_expression(self, colexpr: ColumnElement[Any]) -> Any:
        # Else the driver reads it, and drops a key that stands there twice.
        return type_coerce(cast(colexpr, Text), self)


# JSONB would refuse a NUL and drop a key that stands there twice.
EventText = Text().with_variant(_Json(), 'postgresql')
Number = BigInteger().with_variant(Integer(), 'sqlite')

#: What an index over the few rows that are no success says of itself
NOT_SUCCESS = "outcome <> 'success'"

#: What an event holds, in both tables
COLUMNS = (
    ('event_type', Text),
    ('publisher_id', Text),
    ('kind', Text),
    ('event_time', Time),
    ('end_time', Time),
    ('action', Text),
    ('outcome', Text),
    ('reason_code', Text),
    ('initiator_id', Text),
    ('initiator_name', Text),
    ('initiator_project_id', Text),
    ('initiator_domain_id', Text),
    ('initiator_address', Text),
    ('initiator_agent', Text),
    ('request_id', Text),
    ('global_request_id', Text),
    ('target_id', Text),
    ('target_name', Text),
    ('target_type_uri', Text),
    ('target_project_id', Text),
    ('observer_id', Text),
    ('observer_name', Text),
    ('observer_type_uri', Text),
    ('request_path', Text),
    ('endpoint', Text),
    ('correlation_id', Text),
)


def _columns() -> list[Column[Any]]:
    return [
        Column(
            name,
            kind,
            nullable=name not in ('event_time', 'action', 'outcome'),
        )
        for name, kind in COLUMNS
    ]


# The final events, in the order in which they became visible.
EVENTS = Table(
    'events',
    METADATA,
    Column('sequence', Number, primary_key=True, autoincrement=False),
    Column('id', Text, nullable=False, unique=True),
    *_columns(),
    Column('pending_received_time', Time),
    Column('received_time', Time, nullable=False),
    Column('source', Text, nullable=False),
    Column('kind_id', Number),
    Column('address_key', Text),
    Column('event', EventText, nullable=False),
    Index('events_event_time', 'event_time'),
    Index('events_received_time', 'received_time'),
    Index('events_initiator_id', 'initiator_id', 'sequence'),
    Index('events_initiator_name', 'initiator_name', 'sequence'),
    Index('events_initiator_project_id', 'initiator_project_id', 'sequence'),
    Index('events_target_id', 'target_id', 'sequence'),
    Index('events_target_name', 'target_name', 'sequence'),
    Index('events_target_project_id', 'target_project_id', 'sequence'),
    Index('events_request_id', 'request_id', 'sequence'),
    Index('events_global_request_id', 'global_request_id', 'sequence'),
    Index('events_kind_id', 'kind_id', 'sequence'),
    Index('events_address_key', 'address_key', 'sequence'),
    # Few, and asked for most.
    Index(
        'events_not_success',
        'outcome',
        'sequence',
        sqlite_where=text(NOT_SUCCESS),
        postgresql_where=text(NOT_SUCCESS),
    ),
)

# What kinds of events there are: each is one of a few hundred.
KINDS = Table(
    'kinds',
    METADATA,
    Column('id', Number, primary_key=True, autoincrement=False),
    Column('kind', Text, nullable=False),
    Column('action', Text, nullable=False),
    Column('target_type_uri', Text, nullable=False),
    # Of the three: PostgreSQL has no room for them in an index.
    Column('digest', Text, nullable=False, unique=True),
)

# Each action and each typeURI of a kind, and what stands above it in the
# taxonomy: ``update/resize`` and ``update``.
ANCESTORS = Table(
    'ancestors',
    METADATA,
    Column('name', Text, primary_key=True),
    Column('ancestor', Text, primary_key=True),
    Column('kind_id', Number, primary_key=True, autoincrement=False),
)

# The tags that have no column.
TAGS = Table(
    'tags',
    METADATA,
    Column('tag', Text, primary_key=True),
    Column('sequence', Number, primary_key=True, autoincrement=False),
    Index('tags_sequence', 'sequence'),
)

# Which questions were recorded as events when, so that the next page of an
# answer is not.
READINGS = Table(
    'readings',
    METADATA,
    Column('digest', Text, primary_key=True),
    Column('recorded_time', Time, nullable=False),
)

# Between which rows the events of an hour are: they come about when they
# happen, but not quite in that order.
HOURS = Table(
    'hours',
    METADATA,
    Column('hour', Time, primary_key=True),
    Column('first', Number, nullable=False),
    Column('last', Number, nullable=False),
)

# What has begun and has no end yet.
PENDING = Table(
    'pending',
    METADATA,
    Column('id', Text, primary_key=True),
    *_columns(),
    Column('received_time', Time, nullable=False),
    Column('source', Text, nullable=False),
    Column('event', EventText, nullable=False),
    Index('pending_received_time', 'received_time'),
)

# What a policy has left out, so that it is counted once, and so that what
# comes late of it does not wait for its end.
LEFT_OUT = Table(
    'left_out',
    METADATA,
    Column('id', Text, primary_key=True),
    Column('received_time', Time, nullable=False),
    Index('left_out_received_time', 'received_time'),
)

# The policy of the last start of a collector.
POLICIES = Table(
    'policies',
    METADATA,
    Column('name', Text, primary_key=True),
    Column('digest', Text),
    Column('changed_time', Time, nullable=False),
)

# What could not be kept, with why.
DEAD_LETTERS = Table(
    'dead_letters',
    METADATA,
    Column('number', Number, primary_key=True, autoincrement=True),
    Column('received_time', Time, nullable=False),
    Column('source', Text, nullable=False),
    Column('reason', Text, nullable=False),
    Column('message', LargeBinary, nullable=False),
    # Of the bytes, so that a redelivery is not kept twice.
    Column('digest', Text, nullable=False, unique=True),
)

#: The row that is locked by whoever writes events.
EVENTS_SEQUENCE = 'events'

# The last sequence that was given; its row is locked while one is given.
SEQUENCE = Table(
    'sequence',
    METADATA,
    Column('name', Text, primary_key=True),
    Column('value', Number, nullable=False),
)

# What came from where, in numbers.
SOURCES = Table(
    'sources',
    METADATA,
    Column('source', Text, primary_key=True),
    Column('received_time', Time),
    Column('event_time', Time),
    Column('events', Number, nullable=False, default=0),
    Column('pending', Number, nullable=False, default=0),
    Column('duplicates', Number, nullable=False, default=0),
    Column('dead_letters', Number, nullable=False, default=0),
    Column('foreign', Number, nullable=False, default=0),
    Column('left_out', Number, nullable=False, server_default='0'),
)

# Who was heard of when, also of those who say nothing any more.
OBSERVERS = Table(
    'observers',
    METADATA,
    Column('publisher_id', Text, primary_key=True),
    Column('observer_name', Text, primary_key=True),
    Column('event_time', Time, nullable=False),
    Column('received_time', Time, nullable=False),
)
