# SPDX-License-Identifier: Apache-2.0

"""A request and its meaning in, what the rules of a policy ask of it out.

Nothing is worked out before a rule asks for it. A request over which we fail
is recorded: none escapes by making a rule fail.
"""

from collections.abc import Callable
from typing import NamedTuple

from cadf_audit.middleware.faults import Faults
from cadf_audit.middleware.initiator import Identity
from cadf_audit.middleware.meaning import Meaning
from cadf_audit.middleware.meaning import Unknown
from cadf_audit.middleware.request import Request
from cadf_audit.policy.decide import Policy
from cadf_audit.policy.level import Decision
from cadf_audit.policy.level import DEFAULT


class Readers(NamedTuple):
    """What says who sent a request.

    :param identity: returns who, as the operator wants it told
    :param roles: returns their roles
    :param address: returns from where
    """

    identity: Callable[[Request], Identity]
    roles: Callable[[Request], tuple[str, ...]]
    address: Callable[[Request], str | None]

    def told(self) -> 'Readers':
        """Return readers that hand over what a rule has asked for already.

        Once: what somebody asks for later may have changed.
        """

        def identity(request: Request) -> Identity:
            known: Identity | None = request.known_identity
            if known is None:
                return self.identity(request)
            request.known_identity = None
            return known

        def address(request: Request) -> str | None:
            known = request.known_address
            if known is None:
                return self.address(request)
            request.known_address = None
            return known

        return Readers(identity, self.roles, address)


class AskedRequest:
    """What the rules of a policy ask of one request.

    :param request: the request
    :param meaning: what it means
    :param readers: what says who sent it
    """

    __slots__ = ('_meaning', '_readers', '_request', 'path')

    def __init__(
        self, request: Request, meaning: Meaning, readers: Readers
    ) -> None:
        self._request = request
        self._meaning = meaning
        self._readers = readers
        #: the whole path, as bytes in the guise of latin-1 (PEP 3333)
        self.path = request.path

    @property
    def method(self) -> str:
        """The method, or the one that the query names in its place."""
        return (self._meaning.method or self._request.method).upper()

    @property
    def users(self) -> tuple[str | None, ...]:
        """The id and the name of who asks, as far as they are known."""
        known = self._request.known_identity or self._known()
        return known.user_id, known.name

    @property
    def project(self) -> str | None:
        """The id of the project that they work in, if it is known."""
        known = self._request.known_identity or self._known()
        return known.project_id

    @property
    def roles(self) -> tuple[str, ...]:
        """Their roles there, in small letters."""
        return self._readers.roles(self._request)

    @property
    def address(self) -> str | None:
        """The address of the client."""
        request = self._request
        address = request.known_address = self._readers.address(request)
        return address

    @property
    def action(self) -> str:
        """The CADF action, as far as the request tells it."""
        return self._meaning.action()

    @property
    def target_type(self) -> str:
        """The typeURI of the target, as far as the request tells it."""
        known = self._request.known_identity or self._known()
        return self._meaning.target_type(known)

    def _known(self) -> Identity:
        request = self._request
        known = request.known_identity = self._readers.identity(request)
        return known


class PolicyJudge:
    """Decides how much of a request is recorded.

    :param policy: the rules
    :param readers: what says who sent a request
    :param faults: where errors of ours are counted
    """

    def __init__(
        self, policy: Policy, readers: Readers, faults: Faults
    ) -> None:
        self._policy = policy
        self._readers = readers
        self._faults = faults

    def decide(self, request: Request, meaning: Meaning) -> Decision:
        """Return what the policy says of a request.

        :param request: the request
        :param meaning: what it means
        """
        try:
            decision = self._policy.decide(
                AskedRequest(request, meaning, self._readers)
            )
        except Exception:
            self._faults.report(
                'decide by the policy', request.method, request.shown_path
            )
            return DEFAULT
        if not decision.level and isinstance(meaning, Unknown):
            # Nobody knows what it is that a rule would leave out.
            return DEFAULT
        return decision
