# SPDX-License-Identifier: Apache-2.0

"""A spool directory in, a row for each thing that is wrong with it out."""

import argparse
from collections.abc import Iterator
import logging
from typing import Any

from cliff.lister import Lister

from cadf_audit.cli.command import counted
from cadf_audit.cli.command import SpoolCommand
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.survey import set_aside_names
from cadf_audit.delivery.spool.verification import Verification

LOG = logging.getLogger('cadf_audit.cli')

COLUMNS = ('writer', 'file', 'problem')


class Verify(SpoolCommand, Lister):
    """Read everything in the spool, and show what is wrong."""

    _description = (
        'Read everything in the spool, and show what is wrong.\n\n'
        'A row for each problem. Nothing is changed: a forwarder sets damaged '
        'pieces aside by itself, and reports them. Exit status: 0 if all is '
        'well, 1 if not. The right to read is enough.'
    )

    @property
    def need_sort_by_cliff(self) -> bool:
        """Whether cliff has to sort the rows."""
        return False

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Show what is wrong; return 1 if anything is."""
        return super().run(parsed_args) or int(self._found > 0)

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
        """Return the columns and the rows."""
        directory = self.source().directory()
        verification = Verification(directory)
        problems = list(verification.run())
        self._found = len(problems)
        LOG.info(
            'checked %s of %s in %s: %s',
            counted(verification.records, 'record'),
            counted(verification.writers, 'writer'),
            directory,
            counted(len(problems), 'problem') if problems else 'all is well',
        )
        aside = len(set_aside_names(directory))
        if aside:
            LOG.info(
                'set aside and reported before: %s, in %s',
                counted(aside, 'piece'),
                directory / layout.SET_ASIDE,
            )
        return COLUMNS, iter(problems)
