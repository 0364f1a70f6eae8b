# SPDX-License-Identifier: Apache-2.0

"""Rows in, a table with all of them out, in one statement.

SQLAlchemy would look at each value of each row, which takes longer than the
database does. What is kept is the same.
"""

from collections.abc import Sequence
import datetime
import json
from operator import itemgetter
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import cast
from sqlalchemy import column
from sqlalchemy import Connection
from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.dialects.sqlite import dialect as sqlite
from sqlalchemy import func
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy import Table
from sqlalchemy import Text

from cadf_audit.trail.schema import EventText
from cadf_audit.trail.schema import Time

_ROWS = 'rows'


class Insertion:
    """A way to add rows to a table that has a column for each of their keys.

    :param table: the table
    :param dialect: what the database speaks
    """

    def __init__(self, table: Table, dialect: Dialect) -> None:
        names = table.columns.keys()
        self._times = [
            each.name for each in table.columns if isinstance(each.type, Time)
        ]
        self._values = itemgetter(*names)
        self._is_sqlite = dialect.name == 'sqlite'
        if self._is_sqlite:
            self._text = str(insert(table).compile(dialect=sqlite()))
        else:
            self._statement = _insert_from_json(table)

    def add(
        self, connection: Connection, rows: Sequence[dict[str, Any]]
    ) -> None:
        """Add rows.

        :param connection: within a transaction
        :param rows: all columns of each
        """
        written = [
            row | {name: self._written(row[name]) for name in self._times}
            for row in rows
        ]
        if self._is_sqlite:
            values = [self._values(row) for row in written]
            connection.exec_driver_sql(self._text, values)
        else:
            text = json.dumps(written, separators=(',', ':'))
            connection.execute(self._statement, {_ROWS: text})

    def _written(self, time: datetime.datetime | None) -> str | None:
        """Return a time in UTC as the database reads it."""
        if time is None:
            return None
        text = time.isoformat(' ', 'microseconds')
        # As :class:`Time` keeps it, without the zone.
        return text[:26] if self._is_sqlite else text


def _insert_from_json(table: Table) -> Any:
    rows = (
        func.json_to_recordset(cast(bindparam(_ROWS, type_=Text), JSON))
        .table_valued(
            *(
                # What PostgreSQL makes of a JSON text as JSON is a text.
                column(each.name, Text if _is_event(each) else each.type)
                for each in table.columns
            )
        )
        .render_derived(with_types=True)
    )
    values = [
        cast(rows.c[each.name], each.type)
        if _is_event(each)
        else rows.c[each.name]
        for each in table.columns
    ]
    return insert(table).from_select(table.columns.keys(), select(*values))


def _is_event(each: Any) -> bool:
    return each.type is EventText
