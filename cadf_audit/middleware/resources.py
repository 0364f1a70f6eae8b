# SPDX-License-Identifier: Apache-2.0

"""A resource map and a request in, what it means out.

The target is the resource, the observer is the service. What the path cannot
tell is told at the end: the action that stands in a body, and the id of what
was created.
"""

from typing import Any

from cadf_audit.audit_map.json_path import value_at
from cadf_audit.audit_map.resource_actions import body_action
from cadf_audit.audit_map.resource_actions import named_action
from cadf_audit.audit_map.resources import Match
from cadf_audit.audit_map.resources import Resource
from cadf_audit.audit_map.walk import ResourceMap
from cadf_audit.middleware.answer import Answer
from cadf_audit.middleware.evidence import Evidence
from cadf_audit.middleware.initiator import Identity
from cadf_audit.middleware.meaning import Findings
from cadf_audit.middleware.request import Request
from cadf_audit.middleware.resource_target import ResourceTargets
from cadf_audit.notification import Event
from cadf_audit.taxonomy import UNKNOWN
from cadf_audit.text import decode

#: the tag of a request whose path the map does not declare
UNDECLARED_TAG = 'undeclared_path?value=true'


class ResourceInterpreter:
    """Says what requests mean by the resources that their path names.

    :param audit_map: the map
    """

    def __init__(self, audit_map: ResourceMap) -> None:
        self.map = audit_map
        self.targets = ResourceTargets(audit_map)

    def interpret(self, request: Request) -> 'ResourceMeaning':
        """Return what a request means."""
        path, method = request.path, request.method
        if self.map.method_parameter:
            method = request.meant_method(self.map.method_parameter)
        match = self.map.match(
            method, path if path.isascii() else decode(path)
        )
        return ResourceMeaning(self, match, method)


class ResourceMeaning:
    """What a request means.

    :param interpreter: who says so
    :param match: what the map says
    :param method: the HTTP method
    """

    __slots__ = (
        '_interpreter',
        '_match',
        '_method',
        'audited',
        'needs_request',
        'needs_response',
        'observer',
        'secrets',
        'tags',
    )

    def __init__(
        self, interpreter: ResourceInterpreter, match: Match, method: str
    ) -> None:
        self._interpreter = interpreter
        self._match = match
        self._method = method
        self.audited = match.action is not None
        self.secrets = match.secrets
        self.observer = interpreter.targets.observer
        self.tags: tuple[str, ...] = (UNDECLARED_TAG,) if match.rest else ()
        self.needs_request, self.needs_response = _needs(match, method)

    def action(self) -> str:
        """Return the CADF action, as far as the path tells it."""
        return self._match.action or UNKNOWN

    def target(self, identity: Identity) -> dict[str, Any]:
        """Return the resource, as far as the path tells it."""
        return self._interpreter.targets.build(self._match)

    def conclude(self, event: Event, evidence: Evidence) -> Findings | None:
        """Return what the bodies told."""
        match = self._match
        resource = match.resource
        if resource is None or match.rest:
            return None
        reads = self.needs_request or self.needs_response
        if not reads and not resource.upsert:
            return None
        findings = Findings(tags=evidence.unread())
        action = self._told_action(resource, evidence)
        if action is not None:
            findings.parts['action'] = action
        if reads:
            Answer(
                self._interpreter.targets,
                match,
                resource,
                self._method,
                evidence,
                event['outcome'] == 'success',
            ).tell(event, findings)
        return findings

    def _told_action(
        self, resource: Resource, evidence: Evidence
    ) -> str | None:
        """Return an action that the path does not tell, or None."""
        match, method = self._match, self._method
        if match.from_body:
            document = evidence.request_document()
            if isinstance(document, dict) and document:
                return body_action(resource, method, next(iter(document)))
        elif resource.named_by:
            place = resource.named_by.get(match.rule(method))
            if place is not None:
                name = value_at(evidence.request_document(), place.steps)
                if isinstance(name, str):
                    return named_action(
                        resource, method, match.ending, self.action(), name
                    )
        elif (
            resource.upsert
            and method == 'PUT'
            and match.action == 'update'
            and evidence.code == '201'
        ):
            return 'create'
        return None


def _needs(match: Match, method: str) -> tuple[bool, bool]:
    """Say whether request and response of a request are of any use."""
    resource = match.resource
    if resource is None or match.rest:
        return False, False
    request = match.from_body
    response = method in resource.reads
    if response and resource.reads_request:
        request = True
    if resource.named_by and match.rule(method) in resource.named_by:
        request = True
    bulk = match.bulk(method)
    if bulk is not None:
        if bulk.of_request:
            request = True
        else:
            response = True
    return request, response
