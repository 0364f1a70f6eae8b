# SPDX-License-Identifier: Apache-2.0

"""The rules of a policy, checked, and what they ask of a request."""

import dataclasses
from typing import NamedTuple
from typing import Protocol

from cadf_audit.policy.level import Level

#: what a rule can be about; the cheapest first
KEYS = (
    'method',
    'path',
    'user',
    'project',
    'role',
    'network',
    'action',
    'target_type',
)

#: what a rule of a collector can be about
KEEP_KEYS = (
    'path',
    'user',
    'project',
    'network',
    'action',
    'target_type',
    'outcome',
    'status',
    'observer',
)

#: what a client says about itself, which somebody has to vouch for
IDENTITY_KEYS = frozenset({'user', 'project', 'role'})


class Asked(Protocol):
    """What a rule can ask of a request.

    Each is worked out when a rule asks for it, and not before.
    """

    @property
    def method(self) -> str:
        """The method, in capitals."""

    @property
    def path(self) -> str:
        """The whole path, as bytes in the guise of latin-1 (PEP 3333)."""

    @property
    def users(self) -> tuple[str | None, ...]:
        """The id and the name of who asks, as far as they are known."""

    @property
    def project(self) -> str | None:
        """The id of the project that they work in, if it is known."""

    @property
    def roles(self) -> tuple[str, ...]:
        """Their roles there, in small letters."""

    @property
    def address(self) -> str | None:
        """The address of the client."""

    @property
    def action(self) -> str:
        """The CADF action, as far as the request tells it."""

    @property
    def target_type(self) -> str:
        """The typeURI of the target, as far as the request tells it."""


class Condition(NamedTuple):
    """What one key of a rule demands.

    :param values: one of them has to fit
    :param negated: or, if so, none of them
    """

    values: tuple[str, ...]
    negated: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """A rule: where all of its conditions hold, it says the level.

    :param level: how much is recorded
    :param conditions: what has to hold, by key
    :param line: the line of the file in which it stands
    """

    level: Level
    conditions: dict[str, Condition] = dataclasses.field(default_factory=dict)
    line: int | None = None
