# SPDX-License-Identifier: Apache-2.0

"""A question in, all events of its answer line by line out."""

from collections.abc import Iterator
import csv
import io
import json
import re
from typing import Any

from sqlalchemy import case
from sqlalchemy import cast
from sqlalchemy import ColumnElement
from sqlalchemy import func
from sqlalchemy import literal
from sqlalchemy import Text
from sqlalchemy import type_coerce

from cadf_audit.trail.query.event_query import EventQuery
from cadf_audit.trail.query.reader import TrailReader
from cadf_audit.trail.query.shown import FIELDS
from cadf_audit.trail.schema import EVENTS
from cadf_audit.wording.printable import printable

# Of the control characters, JSON as it came has these between its parts, and
# DEL wherever it likes.
_BREAKS = '\t\r\n\x7f'
_not_plain = re.compile(r'[^\x20-\x7e]')

_row = EVENTS.c
# What a time is as ISO 8601 has it.
_ISO = {
    'sqlite': func.replace(type_coerce(_row.received_time, Text), ' ', 'T')
    + '+00:00',
    'postgresql': func.to_char(
        func.timezone('UTC', _row.received_time),
        'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"',
    ),
}

# SQLite keeps any text, whoever put it there: what is no JSON becomes a text
# in JSON, so that it hides no other line.
_EVENT: dict[str, ColumnElement[str]] = {
    'sqlite': case(
        (func.json_valid(_row.event) == 1, type_coerce(_row.event, Text)),
        (func.typeof(_row.event) == 'text', func.json_quote(_row.event)),
        else_='null',
    ),
    'postgresql': cast(_row.event, Text),
}

# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ('=', '+', '-', '@', '\t', '\r')


def json_lines(reader: TrailReader, query: EventQuery) -> Iterator[str]:
    """Yield each event as it came, with its place in the trail.

    :param reader: asks the store
    :param query: the question
    """
    # The database puts the lines together: nothing else is as fast.
    line: ColumnElement[str] = (
        literal('{"sequence": ', Text)
        + cast(_row.sequence, Text)
        + ', "received": "'
        + _ISO[reader.engine.dialect.name]
        + '", "event": '
        + _EVENT[reader.engine.dialect.name]
        + '}'
    )
    for rows in reader.export(query, [], line):
        lines = [line for _, line in rows]
        text = ''.join(lines)
        if not text.isascii() or any(each in text for each in _BREAKS):
            lines = [_not_plain.sub(_escaped, each) for each in lines]
        lines.append('')
        yield '\n'.join(lines)


def csv_lines(reader: TrailReader, query: EventQuery) -> Iterator[str]:
    """Yield a line of names and one for each event.

    No value of an event is a formula to a spreadsheet.

    :param reader: asks the store
    :param query: the question
    """
    yield _csv([list(FIELDS)])
    for rows in reader.export(query):
        events = reader.show([row._mapping for row in rows])
        yield _csv([list(map(cell, event.values())) for event in events])


def _escaped(match: re.Match[str]) -> str:
    found = match[0]
    if found in '\t\r\n':
        return ' '
    return json.dumps(found)[1:-1]


def cell(value: Any) -> Any:
    """Return a value as CSV may have it: no formula to a spreadsheet.

    :param value: any value
    """
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(rows: list[list[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
