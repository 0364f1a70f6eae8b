# SPDX-License-Identifier: Apache-2.0

"""Rows in, a table with all of them out, in one statement.

SQLAlchemy would look at each value of each row, which takes longer than the
database does. What is kept is the same.
"""

from collections.abc import Iterable
from collections.abc import Sequence
import datetime
import operator
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import Engine
from sqlalchemy import event
from sqlalchemy import Table

from cadf_audit.trail.schema import Time

_INSERT = 'INSERT INTO '
_COPY = 'COPY '

Values = tuple[Any, ...]


class Insertion:
    """A way to add rows to a table that has a column for each of their keys.

    :param table: the table
    :param engine: the database
    """

    def __init__(self, table: Table, engine: Engine) -> None:
        is_sqlite = engine.dialect.name == 'sqlite'
        # The driver of PostgreSQL knows what to write for a time.
        self._times = [
            each.name
            for each in table.columns
            if is_sqlite and isinstance(each.type, Time)
        ]
        others = [
            each.name for each in table.columns if each.name not in self._times
        ]
        self._others = itemgetter(*others)
        names = [*others, *self._times]
        into = f'{table.name} ({", ".join(names)})'
        if is_sqlite:
            marks = ', '.join('?' for _ in names)
            self._statement = f'{_INSERT}{into} VALUES ({marks})'
        else:
            # Half of what an INSERT takes.
            self._statement = f'{_COPY}{into} FROM STDIN'
            event.listen(engine, 'do_execute', _copy_one)
            event.listen(engine, 'do_executemany', _copy)

    def add(
        self, connection: Connection, rows: Sequence[dict[str, Any]]
    ) -> None:
        """Add rows.

        :param connection: within a transaction
        :param rows: all columns of each
        """
        values: list[Values] = list(map(self._others, rows))
        if self._times:
            times = map(itemgetter(*self._times), rows)
            texts = map(_Texts().of, times)
            values = list(map(operator.add, values, texts))
        connection.exec_driver_sql(self._statement, values)


class _Texts:
    """What SQLite keeps of times: the same as :class:`Time`, without the zone.

    Each is written once: many are the time at which a batch came.
    """

    def __init__(self) -> None:
        # To compare two times takes as long as to write one.
        self._known: dict[int, str | None] = {id(None): None}

    def of(self, times: Iterable[datetime.datetime | None]) -> Values:
        """Return the texts of times in UTC, which live as long as this."""
        known = self._known
        for time in times:
            if time is not None and id(time) not in known:
                known[id(time)] = time.isoformat(' ', 'microseconds')[:26]
        return tuple([known[id(time)] for time in times])


# SQLAlchemy has no COPY. Here, it is done in its name: so that it says what
# goes wrong, and sees when the connection is lost, as with anything else.
def _copy(
    cursor: Any, statement: str, rows: Iterable[Sequence[Any]], context: Any
) -> bool:
    """Carry out a COPY; return False for any other statement."""
    if not statement.startswith(_COPY):
        return False
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
    return True


def _copy_one(
    cursor: Any, statement: str, row: Sequence[Any], context: Any
) -> bool:
    return _copy(cursor, statement, [row], context)
