# SPDX-License-Identifier: Apache-2.0

"""A dialect in, the statements of a store out.

They are the same for each batch. To put one together takes as long as the
database takes over it.
"""

import json
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import case
from sqlalchemy import cast
from sqlalchemy import Column
from sqlalchemy import ColumnElement
from sqlalchemy import delete
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.dialects import sqlite
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import Text
from sqlalchemy import update

from cadf_audit.trail.schema import DEAD_LETTERS
from cadf_audit.trail.schema import EVENTS
from cadf_audit.trail.schema import EVENTS_SEQUENCE
from cadf_audit.trail.schema import HOURS
from cadf_audit.trail.schema import LEFT_OUT
from cadf_audit.trail.schema import OBSERVERS
from cadf_audit.trail.schema import PENDING
from cadf_audit.trail.schema import SEQUENCE
from cadf_audit.trail.schema import SOURCES

_KEYS = 'keys'


class Statements:
    """What a store says to a database.

    :param dialect: the name of what it speaks
    """

    def __init__(self, dialect: str) -> None:
        self._is_sqlite = dialect == 'sqlite'
        self._insert: Any = (sqlite if self._is_sqlite else postgresql).insert
        #: the last sequence, which nobody else gets until the commit
        self.lock = select(SEQUENCE.c.value).with_for_update()
        self.set_sequence = (
            update(SEQUENCE)
            .where(SEQUENCE.c.name == EVENTS_SEQUENCE)
            .values(value=bindparam('last'))
        )
        #: these take :func:`keys`
        self.known_events = select(EVENTS.c.id).where(self._among(EVENTS.c.id))
        self.waiting = select(PENDING.c.id, PENDING.c.received_time).where(
            self._among(PENDING.c.id)
        )
        self.end = delete(PENDING).where(self._among(PENDING.c.id))
        self.left_out = select(LEFT_OUT.c.id).where(self._among(LEFT_OUT.c.id))
        digest = DEAD_LETTERS.c.digest
        self.known_letters = select(digest).where(self._among(digest))
        #: these take the columns
        self.count = self._count()
        self.hear = self._hear()
        self.note_hours = self._note_hours()

    def _among(self, column: Column[str]) -> ColumnElement[bool]:
        """Return the condition that a column is one of the keys."""
        array = bindparam(_KEYS, type_=Text)
        if self._is_sqlite:
            found = func.json_each(array).table_valued('value')
        else:
            text = func.json_array_elements_text(cast(array, JSON))
            found = text.table_valued('value')
        return column.in_(select(found.c.value))

    def _count(self) -> Any:
        """Add to the numbers of a source."""
        statement = self._insert(SOURCES)
        known, new = SOURCES.c, statement.excluded
        numbers = (
            'events',
            'pending',
            'duplicates',
            'dead_letters',
            'foreign',
            'left_out',
        )
        return statement.on_conflict_do_update(
            index_elements=['source'],
            set_={
                'received_time': new.received_time,
                # A batch may be without any event.
                'event_time': func.coalesce(new.event_time, known.event_time),
                **{name: known[name] + new[name] for name in numbers},
            },
        )

    def _hear(self) -> Any:
        """Note when an observer was heard of."""
        statement = self._insert(OBSERVERS)
        known, new = OBSERVERS.c, statement.excluded
        return statement.on_conflict_do_update(
            index_elements=['publisher_id', 'observer_name'],
            set_={
                # What was late is not the last of it.
                'event_time': case(
                    (known.event_time > new.event_time, known.event_time),
                    else_=new.event_time,
                ),
                'received_time': new.received_time,
            },
        )

    def _note_hours(self) -> Any:
        """Note between which rows the events of an hour are."""
        statement = self._insert(HOURS)
        return statement.on_conflict_do_update(
            index_elements=['hour'],
            # Sequences only grow: the first one stays.
            set_={'last': statement.excluded.last},
        )


def keys(values: list[str]) -> dict[str, str]:
    """Return keys as a statement takes them: as one value, however many.

    :param values: the keys
    """
    return {_KEYS: json.dumps(values)}
