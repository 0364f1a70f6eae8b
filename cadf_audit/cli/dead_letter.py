# SPDX-License-Identifier: Apache-2.0

"""The messages that could not be kept: a list of them, and another try."""

import argparse
from collections.abc import Iterator
import logging
import sys
from typing import Any

from cliff.lister import Lister

from cadf_audit.cli.command import counted
from cadf_audit.cli.command import whole_number
from cadf_audit.cli.source import CommandError
from cadf_audit.cli.trail_command import MOST_LISTED
from cadf_audit.cli.trail_command import TrailCommand
from cadf_audit.trail.dead_letters import list_letters
from cadf_audit.trail.dead_letters import read_letter
from cadf_audit.trail.dead_letters import replay
from cadf_audit.wording.printable import printable

LOG = logging.getLogger('cadf_audit.cli')

COLUMNS = ('number', 'received', 'source', 'reason', 'bytes', 'begins')


class ListLetters(TrailCommand, Lister):
    """List what could not be kept, the oldest first."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--limit',
            type=whole_number(1, MOST_LISTED),
            default=100,
            help=f'how many at most, 1 to {MOST_LISTED} (default: 100)',
        )
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
        """Return the columns and the rows."""
        engine = self.store(parsed_args).engine
        limit = parsed_args.limit
        letters = list_letters(engine, limit + 1)
        if len(letters) > limit:
            LOG.info('there are more than these %s', limit)
        return COLUMNS, (
            (
                letter.number,
                letter.received_time.isoformat(),
                letter.source,
                letter.reason,
                letter.size,
                printable(letter.start[:60].decode('utf-8', 'replace')),
            )
            for letter in letters[:limit]
        )


class ShowLetter(TrailCommand):
    """Write the bytes of one message to stdout, as they came."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument('number', type=int, help='the number in the list')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Write the bytes; return the exit status.

        :raises CommandError: there is no such message
        """
        engine = self.store(parsed_args).engine
        message = read_letter(engine, parsed_args.number)
        if message is None:
            raise CommandError(f'there is no dead letter {parsed_args.number}')
        sys.stdout.buffer.write(message)
        sys.stdout.buffer.flush()
        return 0


class Replay(TrailCommand):
    """Try once more to keep all of them, as after an upgrade."""

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Try; return the exit status: 1 if some stay."""
        kept = left = 0
        for number, reason in replay(self.store(parsed_args)):
            if reason:
                left += 1
                LOG.warning('%s stays: %s', number, reason)
            else:
                kept += 1
        LOG.info(
            'kept %s, %s',
            counted(kept, 'message'),
            f'{counted(left, "message")} left',
        )
        return 1 if left else 0
