# SPDX-License-Identifier: Apache-2.0

"""A database in, the same with the tables of today out."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy import inspect

from cadf_audit.exceptions import AuditError
from cadf_audit.trail.engine import writing

_MIGRATIONS = Path(__file__).with_name('migrations')


class SchemaError(AuditError):
    """The tables of a trail are not those that this version needs."""


def upgrade(engine: Engine) -> tuple[str | None, str]:
    """Make the tables, or change them to their newest form.

    :param engine: the database
    :returns: the revision before, None for no tables, and the one after
    """
    config = _config()
    with writing(engine) as connection:
        before = MigrationContext.configure(connection).get_current_revision()
        config.attributes['connection'] = connection
        command.upgrade(config, 'head')
    return before, _newest()


def check_schema(engine: Engine) -> None:
    """See that the tables are those of this version.

    :param engine: the database
    :raises SchemaError: they are not; says what to do
    """
    with engine.connect() as connection:
        if not inspect(connection).has_table('alembic_version'):
            found = None
        else:
            found = MigrationContext.configure(
                connection
            ).get_current_revision()
    newest = _newest()
    if found == newest:
        return
    if found is None:
        raise SchemaError(
            'there are no tables of a trail yet; run cadf-audit db upgrade'
        )
    known = {each.revision for each in _scripts().walk_revisions()}
    if found in known:
        raise SchemaError(
            f'the tables are of revision {found}, and this version needs '
            f'{newest}; run cadf-audit db upgrade'
        )
    raise SchemaError(
        f'the tables are of revision {found}, which is newer than this '
        f'version knows ({newest}); upgrade cadf_audit'
    )


def _config() -> Config:
    config = Config()
    config.set_main_option('script_location', str(_MIGRATIONS))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _newest() -> str:
    return str(_scripts().get_current_head())
