# SPDX-License-Identifier: Apache-2.0

"""A spool directory in, one row for each of its writers out."""

import argparse
from collections.abc import Iterator
import logging
from typing import Any

from cliff.lister import Lister

from cadf_audit.cli.command import Cells
from cadf_audit.cli.command import counted
from cadf_audit.cli.command import SpoolCommand
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.survey import set_aside_names
from cadf_audit.delivery.spool.survey import survey
from cadf_audit.delivery.spool.survey import WriterSurvey

LOG = logging.getLogger('cadf_audit.cli')

COLUMNS = (
    'writer',
    'service',
    'pid',
    'state',
    'records',
    'bytes',
    'oldest age',
    'waiting',
    'lost',
    'last error',
)


class Status(SpoolCommand, Lister):
    """Show what waits in the spool, a row for each writer."""

    _description = (
        'Show what waits in the spool.\n\n'
        'A row for each writer, which is a process of the service. The right '
        'to read is enough.'
    )

    @property
    def need_sort_by_cliff(self) -> bool:
        """Whether cliff has to sort the rows."""
        return False

    def get_epilog(self) -> str:
        """Return what the columns mean."""
        return (
            'Columns: state is alive, dead (what it began was not ended yet, '
            'which a forwarder does) or ended. records and bytes are those '
            'on the disk. oldest age is that of the oldest record that '
            'somebody still has to get, in seconds where it has no unit. '
            'waiting says how many records each consumer still has to get. '
            'lost are interactions that were not recorded, by reason. last '
            'error is what keeps a consumer from going on, and since when.'
        )

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
        """Return the columns and the rows."""
        directory = self.source().directory()
        writers = sorted(survey(directory), key=lambda each: each.id)
        if not writers:
            LOG.info('no writer has anything in %s', directory)
        aside = len(set_aside_names(directory))
        if aside:
            LOG.warning(
                '%s set aside, damaged or refused: see %s',
                f'{counted(aside, "piece")} {"is" if aside == 1 else "are"}',
                directory / layout.SET_ASIDE,
            )
        cells = Cells(parsed_args.formatter)
        return COLUMNS, (_row(writer, cells) for writer in writers)


def _row(writer: WriterSurvey, cells: Cells) -> tuple[Any, ...]:
    return (
        writer.id,
        writer.service,
        cells.perhaps(writer.pid),
        writer.state,
        writer.records,
        writer.size,
        cells.age(writer.age),
        cells.named({each.consumer: each.records for each in writer.waiting}),
        cells.named(writer.lost),
        cells.named(
            {
                each.consumer: f'{each.error} since {each.error_time}'
                for each in writer.waiting
                if each.error
            }
        ),
    )
