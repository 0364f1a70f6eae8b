# SPDX-License-Identifier: Apache-2.0

"""What all commands have in common: arguments in, errors out."""

import argparse
from collections.abc import Callable
import contextlib
import logging
from typing import Any

from cliff.command import Command

from cadf_audit.cli.source import add_arguments
from cadf_audit.cli.source import CommandError
from cadf_audit.cli.source import Source
from cadf_audit.cli.source import UsageError

LOG = logging.getLogger('cadf_audit.cli')

# Seconds below which a unit is shown, and how many it has.
_UNITS = ((120, 1, 's'), (7200, 60, 'min'), (172800, 3600, 'h'))


class PlainCommand(Command):
    """A command whose mistakes are one sentence each."""

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Run the command; return its exit status.

        :raises CommandError: the system refused something
        """
        try:
            return super().run(parsed_args)
        except UsageError as exc:
            LOG.error('%s', exc)
            raise SystemExit(2) from exc
        except BrokenPipeError:
            raise
        except OSError as exc:
            what = f'{exc.filename}: ' if exc.filename else ''
            raise CommandError(f'{what}{exc.strerror or exc}') from exc


class SpoolCommand(PlainCommand):
    """A command about one spool directory."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        # For its help: the application takes them, wherever they stand.
        add_arguments(parser)
        return parser

    def source(self) -> Source:
        """Return where the spool is.

        :raises UsageError: the arguments contradict each other
        """
        return Source(self.app_args or argparse.Namespace())


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a number of the command line.

    :param least: the smallest one
    :param most: the largest one
    """

    def read(text: str) -> int:
        with contextlib.suppress(ValueError):
            number = int(text)
            if least <= number <= most:
                return number
        raise argparse.ArgumentTypeError(f'{text!r} is not {least} to {most}')

    return read


def counted(number: int, noun: str) -> str:
    """Return a number of things in words."""
    return f'{number} {noun}' if number == 1 else f'{number} {noun}s'


class Cells:
    """Values as a format of output can show them.

    :param formatter: the name of the format
    """

    def __init__(self, formatter: str) -> None:
        self._machine = formatter in ('json', 'yaml')
        self._people = formatter == 'table'
        self._between = '\n' if self._people else ', '

    def perhaps(self, value: Any, nothing: str = '') -> Any:
        """Return a value; what is not there is empty for people.

        :param value: the value, or None
        :param nothing: what people read instead of None
        """
        return nothing if value is None and not self._machine else value

    def age(self, seconds: float | None) -> Any:
        """Return an age: a number of seconds, but for people."""
        if seconds is None or not self._people:
            return self.perhaps(None if seconds is None else round(seconds, 1))
        for limit, size, unit in _UNITS:
            if seconds < limit:
                return f'{seconds / size:.0f} {unit}'
        return f'{seconds / 86400:.0f} d'

    def named(self, values: dict[str, Any]) -> Any:
        """Return values by name: an object for machines, else a text."""
        if self._machine:
            return values
        return self._between.join(f'{n}: {v}' for n, v in values.items())
