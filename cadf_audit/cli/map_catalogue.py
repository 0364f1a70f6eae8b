# SPDX-License-Identifier: Apache-2.0

"""An audit map in, a row for each kind of request that is audited out."""

import argparse
import logging
from typing import Any

from cadf_audit.audit_map.inspection.catalogue import catalogue
from cadf_audit.cli.command import counted
from cadf_audit.cli.map_command import add_routes
from cadf_audit.cli.map_command import FILE_HELP
from cadf_audit.cli.map_command import MapLister
from cadf_audit.cli.map_command import opened
from cadf_audit.cli.map_command import routes_of
from cadf_audit.middleware.handle import ENDPOINTS
from cadf_audit.wording.categories import load_categories
from cadf_audit.wording.sentence import kind_sentence

LOG = logging.getLogger('cadf_audit.cli')

COLUMNS = (
    'method',
    'route',
    'required ids',
    'action',
    'target type',
    'endpoint',
    'category',
    'sentence',
)

# What a request causes, whatever it is about.
_KIND = 'activity'


class Catalogue(MapLister):
    """Show all kinds of requests that are audited by an audit map."""

    _description = (
        'Show all kinds of requests that are audited by an audit map.\n\n'
        'A row for each method and route that the map tells apart, or, with '
        'the routes of the API, for each that there is.'
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument('file', metavar='FILE', help=FILE_HELP)
        add_routes(parser, required=False)
        parser.add_argument(
            '--categories',
            metavar='CATEGORIES',
            help='a file with categories and words for events, as the option '
            'categories_file of the trail names one (default: those of the '
            'package)',
        )
        parser.add_argument(
            '--endpoint',
            choices=ENDPOINTS,
            default=ENDPOINTS[0],
            help='what requests come in through, as the option endpoint of '
            f'the filter says (default: {ENDPOINTS[0]})',
        )
        return parser

    def get_epilog(self) -> str:
        """Return what the columns mean."""
        return (
            'Columns: a method * is any. Of a route, what stands in brackets '
            'may be left out, and of (a|b) one stands there; (body: NAME) is '
            'the key that the body of the request begins with, (answer: 201) '
            'a PUT that created what it names, (each item) the event of each '
            'item of a request about many, and … is whatever stands in '
            'front. An answer to POST, PUT or PATCH with a list in it is such '
            'a request as well, without a row. required ids are those that a '
            'path has to have. A * in an action stands for a name in the path '
            'or the body. category and sentence are what events of that kind '
            'are called.'
        )

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Return the columns and the rows."""
        categories = load_categories(parsed_args.categories)
        routes = routes_of(parsed_args)
        listed = list(catalogue(opened(parsed_args.file), routes))
        LOG.info('%s of requests', counted(len(listed), 'kind'))
        machine = parsed_args.formatter in ('json', 'yaml')
        return COLUMNS, [
            (
                each.method,
                each.route,
                list(each.ids) if machine else ', '.join(each.ids),
                each.action,
                each.type_uri,
                parsed_args.endpoint,
                categories.of(_KIND, each.action, each.type_uri).name,
                kind_sentence(each.action, each.type_uri, categories.words),
            )
            for each in listed
        ]
