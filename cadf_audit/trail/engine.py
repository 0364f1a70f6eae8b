# SPDX-License-Identifier: Apache-2.0

"""The URL of a database in, a way to read and to write it out."""

from collections.abc import Iterator
import contextlib
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import create_engine
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError
from sqlalchemy.exc import NoSuchModuleError

from cadf_audit.exceptions import OptionError

ALLOWED = (
    'sqlite:////absolute/path/of/trail.db, or '
    'postgresql://user:password@host/database'
)

#: seconds for which a write waits for another one
PATIENCE = 30

_WRITES = 'cadf_audit_writes'


def open_engine(url: str, where: str = '[audit_trail]') -> Engine:
    """Return a database; nothing is connected yet.

    :param url: what SQLAlchemy calls a database URL
    :param where: where the URL stands, for messages
    :raises OptionError: it is none, or of a kind that keeps no trail
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == 'postgresql':
            return _open_postgresql(parsed)
        in_memory = parsed.database in (None, '', ':memory:')
        if parsed.get_backend_name() == 'sqlite' and not in_memory:
            return _open_sqlite(parsed)
    except (ArgumentError, NoSuchModuleError) as exc:
        raise OptionError(
            'connection',
            f'{exc}; allowed is {ALLOWED}',
            where,
        ) from exc
    except ImportError as exc:
        raise OptionError(
            'connection',
            f'{exc}; pip install cadf_audit[postgresql]',
            where,
        ) from exc
    raise OptionError(
        'connection',
        f'a trail is not kept in {parsed.drivername}; allowed is {ALLOWED}',
        where,
    )


@contextlib.contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a transaction that writes; it ends with the block.

    SQLite has one writer at a time, which has to say so at its beginning.
    """
    with engine.connect() as connection:
        options = connection.execution_options(**{_WRITES: True})
        with options.begin():
            yield options


def _open_postgresql(url: Any) -> Engine:
    engine = create_engine(
        url.set(drivername='postgresql+psycopg'),
        pool_pre_ping=True,
        # Who has waited for the sequence has to see what was committed.
        isolation_level='READ COMMITTED',
    )

    @event.listens_for(engine, 'connect')
    def prepare(connection: Any, record: Any) -> None:
        # In another zone, the first and the last years cannot be read.
        connection.execute("SET TIME ZONE 'UTC'")
        connection.commit()

    return engine


def _open_sqlite(url: Any) -> Engine:
    engine = create_engine(url, connect_args={'timeout': PATIENCE})

    @event.listens_for(engine, 'connect')
    def prepare(connection: Any, record: Any) -> None:
        # Else Python begins transactions when it likes.
        connection.isolation_level = None
        connection.execute('PRAGMA journal_mode = WAL')
        # What was acknowledged survives a power cut.
        connection.execute('PRAGMA synchronous = FULL')

    @event.listens_for(engine, 'begin')
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql('BEGIN IMMEDIATE' if writes else 'BEGIN')

    return engine
