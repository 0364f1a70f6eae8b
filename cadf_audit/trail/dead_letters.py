# SPDX-License-Identifier: Apache-2.0

"""The dead letters of a store in, those that can be kept by now out."""

from collections.abc import Iterator
import dataclasses
import datetime

from sqlalchemy import delete
from sqlalchemy import Engine
from sqlalchemy.exc import DataError
from sqlalchemy.exc import IntegrityError
from sqlalchemy import func
from sqlalchemy import select

from cadf_audit.trail.collector import refusal
from cadf_audit.trail.collector import sort
from cadf_audit.trail.engine import writing
from cadf_audit.trail.schema import DEAD_LETTERS
from cadf_audit.trail.store import Store

# Numbers that are read at a time; of messages one, since each may be long.
_SLICE = 1000

# Beyond it there are no numbers in a database.
_MOST_NUMBER = 2**63 - 1


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
    if not 0 < number <= _MOST_NUMBER:
        return None
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
            select(table.number, table.source)
            .where(table.number > last)
            .order_by(table.number)
            .limit(_SLICE)
        )
        with store.engine.connect() as connection:
            letters = connection.execute(statement).all()
        if not letters:
            return
        for number, source in letters:
            last = number
            message = read_letter(store.engine, number)
            if message is None:
                # Another replay, or a purge, was faster.
                continue
            reason = _keep(store, source, message)
            if not reason:
                with writing(store.engine) as connection:
                    connection.execute(
                        delete(DEAD_LETTERS).where(table.number == number)
                    )
            yield number, reason


def _keep(store: Store, source: str, message: bytes) -> str:
    """Keep a message; return why it cannot be kept, or an empty text."""
    batch = sort(source, [message])
    if batch.dead_letters:
        return batch.dead_letters[0].reason
    try:
        store.ingest(batch)
    except (DataError, IntegrityError) as exc:
        return refusal(exc)
    return ''
