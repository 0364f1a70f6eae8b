# SPDX-License-Identifier: Apache-2.0

"""The body of a POST to ``.../action`` in, the action it names out.

This is the only body that the filter reads, and only when it is short and its
length is known. The application then reads the same bytes.
"""

import io
import json
import re
from typing import Any

from cadf_audit.middleware.request import Environ
from cadf_audit.middleware.request import native

BODY_LIMIT = 64 * 1024
KEY_LIMIT = 64

_unsafe = re.compile(r'[^A-Za-z0-9_.:-]')


class ReplayedInput(io.BytesIO):
    """A ``wsgi.input`` whose bytes were read ahead.

    :param body: what was read
    :param original: the stream of the server; what a file does not have, such
        as a server's own methods, is looked up there
    """

    def __init__(self, body: bytes, original: Any) -> None:
        super().__init__(body)
        self._original = original

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


class BrokenInput:
    """A ``wsgi.input`` that failed while it was read ahead.

    The application reads what came before, then meets the same exception.

    :param body: what was read
    :param error: what the stream of the server raised
    """

    def __init__(self, body: bytes, error: BaseException) -> None:
        self._body = io.BytesIO(body)
        self._left = len(body)
        self._error = error

    def read(self, size: int = -1) -> bytes:
        """Return ``size`` bytes, if so many came before the failure."""
        if not 0 <= size <= self._left:
            raise self._error
        self._left -= size
        return self._body.read(size)

    def readline(self, size: int = -1) -> bytes:
        """Return a line, if it came whole before the failure."""
        start = self._body.tell()
        line = self._body.readline(size)
        if line.endswith(b'\n') or len(line) == size:
            self._left -= len(line)
            return line
        self._body.seek(start)
        raise self._error

    def readlines(self, hint: int = -1) -> list[bytes]:
        """Fail: there is no end to read to."""
        raise self._error

    def __iter__(self) -> 'BrokenInput':
        return self

    def __next__(self) -> bytes:
        return self.readline()


def body_action(environ: Environ) -> str:
    """Return the action that the body of a request names.

    ``update/KEY`` for a JSON object; ``create`` for a body that is empty or
    no JSON, as consumers of keystonemiddleware's events know it; ``update``
    where the body is something else or is not for us to read.

    :param environ: the WSGI environ; its ``wsgi.input`` is replaced when the
        body was read
    """
    length = declared_length(environ)
    if length is None or length > BODY_LIMIT or environ.get('HTTP_EXPECT'):
        return 'update'
    body = _read_ahead(environ, length) if length else b''
    if body is None:
        return 'update'
    try:
        # A number of 5000 digits is valid JSON, and none of our business.
        document = json.loads(body, parse_int=float)
    except RecursionError:
        return 'update'
    except ValueError:
        return 'create'
    if not isinstance(document, dict):
        return 'update'
    if not document:
        return 'create'
    key = _unsafe.sub('_', next(iter(document))[:KEY_LIMIT])
    return f'update/{key}' if key else 'update'


def declared_length(environ: Environ) -> int | None:
    """Return how many bytes the client said that its body has.

    :returns: None where it did not say so, or said nonsense
    """
    if environ.get('HTTP_TRANSFER_ENCODING'):
        # It overrides the length (RFC 9112, section 6.3).
        return None
    value = native(environ, 'CONTENT_LENGTH').strip()
    if not value:
        return 0
    if not (value.isascii() and value.isdigit()) or len(value) > 18:
        return None
    return int(value)


def _read_ahead(environ: Environ, length: int) -> bytes | None:
    """Return the body, or None if it could not be read."""
    stream = environ['wsgi.input']
    if isinstance(stream, BrokenInput):
        # Read ahead before, and interrupted: by a server's timeout, say.
        return None
    parts = []
    missing = length
    try:
        while missing > 0:
            part = stream.read(missing)
            if not part:
                break
            parts.append(part)
            missing -= len(part)
    except BaseException as exc:
        environ['wsgi.input'] = BrokenInput(b''.join(parts), exc)
        if isinstance(exc, Exception):
            return None
        raise
    body = b''.join(parts)
    environ['wsgi.input'] = ReplayedInput(body, stream)
    return body
