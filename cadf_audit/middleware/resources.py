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
from cadf_audit.audit_map.resources import EVERY_PAYLOAD
from cadf_audit.audit_map.resources import Match
from cadf_audit.audit_map.resources import PayloadRules
from cadf_audit.audit_map.resources import Resource
from cadf_audit.audit_map.walk import ResourceMap
from cadf_audit.middleware.answer import Answer
from cadf_audit.middleware.evidence import Evidence
from cadf_audit.middleware.initiator import Identity
from cadf_audit.middleware.meaning import Told
from cadf_audit.middleware.request import method_in
from cadf_audit.middleware.request import Request
from cadf_audit.middleware.resource_target import ResourceTargets
from cadf_audit.notification import Event
from cadf_audit.redaction import Redactor
from cadf_audit.taxonomy import UNKNOWN
from cadf_audit.text import decode

#: the tag of a request whose path the map does not declare
UNDECLARED_TAG = 'undeclared_path?value=true'


class ResourceInterpreter:
    """Says what requests mean by the resources that their path names.

    :param audit_map: the map
    :param redactor: takes the secrets out of values
    """

    def __init__(self, audit_map: ResourceMap, redactor: Redactor) -> None:
        self.map = audit_map
        self.targets = ResourceTargets(audit_map)
        self.redactor = redactor

    def interpret(self, request: Request) -> 'ResourceMeaning':
        """Return what a request means."""
        path, method = request.path, request.method
        if not path.isascii():
            path = decode(path)
        by_form = False
        parameter = self.map.method_parameter
        if parameter:
            meant = request.meant_method(parameter)
            if meant is None:
                by_form = method != 'GET' and request.is_form
            else:
                method = meant
        match = self.map.match(method, path)
        return ResourceMeaning(self, match, method, path if by_form else None)


class ResourceMeaning:
    """What a request means.

    :param interpreter: who says so
    :param match: what the map says
    :param method: the HTTP method, or what stands in for it
    :param form_path: the path, where a form may name another method
    """

    __slots__ = (
        '_form_path',
        '_interpreter',
        '_match',
        '_method',
        '_target',
        'audited',
        'needs_request',
        'needs_response',
        'observer',
        'secrets',
        'tags',
    )

    def __init__(
        self,
        interpreter: ResourceInterpreter,
        match: Match,
        method: str,
        form_path: str | None,
    ) -> None:
        self._interpreter = interpreter
        self._match = match
        self._method = method
        self._form_path = form_path
        self._target: dict[str, Any] | None = None
        self.audited = match.action is not None
        self.secrets = match.secrets
        self.observer = interpreter.targets.observer
        self.tags: tuple[str, ...] = (UNDECLARED_TAG,) if match.rest else ()
        self.needs_request, self.needs_response = _needs(match, method)
        if form_path is not None:
            self.needs_request = True

    @property
    def payloads(self) -> PayloadRules:
        """What the map says of bodies of the resource."""
        resource = self._match.resource
        return EVERY_PAYLOAD if resource is None else resource.payloads

    @property
    def method(self) -> str:
        """The HTTP method, or what stands in for it."""
        return self._method

    def action(self) -> str:
        """Return the CADF action, as far as the path tells it."""
        return self._match.action or UNKNOWN

    def target(self, identity: Identity) -> dict[str, Any]:
        """Return the resource, as far as the path tells it."""
        target, self._target = self._target, None
        return target or self._interpreter.targets.build(self._match)

    def target_type(self, identity: Identity) -> str:
        """Return the typeURI of the resource."""
        if self._target is None:
            self._target = self.target(identity)
        return str(self._target['typeURI'])

    def conclude(self, event: Event, evidence: Evidence) -> Told | None:
        """Return what the bodies told, and the status and the headers."""
        resource = self._match.resource
        if not (
            self.needs_request
            or self.needs_response
            or (
                resource is not None
                and (resource.upsert or resource.reads_headers)
            )
        ):
            return None
        told = Told(tags=evidence.unread())
        if self._form_path is not None:
            self._follow_form(self._form_path, evidence, told)
        match = self._match
        resource = match.resource
        if resource is None or match.rest:
            return told
        action = self._told_action(resource, evidence)
        if action is not None:
            told.parts['action'] = action
        Answer(
            self._interpreter.targets,
            match,
            resource,
            self._method,
            evidence,
            event['outcome'] == 'success',
            self._interpreter.redactor,
        ).tell(event, told)
        return told

    def _follow_form(self, path: str, evidence: Evidence, told: Told) -> None:
        """Mean what the method means that a form names."""
        form = evidence.request
        if form is None:
            return
        audit_map = self._interpreter.map
        method = method_in(
            form.content().decode('latin-1'), audit_map.method_parameter
        )
        if method is not None:
            self._method = method
            self._match = audit_map.match(method, path)
            told.parts['action'] = self.action()
            told.parts['target'] = self._interpreter.targets.build(self._match)

    def _told_action(
        self, resource: Resource, evidence: Evidence
    ) -> str | None:
        """Return an action that the path does not tell, or None."""
        match, method = self._match, self._method
        place = resource.named_by.get(match.rule(method))
        if place is not None:
            name = value_at(evidence.request_document(), place.steps)
            if isinstance(name, str):
                return named_action(
                    resource, method, match.ending, self.action(), name
                )
        elif match.from_body:
            document = evidence.request_document()
            if isinstance(document, dict) and document:
                return body_action(resource, method, next(iter(document)))
        if (
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
