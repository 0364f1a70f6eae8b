# SPDX-License-Identifier: Apache-2.0

"""A map, a request and its answer in; what the filter makes of it out.

The events are those of the filter itself, which gets the request and an
application that answers as it was told. Nothing is sent anywhere.
"""

from collections.abc import Mapping
import dataclasses
import logging
from typing import Any
from typing import cast

from cadf_audit.audit_map.inspection.keyword_verdicts import KeywordJudge
from cadf_audit.audit_map.inspection.opened import OpenedMap
from cadf_audit.audit_map.inspection.resource_verdicts import ResourceJudge
from cadf_audit.audit_map.inspection.verdict import Rule
from cadf_audit.audit_map.json_path import value_at
from cadf_audit.audit_map.resources import Match
from cadf_audit.audit_map.walk import ResourceMap
from cadf_audit.cli.exchange import Exchange
from cadf_audit.cli.map_unused import unused
from cadf_audit.middleware.asked import PolicyJudge
from cadf_audit.middleware.asked import Readers
from cadf_audit.middleware.client_address import address_reader
from cadf_audit.middleware.event import EventBuilder
from cadf_audit.middleware.evidence import Evidence
from cadf_audit.middleware.faults import Faults
from cadf_audit.middleware.initiator import identity_reader
from cadf_audit.middleware.initiator import roles_reader
from cadf_audit.middleware.keywords import KeywordInterpreter
from cadf_audit.middleware.meaning import Meaning
from cadf_audit.middleware.payload import Payloads
from cadf_audit.middleware.request import Request
from cadf_audit.middleware.resources import ResourceInterpreter
from cadf_audit.middleware.skip import SkipRules
from cadf_audit.middleware.wsgi import AuditFilter
from cadf_audit.notification import Event
from cadf_audit.opts import AUDIT_OPTS
from cadf_audit.policy.decide import Policy
from cadf_audit.policy.level import Decision
from cadf_audit.redaction import Redactor

# What the filter does where nobody configures it.
_DEFAULTS: dict[str, Any] = {opt.dest: opt.default for opt in AUDIT_OPTS}


@dataclasses.dataclass(frozen=True)
class FilterOptions:
    """What of the options of a filter decides about its events.

    :param redactor: takes secrets out
    :param body_limit: how many bytes of a body are kept
    :param skips: says which requests are not audited, each option by its name
    """

    redactor: Redactor = dataclasses.field(default_factory=Redactor)
    body_limit: int = _DEFAULTS['body_limit']
    skips: Mapping[str, SkipRules] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Explanation:
    """What the filter made of an exchange.

    :param steps: the parts of the path, and what each means
    :param rule: the rule that decided
    :param events: the events, each with its event_type; none for a request
        that is not audited
    :param decision: what the policy says; None where it was not asked
    :param ignored: the option that leaves the request out, if one does
    """

    steps: list[tuple[str, str]]
    rule: Rule
    events: list[tuple[str, Event]]
    decision: Decision | None = None
    ignored: str | None = None


def explain(
    opened: OpenedMap,
    exchange: Exchange,
    policy: Policy | None = None,
    options: FilterOptions | None = None,
) -> Explanation:
    """Let the filter audit an exchange, and watch it.

    :param opened: the map
    :param exchange: the request and its answer
    :param policy: says how much of it is recorded
    :param options: what the operator decided; without it, the defaults
    """
    options = options or FilterOptions()
    watched = _watched(opened, options)
    events = _Events()
    faults = Faults(logging.getLogger('cadf_audit.cli'))
    source = _DEFAULTS['identity_source']
    readers = Readers(
        identity_reader(source), roles_reader(source), address_reader(())
    )
    judge = None
    if policy is not None:
        judge = _WatchedPolicy(policy, readers, faults)
    builder = EventBuilder(
        interpreter=watched,
        read_identity=readers.identity,
        read_address=readers.address,
        redact=options.redactor.query,
        endpoint=_DEFAULTS['endpoint'],
        faults=faults,
        payloads=Payloads(options.redactor),
    )
    audited = AuditFilter(
        exchange.answer,
        SkipRules((), ()),
        builder,
        events,
        faults,
        options.body_limit,
        policy=judge,
    )
    body = audited(exchange.environ(), _start_response)
    for _ in body:
        pass
    close = getattr(body, 'close', None)
    if close is not None:
        close()
    if events.sent:
        watched.conclude(exchange, events.sent)
    for name, skips in options.skips.items():
        # The steps are shown all the same.
        if skips.match(exchange.environ()):
            return Explanation(watched.steps, watched.rule, [], ignored=name)
    return Explanation(
        watched.steps,
        watched.rule,
        events.sent,
        judge.decision if judge is not None else None,
    )


def _start_response(*args: Any) -> Any:
    return lambda chunk: None


class _WatchedPolicy(PolicyJudge):
    """Decides by a policy, and remembers how."""

    decision: Decision | None = None

    def decide(self, request: Request, meaning: Meaning) -> Decision:
        """Return what the policy says of a request."""
        self.decision = super().decide(request, meaning)
        return self.decision


class _Events:
    """A delivery that keeps the events."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Event]] = []

    def send(self, event_type: str, event: Event, ends: bool = False) -> None:
        """Take an event."""
        self.sent.append((event_type, event))


class _WatchedResources(ResourceInterpreter):
    """Says by the resources of a path what requests mean, and how so.

    :param judge: names the rules
    :param options: what the operator decided
    """

    def __init__(self, judge: ResourceJudge, options: FilterOptions) -> None:
        super().__init__(judge.map, options.redactor)
        self._limit = options.body_limit
        self.steps: list[tuple[str, str]] = []
        self.rule = Rule()
        self._judge = judge
        self._match = Match(None)
        self._method = ''
        self.map = cast(ResourceMap, _Watch(judge.map, self._see))

    def conclude(
        self, exchange: Exchange, events: list[tuple[str, Event]]
    ) -> None:
        """Add what bodies tell, and what of them is of no use.

        :param exchange: the request and its answer
        :param events: what came of it
        """
        evidence = exchange.evidence(self._limit)
        self._add_name(evidence, events[-1][1]['action'])
        self.steps += unused(
            self._judge, self._match, self._method, evidence, events
        )

    def _add_name(self, evidence: Evidence, action: str) -> None:
        """Add the name of an action that stands in the body."""
        match, resource = self._match, self._match.resource
        if resource is None or match.rest:
            return
        document = evidence.request_document()
        place = resource.named_by.get(match.rule(self._method))
        name = None
        if match.from_body and isinstance(document, dict):
            name = next(iter(document), None)
        elif place is not None:
            name = value_at(document, place.steps)
            if match.ending and isinstance(name, str):
                name = f'{match.ending}/{name}'
        if not isinstance(name, str):
            return
        meaning = f'named by the body: {action}'
        for rule in (f'{self._method}:{name}', name):
            if resource.actions.get(rule) is not None:
                self.rule = self._judge.named(resource, 'custom_actions', rule)
                meaning += f', line {self.rule.line}'
                break
        self.steps.append((name, meaning))

    def _see(
        self, match: Match, method: str, steps: list[tuple[str, str]]
    ) -> None:
        self._match, self._method = match, method
        self.rule = self._judge.rule(match, method)
        if steps and self.rule.line and 'line ' not in steps[-1][1]:
            seen, meaning = steps.pop()
            if not match.rest:
                meaning += f', line {self.rule.line}'
            steps.append((seen, meaning))
        self.steps = [(seen, self._as_written(what)) for seen, what in steps]

    def _as_written(self, meaning: str) -> str:
        """Return what a step means, with a prefix as the map has it."""
        for prefix, value in self._judge.prefixes():
            if meaning == f'prefix {prefix.pattern}':
                return f'prefix {value.text()}, line {value.line}'
        return meaning


class _Watch:
    """A map that tells how it finds what it says.

    :param audit_map: the map
    :param see: told of what was found, for which method, in which steps
    """

    def __init__(self, audit_map: ResourceMap, see: Any) -> None:
        self._map = audit_map
        self._see = see

    def __getattr__(self, name: str) -> Any:
        return getattr(self._map, name)

    def match(self, method: str, path: str) -> Match:
        """Return what the map says of a request."""
        steps: list[tuple[str, str]] = []
        match = self._map.match(
            method, path, lambda seen, means: steps.append((seen, means))
        )
        self._see(match, method, steps)
        return match


class _WatchedKeywords(KeywordInterpreter):
    """Says by the keywords of a path what requests mean, and how so.

    :param judge: names the rules
    """

    def __init__(self, judge: KeywordJudge) -> None:
        super().__init__(judge.map)
        self.steps: list[tuple[str, str]] = []
        self.rule = Rule()
        self._judge = judge

    def interpret(self, request: Request) -> Any:
        """Return what a request means."""
        self.steps = self._judge.steps(request.method, request.segments)
        self.rule = self._judge.rule(request.method, request.segments)
        return super().interpret(request)

    def conclude(
        self, exchange: Exchange, events: list[tuple[str, Event]]
    ) -> None:
        """Say what the body says: nothing, to a map of keywords."""


def _watched(
    opened: OpenedMap, options: FilterOptions
) -> _WatchedResources | _WatchedKeywords:
    if isinstance(opened.judge, ResourceJudge):
        return _WatchedResources(opened.judge, options)
    return _WatchedKeywords(opened.judge)
