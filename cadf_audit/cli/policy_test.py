# SPDX-License-Identifier: Apache-2.0

"""A policy and a table of requests in, a row for each surprise out."""

import argparse
from collections.abc import Iterator
import logging
from typing import Any

from cadf_audit.audit_map import load_audit_map
from cadf_audit.cli.command import counted
from cadf_audit.cli.exchange import Exchange
from cadf_audit.cli.map_command import add_configuration
from cadf_audit.cli.map_command import configured
from cadf_audit.cli.map_command import FILE_HELP
from cadf_audit.cli.map_command import MapLister
from cadf_audit.cli.map_command import opened
from cadf_audit.middleware.asked import AskedRequest
from cadf_audit.middleware.asked import Readers
from cadf_audit.middleware.factory import interpreter_of
from cadf_audit.middleware.initiator import Identity
from cadf_audit.middleware.meaning import Interpreter
from cadf_audit.middleware.meaning import Meaning
from cadf_audit.middleware.request import Request
from cadf_audit.middleware.skip import SkipRules
from cadf_audit.policy.cases import Case
from cadf_audit.policy.cases import read_cases
from cadf_audit.policy.decide import Policy
from cadf_audit.policy.document import PolicyDocument
from cadf_audit.policy.inspection import is_policy
from cadf_audit.policy.inspection import open_policy
from cadf_audit.policy.keep import Ended
from cadf_audit.policy.level import Decision
from cadf_audit.policy.level import Level
from cadf_audit.redaction import Redactor

LOG = logging.getLogger('cadf_audit.cli')

COLUMNS = ('line', 'request', 'expected', 'level', 'because')

# What the rules of a collector say, in words.
_KEPT = {True: 'kept', False: 'left out'}


class PolicyTest(MapLister):
    """Hold a policy against a table of requests with expected levels."""

    _description = (
        'Hold a policy against a table of requests with expected levels.\n\n'
        'A row for each request of which something else is recorded than was '
        'expected. Exit status: 0 if there is none, 1 if there is any. '
        'Nothing is sent anywhere.'
    )

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of what stands behind the name of the command."""
        parser = super().get_parser(prog_name)
        parser.add_argument(
            'file',
            metavar='FILE',
            help='the policy: a file, or an audit map with one in it',
        )
        parser.add_argument(
            '--cases',
            metavar='CASES',
            required=True,
            help='the table, in YAML: a list of cases such as {request: GET '
            '/v1/nodes, user: alice, level: none}',
        )
        parser.add_argument(
            '--map',
            metavar='MAP',
            help=f'{FILE_HELP}; it says the action and the target of a '
            'request, where a case does not',
        )
        parser.add_argument(
            '--all',
            action='store_true',
            help='show the cases that are as expected, too',
        )
        add_configuration(
            parser,
            'what always wins over a policy',
            'With the configuration of the service, ignore_req_list and '
            'ignore_path_list count as well.',
        )
        return parser

    def get_epilog(self) -> str:
        """Return what a case can hold."""
        return (
            'Keys of a case: request, which is required, level, keep or both, '
            'and what rules ask for: user (id, name or both), project, role, '
            'address, action, target_type; for keep outcome, status and '
            'observer as well.'
        )

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Show what is not as expected; return 1 if anything is."""
        return super().run(parsed_args) or int(self._surprises > 0)

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Return the columns and the rows."""
        name = parsed_args.file
        document = open_policy(name)
        audit_map = parsed_args.map
        if audit_map is None and not is_policy(name):
            audit_map = name
        interpreter = interpreter_of(
            opened(audit_map).map if audit_map else load_audit_map(None),
            Redactor(),
        )
        judge = _Judge(document, interpreter, self._skips())
        cases = read_cases(parsed_args.cases)
        rows: list[tuple[Any, ...]] = []
        self._surprises = 0
        for case in cases:
            for expected, found, because in judge.judge(case):
                self._surprises += found != expected
                if found != expected or parsed_args.all:
                    request = f'{case.method} {case.url}'
                    rows.append((case.line, request, expected, found, because))
        LOG.info(
            'tried %s: %s',
            counted(len(cases), 'case'),
            f'{self._surprises} not as expected'
            if self._surprises
            else 'all as expected',
        )
        return COLUMNS, rows

    def _skips(self) -> SkipRules:
        settings = configured(self.app_args)
        if settings is None:
            return SkipRules((), ())
        return SkipRules(settings.ignore_req_list, settings.ignore_path_list)


class _AskedCase(AskedRequest):
    """What the rules of a policy ask of a case."""

    def __init__(
        self, case: Case, request: Request, meaning: Any, readers: Readers
    ) -> None:
        super().__init__(request, meaning, readers)
        self._case = case

    @property
    def users(self) -> tuple[str, ...]:
        return self._case.users

    @property
    def action(self) -> str:
        return self._case.action or super().action

    @property
    def target_type(self) -> str:
        return self._case.target_type or super().target_type


class _Judge:
    """Says what is recorded of cases, and what is kept of them.

    :param document: the rules
    :param interpreter: knows what a request means
    :param skips: what always wins over the rules
    """

    def __init__(
        self,
        document: PolicyDocument,
        interpreter: Interpreter,
        skips: SkipRules,
    ) -> None:
        self._policy = Policy(document.rules)
        self._keep = Policy(document.keep)
        self._interpreter = interpreter
        self._skips = skips

    def judge(self, case: Case) -> Iterator[tuple[str, str, str]]:
        """Yield what was expected of a case, what is so, and why."""
        request = Request(Exchange(case.method, case.url).environ())
        meaning = self._interpreter.interpret(request)
        identity = Identity(
            user_id=case.users[0] if case.users else None,
            project_id=case.project,
        )
        readers = Readers(
            identity=lambda _: identity,
            roles=lambda _: case.roles,
            address=lambda _: case.address,
        )
        asked = _AskedCase(case, request, meaning, readers)
        if case.level is not None:
            level, because = self._level(request, meaning, asked)
            yield _name(case.level), _name(level), because
        if case.keep is not None:
            decision = self._keep.decide(_ended(case, asked))
            yield (
                _KEPT[case.keep],
                _KEPT[bool(decision.level)],
                _because(decision, 'keep '),
            )

    def _level(
        self, request: Request, meaning: Meaning, asked: _AskedCase
    ) -> tuple[Level, str]:
        if self._skips.match(request.environ):
            return Level.NONE, 'ignore_req_list or ignore_path_list'
        if not meaning.audited:
            return Level.NONE, 'the audit map: no event'
        decision = self._policy.decide(asked)
        return decision.level, _because(decision)


def _ended(case: Case, asked: _AskedCase) -> Ended:
    return Ended(
        asked.path,
        asked.users,
        case.project,
        case.address,
        asked.action,
        asked.target_type,
        case.outcome,
        case.status,
        case.observers,
    )


def _name(level: Level) -> str:
    return level.name.lower()


def _because(decision: Decision, what: str = '') -> str:
    if not decision.rule:
        return f'no {what}rule'
    return f'{what}rule {decision.rule}, line {decision.line}'
