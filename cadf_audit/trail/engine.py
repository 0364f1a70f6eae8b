# SPDX-License-Identifier: Apache-2.0

"""The URL of a database in, a way to read and to write it out."""

from collections.abc import Iterator
import contextlib
import os
import time
from typing import Any

from sqlalchemy import Connection
from sqlalchemy import create_engine
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError
from sqlalchemy.exc import NoSuchModuleError
from sqlalchemy.exc import OperationalError

from cadf_audit.exceptions import AuditError
from cadf_audit.exceptions import OptionError

ALLOWED = (
    'sqlite:////absolute/path/of/trail.db, or '
    'postgresql://user:password@host/database'
)

#: seconds for which a write waits for another one
PATIENCE = 30

# Seconds until a host that does not answer counts as away; a URL may say
# otherwise.
_CONNECTING = {'connect_timeout': 10}

# Rows of an index from which SQLite takes its statistics.
_LOOKED_AT = 1000

# Steps of SQLite's machine between two looks at the clock.
_STEPS = 10_000

# Pages of 4 KiB that wait in the log of SQLite, and KiB that it remembers.
_LOG_PAGES = 8000
_CACHE_KIB = 16_000

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
        path = parsed.database or ':memory:'
        if parsed.get_backend_name() == 'sqlite' and path != ':memory:':
            if not os.path.isabs(path):
                raise OptionError(
                    'connection',
                    f'{path} does not begin with a slash; allowed '
                    f'is {ALLOWED}',
                    where,
                )
            return _open_sqlite(parsed)
    except (ArgumentError, NoSuchModuleError) as exc:
        raise OptionError(
            'connection',
            f'{exc}; allowed is {ALLOWED}',
            where,
        ) from exc
    except ValueError as exc:
        # What it says of the port may be a part of the password.
        raise OptionError(
            'connection',
            f'the port is no number; allowed is {ALLOWED}, and / @ : % in a '
            'password as %2F %40 %3A %25',
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


class QueryTimeoutError(AuditError):
    """A question took longer than it may."""


@contextlib.contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a transaction that writes; it ends with the block.

    SQLite has one writer at a time, which has to say so at its beginning.
    """
    with engine.connect() as connection:
        options = connection.execution_options(**{_WRITES: True})
        with options.begin():
            yield options


@contextlib.contextmanager
def reading(engine: Engine, seconds: float = 0) -> Iterator[Connection]:
    """Give a transaction that reads what was there at one moment.

    :param engine: the database
    :param seconds: how long one statement may take; 0 for any time
    :raises QueryTimeoutError: it took longer
    """
    with engine.connect() as connection:
        is_sqlite = engine.dialect.name == 'sqlite'
        try:
            if is_sqlite:
                with connection.begin(), _deadline(connection, seconds):
                    yield connection
                return
            options = connection.execution_options(
                isolation_level='REPEATABLE READ', postgresql_readonly=True
            )
            with options.begin():
                if seconds:
                    # 0 would be any time.
                    most = max(1, int(seconds * 1000))
                    options.exec_driver_sql(
                        f'SET LOCAL statement_timeout = {most}'
                    )
                yield options
        except OperationalError as exc:
            if _is_timeout(exc):
                raise QueryTimeoutError(
                    f'the question took longer than {seconds:g} seconds; '
                    'narrow it, with from and to for example'
                ) from exc
            raise


def take_statistics(engine: Engine) -> None:
    """Have SQLite learn which index is of use for what.

    PostgreSQL does so by itself. Without it, SQLite takes the index over a
    kind of events with millions of rows for as good as that over one user.

    :param engine: the database
    """
    if engine.dialect.name != 'sqlite':
        return
    with writing(engine) as connection:
        # It looks at so many rows of each index, and keeps nobody waiting.
        connection.exec_driver_sql(f'PRAGMA analysis_limit = {_LOOKED_AT}')
        connection.exec_driver_sql('ANALYZE')


@contextlib.contextmanager
def _deadline(connection: Connection, seconds: float) -> Iterator[None]:
    """Interrupt what SQLite does after so many seconds."""
    if not seconds:
        yield
        return
    driver: Any = connection.connection.driver_connection
    end = time.monotonic() + seconds
    driver.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


def _is_timeout(exc: OperationalError) -> bool:
    # PostgreSQL: query_canceled. SQLite says no more than this.
    return (
        getattr(exc.orig, 'sqlstate', None) == '57014'
        or str(exc.orig) == 'interrupted'
    )


def _open_postgresql(url: Any) -> Engine:
    engine = create_engine(
        url.set(drivername='postgresql+psycopg'),
        pool_pre_ping=True,
        # Who has waited for the sequence has to see what was committed.
        isolation_level='READ COMMITTED',
        # A host that swallows packets is one that is away.
        connect_args={
            name: seconds
            for name, seconds in _CONNECTING.items()
            if name not in url.query
        },
    )

    @event.listens_for(engine, 'connect')
    def prepare(connection: Any, record: Any) -> None:
        # In another zone, the first and the last years cannot be read.
        connection.execute("SET TIME ZONE 'UTC'")
        connection.commit()

    return engine


def _open_sqlite(url: Any) -> Engine:
    engine = create_engine(
        url.set(drivername='sqlite'), connect_args={'timeout': PATIENCE}
    )

    @event.listens_for(engine, 'connect')
    def prepare(connection: Any, record: Any) -> None:
        # Else Python begins transactions when it likes.
        connection.isolation_level = None
        connection.execute('PRAGMA journal_mode = WAL')
        # What was acknowledged survives a power cut.
        connection.execute('PRAGMA synchronous = FULL')
        # Most pages of an index are written again soon: to move them into the
        # file less often than SQLite does saves a fifth of all work.
        connection.execute(f'PRAGMA wal_autocheckpoint = {_LOG_PAGES}')
        connection.execute(f'PRAGMA cache_size = -{_CACHE_KIB}')

    @event.listens_for(engine, 'begin')
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql('BEGIN IMMEDIATE' if writes else 'BEGIN')

    return engine
