# SPDX-License-Identifier: Apache-2.0

"""An audit map and a request in, how the events come about out."""

import argparse
from collections.abc import Sequence
import dataclasses
from importlib.metadata import EntryPoint
import json
import logging
import os
import re
from typing import Any
from typing import TextIO
import urllib.parse

from cliff.formatters.base import SingleFormatter
from cliff.formatters.commaseparated import CSVLister
from cliff.show import ShowOne
from stevedore.extension import Extension

from cadf_audit.audit_map.inspection.opened import OpenedMap
from cadf_audit.audit_map.resource_actions import METHODS
from cadf_audit.audit_map.walk import ResourceMap
from cadf_audit.cli.exchange import Exchange
from cadf_audit.cli.exchange import Header
from cadf_audit.cli.explained_redaction import Withheld
from cadf_audit.cli.explained_redaction import withheld
from cadf_audit.cli.explanation import explain
from cadf_audit.cli.explanation import Explanation
from cadf_audit.cli.explanation import FilterOptions
from cadf_audit.cli.explanation_text import colours
from cadf_audit.cli.explanation_text import ExplanationText
from cadf_audit.cli.map_command import add_configuration
from cadf_audit.cli.map_command import configured
from cadf_audit.cli.map_command import FILE_HELP
from cadf_audit.cli.map_command import MapCommand
from cadf_audit.cli.map_command import opened
from cadf_audit.cli.map_command import remark_version
from cadf_audit.cli.map_command import shown
from cadf_audit.cli.source import UsageError
from cadf_audit.middleware.factory import redactor_of
from cadf_audit.middleware.skip import SkipRules
from cadf_audit.policy.decide import Policy
from cadf_audit.policy.document import PolicyDocument
from cadf_audit.policy.inspection import open_policy
from cadf_audit.policy.level import Decision
from cadf_audit.policy.level import Level

LOG = logging.getLogger('cadf_audit.cli')

COLUMNS = ('map', 'rule', 'line', 'steps', 'policy', 'redacted', 'events')

_METHOD = re.compile(r"[A-Za-z!#$%&'*+.^_`|~-]{1,20}")
_HEADER = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*([^\r\n]*)")


# Bodies that are longer are read by nobody.
_MOST_BYTES = 16 * 1024 * 1024


class _CsvOne(CSVLister, SingleFormatter):
    """One row of CSV; what has parts is JSON in it."""

    def emit_one(
        self,
        column_names: Sequence[str],
        data: Sequence[Any],
        stdout: TextIO,
        parsed_args: argparse.Namespace,
    ) -> None:
        """Write the header and the row."""
        row = [
            json.dumps(each) if isinstance(each, list | dict) else each
            for each in data
        ]
        self.emit_list(column_names, [row], stdout, parsed_args)


def _csv() -> Any:
    """Return the format as cliff finds others, by their entry points."""
    where = EntryPoint('csv', f'{__name__}:_CsvOne', 'cliff.formatter.show')
    return Extension('csv', where, _CsvOne, _CsvOne())


class Explain(MapCommand, ShowOne):
    """Show what an audit map makes of a request, step by step."""

    _description = (
        'Show what an audit map makes of a request, step by step.\n\n'
        'Which part of the path means what, by which rule; how much is '
        'recorded, and what of it is hidden; and the events, as the filter '
        'makes them of such a request and such an answer. Nothing is sent '
        'anywhere.'
    )

    def _load_formatter_plugins(self) -> Any:
        plugins = super()._load_formatter_plugins()
        # cliff has it for lists alone.
        plugins.extensions.append(_csv())
        return plugins

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument('file', metavar='FILE', help=FILE_HELP)
        parser.add_argument('method', metavar='METHOD', type=_method)
        parser.add_argument(
            'url',
            metavar='PATH',
            type=_path,
            help='the path of the request, and perhaps its query, as in a URL',
        )
        parser.add_argument(
            '--header',
            metavar="'NAME: VALUE'",
            type=_header,
            action='append',
            default=[],
            help='a header of the request, such as X-User-Id; can be repeated',
        )
        parser.add_argument(
            '--body',
            metavar='TEXT',
            type=_content,
            default=b'',
            help='the body of the request, which the application reads; '
            '@FILE for the content of a file',
        )
        parser.add_argument(
            '--status',
            metavar='CODE',
            type=_status,
            default=200,
            help='the status code of the response (default: 200)',
        )
        parser.add_argument(
            '--response-header',
            metavar="'NAME: VALUE'",
            type=_header,
            action='append',
            default=[],
            help='a header of the response, such as Location; can be repeated',
        )
        parser.add_argument(
            '--response',
            metavar='TEXT',
            type=_content,
            default=b'',
            help='the body of the response, JSON unless a header says '
            'something else; @FILE for the content of a file',
        )
        parser.add_argument(
            '--policy',
            metavar='POLICY',
            help='the policy that says how much is recorded (default: the '
            'one of the map, if it has one)',
        )
        add_configuration(
            parser,
            'what the service has configured',
            'With its configuration, ignore_req_list, ignore_path_list, '
            'body_limit and what begins with redact_ count as well.',
        )
        return parser

    def _options(self) -> FilterOptions:
        """Return what the configuration of the service says, if it is named.

        :raises AuditError: it is wrong
        """
        settings = configured(self.app_args)
        if settings is None:
            return FilterOptions()
        return FilterOptions(
            redactor_of(settings),
            settings.body_limit,
            {
                'ignore_req_list': SkipRules(settings.ignore_req_list, ()),
                'ignore_path_list': SkipRules((), settings.ignore_path_list),
            },
        )

    def _document(
        self, parsed_args: argparse.Namespace, one: OpenedMap
    ) -> PolicyDocument | None:
        in_map = isinstance(one.map, ResourceMap) and one.map.policy
        if parsed_args.policy and in_map:
            raise UsageError(
                f'{one.path} has a policy itself, and a filter takes one'
            )
        if parsed_args.policy or in_map:
            return open_policy(parsed_args.policy or one.path)
        return None

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[Sequence[str], Sequence[Any]]:
        """Return the parts of the explanation, and what each is."""
        one = opened(parsed_args.file)
        if isinstance(one.map, ResourceMap) and not one.map.strict:
            remark_version(one.path)
        self._exchange = Exchange(
            _capital(parsed_args.method),
            parsed_args.url,
            tuple(parsed_args.header),
            parsed_args.body,
            parsed_args.status,
            tuple(parsed_args.response_header),
            parsed_args.response,
        )
        document = self._document(parsed_args, one)
        self._policy = document.path if document is not None else ''
        options = self._options()
        self._explanation = explanation = explain(
            one,
            self._exchange,
            None if document is None else Policy(document.rules),
            options,
        )
        self._withheld = self._find_withheld(explanation, options)
        return COLUMNS, (
            one.path,
            explanation.rule.text or None,
            explanation.rule.line,
            [
                {'part': seen, 'meaning': meaning}
                for seen, meaning in explanation.steps
            ],
            _decided(explanation, self._policy),
            [dataclasses.asdict(each) for each in self._withheld],
            [
                # A copy: what stands there twice would be a reference in YAML.
                {
                    'event_type': event_type,
                    'payload': json.loads(json.dumps(event)),
                }
                for event_type, event in explanation.events
            ],
        )

    def _find_withheld(
        self, explanation: Explanation, options: FilterOptions
    ) -> list[Withheld]:
        if not explanation.events:
            return []
        decision = explanation.decision
        return withheld(
            self._exchange,
            explanation.events[-1][1],
            Level.METADATA if decision is None else decision.level,
            options.redactor,
            options.body_limit,
        )

    def produce_output(
        self,
        parsed_args: argparse.Namespace,
        column_names: Sequence[str],
        data: Sequence[Any],
    ) -> int:
        """Print the explanation, as a text for people."""
        if parsed_args.formatter != 'table':
            data = shown(data, parsed_args.formatter)
            return int(super().produce_output(parsed_args, column_names, data))
        chosen, _ = self._generate_columns_and_selector(
            parsed_args, column_names
        )
        text = ExplanationText(colours(self.app.stdout))
        parts = text.of(
            self._explanation,
            str(data[0]),
            self._exchange,
            self._policy,
            self._withheld,
        )
        if 'line' in chosen:
            chosen.append('rule')
        self.app.stdout.write(
            '\n'.join(
                part for name, part in parts.items() if part and name in chosen
            )
        )
        return 0


def _decided(explanation: Explanation, policy: str) -> Any:
    """Return what decided how much is recorded, for programs."""
    decision = explanation.decision
    if explanation.ignored is not None:
        decision = Decision(Level.NONE)
    if decision is None:
        return None
    return {
        'level': decision.level.name.lower(),
        'file': None if explanation.ignored else policy,
        'rule': decision.rule or None,
        'line': decision.line,
        'option': explanation.ignored,
    }


def _method(text: str) -> str:
    if not _METHOD.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f'{text!r} is no method; one looks like POST'
        )
    return text


def _capital(method: str) -> str:
    capital = method.upper()
    if capital != method:
        LOG.info(
            '%s is taken for %s, as a client has to write it', method, capital
        )
    if capital not in METHODS:
        LOG.warning('no rule of a map is about the method %s', capital)
    return capital


def _path(text: str) -> str:
    if '://' in text.partition('?')[0]:
        parts = urllib.parse.urlsplit(text)
        text = parts.path or '/'
        if parts.query:
            text += f'?{parts.query}'
    if not text.startswith('/'):
        raise argparse.ArgumentTypeError(
            f'{text!r} is no path; one begins with a slash'
        )
    return text


def _header(text: str) -> Header:
    found = _HEADER.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no header; one looks like 'X-User-Id: 42'"
        )
    # As a server hands it over.
    return found[1], found[2].strip().encode('utf-8').decode('latin-1')


def _status(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 100 <= int(text) <= 599):
        raise argparse.ArgumentTypeError(
            f'{text!r} is no status code; allowed are 100 to 599'
        )
    return int(text)


def _content(text: str) -> bytes:
    if not text.startswith('@'):
        return os.fsencode(text)
    try:
        with open(text[1:], 'rb') as file:
            content = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as exc:
        raise argparse.ArgumentTypeError(
            f'{text[1:]}: {getattr(exc, "strerror", exc)}'
        ) from exc
    if len(content) > _MOST_BYTES:
        raise argparse.ArgumentTypeError(f'{text[1:]}: longer than 16 MiB')
    return content
