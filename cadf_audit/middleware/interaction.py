# SPDX-License-Identifier: Apache-2.0

"""One HTTP interaction: its beginning and its end in, two events out.

Whatever the application does between the two, exactly one final event
follows. The application's answer passes through untouched, chunk by chunk.
"""

from collections.abc import Callable
from collections.abc import Iterable
import os
from typing import Any
from typing import TYPE_CHECKING

from cadf_audit.delivery import Delivery
from cadf_audit.delivery import NotRecorded
from cadf_audit.middleware.event import EventBuilder
from cadf_audit.middleware.evidence import Evidence
from cadf_audit.middleware.evidence import Recording
from cadf_audit.middleware.faults import Faults
from cadf_audit.middleware.handle import EventHandle
from cadf_audit.middleware.initiator import NOBODY
from cadf_audit.middleware.meaning import Meaning
from cadf_audit.middleware.recording import RecordedInput
from cadf_audit.middleware.recording import request_body
from cadf_audit.middleware.request import HANDLE_KEY
from cadf_audit.middleware.request import Request
from cadf_audit.middleware.response import FileWrapper
from cadf_audit.middleware.response import watch
from cadf_audit.notification import Event
from cadf_audit.notification import OTHER_EVENT
from cadf_audit.notification import REQUEST_EVENT
from cadf_audit.notification import RESPONSE_EVENT
from cadf_audit.policy.level import Level

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse

# A server sends no body with these, and may not even ask for one.
_BODILESS = frozenset({'204', '304'})


class Interaction:
    """Follows one request from its pending to its final event.

    :param request: the request
    :param meaning: what it means
    :param start_response: the server's
    :param builder: makes the events
    :param delivery: takes them
    :param body_limit: how many bytes of a body are kept, where there is a
        use for them
    :param faults: counts errors of ours
    :param level: how much of it is recorded
    """

    __slots__ = (
        '_builder',
        '_delivery',
        '_evidence',
        '_faults',
        '_file_wrapper',
        '_finished',
        '_handle',
        '_identity',
        '_left_out',
        '_level',
        '_meaning',
        '_pending',
        '_pid',
        '_request',
        '_start_response',
    )

    def __init__(
        self,
        request: Request,
        meaning: Meaning,
        start_response: 'StartResponse',
        builder: EventBuilder,
        delivery: Delivery,
        body_limit: int,
        faults: Faults,
        level: Level = Level.METADATA,
    ) -> None:
        self._level = level
        self._start_response = start_response
        self._builder = builder
        self._delivery = delivery
        self._faults = faults
        self._request = request
        self._meaning = meaning
        self._evidence = Evidence(body_limit)
        self._file_wrapper = FileWrapper()
        self._identity = NOBODY
        self._pending: Event | None = None
        self._handle = EventHandle()
        self._left_out = False
        self._finished = False
        self._pid = os.getpid()

    def begin(self) -> bool:
        """Send the pending event; give the application its handle.

        :returns: whether the event was recorded
        """
        request = self._request
        try:
            # First: how an answer passes must not hang on an event of ours.
            self._file_wrapper.watch(request.environ)
            self._identity = self._builder.identify(request)
            event = self._builder.open(request, self._meaning, self._identity)
            self._pending = event
            self._handle.id = event['id']
            request.environ[HANDLE_KEY] = self._handle
            self._record_bodies()
            self._delivery.send(REQUEST_EVENT, event)
        except NotRecorded:
            self._left_out = True
            return False
        except Exception:
            self._report('send the pending event')
            return False
        return True

    def start_response(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: 'OptExcInfo | None' = None,
    ) -> Callable[[bytes], object]:
        """Pass a status on to the server, and note it once it is taken."""
        try:
            if exc_info is None:
                write = self._start_response(status, headers)
            else:
                write = self._start_response(status, headers, exc_info)
        except SystemError:
            # uWSGI takes a status that comes with exc_info, and then fails
            # over the exception that it was shown.
            self._note(status, headers)
            raise
        self._note(status, headers)
        if self._evidence.watches:
            return self._watched_write(write)
        return write

    def follow(self, body: Iterable[bytes]) -> Iterable[bytes]:
        """Return what the application returned, watched where it must be."""
        # Bytes are no list of chunks, but uWSGI sends them as they are.
        whole = isinstance(body, list | tuple | bytes)
        if whole and self._evidence.watches:
            # One with ideas of its own is to be read by the server alone.
            whole = type(body) in (list, tuple, bytes)
            if whole:
                self._read_whole(body)
        if not whole and self._file_wrapper.made(body):
            self._evidence.unseen = whole = True
        if whole:
            self.completed()
            return body
        if self._evidence.watches:
            return watch(body, self, self._evidence.answered)
        return watch(body, self)

    def _read_whole(self, body: Iterable[bytes]) -> None:
        for chunk in [body] if isinstance(body, bytes) else body:
            self._evidence.answered(chunk)

    def completed(self) -> None:
        """Note that the application gave its whole answer."""
        self._finish(_outcome(self._evidence.code))

    def failed(self) -> None:
        """Note that the application raised, at once or half-way."""
        self._finish('failure' if self._evidence.code else 'unknown')

    def closed(self, sent: int) -> None:
        """Note that the server closed the body, with ``sent`` bytes of it."""
        if self._finished:
            return
        code = self._evidence.code
        complete = (
            self._request.method == 'HEAD'
            or code in _BODILESS
            or sent >= _content_length(self._evidence)
        )
        self._finish(_outcome(code) if complete else 'unknown')

    def _note(self, status: str, headers: list[tuple[str, str]]) -> None:
        self._evidence.code = _status_code(status)
        self._evidence.headers = headers

    def _record_bodies(self) -> None:
        meaning, evidence = self._meaning, self._evidence
        environ = self._request.environ
        level, key = self._attached()
        if environ.get('wsgi.input') is not None:
            if level >= Level.REQUEST:
                evidence.request_body = request_body(
                    environ, evidence.limit, key, meaning.needs_request
                )
                passed = evidence.request_body.recording
            elif meaning.needs_request:
                passed = Recording(evidence.limit)
            else:
                passed = None
            if passed is not None:
                environ['wsgi.input'] = RecordedInput(
                    environ['wsgi.input'], passed
                )
                if meaning.needs_request:
                    evidence.request = passed
        if level >= Level.RESPONSE and self._request.method != 'HEAD':
            evidence.response_copy = Recording(evidence.limit, True, key)
        if meaning.needs_response:
            evidence.response = evidence.response_copy or Recording(
                evidence.limit
            )

    def _attached(self) -> tuple[Level, bytes | None]:
        """Return whose bodies are attached, and what they are hashed with."""
        payloads = self._builder.payloads
        if payloads is None or self._level < Level.REQUEST:
            return Level.METADATA, None
        if not self._meaning.payloads.enabled:
            return Level.METADATA, None
        return self._level, payloads.key

    def _watched_write(
        self, write: Callable[[bytes], object]
    ) -> Callable[[bytes], object]:
        def watched(chunk: bytes) -> object:
            result = write(chunk)
            self._evidence.answered(chunk)
            return result

        return watched

    def _finish(self, outcome: str) -> None:
        if self._finished:
            return
        self._finished = True
        if os.getpid() != self._pid:
            # A child that the application forked; its parent goes on.
            return
        request = self._request
        try:
            pending = self._pending
            if pending is None:
                # It failed at the beginning, and a pair has two events.
                pending = self._builder.open(
                    request, self._meaning, self._identity
                )
                self._delivery.send(REQUEST_EVENT, pending)
            self._handle.closed = True
            final, items = self._builder.close(
                pending,
                request,
                self._meaning,
                self._identity,
                outcome,
                self._evidence,
                self._handle,
            )
            # Of a request that is left out, its items are, too.
            if items and not self._left_out:
                self._send_items(items)
            self._delivery.send(RESPONSE_EVENT, final)
        except NotRecorded:
            return
        except Exception:
            self._report('send the final event')

    def _send_items(self, items: list[Event]) -> None:
        """Send the events of the items of a bulk request.

        One that is not taken costs neither the others nor the final event.
        """
        for item in items:
            try:
                self._delivery.send(OTHER_EVENT, item)
            except NotRecorded:
                continue
            except Exception:
                self._report('send the event of an item')

    def _report(self, what: str) -> None:
        self._faults.report(
            what, self._request.method, self._request.shown_path
        )


def _status_code(status: Any) -> str | None:
    """Return the three digits that a status line begins with (RFC 9112)."""
    if not isinstance(status, str):
        return None
    code = status[:3]
    if len(code) == 3 and code.isascii() and code.isdigit():
        return code
    return None


def _outcome(code: str | None) -> str:
    """Return the CADF outcome of a status code."""
    if code is None:
        return 'unknown'
    return 'success' if '200' <= code < '400' else 'failure'


def _content_length(evidence: Evidence) -> float:
    """Return how many bytes a response has; infinity if it does not say."""
    try:
        return int(evidence.header('content-length'))
    except ValueError:
        return float('inf')
