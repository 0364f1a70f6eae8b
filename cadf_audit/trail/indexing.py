# SPDX-License-Identifier: Apache-2.0

"""Rows of the trail in, what finds them faster than an index does out.

The tags of an event are rows of their own. And for each hour of events there
is between which rows they are: a sequence grows with the time, but the events
of a moment need not come in their order.
"""

from collections.abc import Sequence
import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import Executable
from sqlalchemy import insert

from cadf_audit.trail.schema import TAGS

_NOTHING = datetime.timedelta(0)
_HOUR = datetime.timedelta(hours=1)


def index(
    connection: Connection,
    note_hours: Executable,
    rows: Sequence[dict[str, Any]],
) -> None:
    """Note the tags and the times of rows.

    :param connection: the transaction that adds them
    :param note_hours: the statement for the hours
    :param rows: the columns, with the tags, in the order of their sequence
    """
    tags = [
        {'tag': tag, 'sequence': row['sequence']}
        for row in rows
        for tag in row['tags']
    ]
    if tags:
        connection.execute(insert(TAGS), tags)
    first: dict[datetime.datetime, int] = {}
    last: dict[datetime.datetime, int] = {}
    hour = None
    for row in rows:
        time = row['event_time']
        # Most are in the hour of the one before.
        if hour is None or not _NOTHING <= time - hour < _HOUR:
            hour = hour_of(time)
            first.setdefault(hour, row['sequence'])
        last[hour] = row['sequence']
    connection.execute(
        note_hours,
        [
            {'hour': hour, 'first': first[hour], 'last': last[hour]}
            for hour in first
        ],
    )


def hour_of(time: datetime.datetime) -> datetime.datetime:
    """Return the beginning of an hour.

    :param time: a time in it
    """
    return time.replace(minute=0, second=0, microsecond=0)
