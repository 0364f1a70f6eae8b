# SPDX-License-Identifier: Apache-2.0

"""An audit map and the routes of an API in, what it says of each out."""

import argparse
import collections
from collections.abc import Sequence
import logging
from typing import Any

from cadf_audit.audit_map.inspection.coverage import cover
from cadf_audit.audit_map.inspection.coverage import Covered
from cadf_audit.audit_map.inspection.verdict import DEFAULT
from cadf_audit.audit_map.inspection.verdict import EXPLICIT
from cadf_audit.audit_map.inspection.verdict import NOTHING
from cadf_audit.audit_map.inspection.verdict import SUPPRESSED
from cadf_audit.cli.command import counted
from cadf_audit.cli.map_command import add_routes
from cadf_audit.cli.map_command import FILE_HELP
from cadf_audit.cli.map_command import MapLister
from cadf_audit.cli.map_command import opened
from cadf_audit.cli.map_command import perhaps
from cadf_audit.cli.map_command import routes_of

LOG = logging.getLogger('cadf_audit.cli')

COLUMNS = ('method', 'route', 'by', 'action', 'target type', 'rule', 'line')

_IN_WORDS = {
    EXPLICIT: 'by an explicit rule',
    SUPPRESSED: 'not audited by a rule',
    DEFAULT: 'by a default',
    NOTHING: 'by nothing',
}


class Coverage(MapLister):
    """Show which routes of an API an audit map has rules for."""

    _description = (
        'Show which routes of an API an audit map has rules for.\n\n'
        'All requests are audited, but what no rule is about is recorded '
        'under the nearest name that the map knows. Exit status: 0 if each '
        'route that changes something (all but GET, HEAD and OPTIONS) has a '
        'rule, 1 if not.'
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument('file', metavar='FILE', help=FILE_HELP)
        add_routes(parser, required=True)
        parser.add_argument(
            '--only-missing',
            action='store_true',
            help='show only the routes without a rule',
        )
        return parser

    def get_epilog(self) -> str:
        """Return what the columns mean."""
        return (
            'Columns: by is explicit (a resource, an action or a key of the '
            'map), suppressed (a rule says that it is not audited), default '
            '(what is so where a map says nothing: the service itself, or a '
            'key that a map without a version takes for granted) or nothing. '
            'rule and line say which rule it is; of a route without one, the '
            'nearest. Placeholders are filled with ids that the map takes.'
        )

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Show the routes; return 1 if one has no rule that needs one."""
        return super().run(parsed_args) or int(self._missing > 0)

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Return the columns and the rows."""
        routes = routes_of(parsed_args) or []
        covered = list(cover(opened(parsed_args.file), routes))
        self._missing = sum(each.missing for each in covered)
        self._summarize(covered)
        return COLUMNS, [
            _row(each, parsed_args.formatter)
            for each in covered
            if not (parsed_args.only_missing and each.ruled)
        ]

    def _summarize(self, covered: Sequence[Covered]) -> None:
        numbers = collections.Counter(each.verdict.by for each in covered)
        LOG.info(
            '%s: %s; %s',
            counted(len(covered), 'route'),
            ', '.join(
                f'{numbers[by]} {words}'
                for by, words in _IN_WORDS.items()
                if numbers[by]
            ),
            _missing_in_words(self._missing),
        )


def _missing_in_words(number: int) -> str:
    if not number:
        return 'each that changes something has an explicit rule'
    if number == 1:
        return '1 that changes something has no explicit rule'
    return f'{number} that change something have no explicit rule'


def _row(covered: Covered, formatter: str) -> tuple[Any, ...]:
    verdict = covered.verdict
    return (
        covered.route.method,
        covered.route.path,
        verdict.by,
        perhaps(verdict.action, formatter),
        verdict.type_uri,
        perhaps(verdict.rule.text, formatter),
        perhaps(verdict.rule.line, formatter),
    )
