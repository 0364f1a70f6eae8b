# SPDX-License-Identifier: Apache-2.0

"""A policy and the one before in, what an event says of that out.

Who may decide what is recorded, or kept, may hide something, so that the
decision is recorded itself.
"""

from typing import Any
from typing import NamedTuple

from cadf_audit.observer import service_observer
from cadf_audit.text import cut

#: what an event says of the last policy where nobody remembers it
NOT_REMEMBERED = 'not remembered'

_NONE = 'none'

_TYPE_URI = 'data/security/policy'
_POLICY_TYPE = 'cadf_audit/policy'


class Change(NamedTuple):
    """What an event says of a policy.

    :param action: an action of CADF
    :param facts: what is attached, by name
    :param parts: eventType, target and reason
    """

    action: str
    facts: dict[str, str]
    parts: dict[str, Any]


def policy_change(
    service: str,
    path: str,
    rules: int,
    digest: str | None,
    last: str | None,
    remembered: bool = True,
) -> Change:
    """Return what is to be said of a policy that is another than before.

    :param service: the name of the service whose policy it is
    :param path: the file in which it stands, or an empty text
    :param rules: how many rules it has
    :param digest: its hash, or None where there is no policy any more
    :param last: the hash of the one before, or None where there was none
    :param remembered: whether anybody knows which one was before
    """
    action = 'disable'
    if digest is not None:
        action = 'enable' if last is None else 'update'
    target = service_observer(f'{service} policy', _TYPE_URI)
    return Change(
        action,
        {
            'rules': str(rules),
            'last_policy': last or _NONE if remembered else NOT_REMEMBERED,
        },
        {
            'eventType': 'control',
            'target': target | {'name': cut(path or 'no policy')},
            'reason': {
                'policyType': _POLICY_TYPE,
                'policyId': digest or _NONE,
            },
        },
    )
