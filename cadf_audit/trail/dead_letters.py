# SPDX-License-Identifier: Apache-2.0

"""The dead letters of a store in, those that can be kept by now out."""

from collections.abc import Iterator
import dataclasses
import datetime

from sqlalchemy import delete
from sqlalchemy import Engine
from sqlalchemy import func
from sqlalchemy import select

from cadf_audit.trail.collector import sort
from cadf_audit.trail.engine import writing
from cadf_audit.trail.schema import DEAD_LETTERS
from cadf_audit.trail.store import Store

# Read at a time: each may be long.
_SLICE = 50


@dataclasses.dataclass(frozen=True)
class Letter:
    """A message that could not be kept.

    :param number: its number
    :param received_time: when it came
    :param source: where from
    :param reason: why it is here
    :param size: how many bytes it has
    :param start: the first of them
    """

    number: int
    received_time: datetime.datetime
    source: str
    reason: str
    size: int
    start: bytes


def list_letters(engine: Engine, most: int) -> list[Letter]:
    """Return dead letters, the oldest first.

    :param engine: the database
    :param most: how many at most
    """
    table = DEAD_LETTERS.c
    statement = (
        select(
            table.number,
            table.received_time,
            table.source,
            table.reason,
            func.length(table.message).label('size'),
            func.substr(table.message, 1, 200).label('start'),
        )
        .order_by(table.number)
        .limit(most)
    )
    with engine.connect() as connection:
        return [
            Letter(**{**row._mapping, 'start': bytes(row.start or b'')})
            for row in connection.execute(statement)
        ]


def read_letter(engine: Engine, number: int) -> bytes | None:
    """Return the bytes of a dead letter; None if there is none.

    :param engine: the database
    :param number: its number
    """
    statement = select(DEAD_LETTERS.c.message).where(
        DEAD_LETTERS.c.number == number
    )
    with engine.connect() as connection:
        message = connection.scalar(statement)
    return None if message is None else bytes(message)


def replay(store: Store) -> Iterator[tuple[int, str]]:
    """Try all dead letters once more; what can be kept is no letter any more.

    :param store: the store
    :returns: for each letter its number and why it stays, or an empty text
    """
    last = 0
    table = DEAD_LETTERS.c
    while True:
        statement = (
            select(table.number, table.source, table.message)
            .where(table.number > last)
            .order_by(table.number)
            .limit(_SLICE)
        )
        with store.engine.connect() as connection:
            letters = connection.execute(statement).all()
        if not letters:
            return
        for number, source, message in letters:
            last = number
            batch = sort(source, [bytes(message)])
            if batch.dead_letters:
                yield number, batch.dead_letters[0].reason
                continue
            store.ingest(batch)
            with writing(store.engine) as connection:
                connection.execute(
                    delete(DEAD_LETTERS).where(table.number == number)
                )
            yield number, ''
