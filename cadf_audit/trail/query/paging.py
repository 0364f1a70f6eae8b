# SPDX-License-Identifier: Apache-2.0

"""A question and a way to walk in, a page and the way to its neighbours out.

A place in the trail is a sequence. New events stand behind all others, so that
they move nothing; and what was purged leaves the places of the others.
"""

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
import dataclasses
from typing import Any

from cadf_audit.trail.query.event_query import EventQuery

Row = Mapping[Any, Any]

#: From behind the first sequence, up to before the second one, ascending or
#: not, so many rows at most
Walk = Callable[[int | None, int | None, bool, int], Sequence[Row]]


@dataclasses.dataclass(frozen=True)
class Page:
    """A few events, and how to ask for what is newer or older.

    :param rows: in the order that was asked for
    :param next: names and values that ask for what is newer; there is always
        something to wait for
    :param previous: likewise for what is older; None for nothing
    """

    rows: Sequence[Row]
    next: list[tuple[str, str]]
    previous: list[tuple[str, str]] | None


def turn(
    query: EventQuery,
    walk: Walk,
    last: Callable[[], int],
    room: Callable[[Sequence[Row]], int] = len,
) -> Page:
    """Return a page.

    With one cursor, the rows next to it are met; with both, or none, those at
    the end that the order begins with. Of both, the one at the other end is
    where a walk in this order ends, so that the way ahead keeps it; the way
    back leads on.

    :param query: the question
    :param walk: finds rows
    :param last: finds the last sequence that was given
    :param room: says for how many of some rows a page has room, one at least;
        the page ends there, and the way ahead goes on behind it
    """
    after, before = query.after, query.before
    ascending = query.oldest_first
    if (after is None) != (before is None):
        ascending = before is None
    # One more tells whether the walk has an end here.
    rows = list(walk(after, before, ascending, query.limit + 1))
    fitting = min(query.limit, room(rows[: query.limit]))
    more = len(rows) > fitting
    del rows[fitting:]
    if ascending:
        rows.reverse()
    if rows:
        newest, oldest = rows[0]['sequence'], rows[-1]['sequence']
    else:
        # It stays where it is, and not where no row is yet.
        place = last() if before is None else min(last(), before - 1)
        newest = max(0, place) if after is None else after
        oldest = (after or 0) + 1
    both = after is not None and before is not None
    if not ascending:
        older = more
    elif after is None:
        older = False
    else:
        older = bool(walk(None, oldest, False, 1))
    if query.oldest_first:
        rows.reverse()
    return Page(
        rows,
        query.parameters(
            after=newest, before=before if both and ascending else None
        ),
        query.parameters(
            before=oldest, after=None if ascending or not both else after
        )
        if older
        else None,
    )
