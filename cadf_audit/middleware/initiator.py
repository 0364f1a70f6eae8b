# SPDX-License-Identifier: Apache-2.0

"""A request in, the CADF initiator out: who, from where, with what.

Who is read from one source that the operator chose (``identity_source``):
whatever a client can write there itself is believed only where the operator
said that a filter in front takes it away.
"""

from collections.abc import Callable
from typing import Any

from cadf_audit.middleware.request import Request
from cadf_audit.taxonomy import distinct_id
from cadf_audit.taxonomy import UNKNOWN
from cadf_audit.text import clean

USER_TYPE_URI = 'service/security/account/user'

# id, name, project_id, domain_id, application_credential_id, status
Identity = tuple[
    str | None, str | None, str | None, str | None, str | None, str | None
]

NOBODY: Identity = (None, None, None, None, None, None)


def identity_reader(source: str) -> Callable[[Request], Identity]:
    """Return the function that reads who sent a request.

    :param source: a value of the option ``identity_source``
    """
    return {
        'headers': _from_headers,
        'keystone': _from_keystone,
        'remote_user': _from_remote_user,
    }[source]


def catalog_reader(source: str) -> Callable[[Request], str]:
    """Return the function that reads the service catalogue of a request.

    The catalogue is a header as well: it is believed from nobody who would
    not be believed the identity.

    :param source: a value of the option ``identity_source``
    """
    return {
        'headers': lambda request: request.service_catalog,
        'keystone': lambda request: (
            request.service_catalog if request.token_info else ''
        ),
        'remote_user': lambda request: '',
    }[source]


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
    request: Request, identity: Identity, host: dict[str, str]
) -> dict[str, Any]:
    """Return the initiator of a request's event.

    :param request: the request
    :param identity: what an identity reader said
    :param host: where the request came from
    """
    user_id, name, project_id, domain_id, app_credential_id, status = identity
    initiator: dict[str, Any] = {
        'id': distinct_id(user_id, 'user') if user_id else UNKNOWN,
        'typeURI': USER_TYPE_URI,
        'name': name or UNKNOWN,
        'credential': {
            'token': '***' if request.has_credential else 'none',
            'identity_status': status or UNKNOWN,
        },
    }
    if host:
        initiator['host'] = host
    initiator['project_id'] = project_id or UNKNOWN
    if domain_id:
        initiator['domain_id'] = domain_id
    if app_credential_id:
        initiator['application_credential_id'] = app_credential_id
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
    return (
        request.user_id,
        request.user_name,
        request.project_id,
        request.domain_id or request.user_domain_id,
        _application_credential_id(request.token_info),
        request.identity_status,
    )


def _from_keystone(request: Request) -> Identity:
    if request.token_info:
        return _from_headers(request)
    if request.token_auth is not None:
        # auth_token refused the token: it has taken away whatever the client
        # wrote, and the status is its own.
        return (*NOBODY[:-1], request.identity_status)
    return NOBODY


def _from_remote_user(request: Request) -> Identity:
    user = request.remote_user
    status = 'Confirmed' if user else None
    return (user, user, None, None, None, status)


def _application_credential_id(token_info: Any) -> str | None:
    """Return the id in a token of Identity API v3, where it has one."""
    try:
        return clean(token_info['token']['application_credential']['id'])
    except (KeyError, TypeError):
        return None
