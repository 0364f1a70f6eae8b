# SPDX-License-Identifier: Apache-2.0

"""What an audit map says of a request: the request in, its meaning out.

Each format of a map has an interpreter. Of what it says, the pending event
takes what the path tells, and the final event what bodies told meanwhile.
"""

import dataclasses
from typing import Any
from typing import Protocol

from cadf_audit.middleware.evidence import Evidence
from cadf_audit.middleware.initiator import Identity
from cadf_audit.middleware.request import Request
from cadf_audit.notification import Event
from cadf_audit.taxonomy import UNKNOWN

#: the observer of a map that knows no service: "whoever was the target"
TARGET_REFERENCE = {'id': 'target'}


@dataclasses.dataclass(slots=True)
class Told:
    """What bodies told about a request.

    :param parts: parts of the final event that replace what it has
    :param tags: tags that it gets in addition
    :param items: for each item of a bulk request the parts of its own event
    """

    parts: dict[str, Any] = dataclasses.field(default_factory=dict)
    tags: list[str] = dataclasses.field(default_factory=list)
    items: list[dict[str, Any]] = dataclasses.field(default_factory=list)


class Meaning(Protocol):
    """What a request means."""

    #: whether the request is audited
    audited: bool
    #: whether the bytes are of use that the application reads
    needs_request: bool
    #: whether the bytes are of use that the application answers
    needs_response: bool
    #: the CADF observer
    observer: dict[str, Any]
    #: further tags of both events
    tags: tuple[str, ...]
    #: what of the path no event may contain
    secrets: tuple[str, ...]

    def action(self) -> str:
        """Return the CADF action."""

    def target(self, identity: Identity) -> dict[str, Any]:
        """Return the CADF target.

        :param identity: who asks, with the services that it is shown
        """

    def conclude(self, event: Event, evidence: Evidence) -> Told | None:
        """Return what is known better at the end.

        :param event: the final event so far, its outcome included
        :param evidence: what was read and answered
        """


class Interpreter(Protocol):
    """Says what requests mean."""

    def interpret(self, request: Request) -> Meaning:
        """Return what a request means."""


def unknown_target() -> dict[str, Any]:
    """Return the target of a request that could not be told."""
    return {'id': UNKNOWN, 'typeURI': UNKNOWN, 'name': UNKNOWN}


class Unknown:
    """The meaning of a request that could not be told."""

    audited = True
    needs_request = False
    needs_response = False
    observer = TARGET_REFERENCE
    tags: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()

    def action(self) -> str:
        """Return ``unknown``."""
        return UNKNOWN

    def target(self, identity: Identity) -> dict[str, Any]:
        """Return a target that says ``unknown``."""
        return unknown_target()

    def conclude(self, event: Event, evidence: Evidence) -> Told | None:
        """Return that nothing is known better."""
        return None
