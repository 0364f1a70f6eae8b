# SPDX-License-Identifier: Apache-2.0

"""A request and its answer as somebody types them in, those of WSGI out."""

from collections.abc import Iterable
import dataclasses
import http.client
import io
from typing import TYPE_CHECKING
import urllib.parse
from wsgiref.util import setup_testing_defaults

from cadf_audit.middleware.evidence import Evidence
from cadf_audit.middleware.evidence import Recording
from cadf_audit.middleware.request import Environ

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

Header = tuple[str, str]


@dataclasses.dataclass(frozen=True)
class Exchange:
    """A request and its answer.

    :param method: the HTTP method
    :param url: path and query, as in a URL
    :param headers: the headers of the request
    :param body: its body
    :param status: the status code of the answer
    :param response_headers: its headers
    :param response: its body
    """

    method: str
    url: str
    headers: tuple[Header, ...] = ()
    body: bytes = b''
    status: int = 200
    response_headers: tuple[Header, ...] = ()
    response: bytes = b''

    def environ(self) -> Environ:
        """Return the request as a server hands it over."""
        path, _, query = self.url.partition('?')
        environ: Environ = {
            'REQUEST_METHOD': self.method,
            'SCRIPT_NAME': '',
            'PATH_INFO': urllib.parse.unquote_to_bytes(path).decode('latin-1'),
            'QUERY_STRING': query,
            'REMOTE_ADDR': '127.0.0.1',
            'SERVER_PROTOCOL': 'HTTP/1.1',
            'wsgi.input': io.BytesIO(self.body),
        }
        for name, value in self.request_headers():
            key = name.upper().replace('-', '_')
            if key not in ('CONTENT_TYPE', 'CONTENT_LENGTH'):
                key = f'HTTP_{key}'
            environ[key] = value
        setup_testing_defaults(environ)
        return environ

    def request_headers(self) -> list[Header]:
        """Return the headers of the request, those of each body too."""
        headers = list(self.headers)
        given = {name.lower() for name, _ in headers}
        if self.body and 'content-type' not in given:
            headers.append(('Content-Type', 'application/json'))
        if self.body and 'content-length' not in given:
            headers.append(('Content-Length', str(len(self.body))))
        return headers

    def answer(
        self, environ: Environ, start_response: 'StartResponse'
    ) -> Iterable[bytes]:
        """Answer as an application does that reads its request."""
        environ['wsgi.input'].read(int(environ.get('CONTENT_LENGTH') or 0))
        phrase = http.client.responses.get(self.status, 'Answered')
        start_response(f'{self.status} {phrase}', self.answer_headers())
        return [self.response]

    def answer_headers(self) -> list[Header]:
        """Return the headers of the answer, those of each answer too."""
        headers = list(self.response_headers)
        given = {name.lower() for name, _ in headers}
        if self.response and 'content-type' not in given:
            headers.append(('Content-Type', 'application/json'))
        if 'content-length' not in given:
            headers.append(('Content-Length', str(len(self.response))))
        return headers

    def evidence(self, limit: int) -> Evidence:
        """Return what all of this tells, be it of use or not.

        :param limit: how many bytes of a body are kept
        """
        evidence = Evidence(limit)
        evidence.code = str(self.status)
        evidence.headers = self.answer_headers()
        evidence.request = Recording(evidence.limit)
        evidence.request.add(self.body)
        if self.response:
            evidence.response = Recording(evidence.limit)
            evidence.answered(self.response)
        return evidence
