# SPDX-License-Identifier: Apache-2.0

"""A spool directory in, the messages of its records on stdout out."""

import argparse
from collections.abc import Iterable
import logging
from pathlib import Path
import select
import sys
from typing import BinaryIO

from cadf_audit.cli.command import SpoolCommand
from cadf_audit.cli.source import CommandError
from cadf_audit.delivery.spool.adoption import last_record
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.reader import Found
from cadf_audit.delivery.spool.reader import Item
from cadf_audit.delivery.spool.verification import describe
from cadf_audit.delivery.spool.verification import segment_of
from cadf_audit.delivery.spool.walk import folders
from cadf_audit.delivery.spool.walk import read_all
from cadf_audit.delivery.spool.walk import Walk

LOG = logging.getLogger('cadf_audit.cli')

#: milliseconds between two looks for new records
_NAP = 200


class Cat(SpoolCommand):
    """Print the records of the spool as events."""

    _description = (
        'Print the records of the spool as events.\n\n'
        'One message a line, as JSON; one writer after the other, the oldest '
        'first, and of each the oldest record first. A pending event that was '
        'still open when a new file was begun stands there twice, with the '
        'same message_id. What is no record is a warning. Nothing is taken '
        'away, and the right to read is enough.'
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--follow',
            action='store_true',
            help='go on with what is recorded from now on, until Ctrl-C',
        )
        parser.add_argument(
            '--writer',
            metavar='ID',
            help='only what this writer recorded; the beginning of its id is '
            'enough (spool status shows them)',
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        """Print the records."""
        directory = self.source().directory()
        writer = parsed_args.writer
        if writer:
            writer = _one(directory, writer)
        # Text would be encoded once more.
        printer = Printer(sys.stdout.buffer)
        if not parsed_args.follow:
            for folder in _chosen(directory, writer):
                printer.print(folder, read_all(folder))
            return
        try:
            _follow(directory, writer, printer)
        except KeyboardInterrupt:
            return


def _one(directory: Path, beginning: str) -> str:
    """Return the id of the only writer whose id begins so."""
    ids = [each.name for each in folders(directory)]
    found = [each for each in ids if each.startswith(beginning)]
    if len(found) == 1:
        return found[0]
    few = 'no writer' if not found else f'{len(found)} writers'
    raise CommandError(
        f'{few} in {directory} with an id that begins with {beginning!r}; '
        f'there are {", ".join(ids) or "none"}'
    )


def _chosen(directory: Path, writer: str | None) -> list[Path]:
    return [
        each
        for each in folders(directory)
        if writer is None or each.name == writer
    ]


def _follow(directory: Path, writer: str | None, printer: 'Printer') -> None:
    walks: dict[Path, Walk] = {}
    while not printer.closed(_NAP if walks else 0):
        chosen = _chosen(directory, writer)
        for gone in walks.keys() - set(chosen):
            walks.pop(gone).close()
        for folder in chosen:
            if folder not in walks:
                walks[folder] = Walk(folder)
            while items := walks[folder].read(last_record(folder)):
                printer.print(folder, items)


class Printer:
    """Prints records, and warns of what is none.

    :param output: where the records go
    """

    def __init__(self, output: BinaryIO) -> None:
        self._output = output
        self._poll = select.poll()
        # For nothing but that nobody reads any more.
        self._poll.register(output, 0)

    def print(self, folder: Path, items: Iterable[Item]) -> None:
        """Print what the folder of a writer holds."""
        for item in items:
            if isinstance(item, Found):
                self._output.write(item.message + b'\n')
                continue
            self._output.flush()
            LOG.warning(
                'writer %s, %s: %s',
                folder.name,
                layout.segment_name(segment_of(item)),
                describe(item),
            )
        self._output.flush()

    def closed(self, milliseconds: int) -> bool:
        """Wait; say whether nobody reads any more."""
        return bool(self._poll.poll(milliseconds))
