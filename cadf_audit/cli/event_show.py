# SPDX-License-Identifier: Apache-2.0

"""The id of an event in, all that the trail has of it out."""

import argparse
import json
from typing import Any

from cliff.show import ShowOne
import stevedore

from cadf_audit.cli.event_command import cell
from cadf_audit.cli.event_command import EventCommand
from cadf_audit.cli.event_command import MACHINE
from cadf_audit.trail.query.shown import EVENT
from cadf_audit.trail.query.shown import FIELDS
from cadf_audit.wording.printable import printable

# Not that of shells: whoever evaluates it runs what stands in an event.
_FORMATS = ['json', 'table', 'value', 'yaml']


class Show(EventCommand, ShowOne):
    """Show one event, with all that it came with."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            'id', metavar='ID', help='the id of the event, or its sequence'
        )
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], tuple[Any, ...]]:
        """Return the names and the values.

        :raises NoSuchEventError: there is no such event
        """
        formatter = parsed_args.formatter
        answer = self.asked(parsed_args).event(parsed_args.id)
        # People are not told what the event does not say.
        is_short = formatter == 'table' and not parsed_args.columns
        names = tuple(
            name
            for name in FIELDS
            if not is_short or answer.get(name) is not None
        )
        values = tuple(cell(answer.get(name), formatter) for name in names)
        event = _event(answer.get(EVENT), formatter)
        return (*names, EVENT), (*values, event)

    def _load_formatter_plugins(self) -> Any:
        return stevedore.NamedExtensionManager(
            self.formatter_namespace, _FORMATS, invoke_on_load=True
        )


def _event(event: Any, formatter: str) -> Any:
    """Return an event as it came: for people, a member on each line."""
    if formatter in MACHINE:
        return event
    if formatter != 'table':
        return json.dumps(event)
    text = json.dumps(event, indent=2, ensure_ascii=False)
    # JSON has escapes for what ends a line, but for a few that are not ASCII.
    return '\n'.join(printable(line) for line in text.split('\n'))
