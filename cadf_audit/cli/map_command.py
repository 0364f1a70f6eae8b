# SPDX-License-Identifier: Apache-2.0

"""What all commands about an audit map have in common."""

import argparse
from collections.abc import Iterable
from collections.abc import Sequence
import logging
from typing import Any

from cliff.lister import Lister

from cadf_audit.audit_map.inspection.opened import open_map
from cadf_audit.audit_map.inspection.opened import OpenedMap
from cadf_audit.audit_map.inspection.routes import read_openapi
from cadf_audit.audit_map.inspection.routes import read_routes
from cadf_audit.audit_map.inspection.routes import Route
from cadf_audit.audit_map import keywords
from cadf_audit.audit_map import load_audit_map
from cadf_audit.cli.command import PlainCommand
from cadf_audit.cli.source import Source
from cadf_audit.cli.source import UsageError
from cadf_audit.middleware.settings import Settings
from cadf_audit.wording.printable import printable

LOG = logging.getLogger('cadf_audit.cli')

FILE_HELP = (
    'the audit map: a file, or the bare name of a map that comes with this '
    'package, such as nova'
)


# What differs in a map that has no version.
_VERSIONLESS = (
    '%s has no version, as a map of openstack-audit-middleware: an id is made '
    'of the digits 0 to 9 and a to f and of dashes, one of decimal digits '
    'alone is recorded as a UUID, and a last segment that the map does not '
    'know is a key; for a map of your own, write version: 2 at its top'
)

# They escape what a terminal could not show.
_MACHINES = ('json', 'yaml')


class MapCommand(PlainCommand):
    """A command about audit maps, which are files."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        # Sentences are long: a table is no wider than the terminal.
        parser.set_defaults(fit_width=True)
        return parser


class MapLister(MapCommand, Lister):
    """A command that prints a row for each thing in a map."""

    def produce_output(
        self,
        parsed_args: argparse.Namespace,
        column_names: Sequence[str],
        data: Iterable[Sequence[Any]],
    ) -> int:
        """Print the rows; for people, there is no table of nothing."""
        rows = [shown(row, parsed_args.formatter) for row in data]
        if not rows and parsed_args.formatter == 'table':
            return 0
        return int(super().produce_output(parsed_args, column_names, rows))


def shown(values: Iterable[Any], formatter: str) -> tuple[Any, ...]:
    """Return values as a format can show them on a terminal.

    :param values: the values, some of them texts from outside
    :param formatter: the name of the format
    """
    if formatter in _MACHINES:
        return tuple(values)
    return tuple(
        printable(each) if isinstance(each, str) else each for each in values
    )


def remark_version(path: str) -> None:
    """Say what a resource map without a version is taken for.

    :param path: its file
    """
    LOG.info(_VERSIONLESS, path)


def opened(name: str) -> OpenedMap:
    """Return a map; what it warns of is for ``map lint``.

    :param name: the file, or the name of a map of this package
    :raises AuditMapError: a service could not start with it
    """
    for module in (load_audit_map.__module__, keywords.__name__):
        logging.getLogger(module).setLevel(logging.ERROR)
    return open_map(name)


def add_routes(parser: argparse.ArgumentParser, required: bool) -> None:
    """Let a parser know how to name the routes of an API.

    :param parser: the parser
    :param required: whether they have to be named
    """
    group = parser.add_argument_group(
        'the routes of the API',
        'From a list or from an OpenAPI document, which many frameworks '
        'write by themselves.',
    )
    which = group.add_mutually_exclusive_group(required=required)
    which.add_argument(
        '--routes',
        metavar='ROUTES',
        help='a file with a route in each line: METHOD /path/{id}; what may '
        'have slashes is {name:path}, and # begins a comment; <id>, '
        '<path:name> and :id, as other frameworks write it, do as well',
    )
    which.add_argument(
        '--openapi',
        metavar='SPEC',
        help='a document of OpenAPI 3, JSON or YAML',
    )
    group.add_argument(
        '--base-path',
        metavar='PATH',
        help='what stands in front of each path of the OpenAPI document '
        '(default: the path of the first server that it names); an empty '
        'text for nothing',
    )


def routes_of(parsed_args: argparse.Namespace) -> list[Route] | None:
    """Return the routes that were named, if any.

    :param parsed_args: the arguments
    :raises UsageError: the arguments contradict each other
    :raises RoutesError: they cannot be read
    """
    if parsed_args.base_path is not None and not parsed_args.openapi:
        raise UsageError('--base-path needs --openapi SPEC')
    if parsed_args.openapi:
        return read_openapi(parsed_args.openapi, parsed_args.base_path)
    if parsed_args.routes:
        return read_routes(parsed_args.routes)
    return None


def add_configuration(
    parser: argparse.ArgumentParser, title: str, told: str
) -> None:
    """Tell in the help that the configuration of a service counts.

    :param parser: the parser
    :param title: the title of its part of the help
    :param told: what of the configuration counts
    """
    group = parser.add_argument_group(title, told)
    # For the help: the application takes them, wherever they stand.
    for option in ('--config-file', '--paste-file', '--filter-section'):
        group.add_argument(option, metavar='NAME')


def configured(options: argparse.Namespace | None) -> Settings | None:
    """Return the configuration of the service, if it was named.

    :param options: the arguments of the application
    :raises AuditError: it is wrong
    """
    if options is None:
        return None
    source = Source(options)
    if options.config_file or options.paste_file:
        return source.settings()
    return None


def perhaps(value: Any, formatter: str) -> Any:
    """Return a value; what is not there is empty for people.

    :param value: the value
    :param formatter: the name of the format
    """
    if value in (None, '') and formatter in _MACHINES:
        return None
    return '' if value is None else value
