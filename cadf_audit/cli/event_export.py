# SPDX-License-Identifier: Apache-2.0

"""A question in, a file with all events of its answer out."""

import argparse
from collections.abc import Iterator
import contextlib
import logging
import os
from pathlib import Path
import sys
import tempfile
import time
from typing import TextIO

from cadf_audit.cli.command import counted
from cadf_audit.cli.event_command import EventCommand
from cadf_audit.cli.event_question import add_question
from cadf_audit.cli.event_question import asked_pairs
from cadf_audit.cli.source import CommandError
from cadf_audit.trail.query.answers import FORMATS
from cadf_audit.trail.query.answers import OF_EXPORT

LOG = logging.getLogger('cadf_audit.cli')

_STDOUT = '-'

# Seconds between two looks at how far it is: a terminal gets the same line
# again, and a log a new one.
_OFTEN = 0.5
_SELDOM = 10.0


class Export(EventCommand):
    """Write all events of a question to a file, or to stdout."""

    _description = (
        'Write all events of a question to a file, or to stdout.\n\n'
        'ndjson has an event on each line, as it came, with its sequence and '
        'when it was received; csv has the columns of event list, and nothing '
        'in it is a formula. What arrives meanwhile is not among them. The '
        'file is there once it is whole, and nobody else may read it.'
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        names = tuple(FORMATS)
        parser.add_argument(
            '-f',
            '--format',
            choices=names,
            default=names[0],
            help=f'what to write (default: {names[0]})',
        )
        parser.add_argument(
            '-o',
            '--output',
            metavar='FILE',
            default=_STDOUT,
            help='the file, which is replaced; - for stdout (default: -)',
        )
        parser.add_argument(
            '--progress',
            action='store_true',
            help='say how far it is, also where stderr is no terminal',
        )
        add_question(parser, OF_EXPORT)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Write the events; return the exit status.

        :raises CommandError: they cannot be written
        """
        pairs = asked_pairs(parsed_args)
        pairs.append(('format', parsed_args.format))
        name = parsed_args.output
        # Before the question: it may take an hour.
        target = None if name == _STDOUT else _target(name)
        chosen, parts = self.asked(parsed_args).export(pairs)
        progress = Progress(sys.stderr, chosen == 'csv')
        aloud = parsed_args.progress or _is_watched(target)
        parts = progress.watch(parts, aloud)
        try:
            if target is None:
                _write(self.app.stdout, parts)
            else:
                with _whole(target) as file:
                    _write(file, parts)
        except BaseException as exc:
            progress.end()
            if not isinstance(exc, BrokenPipeError):
                what = counted(progress.number, 'event')
                where = 'were written' if target is None else 'none is kept'
                LOG.error('it is not complete: %s, %s', what, where)
            raise
        progress.end()
        what = counted(progress.number, 'event')
        LOG.info('%s%s', what, f' in {name}' if target else '')
        return 0


class Progress:
    """Counts events, and may say how many there are.

    :param output: where that is said
    :param has_head: whether the first line is no event
    """

    def __init__(self, output: TextIO, has_head: bool) -> None:
        self.number = 0
        self._lines = -1 if has_head else 0
        self._output = output
        self._again = output.isatty()
        self._is_open = False

    def watch(self, parts: Iterator[str], aloud: bool) -> Iterator[str]:
        """Yield parts, and count the lines of those that were taken.

        :param parts: lines, several at once
        :param aloud: whether it is said how many it were
        """
        pause = _OFTEN if self._again else _SELDOM
        due = time.monotonic() + pause
        for part in parts:
            yield part
            self._lines += part.count('\n')
            self.number = max(0, self._lines)
            if aloud and time.monotonic() >= due:
                due = time.monotonic() + pause
                self._say()

    def _say(self) -> None:
        text = f'cadf-audit: {counted(self.number, "event")} ...'
        self._output.write(f'\r{text}' if self._again else f'{text}\n')
        self._output.flush()
        self._is_open = self._again

    def end(self) -> None:
        """Leave the line, if it stands in one."""
        if self._is_open:
            self._output.write('\n')
            self._is_open = False


def _is_watched(target: Path | None) -> bool:
    """Say whether somebody looks at stderr, and at nothing else there."""
    return sys.stderr.isatty() and (target is not None or not _is_terminal())


def _is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def _write(file: TextIO, parts: Iterator[str]) -> None:
    for part in parts:
        file.write(part)
    file.flush()


def _target(name: str) -> Path:
    """Return where a file is to be, behind all links.

    :raises CommandError: there is something else, or no directory
    """
    path = Path(os.path.realpath(name))
    if path.exists() and not path.is_file():
        raise CommandError(f'{name}: it is no file; - is stdout')
    if not path.parent.is_dir():
        raise CommandError(f'{name}: there is no directory {path.parent}')
    return path


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    """Give a file that has its name once all is in it, and on the disk."""
    descriptor, name = tempfile.mkstemp(
        prefix=f'.{path.name[:64]}.', dir=path.parent
    )
    try:
        with open(descriptor, 'w', encoding='utf-8', newline='') as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
