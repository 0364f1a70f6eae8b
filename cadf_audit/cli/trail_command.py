# SPDX-License-Identifier: Apache-2.0

"""What all commands about the trail have in common: where it is kept."""

import argparse
import logging
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import SQLAlchemyError

from cadf_audit.cli.command import PlainCommand
from cadf_audit.cli.source import CommandError
from cadf_audit.cli.source import UsageError
from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.settings import load_trail_settings
from cadf_audit.trail.settings import TrailSettings
from cadf_audit.trail.store import Store
from cadf_audit.trail.upgrade import check_schema

LOG = logging.getLogger('cadf_audit.cli')

#: rows of a list at most
MOST_LISTED = 1000

_NOWHERE = (
    'name the database with --connection URL, or a file that has '
    '[audit_trail] connection with --config-file FILE'
)


class TrailCommand(PlainCommand):
    """A command about the trail."""

    # What the database is called, once that is known; without its password.
    _name = ''

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--connection',
            metavar='URL',
            help='the database: sqlite:////absolute/path/trail.db or '
            'postgresql://user:password@host/database; wins over what '
            '[audit_trail] says in a --config-file',
        )
        return parser

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Run the command; return its exit status.

        :raises CommandError: the database refused something
        """
        try:
            return super().run(parsed_args)
        except SQLAlchemyError as exc:
            raise CommandError(self.told(exc)) from exc

    def told(self, exc: SQLAlchemyError) -> str:
        """Return what a database said, in one sentence.

        :param exc: what it raised
        """
        # Without its parameters: they hold events.
        told = exc.orig if isinstance(exc, DBAPIError) else exc
        text = ' '.join(str(told).split())
        return f'the database of the trail: {text} ({self._name})'

    def settings(self) -> TrailSettings:
        """Return what the configuration files say.

        :raises OptionError: they are wrong
        """
        files: Any = getattr(self.app_args, 'config_file', None)
        return load_trail_settings(files or [])

    def engine(self, parsed_args: argparse.Namespace) -> Engine:
        """Return the database, whatever tables it has.

        :param parsed_args: the arguments
        :raises UsageError: nobody says where it is
        :raises OptionError: what somebody says is wrong
        """
        url, where = parsed_args.connection, '--connection'
        if not url:
            settings = self.settings()
            url, where = settings.connection, settings.where
        if not url:
            raise UsageError(_NOWHERE)
        engine = open_engine(url, where)
        # Behind a ? there may be one more password.
        shown = engine.url.set(drivername=engine.dialect.name, query={})
        self._name = shown.render_as_string(hide_password=True)
        return engine

    def store(self, parsed_args: argparse.Namespace) -> Store:
        """Return the store, whose tables are those of this version.

        :param parsed_args: the arguments
        :raises UsageError: nobody says where it is
        :raises AuditError: it cannot be used
        """
        engine = self.engine(parsed_args)
        check_schema(engine)
        return Store(engine)
