# SPDX-License-Identifier: Apache-2.0

"""Rows of the trail in, what finds them faster than an index does out.

The tags of an event are rows of their own. And for each hour of events there
is between which rows they are: a sequence grows with the time, but the events
of a moment need not come in their order.
"""

from collections.abc import Callable
from collections.abc import Sequence
import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import insert

from cadf_audit.trail.schema import HOURS
from cadf_audit.trail.schema import TAGS


def index(
    connection: Connection,
    upsert: Callable[..., Any],
    rows: Sequence[dict[str, Any]],
) -> None:
    """Note the tags and the times of rows.

    :param connection: the transaction that adds them
    :param upsert: the ``INSERT`` of the dialect
    :param rows: the columns, with the tags, in the order of their sequence
    """
    tags = [
        {'tag': tag, 'sequence': row['sequence']}
        for row in rows
        for tag in row['tags']
    ]
    if tags:
        connection.execute(insert(TAGS), tags)
    hours: dict[datetime.datetime, dict[str, Any]] = {}
    for row in rows:
        hour = hour_of(row['event_time'])
        known = hours.setdefault(
            hour, {'hour': hour, 'first': row['sequence']}
        )
        known['last'] = row['sequence']
    statement = upsert(HOURS)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=['hour'],
            # Sequences only grow: the first one stays.
            set_={'last': statement.excluded.last},
        ),
        list(hours.values()),
    )


def hour_of(time: datetime.datetime) -> datetime.datetime:
    """Return the beginning of an hour.

    :param time: a time in it
    """
    return time.replace(minute=0, second=0, microsecond=0)
