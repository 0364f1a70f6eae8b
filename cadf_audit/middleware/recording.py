# SPDX-License-Identifier: Apache-2.0

"""A ``wsgi.input`` in, the same out, which notes what is read from it.

The application reads when it likes and as much as it likes; nothing is read
that it did not ask for.
"""

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

from cadf_audit.middleware.evidence import Body
from cadf_audit.middleware.evidence import number_in
from cadf_audit.middleware.evidence import Recording
from cadf_audit.middleware.media import media_of
from cadf_audit.middleware.request import Environ
from cadf_audit.middleware.request import native


def request_body(
    environ: Environ, limit: int, key: bytes | None, needed: bool
) -> Body:
    """Return what is to be told of the body of a request.

    :param environ: the WSGI environ, before the application sees it
    :param limit: how many bytes may be kept
    :param key: what all that passes is hashed with, if at all
    :param needed: whether bytes are kept whatever kind of a body it is
    """
    media = media_of(
        native(environ, 'CONTENT_TYPE'),
        native(environ, 'HTTP_CONTENT_ENCODING'),
    )
    recording = Recording(limit, True, key)
    recording.keeps = needed or media.is_readable
    chunked = bool(environ.get('HTTP_TRANSFER_ENCODING'))
    return Body(
        media,
        recording,
        None if chunked else number_in(native(environ, 'CONTENT_LENGTH')),
        bool(environ.get('HTTP_CONTENT_RANGE')),
    )


class RecordedInput:
    """A ``wsgi.input`` that notes what the application reads.

    :param stream: the stream of the server; what this class does not have,
        such as a server's own methods, is looked up there
    :param recording: takes what is read
    """

    def __init__(self, stream: Any, recording: Recording) -> None:
        self._stream = stream
        self._recording = recording

    # Some servers give the argument a name, and so may an application.

    def read(self, *size: int, **named: int) -> Any:
        """Return what the stream returns."""
        return self._noted(self._stream.read(*size, **named))

    def readline(self, *size: int, **named: int) -> Any:
        """Return what the stream returns."""
        return self._noted(self._stream.readline(*size, **named))

    def readlines(self, *hint: int, **named: int) -> list[bytes]:
        """Return what the stream returns."""
        lines: list[bytes] = self._stream.readlines(*hint, **named)
        for line in lines:
            self._noted(line)
        return lines

    def __enter__(self) -> 'RecordedInput':
        self._stream.__enter__()
        return self

    def __exit__(self, *exc_info: Any) -> Any:
        return self._stream.__exit__(*exc_info)

    def __iter__(self) -> Iterator[bytes]:
        for line in self._stream:
            yield self._noted(line)

    def __next__(self) -> Any:
        return self._noted(next(self._stream))

    def __getattr__(self, name: str) -> Any:
        if name == '_stream':
            # Not yet set, as in a copy that is being made.
            raise AttributeError(name)
        method = getattr(self._stream, name)
        wrap = _FURTHER.get(name)
        return method if wrap is None else wrap(method, self._recording)

    def _noted(self, chunk: Any) -> Any:
        if type(chunk) is bytes:
            self._recording.add(chunk)
        return chunk


def _reading(read: Callable[..., Any], recording: Recording) -> Any:
    def noted(*args: Any, **named: Any) -> Any:
        chunk = read(*args, **named)
        if type(chunk) is bytes:
            recording.add(chunk)
        return chunk

    return noted


def _filling(fill: Callable[..., Any], recording: Recording) -> Any:
    def noted(buffer: Any) -> Any:
        size = fill(buffer)
        if size:
            recording.add(bytes(memoryview(buffer).cast('B')[:size]))
        return size

    return noted


def _seeking(seek: Callable[..., Any], recording: Recording) -> Any:
    def noted(*args: Any, **named: Any) -> Any:
        position = seek(*args, **named)
        # What follows is read once more, or is a part of the whole.
        recording.restart(whole=position == 0)
        return position

    return noted


# What a stream may have beside the methods of PEP 3333.
_FURTHER = {
    'read1': _reading,
    'readinto': _filling,
    'readinto1': _filling,
    'seek': _seeking,
}
