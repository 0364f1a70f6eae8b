# SPDX-License-Identifier: Apache-2.0

"""A request in, the answer of a server out, header for header."""

import dataclasses
import http.client
import json
import urllib.parse

from tests.canaries import HEADERS


# With these, services do something: they know a client by a token, and
# themselves by a host.
_READ = frozenset(
    {
        'Authorization',
        'X-Auth-Token',
        'X-Forwarded-Host',
        'X-Service-Token',
        'X-Storage-Token',
        'X-Subject-Token',
    }
)
_CANARIES = {
    name: value for name, value in HEADERS.items() if name not in _READ
}


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a client got.

    :param status: the status code
    :param headers: pairs of name and value, in their order
    :param body: the whole body
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def json(self):
        """Return what the body holds."""
        return json.loads(self.body)

    def header(self, name):
        """Return the first value of a header, or None."""
        for each, value in self.headers:
            if each.lower() == name.lower():
                return value
        return None


def send(base, method, path, body=None, headers=None, token=None):
    """Send one request over a connection of its own.

    :param base: URL of the server, whose path comes before ``path``
    :param method: the HTTP method
    :param path: path and query
    :param body: bytes, an iterable of bytes to send in chunks, or a dict to
        send as JSON
    :param headers: by name; they win over ours
    :param token: for X-Auth-Token
    """
    url = urllib.parse.urlsplit(base)
    own = {'Connection': 'close', **_CANARIES}
    if token:
        own['X-Auth-Token'] = token
    if isinstance(body, dict):
        body = json.dumps(body).encode()
        own['Content-Type'] = 'application/json'
    own.update(headers or {})
    connection = http.client.HTTPConnection(url.netloc, timeout=60)
    try:
        connection.request(method, url.path + path, body, own)
        response = connection.getresponse()
        return Answer(
            response.status, tuple(response.getheaders()), response.read()
        )
    finally:
        connection.close()
