# SPDX-License-Identifier: Apache-2.0

"""A request in, the CADF initiator out: who, from where, with what.

Who is read from one source that the operator chose (``identity_source``):
whatever a client can write there itself is believed only where the operator
said that a filter in front takes it away.
"""

from collections.abc import Callable
import functools
from typing import Any
from typing import NamedTuple

from cadf_audit.middleware.request import Request
from cadf_audit.taxonomy import distinct_id
from cadf_audit.taxonomy import UNKNOWN
from cadf_audit.text import clean
from cadf_audit.text import MASK

USER_TYPE_URI = 'service/security/account/user'


class Identity(NamedTuple):
    """What the source of identity says of a request; None for unknown.

    :param catalog: the service catalogue, unparsed; it is a header as well,
        and believed from nobody who would not be believed the rest
    """

    user_id: str | None = None
    name: str | None = None
    project_id: str | None = None
    domain_id: str | None = None
    application_credential_id: str | None = None
    status: str | None = None
    catalog: str = ''


NOBODY = Identity()

# Characters of a list of roles that is kept for the next request.
_LONGEST_KEPT = 1024


def identity_reader(source: str) -> Callable[[Request], Identity]:
    """Return the function that reads who sent a request.

    :param source: a value of the option ``identity_source``
    """
    return {
        'headers': _from_headers,
        'keystone': _from_keystone,
        'remote_user': _from_remote_user,
    }[source]


def roles_reader(source: str) -> Callable[[Request], tuple[str, ...]]:
    """Return the function that reads the roles of who sent a request.

    :param source: a value of the option ``identity_source``
    """
    return {
        'headers': _roles_from_headers,
        'keystone': _roles_from_keystone,
        'remote_user': _no_roles,
    }[source]


def token_of(request: Request) -> str:
    """Return what an event shows of the credential that the client sent."""
    return MASK if request.has_credential else 'none'


def build_host(request: Request, address: str | None) -> dict[str, str]:
    """Return the host that a request came from; empty if nothing is known.

    :param request: the request
    :param address: the address of its client
    """
    host = {}
    if address:
        host['address'] = address
    agent = request.agent
    if agent:
        host['agent'] = agent
    return host


def build_initiator(
    request: Request, identity: Identity, host: dict[str, str], token: str
) -> dict[str, Any]:
    """Return the initiator of a request's event.

    :param request: the request
    :param identity: what an identity reader said
    :param host: where the request came from
    :param token: what the event shows of the credential
    """
    user_id = identity.user_id
    initiator: dict[str, Any] = {
        'id': distinct_id(user_id, 'user') if user_id else UNKNOWN,
        'typeURI': USER_TYPE_URI,
        'name': identity.name or UNKNOWN,
        'credential': {
            'token': token,
            'identity_status': identity.status or UNKNOWN,
        },
    }
    if host:
        initiator['host'] = host
    initiator['project_id'] = identity.project_id or UNKNOWN
    if identity.domain_id:
        initiator['domain_id'] = identity.domain_id
    if identity.application_credential_id:
        initiator['application_credential_id'] = (
            identity.application_credential_id
        )
    request_id = request.request_id
    if request_id:
        initiator['request_id'] = request_id
    global_request_id = request.global_request_id
    if global_request_id:
        initiator['global_request_id'] = global_request_id
    return initiator


def unknown_initiator() -> dict[str, Any]:
    """Return the initiator of a request that could not be read at all."""
    return {
        'id': UNKNOWN,
        'typeURI': USER_TYPE_URI,
        'name': UNKNOWN,
        'credential': {'token': 'none', 'identity_status': UNKNOWN},
        'project_id': UNKNOWN,
    }


def _from_headers(request: Request) -> Identity:
    return Identity(
        request.user_id,
        request.user_name,
        request.project_id,
        request.domain_id or request.user_domain_id,
        _application_credential_id(request.token_info),
        request.identity_status,
        request.service_catalog,
    )


def _from_keystone(request: Request) -> Identity:
    if request.token_info:
        return _from_headers(request)
    if request.token_auth is not None:
        # auth_token refused the token: it has taken away whatever the client
        # wrote, and the status is its own.
        return Identity(status=request.identity_status)
    return NOBODY


def _from_remote_user(request: Request) -> Identity:
    user = request.remote_user
    return Identity(user, user, status='Confirmed') if user else NOBODY


def _roles_from_headers(request: Request) -> tuple[str, ...]:
    header = request.roles
    if len(header) > _LONGEST_KEPT:
        return _roles_of.__wrapped__(header)
    return _roles_of(header)


def _roles_from_keystone(request: Request) -> tuple[str, ...]:
    return _roles_from_headers(request) if request.token_info else ()


def _no_roles(request: Request) -> tuple[str, ...]:
    return ()


@functools.lru_cache
def _roles_of(header: str) -> tuple[str, ...]:
    return tuple(role.strip() for role in header.lower().split(','))


def _application_credential_id(token_info: Any) -> str | None:
    """Return the id in a token of Identity API v3, where it has one."""
    try:
        return clean(token_info['token']['application_credential']['id'])
    except (KeyError, TypeError):
        return None
