# SPDX-License-Identifier: Apache-2.0

"""A question in, numbers of events out: of what, of which kind, by value."""

import argparse
import logging
from typing import Any

from cliff.lister import Lister

from cadf_audit.cli.event_command import cell
from cadf_audit.cli.event_command import EventCommand
from cadf_audit.cli.event_command import short_time
from cadf_audit.cli.event_question import add_question
from cadf_audit.cli.event_question import asked_pairs
from cadf_audit.trail.query.aggregates import ATTRIBUTES
from cadf_audit.trail.query.aggregates import BUCKETS
from cadf_audit.trail.query.answers import Answer
from cadf_audit.trail.query.answers import SUMMARY
from cadf_audit.trail.query.event_query import WINDOW

LOG = logging.getLogger('cadf_audit.cli')

Table = tuple[tuple[str, ...], list[tuple[Any, ...]]]

_NAMES = ', '.join(ATTRIBUTES)

# The beginning of a time over which is counted.
_TIME = 'time'
_TIMES = (_TIME, 'first', 'last')
_OF_TYPES = (
    'type',
    'level',
    'description',
    'count',
    'first',
    'last',
    'kind',
    'action',
    'target_type',
)


class Counter(EventCommand, Lister):
    """A command that shows numbers."""

    @property
    def need_sort_by_cliff(self) -> bool:
        """Whether cliff has to sort the rows."""
        return False

    def table(
        self,
        parsed_args: argparse.Namespace,
        columns: tuple[str, ...],
        rows: list[dict[str, Any]],
        answer: Answer,
    ) -> Table:
        """Return the columns and the rows; say if these are not all.

        :param parsed_args: the arguments
        :param columns: their names
        :param rows: their values, by name
        :param answer: what was answered
        """
        formatter = parsed_args.formatter
        if not answer.get('is_complete', True):
            LOG.warning(
                'there are more than these %s: narrow it, with --from and '
                '--to for example',
                len(rows),
            )

        def shown(name: str, value: Any) -> Any:
            if name in _TIMES and formatter == 'table':
                return short_time(value)
            return cell(value, formatter)

        return columns, [
            tuple(shown(name, row.get(name)) for name in columns)
            for row in rows
        ]


class Count(Counter):
    """Count events, by what one likes."""

    _description = (
        'Count events, by what one likes.\n\n'
        'A row for each value, or for each group of values, that there is; '
        'the largest number first, or with --bucket in the order of time.'
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--by',
            nargs='+',
            action='extend',
            metavar='NAME',
            help=f'what to count by: {_NAMES}; several are counted together '
            f'(default: {" ".join(SUMMARY)})',
        )
        parser.add_argument(
            '--bucket',
            help=f'count over times of that length: {", ".join(BUCKETS)}',
        )
        add_question(parser, WINDOW)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> Table:
        """Return the columns and the rows."""
        pairs = asked_pairs(parsed_args)
        pairs += [('by', name) for name in parsed_args.by or ()]
        if parsed_args.bucket is not None:
            pairs.append(('bucket', parsed_args.bucket))
        answer = self.asked(parsed_args).counts(pairs)
        times = () if parsed_args.bucket is None else (_TIME,)
        columns = (*times, *answer['by'], 'count')
        return self.table(parsed_args, columns, answer['counts'], answer)


class Types(Counter):
    """List the kinds of events that there are, the most frequent first."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        add_question(parser, WINDOW)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> Table:
        """Return the columns and the rows."""
        answer = self.asked(parsed_args).types(asked_pairs(parsed_args))
        is_short = parsed_args.formatter == 'table' and not parsed_args.columns
        # The rest of them says in words of CADF what the others say.
        columns = _OF_TYPES[:6] if is_short else _OF_TYPES
        return self.table(parsed_args, columns, answer['types'], answer)


class Values(Counter):
    """List the values that events have of something, with how many."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument('name', metavar='NAME', help=f'one of {_NAMES}')
        add_question(parser, WINDOW)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> Table:
        """Return the columns and the rows."""
        pairs = asked_pairs(parsed_args)
        answer = self.asked(parsed_args).attribute(parsed_args.name, pairs)
        columns = ('value', 'count')
        return self.table(parsed_args, columns, answer['values'], answer)
