# SPDX-License-Identifier: Apache-2.0

"""Objects that are called like a secret, and what of them is none.

An auditor has to see who asked for a token, and what an application credential
may do. Only what is listed here is shown of such an object; all else in it is
left out, whatever it is called.
"""

from collections.abc import Callable
from typing import Any
from typing import Final

from cadf_audit.redaction.hiding import DROPPED

#: What of an object may be shown, by the names of its members: None for all
#: that is no secret by its own name; an empty one for nothing.
Members = dict[str, Any]

#: stands for an object of which nothing can be shown
CLOSED: Final[Any] = object()

_SECRET: Members = {}
_USER: Members = dict.fromkeys(('id', 'name', 'domain'))
_CREDENTIAL: Members = {
    'id': None,
    'type': None,
    'user_id': None,
    'project_id': None,
    'tenant_id': None,
    'trust_id': None,
    'blob': _SECRET,
    'access': _SECRET,
    'secret': _SECRET,
}
_APPLICATION_CREDENTIAL: Members = {
    'id': None,
    'name': None,
    'description': None,
    'expires_at': None,
    'roles': None,
    'access_rules': None,
    'unrestricted': None,
    'user_id': None,
    'project_id': None,
    'secret': _SECRET,
}

#: the objects, by their names without dashes and underscores
OPENED: dict[str, Members | None] = {
    # What Keystone is asked for a token.
    'auth': {
        'identity': {
            'methods': None,
            'password': {'user': _USER | {'password': _SECRET}},
            'totp': {'user': _USER | {'passcode': _SECRET}},
            'application_credential': {
                'id': None,
                'name': None,
                'user': _USER,
                'secret': _SECRET,
            },
            'token': _SECRET,
        },
        'scope': None,
    },
    # What it answers.
    'token': {
        'methods': None,
        'user': None,
        'project': None,
        'domain': None,
        'system': None,
        'roles': None,
        'is_domain': None,
        'audit_ids': None,
        'issued_at': None,
        'expires_at': None,
    },
    'applicationcredential': _APPLICATION_CREDENTIAL,
    'applicationcredentials': _APPLICATION_CREDENTIAL,
    'credential': _CREDENTIAL,
    'credentials': _CREDENTIAL,
    # Those of Barbican, in a list without what they hold.
    'secrets': dict.fromkeys(
        (
            'name',
            'status',
            'secret_ref',
            'secret_type',
            'algorithm',
            'bit_length',
            'mode',
            'creator_id',
            'created',
            'updated',
            'expiration',
        )
    ),
    # That of Barbican is a text; of others it is what they are about.
    'payload': None,
}


def opened(
    value: Any,
    members: Members | None,
    clean: Callable[[Any], Any],
    hide: Callable[[Any], Any],
) -> Any:
    """Return what may be shown of an object, or of a list of such.

    :param value: the object
    :param members: what may be shown
    :param clean: takes the secrets out of a value
    :param hide: returns what a secret becomes, or DROPPED
    :returns: CLOSED where nothing may be
    """
    if members is None:
        return clean(value)
    if type(value) is list:
        # No list in a list: somebody may nest them as deeply as they like.
        items = [
            opened(each, members, clean, hide)
            if type(each) is dict
            else CLOSED
            for each in value
        ]
        return CLOSED if CLOSED in items else items
    if type(value) is not dict:
        return CLOSED
    shown = {}
    for name, inner in members.items():
        if name in value:
            each = opened(value[name], inner, clean, hide)
            if each is CLOSED:
                each = hide(value[name])
            if each is not DROPPED:
                shown[name] = each
    return shown or CLOSED
