# SPDX-License-Identifier: Apache-2.0

"""An INI audit map and a request in, what it means out.

The target is the service that the request was meant for, as the service
catalogue shows it; its typeURI tells the keywords of the path.
"""

from typing import Any

from cadf_audit.audit_map.keywords import KeywordMap
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

    __slots__ = ('_interpreter', '_request')

    audited = True
    needs_request = False
    needs_response = False
    observer = TARGET_REFERENCE
    tags: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()

    def __init__(
        self, interpreter: KeywordInterpreter, request: Request
    ) -> None:
        self._interpreter = interpreter
        self._request = request

    def action(self) -> str:
        """Return the CADF action; a body that names it is read ahead."""
        request = self._request
        return self._interpreter.map.action(
            request.method,
            request.segments,
            lambda: body_action(request.environ),
        )

    def target(self, identity: Identity) -> dict[str, Any]:
        """Return the service that an identity sees behind the request."""
        return self._interpreter.targets.build(self._request, identity.catalog)

    def conclude(self, event: Event, evidence: Evidence) -> Told | None:
        """Return None: the map says nothing about bodies."""
        return None
