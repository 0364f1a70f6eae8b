# SPDX-License-Identifier: Apache-2.0

"""What an audit map says of a request: the request in, its meaning out.

Each format of a map has an interpreter. Of what it says, the pending event
takes what the path tells, and the final event what bodies told meanwhile.
"""

from collections.abc import Callable
from collections import Counter
import dataclasses
from typing import Any
from typing import Protocol

from cadf_audit.audit_map.json_path import Steps
from cadf_audit.audit_map.resources import PayloadRules
from cadf_audit.middleware.evidence import Evidence
from cadf_audit.middleware.initiator import Identity
from cadf_audit.middleware.request import Request
from cadf_audit.notification import Event
from cadf_audit.taxonomy import UNKNOWN

#: the observer of a map that knows no service: "whoever was the target"
TARGET_REFERENCE = {'id': 'target'}


@dataclasses.dataclass(frozen=True, slots=True)
class BulkItems:
    """The items of a bulk request, each of which is known by its id.

    :param source: the body that they are from: request or response
    :param steps: the steps to them
    :param elsewhere: where they may stand in the other body
    :param items: the items
    :param id_of: returns the id of an item of either body, or None
    """

    source: str
    steps: Steps
    elsewhere: tuple[Steps, ...]
    items: list[Any]
    id_of: Callable[[Any], str | None]

    def places(self, name: str) -> tuple[Steps, ...]:
        """Return where the items may stand in a body.

        :param name: request or response
        """
        return (self.steps,) if name == self.source else self.elsewhere

    def positions(self, name: str, listed: list[Any]) -> list[int | None]:
        """Return at which position of a list each item stands, if it does.

        An id that is there twice, here or there, is that of nobody.

        :param name: the body that the list is from
        :param listed: the list
        """
        if name == self.source:
            return list(range(len(self.items)))
        ids = [self.id_of(item) for item in self.items]
        found = [self.id_of(item) for item in listed]
        here, there = Counter(ids), Counter(found)
        position = {each: index for index, each in enumerate(found)}
        return [
            position[each]
            if each is not None and here[each] == there[each] == 1
            else None
            for each in ids
        ]


@dataclasses.dataclass(slots=True)
class Told:
    """What bodies told about a request.

    :param parts: parts of the final event that replace what it has
    :param tags: tags that it gets in addition
    :param items: for each item of a bulk request the parts of its own event
    :param bulk: these items, if it is one
    """

    parts: dict[str, Any] = dataclasses.field(default_factory=dict)
    tags: list[str] = dataclasses.field(default_factory=list)
    items: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    bulk: BulkItems | None = None


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

    @property
    def payloads(self) -> PayloadRules:
        """What may be told of bodies."""

    @property
    def method(self) -> str | None:
        """The method that the query names in place of its own, if it does."""

    def action(self) -> str:
        """Return the CADF action."""

    def target(self, identity: Identity) -> dict[str, Any]:
        """Return the CADF target.

        :param identity: who asks, with the services that it is shown
        """

    def target_type(self, identity: Identity) -> str:
        """Return the typeURI of the target, before anybody asks for that.

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
    # Of what, nobody knows, and so not what may be told of it.
    payloads = PayloadRules(enabled=False)

    method: str | None = None

    def action(self) -> str:
        """Return ``unknown``."""
        return UNKNOWN

    def target(self, identity: Identity) -> dict[str, Any]:
        """Return a target that says ``unknown``."""
        return unknown_target()

    def target_type(self, identity: Identity) -> str:
        """Return ``unknown``."""
        return UNKNOWN

    def conclude(self, event: Event, evidence: Evidence) -> Told | None:
        """Return that nothing is known better."""
        return None
