# SPDX-License-Identifier: Apache-2.0

"""A WSGI environ in, what an event says of the request out.

The module that spells environ keys; only those of the request's body stand
beside the code that reads it. It reads them as PEP 3333 defines them and
believes nothing about their values: a client chose most of them.
"""

from collections.abc import Callable
import re
from typing import Any
import urllib.parse

from cadf_audit.text import clean_native
from cadf_audit.text import cut
from cadf_audit.text import decode
from cadf_audit.text import mask_segments
from cadf_audit.text import PATH_LIMIT

Environ = dict[str, Any]

HANDLE_KEY = 'cadf_audit.event'
FILE_WRAPPER_KEY = 'wsgi.file_wrapper'

_DEFAULT_PORTS = {'http': 80, 'https': 443}

# What RFC 3986 lets stand unquoted in a path.
_PATH_SAFE = "/~!$&'()*+,;=:@"
_is_plain_path = re.compile(r"[A-Za-z0-9_.~/!$&'()*+,;=:@-]*").fullmatch

# Where filters further in say who sent a request, and under which id.
_IDENTITY_KEYS = (
    'HTTP_X_USER_ID',
    'HTTP_X_USER_NAME',
    'HTTP_X_USER_DOMAIN_ID',
    'HTTP_X_PROJECT_ID',
    'HTTP_X_DOMAIN_ID',
    'HTTP_X_IDENTITY_STATUS',
    'HTTP_X_SERVICE_CATALOG',
    'REMOTE_USER',
    'keystone.token_auth',
    'keystone.token_info',
    'openstack.global_request_id',
    'openstack.request_id',
)

# Each of these carries a credential of the client.
_CREDENTIAL_KEYS = (
    'HTTP_X_AUTH_TOKEN',
    'HTTP_X_STORAGE_TOKEN',
    'HTTP_AUTHORIZATION',
)


class _Field:
    """The text under an environ key, or None."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __get__(self, request: 'Request', owner: type) -> str | None:
        return clean_native(request.environ.get(self._key))


class Request:
    """A read-only view of one request.

    Who and from where (the fields below) are texts that may stand in an
    event, or None. What is yet to be parsed is as long as the client made it.

    :param environ: the WSGI environ
    """

    __slots__ = (
        '_seen',
        'environ',
        'known_address',
        'known_identity',
        'method',
        'path',
        'secrets',
        'segments',
        'settled',
    )

    user_id = _Field('HTTP_X_USER_ID')
    user_name = _Field('HTTP_X_USER_NAME')
    user_domain_id = _Field('HTTP_X_USER_DOMAIN_ID')
    project_id = _Field('HTTP_X_PROJECT_ID')
    domain_id = _Field('HTTP_X_DOMAIN_ID')
    identity_status = _Field('HTTP_X_IDENTITY_STATUS')
    remote_user = _Field('REMOTE_USER')
    request_id = _Field('openstack.request_id')
    global_request_id = _Field('openstack.global_request_id')
    agent = _Field('HTTP_USER_AGENT')

    def __init__(self, environ: Environ) -> None:
        self.environ = environ
        self.method = method_of(environ)
        #: mount point and path, as bytes in the guise of latin-1
        self.path = paths_of(environ)[1]
        #: what of the path nobody may record, once that is known
        self.secrets: tuple[str, ...] = ()
        #: the path without empty segments and without ``.json``
        self.segments = _split(self.path)
        #: whether auth_token established the identity before us
        self.settled = self.token_info is not None
        self._seen: tuple[Any, ...] = ()
        #: who sent this and from where, once a rule has asked
        self.known_identity: Any = None
        self.known_address: str | None = None

    def remember(self) -> None:
        """Remember what the environ says of who sent this."""
        self._seen = tuple(map(self.environ.get, _IDENTITY_KEYS))

    def changed(self) -> bool:
        """Say whether it says something else than what was remembered."""
        return self._seen != tuple(map(self.environ.get, _IDENTITY_KEYS))

    @property
    def shown_path(self) -> str:
        """The path without its secrets."""
        path = self.path
        for secret in self.secrets:
            path = mask_segments(path, secret)
            if not secret.isascii():
                path = mask_segments(path, _wire_guise(secret))
        return path

    def request_path(self, redact: Callable[[str], str]) -> str:
        """Return the path and the redacted query, quoted as in a URL.

        :param redact: replaces the secrets of a query string
        """
        path = self.shown_path if self.secrets else self.path
        # Cut before quoting: what is thrown away need not be quoted first.
        path = path[: PATH_LIMIT + 1] or '/'
        if not _is_plain_path(path):
            path = urllib.parse.quote(_wire_bytes(path), _PATH_SAFE)
        query = native(self.environ, 'QUERY_STRING')
        if query:
            path += '?' + redact(query if query.isascii() else decode(query))
        return cut(path, PATH_LIMIT)

    def meant_method(self, parameter: str) -> str | None:
        """Return the method that the query names in place of its own.

        As Pecan reads it: any method can be replaced, by any text, and the
        last one counts.

        :param parameter: the parameter of the query
        :returns: None where the query names none
        """
        return method_in(native(self.environ, 'QUERY_STRING'), parameter)

    @property
    def is_form(self) -> bool:
        """Whether the body is a form by its type, or by having none."""
        kind = native(self.environ, 'CONTENT_TYPE').partition(';')[0]
        return kind.strip().lower() in (
            '',
            'application/x-www-form-urlencoded',
        )

    @property
    def peer(self) -> str | None:
        """The address that the server saw, or the nearest proxy.

        http_proxy_to_wsgi puts the whole X-Forwarded-For in its place, of
        which a client may have written all but the last address.
        """
        address = native(self.environ, 'REMOTE_ADDR')
        if ',' in address:
            address = address.rpartition(',')[2].strip()
        return clean_native(address)

    @property
    def roles(self) -> str:
        """The roles as auth_token passes them on, unparsed."""
        header = native(self.environ, 'HTTP_X_ROLES')
        return header if header.isascii() else decode(header)

    @property
    def token_auth(self) -> Any:
        """What auth_token left when it was asked; no client can."""
        return self.environ.get('keystone.token_auth')

    @property
    def token_info(self) -> Any:
        """What auth_token itself left of a valid token; no client can."""
        return self.environ.get('keystone.token_info')

    @property
    def has_credential(self) -> bool:
        """Whether the client sent a token or another credential."""
        return any(map(self.environ.get, _CREDENTIAL_KEYS))

    @property
    def service_catalog(self) -> str:
        """The service catalogue as auth_token passes it on, unparsed."""
        header = native(self.environ, 'HTTP_X_SERVICE_CATALOG')
        return header if header.isascii() else decode(header)

    @property
    def forwarded(self) -> str:
        """The Forwarded header (RFC 7239), unparsed."""
        return native(self.environ, 'HTTP_FORWARDED')

    @property
    def forwarded_for(self) -> str:
        """The X-Forwarded-For header, unparsed."""
        return native(self.environ, 'HTTP_X_FORWARDED_FOR')

    @property
    def scheme(self) -> str:
        """The URL scheme in which the server was called."""
        return native(self.environ, 'wsgi.url_scheme')

    @property
    def host(self) -> tuple[str, int | None]:
        """The host that the client asked for, and the port if it named one.

        An unusable Host header gives an empty host.
        """
        header = native(self.environ, 'HTTP_HOST')
        if header:
            return split_host(header)
        return split_host(
            native(self.environ, 'SERVER_NAME')
            + ':'
            + native(self.environ, 'SERVER_PORT')
        )


def method_of(environ: Environ) -> str:
    """Return the HTTP method as the client wrote it."""
    return native(environ, 'REQUEST_METHOD')


def paths_of(environ: Environ) -> tuple[str, str]:
    """Return the path inside the mount point, and the whole path."""
    path = native(environ, 'PATH_INFO')
    return path, native(environ, 'SCRIPT_NAME') + path


def method_in(form: str, parameter: str) -> str | None:
    """Return the method that a query or a form names, if it does.

    :param form: the query, or the form, encoded
    :param parameter: the parameter that names it
    """
    method = None
    for part in form.split('&'):
        name, _, value = part.partition('=')
        if name == parameter or (
            '%' in name and urllib.parse.unquote_plus(name) == parameter
        ):
            # No method is longer; what is, is none.
            method = cut(urllib.parse.unquote_plus(value[:256]).upper(), 16)
    return method


def native(environ: Environ, key: str) -> str:
    """Return the native string under an environ key, or an empty one."""
    value = environ.get(key)
    return value if isinstance(value, str) else ''


def split_host(value: str) -> tuple[str, int | None]:
    """Return host in lower case and port of ``host[:port]`` (RFC 3986).

    :returns: an empty host where the value is malformed
    """
    if value.startswith('['):
        host, bracket, port = value.partition(']')
        host += bracket
        if not bracket or (port and port[0] != ':'):
            return '', None
        port = port[1:]
    else:
        host, _, port = value.partition(':')
    if not port:
        return host.lower(), None
    if not (port.isascii() and port.isdigit() and len(port) <= 5):
        return '', None
    number = int(port)
    return (host.lower(), number) if number <= 65535 else ('', None)


def default_port(scheme: str) -> int | None:
    """Return the port that a URL scheme implies."""
    return _DEFAULT_PORTS.get(scheme)


def _wire_guise(text: str) -> str:
    """Return a text as the bytes that it was, in the guise of latin-1."""
    return text.encode('utf-8', 'replace').decode('latin-1')


def _wire_bytes(value: str) -> bytes:
    try:
        return value.encode('latin-1')
    except UnicodeError:
        return value.encode('utf-8', 'replace')


def _split(path: str) -> list[str]:
    if not path.isascii():
        path = decode(path)
    segments = path.split('/')
    if '.json' in path:
        segments = [segment.removesuffix('.json') for segment in segments]
    return [segment for segment in segments if segment]
