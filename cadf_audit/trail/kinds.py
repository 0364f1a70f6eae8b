# SPDX-License-Identifier: Apache-2.0

"""Rows of the trail in, each with the number of its kind out.

A kind is an eventType, an action and the typeURI of a target. There are few,
and what is asked of all events of a kind, or of all that stand below an action
or a typeURI of the taxonomy, is asked of them first.
"""

from collections.abc import Iterable
from collections.abc import Iterator
import hashlib
import json
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import func
from sqlalchemy import insert
from sqlalchemy import select

from cadf_audit.trail.schema import ANCESTORS
from cadf_audit.trail.schema import KINDS

Key = tuple[str, str, str]

# A client may have a hand in what a typeURI is.
_MOST_REMEMBERED = 20_000

# Kinds of one question to the database.
_SLICE = 100


class Kinds:
    """The numbers of kinds, as far as they were needed."""

    def __init__(self) -> None:
        self._known: dict[Key, int] = {}

    def number(
        self, connection: Connection, rows: Iterable[dict[str, Any]]
    ) -> dict[Key, int]:
        """Give each row the number of its kind; return what was not known.

        :param connection: a transaction that nobody else writes kinds in
        :param rows: the columns of events; ``kind_id`` is set
        :returns: what to :meth:`remember` once the transaction is committed
        """
        keyed = [(_key(row), row) for row in rows]
        unknown = {key for key, _ in keyed} - self._known.keys()
        found = _find(connection, unknown) if unknown else {}
        missing = sorted(unknown - found.keys())
        if missing:
            found |= _add(connection, missing)
        known = self._known | found if found else self._known
        for key, row in keyed:
            row['kind_id'] = known[key]
        return found

    def remember(self, found: dict[Key, int]) -> None:
        """Spare the next transaction the search for kinds.

        :param found: kinds that are committed
        """
        if len(self._known) + len(found) > _MOST_REMEMBERED:
            self._known = {}
        self._known |= found


def ancestors(value: str) -> Iterator[str]:
    """Yield a value of the taxonomy and what stands above it.

    :param value: ``update/resize`` gives ``update`` and ``update/resize``
    """
    end = value.find('/')
    while end >= 0:
        if end:
            yield value[:end]
        end = value.find('/', end + 1)
    if value:
        yield value


def _key(row: dict[str, Any]) -> Key:
    return (
        row['kind'] or '',
        row['action'] or '',
        row['target_type_uri'] or '',
    )


def _digest(key: Key) -> str:
    return hashlib.sha256(json.dumps(key).encode()).hexdigest()


def _find(connection: Connection, keys: Iterable[Key]) -> dict[Key, int]:
    wanted = [_digest(key) for key in keys]
    result: dict[Key, int] = {}
    for begin in range(0, len(wanted), _SLICE):
        some = wanted[begin : begin + _SLICE]
        for row in connection.execute(
            select(KINDS).where(KINDS.c.digest.in_(some))
        ):
            key = row.kind, row.action, row.target_type_uri
            result[key] = row.id
    return result


def _add(connection: Connection, keys: Iterable[Key]) -> dict[Key, int]:
    last = connection.scalar(select(func.max(KINDS.c.id))) or 0
    added = {key: number for number, key in enumerate(keys, last + 1)}
    connection.execute(
        insert(KINDS),
        [
            {
                'id': number,
                'kind': kind,
                'action': action,
                'target_type_uri': type_uri,
                'digest': _digest((kind, action, type_uri)),
            }
            for (kind, action, type_uri), number in added.items()
        ],
    )
    above = [
        {'name': name, 'ancestor': ancestor, 'kind_id': number}
        for (_, action, type_uri), number in added.items()
        for name, value in (
            ('action', action),
            ('target_type_uri', type_uri),
        )
        for ancestor in dict.fromkeys(ancestors(value))
    ]
    if above:
        connection.execute(insert(ANCESTORS), above)
    return added
