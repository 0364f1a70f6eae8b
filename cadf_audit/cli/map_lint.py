# SPDX-License-Identifier: Apache-2.0

"""Audit maps and policies in, a row for each thing wrong with them out."""

import argparse
from collections.abc import Sequence
import dataclasses
import logging
from typing import Any

from cadf_audit.audit_map.inspection.lint import lint
from cadf_audit.audit_map.inspection.lint import Linted
from cadf_audit.cli.command import counted
from cadf_audit.cli.map_command import add_configuration
from cadf_audit.cli.map_command import configured
from cadf_audit.cli.map_command import FILE_HELP
from cadf_audit.cli.map_command import MapLister
from cadf_audit.cli.map_command import perhaps
from cadf_audit.cli.map_command import remark_version
from cadf_audit.policy.inspection import is_policy
from cadf_audit.policy.inspection import lint_policy
from cadf_audit.policy.inspection import lint_policy_of_map

LOG = logging.getLogger('cadf_audit.cli')

# Methods and paths.
_Ignored = tuple[Sequence[str], Sequence[str]]

COLUMNS = ('file', 'line', 'level', 'key', 'problem')


class Lint(MapLister):
    """Check audit maps and policies, and show all that is wrong with them."""

    _description = (
        'Check audit maps and policies, and show all that is wrong with '
        'them.\n\n'
        'A row for each problem: what keeps a service from starting, what it '
        'would warn of, and rules that do nothing. Exit status: 0 if there is '
        'none, 1 if there is any.'
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            'files',
            metavar='FILE',
            nargs='+',
            help=f'{FILE_HELP}; or a policy',
        )
        add_configuration(
            parser,
            'what always wins over a policy',
            'With the configuration of the service, it is told which rules '
            'ignore_req_list and ignore_path_list hide.',
        )
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
        ignored = self._ignored()
        policies = set(filter(is_policy, parsed_args.files))
        for name in parsed_args.files:
            linted = _linted(name, name in policies, ignored)
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
        noun = 'file' if policies else 'map'
        LOG.info(
            'checked %s: %s',
            counted(len(parsed_args.files), noun),
            counted(len(rows), 'problem') if rows else 'all is well',
        )
        return COLUMNS, rows

    def _ignored(self) -> _Ignored:
        """Return what the options say that always win over a policy."""
        settings = configured(self.app_args)
        if settings is None:
            return (), ()
        return settings.ignore_req_list, settings.ignore_path_list


def _linted(name: str, is_alone: bool, ignored: _Ignored) -> Linted:
    if is_alone:
        return lint_policy(name, *ignored)
    linted = lint(name)
    problems = [*linted.problems, *lint_policy_of_map(name, *ignored)]
    problems.sort(key=lambda each: each.line or 0)
    return dataclasses.replace(linted, problems=problems)
