# SPDX-License-Identifier: Apache-2.0

"""What an application returned in, the same for the server out, watched.

A class, and no generator: a generator that is closed before its first chunk
never runs its ``finally``.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any
from typing import Protocol

from cadf_audit.middleware.request import Environ
from cadf_audit.middleware.request import FILE_WRAPPER_KEY


class Watcher(Protocol):
    """Who wants to know how a body ended; the first call counts."""

    def completed(self) -> None:
        """The last chunk was handed on."""

    def failed(self) -> None:
        """The application raised."""

    def closed(self, sent: int) -> None:
        """The server closed the body after ``sent`` bytes."""


class WatchedBody:
    """An iterable that tells how it ended.

    :param body: what the application returned
    :param watcher: whom to tell
    :param show: is shown each chunk, if given
    """

    def __init__(
        self,
        body: Iterable[bytes],
        watcher: Watcher,
        show: Callable[[bytes], None] | None = None,
    ) -> None:
        self._body = body
        self._watcher = watcher
        self._show = show
        self._iterator: Iterator[bytes] | None = None
        self._sent = 0

    def __iter__(self) -> 'WatchedBody':
        # Not in __init__: whatever iter() raises is the server's to see, at
        # the moment in which it would see it without us.
        if self._iterator is None:
            try:
                self._iterator = iter(self._body)
            except BaseException:
                self._watcher.failed()
                raise
        return self

    def __next__(self) -> bytes:
        if self._iterator is None:
            iter(self)
        try:
            chunk = next(self._iterator)  # type: ignore[arg-type]
        except StopIteration:
            self._watcher.completed()
            raise
        except BaseException:
            self._watcher.failed()
            raise
        if type(chunk) is bytes:
            self._sent += len(chunk)
            if self._show is not None:
                self._show(chunk)
        return chunk

    def close(self) -> None:
        """Close the application's iterable, as the server asks."""
        try:
            close = getattr(self._body, 'close', None)
            if close is not None:
                close()
        finally:
            self._watcher.closed(self._sent)

    def __del__(self) -> None:
        # For a server that drops a body without close(), against PEP 3333.
        self._watcher.closed(self._sent)


class SizedWatchedBody(WatchedBody):
    """A watched body whose length the server may ask for."""

    def __len__(self) -> int:
        return len(self._body)  # type: ignore[arg-type]


def watch(
    body: Iterable[bytes],
    watcher: Watcher,
    show: Callable[[bytes], None] | None = None,
) -> WatchedBody:
    """Return a body that is watched, with a length if it has one.

    :param body: what the application returned
    :param watcher: whom to tell how it ended
    :param show: is shown each chunk, if given; it raises nothing
    """
    if hasattr(type(body), '__len__'):
        return SizedWatchedBody(body, watcher, show)
    return WatchedBody(body, watcher, show)


class FileWrapper:
    """Recognises what the server's ``wsgi.file_wrapper`` made.

    A server sends such an object in a way of its own, and only if it gets
    back the very object that it made.
    """

    __slots__ = ('_class', '_recorder')

    def __init__(self) -> None:
        self._class: type | None = None
        self._recorder: _Recorder | None = None

    def watch(self, environ: Environ) -> None:
        """Look at the file wrapper of a request.

        One that is no class is replaced by a recorder that calls it.
        """
        original = environ.get(FILE_WRAPPER_KEY)
        if isinstance(original, type):
            self._class = original
        elif original is not None:
            self._recorder = _Recorder(original)
            environ[FILE_WRAPPER_KEY] = self._recorder

    def made(self, body: Any) -> bool:
        """Say whether the server made this body."""
        if self._class is not None:
            return isinstance(body, self._class)
        recorder = self._recorder
        return (
            recorder is not None and body is not None and body is recorder.made
        )


class _Recorder:
    """Calls a file wrapper and remembers what it made last."""

    def __init__(self, original: Callable[..., Any]) -> None:
        self._original = original
        self.made: Any = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.made = self._original(*args, **kwargs)
        return self.made
