# SPDX-License-Identifier: Apache-2.0

"""A command line in, the command that it names out, run.

An operator's mistake is one sentence and exit status 1, or 2 where the
command line itself makes no sense; nothing but ``--debug`` shows tracebacks.
"""

import argparse
import contextlib
from importlib import metadata
import io
import logging
import os
import sys
from typing import Any
from typing import cast

from cliff.app import App
from cliff.command import Command
from cliff.commandmanager import CommandManager

from cadf_audit.cli.cat import Cat
from cadf_audit.cli.forward import Forward
from cadf_audit.cli.later import Later
from cadf_audit.cli.map_catalogue import Catalogue
from cadf_audit.cli.map_coverage import Coverage
from cadf_audit.cli.map_explain import Explain
from cadf_audit.cli.map_lint import Lint
from cadf_audit.cli.policy_test import PolicyTest
from cadf_audit.cli.redact_hash import RedactHash
from cadf_audit.cli.source import add_arguments
from cadf_audit.cli.status import Status
from cadf_audit.cli.verify import Verify
from cadf_audit.wording.printable import printable

LOG = logging.getLogger('cadf_audit.cli')

NAME = 'cadf-audit'

COMMANDS: dict[str, type[Command]] = {
    'spool status': Status,
    'spool cat': Cat,
    'spool verify': Verify,
    'spool forward': Forward,
    'map lint': Lint,
    'map explain': Explain,
    'map coverage': Coverage,
    'map catalogue': Catalogue,
    'redact hash': RedactHash,
    'policy test': PolicyTest,
}

# They need more than the extra "cli".
TRAIL_COMMANDS = {
    'collect': 'cadf_audit.cli.collect:Collect',
    'db upgrade': 'cadf_audit.cli.db:Upgrade',
    'dead-letter list': 'cadf_audit.cli.dead_letter:ListLetters',
    'dead-letter replay': 'cadf_audit.cli.dead_letter:Replay',
    'dead-letter show': 'cadf_audit.cli.dead_letter:ShowLetter',
    'event count': 'cadf_audit.cli.event_count:Count',
    'event export': 'cadf_audit.cli.event_export:Export',
    'event history': 'cadf_audit.cli.event_list:History',
    'event list': 'cadf_audit.cli.event_list:ListEvents',
    'event show': 'cadf_audit.cli.event_show:Show',
    'event tail': 'cadf_audit.cli.event_tail:Tail',
    'event types': 'cadf_audit.cli.event_count:Types',
    'event values': 'cadf_audit.cli.event_count:Values',
    'pending list': 'cadf_audit.cli.trail_status:ListPending',
    'serve': 'cadf_audit.cli.serve:Serve',
    'status': 'cadf_audit.cli.trail_status:TrailStatus',
}

# The logger of the driver "log": its lines are events, not remarks.
_EVENTS = 'oslo.messaging.notification'

# What cliff makes of a closed pipe.
_NOBODY_READS = 141


class CommandLine(App):
    """The command line of the audit trail."""

    NAME = NAME
    LOG = LOG

    def __init__(self) -> None:
        commands = CommandManager('cadf_audit.cli')
        for name, command in COMMANDS.items():
            commands.add_command(name, command)
        for name, where in TRAIL_COMMANDS.items():
            # All that cliff asks of one is load().
            commands.commands[name] = cast(Any, Later(where))
        if sys.stdout is None:
            # Closed by whoever started this; the exit status still counts.
            sys.stdout = open(os.devnull, 'w')  # noqa: SIM115
        if isinstance(sys.stdout, io.TextIOWrapper):
            # A terminal that has no … is no reason to end.
            sys.stdout.reconfigure(errors='backslashreplace')
        super().__init__(
            'Look after the audit trail of a service: its spool, which is the '
            'folder in which events wait until they were forwarded, its audit '
            'map, which says what requests mean, and the trail itself, where '
            'events are collected and kept.',
            metadata.version('cadf_audit'),
            commands,
            # So that --help behind a command is about that command.
            deferred_help=True,
        )

    def build_option_parser(
        self,
        description: str | None,
        version: str | None,
        argparse_kwargs: dict[str, Any] | None = None,
    ) -> argparse.ArgumentParser:
        """Return the parser of what stands in front of a command."""
        # The name of the program, however it was started.
        App.NAME = NAME
        parser = super().build_option_parser(
            description,
            version,
            {
                'prog': NAME,
                'allow_abbrev': False,
                'epilog': 'cadf-audit COMMAND --help says what a command '
                'does. Exit status: 0 if all went well, 1 if not, 2 if the '
                'command line makes no sense.',
            },
        )
        add_arguments(parser)
        return parser

    def configure_logging(self) -> None:
        """Send remarks to stderr, and events of the driver log to stdout."""
        remarks = logging.StreamHandler(self.stderr)
        remarks.setFormatter(_Remark())
        root = logging.getLogger()
        root.addHandler(remarks)
        verbose = self.options.verbose_level > 1
        root.setLevel(logging.INFO if verbose else logging.WARNING)
        quiet = self.options.verbose_level == 0
        ours = logging.getLogger('cadf_audit')
        ours.setLevel(logging.WARNING if quiet else logging.INFO)
        if self.options.log_file:
            file = logging.FileHandler(self.options.log_file)
            file.setFormatter(logging.Formatter(self.LOG_FILE_MESSAGE_FORMAT))
            root.addHandler(file)
        events = logging.getLogger(_EVENTS)
        events.addHandler(logging.StreamHandler(self.stdout))
        events.setLevel(logging.INFO)
        events.propagate = False

    def interact(self) -> None:
        """Say how to use the command; it has no shell of its own."""
        self.parser.print_usage(sys.stderr)
        names = ', '.join([*COMMANDS, *TRAIL_COMMANDS])
        LOG.error('name a command: %s; --help says more', names)
        raise SystemExit(2)

    def run(self, argv: list[str]) -> int:
        """Run the command; return its exit status."""
        try:
            result = super().run(argv)
            self.stdout.flush()
        except BrokenPipeError:
            result = _NOBODY_READS
        except OSError as exc:
            LOG.error('stdout: %s', exc.strerror or exc)
            _drop_stdout()
            return 1
        if result == _NOBODY_READS:
            _drop_stdout()
            return 0
        return result


def _drop_stdout() -> None:
    """Lead what is left to nowhere; Python would complain at its end."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Remark(logging.Formatter):
    """Writes a remark as the commands of a shell do."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        text = printable(record.message)
        if record.levelno >= logging.WARNING:
            return f'{NAME}: {record.levelname.lower()}: {text}'
        return f'{NAME}: {text}'
