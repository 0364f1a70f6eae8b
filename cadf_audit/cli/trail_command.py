# SPDX-License-Identifier: Apache-2.0

"""What all commands about the trail have in common: where it is kept."""

import argparse
import logging
import os
from pathlib import Path

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

#: the environment variable that may name a configuration file
ENVIRON = 'CADF_AUDIT_CONFIG'

#: the configuration file that is read where nobody names one
DEFAULT_FILE = Path('/etc/cadf-audit/cadf-audit.conf')

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
        return load_trail_settings(self._files())

    def _files(self) -> list[str]:
        """Return the configuration files: those that somebody named."""
        named: list[str] = getattr(self.app_args, 'config_file', None) or []
        if not named and (file := os.environ.get(ENVIRON)):
            named = [file]
        # Who may not read it, since it has a password, may ask the HTTP API.
        if not named and os.access(DEFAULT_FILE, os.R_OK):
            named = [str(DEFAULT_FILE)]
        return named

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
            raise UsageError(_nowhere(self._files()))
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


def _nowhere(files: list[str]) -> str:
    """Return what to do where nobody says where the database is."""
    if files:
        return f'{_NOWHERE}; {", ".join(files)} does not say it'
    return f'{_NOWHERE}; there is no {DEFAULT_FILE} that this user may read'
