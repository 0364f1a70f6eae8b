# SPDX-License-Identifier: Apache-2.0

"""A trail in, what was collected and what is open out."""

import argparse
from collections.abc import Iterator
from typing import Any

from cliff.lister import Lister

from cadf_audit.cli.command import Cells
from cadf_audit.cli.trail_command import TrailCommand
from cadf_audit.clock import utc_now
from cadf_audit.trail.survey import list_pending
from cadf_audit.trail.survey import survey

COLUMNS = ('what', 'name', 'number', 'age', 'lag', 'last event')


class TrailStatus(TrailCommand, Lister):
    """Show what was collected from where, and what is open."""

    _description = (
        'Show what was collected from where, and what is open.\n\n'
        'A row for the whole trail, for each source with what came from it, '
        'for what has begun and has no end, for dead letters, and for each '
        'observer. The age is that of the newest message of a source or '
        'observer, and of the oldest of what is open or dead. The lag is '
        'how old the newest event of a source was when it came.'
    )

    @property
    def need_sort_by_cliff(self) -> bool:
        """Whether cliff has to sort the rows."""
        return False

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
        """Return the columns and the rows."""
        cells = Cells(parsed_args.formatter)
        now = utc_now()

        def age(time: Any) -> Any:
            seconds = None if time is None else (now - time).total_seconds()
            return cells.age(seconds)

        return COLUMNS, (
            (
                fact.what,
                fact.name,
                cells.perhaps(fact.number),
                age(fact.time),
                cells.age(fact.lag),
                cells.perhaps(fact.event_time and fact.event_time.isoformat()),
            )
            for fact in survey(self.store(parsed_args).engine)
        )


class ListPending(TrailCommand, Lister):
    """List what has begun and has no end, the oldest first."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--older-than',
            type=int,
            default=0,
            metavar='SECONDS',
            help='only what came that long ago (default: all)',
        )
        parser.add_argument(
            '--limit',
            type=int,
            default=100,
            help='how many at most (default: 100)',
        )
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
        """Return the columns and the rows."""
        rows = list_pending(
            self.store(parsed_args).engine,
            parsed_args.older_than,
            max(1, parsed_args.limit),
        )
        columns = (
            'id',
            'received',
            'action',
            'initiator',
            'target',
            'path',
            'publisher',
        )
        return columns, (
            (
                row.id,
                row.received_time.isoformat(),
                row.action,
                row.initiator_name or row.initiator_id or '',
                row.target_name or row.target_id or '',
                row.request_path or '',
                row.publisher_id or '',
            )
            for row in rows
        )
