# SPDX-License-Identifier: Apache-2.0

"""An INI audit map and a request in, what it means out.

The target is the service that the request was meant for, as the service
catalogue shows it; its typeURI tells the keywords of the path.
"""

from typing import Any

from cadf_audit.audit_map.keywords import KeywordMap
from cadf_audit.audit_map.resources import EVERY_PAYLOAD
from cadf_audit.middleware.body import body_action
from cadf_audit.middleware.evidence import Evidence
from cadf_audit.middleware.initiator import Identity
from cadf_audit.middleware.meaning import TARGET_REFERENCE
from cadf_audit.middleware.meaning import Told
from cadf_audit.middleware.request import Request
from cadf_audit.middleware.target import TargetFinder
from cadf_audit.notification import Event


class KeywordInterpreter:
    """Says what requests mean by the keywords of their path.

    :param audit_map: the map
    """

    def __init__(self, audit_map: KeywordMap) -> None:
        self.map = audit_map
        self.targets = TargetFinder(audit_map)

    def interpret(self, request: Request) -> 'KeywordMeaning':
        """Return what a request means."""
        return KeywordMeaning(self, request)


class KeywordMeaning:
    """What a request means.

    :param interpreter: who says so
    :param request: the request
    """

    __slots__ = ('_action', '_interpreter', '_request', '_target')

    audited = True
    needs_request = False
    needs_response = False
    observer = TARGET_REFERENCE
    tags: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    method: str | None = None
    payloads = EVERY_PAYLOAD

    def __init__(
        self, interpreter: KeywordInterpreter, request: Request
    ) -> None:
        self._interpreter = interpreter
        self._request = request
        self._action: str | None = None
        self._target: dict[str, Any] | None = None

    def action(self) -> str:
        """Return the CADF action; a body that names it is read ahead."""
        if self._action is None:
            request = self._request
            self._action = self._interpreter.map.action(
                request.method,
                request.segments,
                lambda: body_action(request.environ),
            )
        return self._action

    def target(self, identity: Identity) -> dict[str, Any]:
        """Return the service that an identity sees behind the request."""
        target, self._target = self._target, None
        return target or self._interpreter.targets.build(
            self._request, identity.catalog
        )

    def target_type(self, identity: Identity) -> str:
        """Return the typeURI of that service; it is not looked up again."""
        if self._target is None:
            self._target = self.target(identity)
        return str(self._target['typeURI'])

    def conclude(self, event: Event, evidence: Evidence) -> Told | None:
        """Return None: the map says nothing about bodies."""
        return None
