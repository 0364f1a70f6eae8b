# SPDX-License-Identifier: Apache-2.0

"""A database in, the same with the tables of today out."""

import os
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy import Engine
from sqlalchemy import func
from sqlalchemy import select

from cadf_audit.exceptions import AuditError
from cadf_audit.trail.engine import writing

_MIGRATIONS = Path(__file__).with_name('migrations')

# Of PostgreSQL; any number that nobody else takes.
_LOCK = 0x63616466


class SchemaError(AuditError):
    """The tables of a trail are not those that this version needs."""


def upgrade(engine: Engine) -> tuple[str | None, str]:
    """Make the tables, or change them to their newest form.

    :param engine: the database
    :returns: the revision before, None for no tables, and the one after
    :raises SchemaError: they are of a newer version, or not of a trail
    """
    config = _config()
    with writing(engine) as connection:
        if engine.dialect.name == 'postgresql':
            # Several collectors may start at the same moment.
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        before = _revision(connection)
        config.attributes['connection'] = connection
        command.upgrade(config, 'head')
    return before, _newest()


def check_schema(engine: Engine) -> None:
    """See that the tables are those of this version.

    :param engine: the database
    :raises SchemaError: they are not; says what to do
    """
    if engine.dialect.name == 'sqlite':
        # SQLite would make the file, for whoever happens to ask.
        path = str(engine.url.database)
        try:
            os.stat(path)
        except FileNotFoundError as exc:
            raise SchemaError(
                f'the database of the trail: there is no file {path}, so '
                'there are no tables of a trail yet; run cadf-audit db '
                'upgrade, or correct its path'
            ) from exc
    with engine.connect() as connection:
        found = _revision(connection)
    newest = _newest()
    if found is None:
        raise SchemaError(
            'there are no tables of a trail yet; run cadf-audit db upgrade'
        )
    if found != newest:
        raise SchemaError(
            f'the tables are of revision {found}, and this version needs '
            f'{newest}; run cadf-audit db upgrade'
        )


def _revision(connection: Connection) -> str | None:
    """Return of which revision the tables are; None for no tables.

    :raises SchemaError: this version knows no such revision
    """
    context = MigrationContext.configure(connection)
    found = ', '.join(context.get_current_heads())
    known = {each.revision for each in _scripts().walk_revisions()}
    if not found or found in known:
        return found or None
    raise SchemaError(
        f'the tables are of revision {found}, which is newer than this '
        f'version knows ({_newest()}), or of another program: upgrade '
        'cadf_audit, or name the database of the trail'
    )


def _config() -> Config:
    config = Config()
    config.set_main_option('script_location', str(_MIGRATIONS))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _newest() -> str:
    return str(_scripts().get_current_head())
