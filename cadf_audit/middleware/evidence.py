# SPDX-License-Identifier: Apache-2.0

"""What passes between client and application in, what it says as JSON out.

Bytes are kept while they pass, as many as allowed, and only where a rule of
the audit map has a use for them.
"""

from collections.abc import Sequence
import json
from typing import Any

# Beyond it, Python refuses to turn text into a number, or takes long.
_MOST_DIGITS = 100

_ABSENT: Any = object()


class Recording:
    """Keeps the bytes of a body, if they are few.

    :param limit: how many may be kept
    """

    __slots__ = ('_again', '_chunks', '_size', 'limit', 'overflows', 'partial')

    def __init__(self, limit: int) -> None:
        self.limit = limit
        #: whether there were more
        self.overflows = False
        #: whether what follows is no whole
        self.partial = False
        self._again = False
        self._chunks: list[bytes] = []
        self._size = 0

    def add(self, chunk: bytes) -> None:
        """Keep a chunk; all is thrown away once it becomes too much."""
        if not chunk:
            return
        if self._again:
            self._again = self.overflows = False
            self._chunks.clear()
            self._size = 0
        if self.overflows or self.partial:
            return
        self._size += len(chunk)
        if self._size > self.limit:
            self.overflows = True
            self._chunks.clear()
        else:
            self._chunks.append(chunk)

    def restart(self, whole: bool) -> None:
        """Forget what was kept as soon as the body is read anew.

        :param whole: whether that is from its beginning
        """
        self._again = whole
        self.partial = not whole

    def content(self) -> bytes:
        """Return what was kept."""
        return b''.join(self._chunks)


class Evidence:
    """What is known of one interaction beside its path.

    :param limit: how many bytes of a body may be kept
    """

    __slots__ = (
        '_answer',
        '_charset',
        '_request_document',
        '_wanted',
        'code',
        'headers',
        'limit',
        'request',
        'response',
    )

    def __init__(self, limit: int) -> None:
        self.limit = limit
        #: the status code of the response, or None
        self.code: str | None = None
        self.headers: Sequence[tuple[str, str]] = ()
        #: what the application read of the request, or None
        self.request: Recording | None = None
        #: what it answered, or None
        self.response: Recording | None = None
        self._wanted: bool | None = None
        self._charset = ''
        self._request_document: Any = _ABSENT
        self._answer: Any = _ABSENT

    def answered(self, chunk: Any) -> None:
        """Note a chunk of the response, if it is of any use."""
        response = self.response
        if response is None or type(chunk) is not bytes:
            return
        if self._wanted is None:
            self._wanted = self._is_json()
        if self._wanted:
            response.add(chunk)

    def header(self, name: str) -> str:
        """Return a header of the response, or an empty text.

        :param name: its name in lower case
        """
        try:
            for key, value in self.headers:
                if key.lower() == name and isinstance(value, str):
                    return value
        except Exception:
            # Headers of an application that breaks PEP 3333 tell us nothing.
            return ''
        return ''

    def unread(self) -> list[str]:
        """Return a tag for each body that was longer than allowed."""
        bodies = {'request': self.request, 'response': self.response}
        return [
            f'unread_{name}?value=longer than {self.limit} bytes'
            for name, body in bodies.items()
            if body is not None and body.overflows
        ]

    def request_document(self) -> Any:
        """Return what the request says as JSON; None where it says nothing.

        A text that itself is JSON is read once more.
        """
        if self._request_document is _ABSENT:
            document = _parse(self.request, '')
            if isinstance(document, str):
                document = _loads(document)
            self._request_document = document
        return self._request_document

    def response_document(self) -> Any:
        """Return what the response says as JSON; None if it says nothing."""
        if self._answer is _ABSENT:
            self._answer = _parse(self.response, self._charset)
        return self._answer

    def _is_json(self) -> bool:
        """Say whether the response is JSON; note its charset."""
        try:
            kind = encoding = ''
            for key, value in self.headers:
                name = key.lower()
                if name == 'content-type':
                    kind = kind or value.lower()
                elif name == 'content-encoding':
                    encoding = value.strip().lower()
            if encoding not in ('', 'identity'):
                return False
            if kind == 'application/json':
                return True
            kind, _, parameters = kind.partition(';')
            self._charset = _charset(parameters)
        except Exception:
            # Headers of an application that breaks PEP 3333 tell us nothing.
            return False
        kind = kind.strip()
        return kind == 'application/json' or kind.endswith('+json')


def _parse(recording: Recording | None, charset: str) -> Any:
    if recording is None or recording.overflows:
        return None
    content = recording.content()
    if not content:
        return None
    try:
        if not charset:
            # A NUL in the first bytes: UTF-16 or UTF-32 (RFC 4627).
            text = content.decode(
                json.detect_encoding(content) if b'\0' in content else 'utf-8'
            )
        else:
            text = content.decode(charset)
        return _loads(text)
    except Exception:
        # No such text, or a charset that nobody knows.
        return None


def _loads(text: str) -> Any:
    try:
        return _decode(text.removeprefix('\ufeff'))
    except (ValueError, RecursionError):
        return None


def _number(digits: str) -> int | str:
    return int(digits) if len(digits) < _MOST_DIGITS else digits


# Made once: json.loads() with an argument makes a decoder for each text.
_decode = json.JSONDecoder(
    parse_int=_number,
    # NaN and the like, which are no JSON.
    parse_constant=lambda name: None,
).decode


def _charset(parameters: str) -> str:
    """Return the charset among the parameters of a content type."""
    for part in parameters.split(';'):
        key, _, content = part.partition('=')
        if key.strip() == 'charset':
            return content.strip().strip('"')
    return ''
