# SPDX-License-Identifier: Apache-2.0

"""What the commands about events have in common: whom to ask, and how."""

import argparse
import logging
import os
from pathlib import Path
import shlex
from typing import Any

from sqlalchemy import Engine

from cadf_audit.cli.asked import Asked
from cadf_audit.cli.asked import LocalAsked
from cadf_audit.cli.asked import operator
from cadf_audit.cli.asked_url import UrlAsked
from cadf_audit.cli.event_question import option
from cadf_audit.cli.event_question import pairs_of
from cadf_audit.cli.event_question import typed
from cadf_audit.cli.source import CommandError
from cadf_audit.cli.source import UsageError
from cadf_audit.cli.trail_command import TrailCommand
from cadf_audit.trail.query.answers import Answer
from cadf_audit.trail.query.answers import NoSuchEventError
from cadf_audit.trail.query.event_query import FILTERS
from cadf_audit.trail.query.event_query import QueryError
from cadf_audit.trail.query.event_query import SINGLE
from cadf_audit.trail.query.export import cell as csv_cell
from cadf_audit.trail.query.kind_names import KindNames
from cadf_audit.trail.query.reader import TrailReader
from cadf_audit.trail.query.viewer import NotAllowedError
from cadf_audit.trail.query.viewer import Viewer
from cadf_audit.wording.categories import load_categories
from cadf_audit.wording.printable import printable

LOG = logging.getLogger('cadf_audit.cli')

#: the environment variable that may hold a token
ENVIRON = 'CADF_AUDIT_TOKEN'

#: the formats that programs read, which get each value as it is
MACHINE = ('json', 'yaml')

# Seconds that the API may need beside those of its database.
_LONGER = 30

_SECOND = len('2026-11-20T04:49:35')
_UTC = '+00:00'


class EventCommand(TrailCommand):
    """A command about events, of the store or of the HTTP API."""

    _engine: Engine | None = None

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        group = parser.add_argument_group(
            'whom to ask',
            'The database, by default: who may read it sees everything, and '
            'each reading is recorded there. With --url the HTTP API.',
        )
        group.add_argument(
            '--url',
            metavar='URL',
            help='ask the HTTP API there, such as http://127.0.0.1:8788',
        )
        group.add_argument(
            '--token-file',
            metavar='FILE',
            help='a file that holds the token for the HTTP API; without it, '
            f'the environment variable {ENVIRON}',
        )
        group.add_argument(
            '--token',
            help='the token itself, which everybody sees who can list '
            'processes',
        )
        group.add_argument(
            '--as',
            dest='seen_as',
            metavar='USER@PROJECT',
            help='show what the HTTP API would show to somebody else: with '
            'USER the events that this user caused, with USER@PROJECT those '
            'of the project; both by id, and USER@ if the id of a user has '
            'an @ in it',
        )
        return parser

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Run the command; return its exit status.

        :raises CommandError: it cannot be answered
        """
        try:
            return super().run(parsed_args)
        except QueryError as exc:
            for name, problem in exc.problems:
                LOG.error('%s: %s', _where(name), problem)
            raise SystemExit(2) from exc
        except NotAllowedError as exc:
            raise CommandError(f'not allowed: {exc}') from exc
        except NoSuchEventError as exc:
            raise CommandError(
                f'there is no event {exc}, or none that you may see'
            ) from exc
        finally:
            if self._engine is not None:
                self._engine.dispose()

    def asked(self, parsed_args: argparse.Namespace) -> Asked:
        """Return whom to ask.

        :param parsed_args: the arguments
        :raises UsageError: they contradict each other
        :raises AuditError: it cannot be asked
        """
        if parsed_args.url is not None:
            return self._at_url(parsed_args)
        if parsed_args.token is not None or parsed_args.token_file is not None:
            raise UsageError('a token is for the HTTP API: --url is missing')
        asker = operator()
        viewer = asker
        if parsed_args.seen_as is not None:
            viewer = _viewer(parsed_args.seen_as)
        settings = self.settings()
        kinds = KindNames(load_categories(settings.categories_file))
        store = self.store(parsed_args)
        self._engine = store.engine
        reader = TrailReader(
            store.engine, viewer, kinds, settings.query_timeout
        )
        return LocalAsked(store, reader, asker)

    def _at_url(self, parsed_args: argparse.Namespace) -> UrlAsked:
        if parsed_args.connection is not None:
            raise UsageError('name either --url or --connection')
        if parsed_args.seen_as is not None:
            raise UsageError(
                '--as is for who reads the database: to the HTTP API the '
                'token says who asks'
            )
        token, file = parsed_args.token, parsed_args.token_file
        if token is not None and file is not None:
            raise UsageError('name either --token or --token-file')
        if file is not None:
            try:
                token = Path(file).read_text(encoding='utf-8').strip()
            except UnicodeDecodeError:
                raise CommandError(
                    f'{file}: there is no token in it'
                ) from None
        if token is None:
            token = os.environ.get(ENVIRON)
        if token == '':
            where = file or (
                ENVIRON if parsed_args.token is None else '--token'
            )
            raise UsageError(f'{where}: the token is empty')
        seconds = self.settings().query_timeout + _LONGER
        return UrlAsked(parsed_args.url, token, seconds)

    def say_total(self, answer: Answer) -> None:
        """Say how many events there are, if that was asked.

        :param answer: the answer
        """
        if 'total' in answer:
            more = '' if answer.get('total_is_exact') else 'more than '
            LOG.info('%s%s in all', more, answer['total'])

    def say_more(
        self, parsed_args: argparse.Namespace, what: str, uri: str
    ) -> None:
        """Say what to type for the other events.

        :param parsed_args: the arguments
        :param what: that there are any
        :param uri: what asks for them
        """
        files: Any = getattr(self.app_args, 'config_file', None)
        words = ['cadf-audit']
        for file in files or ():
            words += ['--config-file', file]
        words += ['event', 'list']
        for name in ('url', 'token_file', 'seen_as'):
            value = getattr(parsed_args, name)
            if value is not None:
                words += ['--as' if name == 'seen_as' else option(name), value]
        if parsed_args.connection:
            # Without its password, which whoever types it knows.
            words += ['--connection', self._name]
        formatter = parsed_args.formatter
        if formatter != 'table':
            words += ['-f', formatter]
        for column in parsed_args.columns:
            words += ['-c', column]
        LOG.info('%s: %s %s', what, shlex.join(words), typed(pairs_of(uri)))


def cell(value: Any, formatter: str) -> Any:
    """Return a value as a format of output may show it.

    :param value: what may come from outside
    :param formatter: the name of the format
    """
    if formatter in MACHINE:
        return value
    if formatter == 'csv':
        return csv_cell(value)
    if value is None:
        return ''
    return printable(str(value))


def short_time(time: Any) -> str:
    """Return a time for people, to the second.

    :param time: as ISO 8601 has it, of UTC
    """
    text = printable(str(time or ''))
    if text.endswith(_UTC):
        return f'{text[:_SECOND]}Z'
    return text


def _viewer(text: str) -> Viewer:
    """Return who is meant by USER, or USER@PROJECT."""
    user, _, project = text.rpartition('@') if '@' in text else (text, '', '')
    if not user:
        raise UsageError('--as: no user stands there; allowed is USER@PROJECT')
    return Viewer(user, user, project or None)


def _where(name: str) -> str:
    """Return what to change on the command line."""
    if name in FILTERS or name in SINGLE:
        return option(name)
    return {'by': '--by', 'bucket': '--bucket', 'format': '--format'}.get(
        name, name.upper()
    )
