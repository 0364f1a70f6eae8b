# SPDX-License-Identifier: Apache-2.0

"""A question in, a page of events out: a line for each."""

import argparse
from collections.abc import Sequence
import logging
from typing import Any

from cliff.lister import Lister

from cadf_audit.cli.event_command import cell
from cadf_audit.cli.event_command import EventCommand
from cadf_audit.cli.event_command import short_time
from cadf_audit.cli.event_question import add_question
from cadf_audit.cli.event_question import asked_pairs
from cadf_audit.cli.event_question import pairs_of
from cadf_audit.cli.source import UsageError
from cadf_audit.trail.query.answers import Answer
from cadf_audit.trail.query.event_query import DEFAULT_LIMIT
from cadf_audit.trail.query.shown import FIELDS

LOG = logging.getLogger('cadf_audit.cli')

#: what people are shown, unless they choose
SHORT = ('created', 'description', 'outcome')

_TIMES = ('created', 'updated', 'received')
# What is for people; programs get all there is.
_SHORT_FORMATS = ('table', 'value')

Table = tuple[Sequence[str], list[tuple[Any, ...]]]


class EventLister(EventCommand, Lister):
    """A command that shows a line for each event."""

    @property
    def need_sort_by_cliff(self) -> bool:
        """Whether cliff has to sort the rows."""
        return False

    def get_epilog(self) -> str:
        """Return what the columns are."""
        return (
            f'Columns, for -c: {", ".join(FIELDS)}. A table shows '
            f'{", ".join(SHORT)}; json, yaml and csv have all of them. Times '
            'are of UTC.'
        )

    def table(self, parsed_args: argparse.Namespace, answer: Answer) -> Table:
        """Return the columns and the rows; say what else there is.

        :param parsed_args: the arguments
        :param answer: what was answered
        """
        formatter = parsed_args.formatter
        is_short = formatter in _SHORT_FORMATS and not parsed_args.columns
        columns = SHORT if is_short else tuple(FIELDS)
        if not answer['events']:
            LOG.info('no event is like that')
        self.say_total(answer)
        self._say_rest(parsed_args, answer)

        def shown(name: str, value: Any) -> Any:
            if name in _TIMES and formatter == 'table':
                return short_time(value)
            return cell(value, formatter)

        return columns, [
            tuple(shown(name, event.get(name)) for name in columns)
            for event in answer['events']
        ]

    def _say_rest(
        self, parsed_args: argparse.Namespace, answer: Answer
    ) -> None:
        """Say how to get what is older, or newer where the oldest is first."""
        following = answer.get('next_uri') or ''
        asked = dict(pairs_of(following))
        if asked.get('order') == 'oldest':
            limit = int(asked.get('limit', DEFAULT_LIMIT))
            if len(answer['events']) >= limit:
                what = 'there may be newer events'
                self.say_more(parsed_args, what, following)
        elif answer.get('prev_uri'):
            what = 'there are older events'
            self.say_more(parsed_args, what, answer['prev_uri'])


class ListEvents(EventLister):
    """List events, the newest first."""

    _description = (
        'List events, the newest first.\n\n'
        'One page of them. If there are older ones, the command line for the '
        'next page stands on stderr. All at once are written by event export.'
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        add_question(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> Table:
        """Return the columns and the rows."""
        pairs = asked_pairs(parsed_args)
        answer = self.asked(parsed_args).events(pairs)
        return self.table(parsed_args, answer)


class History(EventLister):
    """Show what happened to one target, the oldest first."""

    _description = (
        'Show what happened to one target, the oldest first.\n\n'
        'It is the target of an event, or one whose id is known.'
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            'id',
            metavar='ID',
            nargs='?',
            help='the id of an event, or its sequence',
        )
        parser.add_argument(
            '--target',
            metavar='TARGET_ID',
            help='the id of the target itself',
        )
        add_question(parser, without=('target_id',))
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> Table:
        """Return the columns and the rows."""
        event, target = parsed_args.id, parsed_args.target
        if (event is None) == (target is None):
            raise UsageError(
                'name either the ID of an event or --target TARGET_ID'
            )
        pairs = asked_pairs(parsed_args)
        asked = self.asked(parsed_args)
        if event is not None:
            return self.table(parsed_args, asked.history(event, pairs))
        if not any(name == 'order' for name, _ in pairs):
            pairs.append(('order', 'oldest'))
        # It means what it is, and no other target.
        mark = '\\' if target.startswith(('!', '\\')) else ''
        pairs.append(('target_id', mark + target))
        return self.table(parsed_args, asked.events(pairs))
