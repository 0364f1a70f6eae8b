# SPDX-License-Identifier: Apache-2.0

"""Conditions and a place in the trail in, the next rows from there out.

Each combination of conditions that an index answers in the order of the
sequence is a walk of its own, of as many steps as rows are wanted; the rows
wanted are among what all walks found. So a page costs the same wherever it is
and however long the trail.
"""

from collections.abc import Iterable
import itertools
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy import Connection
from sqlalchemy import or_
from sqlalchemy import Result
from sqlalchemy import select
from sqlalchemy import union

from cadf_audit.trail.query.conditions import Condition
from cadf_audit.trail.query.conditions import Conditions
from cadf_audit.trail.schema import EVENTS

#: Walks of one page; what would be more of them is one that sorts out
MOST_WALKS = 64

# Each walk repeats the other comparisons, and SQLite thinks about all of them
# before it begins: seconds about ten thousand.
_MOST_COMPARISONS = 1000

_sequence = EVENTS.c.sequence


def walk(
    connection: Connection,
    columns: Iterable[ColumnElement[Any]],
    conditions: Conditions,
    after: int | None,
    before: int | None,
    ascending: bool,
    most: int,
) -> Result[Any]:
    """Return the next rows, in the order in which they were met.

    :param connection: within the transaction of the question
    :param columns: what is wanted of each
    :param conditions: what they have to be like
    :param after: only rows behind this sequence
    :param before: only rows before this one
    :param ascending: whether the walk is from the oldest to the newest
    :param most: how many rows at most
    """
    plain = list(conditions.plain)
    if after is not None:
        plain.append(_sequence > after)
    if before is not None:
        plain.append(_sequence < before)
    order = _sequence.asc() if ascending else _sequence.desc()
    affordable = _MOST_COMPARISONS // max(1, conditions.size)
    walks = _walks(conditions.groups, min(MOST_WALKS, affordable))
    if len(walks) == 1:
        statement = select(*columns).where(*plain, *walks[0])
    else:
        found = union(
            *(
                # SQLite has no LIMIT in a part of a UNION.
                select(
                    select(_sequence)
                    .where(*plain, *each)
                    .order_by(order)
                    .limit(most)
                    .subquery()
                )
                for each in walks
            )
        ).subquery()
        # So few that each is looked up, and not met on a way from one end.
        met = found.c.sequence
        nearest = met.asc() if ascending else met.desc()
        statement = select(*columns).where(
            _sequence.in_(select(met).order_by(nearest).limit(most))
        )
    statement = statement.order_by(order).limit(most)
    return connection.execute(statement)


def _walks(
    groups: list[list[Condition]], most: int
) -> list[tuple[Condition, ...]]:
    """Return all combinations of conditions, if they are not too many."""
    many: list[list[Condition]] = []
    number = 1
    # The shortest first: of the longest ones, the index is of least use.
    for group in sorted(groups, key=len):
        if number * len(group) <= most:
            number *= len(group)
            many.append(group)
        else:
            many.append([or_(*group)])
    return list(itertools.product(*many))
