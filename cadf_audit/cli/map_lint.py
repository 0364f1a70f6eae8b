# SPDX-License-Identifier: Apache-2.0

"""Audit maps in, a row for each thing that is wrong with them out."""

import argparse
import logging
from typing import Any

from cadf_audit.audit_map.inspection.lint import lint
from cadf_audit.cli.command import counted
from cadf_audit.cli.map_command import FILE_HELP
from cadf_audit.cli.map_command import MapLister
from cadf_audit.cli.map_command import perhaps
from cadf_audit.cli.map_command import remark_version

LOG = logging.getLogger('cadf_audit.cli')

COLUMNS = ('file', 'line', 'level', 'key', 'problem')


class Lint(MapLister):
    """Check audit maps, and show all that is wrong with them."""

    _description = (
        'Check audit maps, and show all that is wrong with them.\n\n'
        'A row for each problem: what keeps a service from starting, what it '
        'would warn of, and rules that do nothing. Exit status: 0 if there is '
        'none, 1 if there is any.'
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument('files', metavar='FILE', nargs='+', help=FILE_HELP)
        return parser

    def get_epilog(self) -> str:
        """Return what the columns mean."""
        return (
            'Columns: level is error (keeps the service from starting), '
            'warning (is logged when it starts) or remark (said here alone).'
        )

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Show what is wrong; return 1 if anything is."""
        return super().run(parsed_args) or int(self._found > 0)

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Return the columns and the rows."""
        rows: list[tuple[Any, ...]] = []
        for name in parsed_args.files:
            linted = lint(name)
            if linted.versionless:
                remark_version(linted.path)
            rows += [
                (
                    linted.path,
                    perhaps(each.line, parsed_args.formatter),
                    each.level,
                    perhaps(each.key, parsed_args.formatter),
                    each.problem,
                )
                for each in linted.problems
            ]
        self._found = len(rows)
        LOG.info(
            'checked %s: %s',
            counted(len(parsed_args.files), 'map'),
            counted(len(rows), 'problem') if rows else 'all is well',
        )
        return COLUMNS, rows
