# SPDX-License-Identifier: Apache-2.0

"""A trail in, what was collected and what is open out."""

import argparse
from collections.abc import Iterator
import logging
from typing import Any

from cliff.lister import Lister

from cadf_audit.cli.command import Cells
from cadf_audit.cli.command import whole_number
from cadf_audit.cli.trail_command import MOST_LISTED
from cadf_audit.cli.trail_command import TrailCommand
from cadf_audit.clock import utc_now
from cadf_audit.trail.settings import open_source
from cadf_audit.trail.survey import list_pending
from cadf_audit.trail.survey import survey
from cadf_audit.trail.survey import WAITING
from cadf_audit.trail.waiting import count_waiting
from cadf_audit.trail.waiting import Waiting

LOG = logging.getLogger('cadf_audit.cli')

# Seconds: a century.
_LONG_AGO = 100 * 366 * 86400

COLUMNS = ('what', 'name', 'number', 'age', 'lag', 'last event')


class TrailStatus(TrailCommand, Lister):
    """Show what was collected from where, and what is open."""

    _description = (
        'Show what was collected from where, and what is open.\n\n'
        'A row for the whole trail, for each source with what came from it, '
        'and with what waits there if [audit_trail] sources names it, for '
        'what has begun and has no end, for dead letters, and for each '
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
        engine = self.store(parsed_args).engine
        facts = survey(engine, self._count_waiting())
        now = utc_now()

        def age(time: Any) -> Any:
            seconds = None if time is None else (now - time).total_seconds()
            return cells.age(seconds)

        return COLUMNS, (
            (
                fact.what,
                fact.name,
                cells.perhaps(
                    fact.number, 'unknown' if fact.what == WAITING else ''
                ),
                age(fact.time),
                cells.age(fact.lag),
                cells.perhaps(fact.event_time and fact.event_time.isoformat()),
            )
            for fact in facts
        )

    def _count_waiting(self) -> list[Waiting]:
        """Return what waits where; say of what it is not known."""
        settings = self.settings()
        counted = count_waiting(
            [open_source(each, settings.where) for each in settings.sources]
        )
        for each in counted:
            if each.number is None:
                LOG.warning('how much waits is unknown: %s', each.problem)
        return counted


class ListPending(TrailCommand, Lister):
    """List what has begun and has no end, the oldest first."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--older-than',
            type=whole_number(0, _LONG_AGO),
            default=0,
            metavar='SECONDS',
            help='only what came that long ago (default: all)',
        )
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
        rows = list_pending(
            self.store(parsed_args).engine,
            parsed_args.older_than,
            parsed_args.limit,
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
