# SPDX-License-Identifier: Apache-2.0

"""What passes between client and application in, what it says as JSON out.

Bytes are kept while they pass, as many as allowed, and only where a rule of
the audit map has a use for them.
"""

from collections.abc import Sequence
import hmac
import json
from typing import Any
from typing import NamedTuple

from cadf_audit.middleware.json_text import loads
from cadf_audit.middleware.media import Media
from cadf_audit.middleware.media import media_of
from cadf_audit.middleware.media import UNKNOWN_MEDIA

# A server sends no body with these.
_BODILESS = frozenset({'204', '205', '304'})

# Numbers of bytes are shorter.
_MOST_DIGITS = 18

_ABSENT: Any = object()


class Recording:
    """Keeps the bytes of a body, if they are few.

    :param limit: how many may be kept
    :param beginning: whether of more than that the first ones stay
    :param key: what all that passes is hashed with, if at all
    """

    __slots__ = (
        '_again',
        '_beginning',
        '_hash',
        '_kept',
        '_key',
        'keeps',
        'length',
        'limit',
        'overflows',
        'partial',
    )

    def __init__(
        self, limit: int, beginning: bool = False, key: bytes | None = None
    ) -> None:
        self.limit = limit
        #: whether bytes are kept at all, and not only counted
        self.keeps = True
        #: how many passed
        self.length = 0
        #: whether there were more than may be kept
        self.overflows = False
        #: whether what follows is no whole
        self.partial = False
        self._beginning = beginning
        self._key = key
        self._again = False
        self._kept = bytearray()
        self._hash: hmac.HMAC | None = None

    def add(self, chunk: bytes) -> None:
        """Keep a chunk, or what there is room for.

        All is thrown away once it becomes too much, unless the beginning is
        of use.
        """
        if not chunk:
            return
        if self._again:
            self._again = self.overflows = False
            self.length = 0
            self._kept = bytearray()
            self._hash = None
        if self.partial:
            return
        self.length += len(chunk)
        if self._key is not None:
            if self._hash is None:
                self._hash = hmac.new(self._key, digestmod='sha256')
            self._hash.update(chunk)
        if self.overflows or not self.keeps:
            return
        room = self.limit - len(self._kept)
        if len(chunk) <= room:
            self._kept += chunk
            return
        self.overflows = True
        if self._beginning:
            self._kept += chunk[:room]
        else:
            self._kept = bytearray()

    def restart(self, whole: bool) -> None:
        """Forget what was kept as soon as the body is read anew.

        :param whole: whether that is from its beginning
        """
        self._again = whole
        self.partial = not whole

    def content(self) -> bytes:
        """Return what was kept, if that is all."""
        return b'' if self.overflows else bytes(self._kept)

    def beginning(self) -> bytes:
        """Return what was kept, be it only the beginning."""
        return bytes(self._kept)

    def hmac(self) -> str | None:
        """Return the keyed hash of all that passed, in hexadecimal digits."""
        return None if self._hash is None else self._hash.hexdigest()


class Body(NamedTuple):
    """A body that is told of.

    :param media: what kind of a body it is
    :param recording: what passed of it; None where it passed unseen
    :param declared: how many bytes its header says that it has, or None
    :param partial: whether it is a part of something, by a header
    """

    media: Media
    recording: Recording | None
    declared: int | None
    partial: bool


class Evidence:
    """What is known of one interaction beside its path.

    :param limit: how many bytes of a body may be kept
    """

    __slots__ = (
        '_answer',
        '_media',
        '_request_document',
        'code',
        'headers',
        'limit',
        'request',
        'request_body',
        'response',
        'response_copy',
        'unseen',
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
        #: the request, where it is told of
        self.request_body: Body | None = None
        #: what it answered, where that is told of; the same recording
        self.response_copy: Recording | None = None
        #: whether the server sends the answer in a way of its own
        self.unseen = False
        self._media: Media | None = None
        self._request_document: Any = _ABSENT
        self._answer: Any = _ABSENT

    @property
    def watches(self) -> bool:
        """Whether the response is of any use."""
        return self.response is not None or self.response_copy is not None

    def answered(self, chunk: Any) -> None:
        """Note a chunk of the response, if it is of any use."""
        response = self.response
        if response is None:
            response = self.response_copy
        # An empty one may come before headers that replace the first ones.
        if response is None or type(chunk) is not bytes or not chunk:
            return
        if self._media is None:
            media = self._media = self.media()
            response.keeps = media.is_json or (
                media.is_form and self.response_copy is not None
            )
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
                try:
                    document = loads(document)
                except ValueError:
                    document = None
            self._request_document = document
        return self._request_document

    def response_document(self) -> Any:
        """Return what the response says as JSON; None if it says nothing."""
        if self._answer is _ABSENT:
            media = self._media
            self._answer = (
                _parse(self.response, media.charset)
                if media is not None and media.is_json
                else None
            )
        return self._answer

    def response_body(self) -> Body | None:
        """Return the response, where it is told of and had a body."""
        copy, code = self.response_copy, self.code
        if copy is None or code is None or code in _BODILESS or code < '200':
            return None
        return Body(
            self.media(),
            None if self.unseen else copy,
            number_in(self.header('content-length')),
            # Of what is JSON as a whole, a part may be JSON as well.
            code == '206' or bool(self.header('content-range')),
        )

    def media(self) -> Media:
        """Return what kind of a body the headers of the response tell of."""
        try:
            kind = encoding = ''
            for key, value in self.headers:
                name = key.lower()
                if name == 'content-type':
                    kind = kind or value
                elif name == 'content-encoding':
                    encoding = value
            return media_of(kind, encoding)
        except Exception:
            # Headers of an application that breaks PEP 3333 tell us nothing.
            return UNKNOWN_MEDIA


def number_in(text: str) -> int | None:
    """Return the number of bytes that a header names, or None.

    :param text: the header Content-Length
    """
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
        return int(text)
    return None


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
        return loads(text)
    except Exception:
        # No such text, or a charset that nobody knows.
        return None
