# SPDX-License-Identifier: Apache-2.0

"""An event in, whether the rules of a collector keep it out.

They are the other half of a policy: they see how a request ended, which its
producer does not know when it has to decide.
"""

from collections.abc import Sequence
from typing import NamedTuple

from cadf_audit.policy.decide import Policy
from cadf_audit.policy.rule import Rule


# Digits of a status code.
_CODE = 3


class Ended(NamedTuple):
    """What a rule can ask of an event; None and an empty text are unknown.

    :param path: the path, without the query, as bytes in the guise of latin-1
    :param users: the id and the name of who asked
    :param project: the id of the project that they work in
    :param address: the address of the client
    :param action: the CADF action
    :param target_type: the typeURI of the target
    :param outcome: the CADF outcome
    :param status: the status code, or what else the event has as its reason
    :param observers: the name and the id of the service
    :param method: what no event says
    :param roles: what no event says
    """

    path: str = ''
    users: tuple[str | None, ...] = ()
    project: str | None = None
    address: str | None = None
    action: str = ''
    target_type: str = ''
    outcome: str = ''
    status: str = ''
    observers: tuple[str | None, ...] = ()
    method: str = ''
    roles: tuple[str, ...] = ()

    @property
    def statuses(self) -> tuple[str, ...]:
        """The status code, and what all of its class are called."""
        if len(self.status) == _CODE and self.status.isdecimal():
            return self.status, f'{self.status[0]}xx'
        return (self.status,)


class Keep:
    """The rules of a collector, of which the first that matches decides.

    What no rule matches is kept.

    :param rules: the rules, in their order; one of level none leaves out
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._policy = Policy(rules)

    def keeps(self, ended: Ended) -> bool:
        """Say whether an event is kept.

        :param ended: the event
        """
        return bool(self._policy.decide(ended).level)
