# SPDX-License-Identifier: Apache-2.0

"""The name of a command's class in, the class out, once somebody wants it.

The trail needs libraries that the other commands do without.
"""

import importlib
from typing import Any

from cliff.command import Command

from cadf_audit.cli.command import PlainCommand
from cadf_audit.cli.source import CommandError

#: what an extra of the package is for
EXTRA = 'pip install "cadf_audit[trail]"'


class Later:
    """A command that is imported when it is called.

    :param name: module and class: ``package.module:Class``
    """

    def __init__(self, name: str) -> None:
        self._module, _, self._class = name.partition(':')

    def load(self) -> type[Command]:
        """Return the class, or one that says what is missing."""
        try:
            module = importlib.import_module(self._module)
        except ModuleNotFoundError as exc:
            return _needs(exc.name or str(exc))
        command: type[Command] = getattr(module, self._class)
        return command


def _needs(missing: str) -> type[Command]:
    class Needs(PlainCommand):
        """A command whose libraries are not installed."""

        def take_action(self, parsed_args: Any) -> int:
            raise CommandError(
                f'this command needs {missing}, which is not installed: '
                f'{EXTRA}'
            )

    return Needs
