# SPDX-License-Identifier: Apache-2.0

"""A request in, who sent it and what they may see of the trail out.

Nothing that a client can write into a request is believed: neither a header
that auth_token would set, nor a token of which no digest is known.
"""

from collections.abc import Callable
from collections.abc import Mapping
import dataclasses
import ipaddress
import logging
from typing import Any

from cadf_audit.exceptions import AuditError
from cadf_audit.trail.query.viewer import NotAllowedError
from cadf_audit.trail.query.viewer import Viewer
from cadf_audit.trail.settings import TrailSettings

LOG = logging.getLogger(__name__)

#: Who has this role may read the numbers of the API and the trail, as those
#: may who see all events
METRICS_ROLE = 'audit_metrics'

Environ = dict[str, Any]


class UnknownError(AuditError):
    """Nobody knows who sent a request.

    :param challenge: how to say it, for WWW-Authenticate; None where somebody
        else tells that
    """

    def __init__(self, challenge: str | None) -> None:
        super().__init__('this needs a token that is known and valid')
        self.challenge = challenge


@dataclasses.dataclass(frozen=True)
class Identity:
    """Who sent a request.

    :param user_id: their id; None where nobody is told apart
    :param user_name: their name
    :param project_id: the project of their token
    :param roles: the roles that they have there
    :param sees_all: whether they see everything, whatever their roles
    """

    user_id: str | None = None
    user_name: str | None = None
    project_id: str | None = None
    roles: frozenset[str] = frozenset()
    sees_all: bool = False

    def viewer(self, settings: TrailSettings, address: str | None) -> Viewer:
        """Return what they may see.

        :param settings: which roles see what
        :param address: where they ask from
        """
        sees_all = self.sees_all or not self.roles.isdisjoint(
            settings.auditor_roles
        )
        # Who has neither role sees their own events, in whichever project.
        of_project = sees_all or not self.roles.isdisjoint(
            settings.project_roles
        )
        return Viewer(
            self.user_id,
            self.user_name,
            self.project_id if of_project else None,
            sees_all,
            address,
        )


#: A request becomes an identity, or an :class:`UnknownError`
Identify = Callable[[Environ], Identity]


def from_keystone(environ: Environ) -> Identity:
    """Return whom auth_token found a request to come from.

    It leaves what Keystone told it in the environ, where no client can write.
    The headers that it sets as well are not read.

    :param environ: the request
    :raises UnknownError: there is no valid token
    """
    if 'keystone.token_auth' not in environ:
        LOG.error(
            'auth = keystone, but auth_token did not see this request: put '
            'it in front of the trail, in the same pipeline'
        )
        raise UnknownError('Keystone')
    info = environ.get('keystone.token_info')
    # The second one is there only with a service token, and then counts.
    statuses = (
        environ.get('HTTP_X_IDENTITY_STATUS'),
        environ.get('HTTP_X_SERVICE_IDENTITY_STATUS', 'Confirmed'),
    )
    if statuses != ('Confirmed', 'Confirmed') or not isinstance(info, Mapping):
        # auth_token itself says where Keystone is.
        raise UnknownError(None)
    token = _mapping(info, 'token')
    user, project = _mapping(token, 'user'), _mapping(token, 'project')
    user_id = _text(user, 'id')
    if user_id is None:
        raise UnknownError(None)
    roles = token.get('roles')
    return Identity(
        user_id,
        _text(user, 'name'),
        # A token of a domain or of the system has none.
        _text(project, 'id'),
        frozenset(
            name
            for role in (roles if isinstance(roles, list) else [])
            if isinstance(role, Mapping) and (name := _text(role, 'name'))
        ),
    )


def from_loopback(environ: Environ) -> Identity:
    """Return that everybody sees everything, on this machine.

    A page in a browser here may lead its own name to this address, and then
    read what is answered; the name stands in the request. Who comes through a
    proxy may come from anywhere.

    :param environ: the request
    :raises NotAllowedError: it is meant for another machine, or came through
        a proxy
    """
    if not is_loopback(_host(environ.get('HTTP_HOST', ''))):
        raise NotAllowedError(
            'without authentication only requests to localhost, 127.0.0.1 or '
            '[::1] are answered'
        )
    if 'HTTP_FORWARDED' in environ or 'HTTP_X_FORWARDED_FOR' in environ:
        raise NotAllowedError(
            'without authentication no request through a proxy is answered'
        )
    return Identity(sees_all=True)


def is_loopback(host: str) -> bool:
    """Say whether a name or an address leads nowhere but to this machine.

    :param host: the name or address
    """
    if host.lower() == 'localhost':
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(header: str) -> str:
    """Return the host of a Host header."""
    if header.startswith('['):
        return header[1:].partition(']')[0]
    return header.partition(':')[0]


def _mapping(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = values.get(name)
    return found if isinstance(found, Mapping) else {}


def _text(values: Mapping[str, Any], name: str) -> str | None:
    found = values.get(name)
    return found if isinstance(found, str) and found else None
