# SPDX-License-Identifier: Apache-2.0

"""A request in, what the client and the audit trail saw of it out."""

import contextlib
import dataclasses
import io
import itertools
import json
import logging
import sys
from wsgiref.util import setup_testing_defaults

from cadf_audit import AuditMiddleware
from tests.canaries import seed
from tests.canaries import seed_body
from tests.canaries import seed_query
from tests.canaries import unseed
from tests.judge import assert_valid

EVENTS = logging.getLogger('cadf_audit.events')


class EventLog(logging.Handler):
    """Keeps the notifications that reach the logger of the events.

    What the harness has put into the requests is not in them.
    """

    def __init__(self):
        super().__init__()
        self.messages = []

    def emit(self, record):
        """Parse a line of the log."""
        message = json.loads(record.getMessage())
        unseed(message['payload'])
        self.messages.append(message)

    @property
    def events(self):
        """Return the events in their order."""
        return [message['payload'] for message in self.messages]

    def pair(self):
        """Return the two valid events of the one interaction there was."""
        types = [message['event_type'] for message in self.messages]
        assert ['audit.http.request', 'audit.http.response'] == types
        for event in self.events:
            assert_valid(event)
        return self.events


@contextlib.contextmanager
def event_log():
    """Listen to the logger of the events."""
    log = EventLog()
    level = EVENTS.level
    EVENTS.addHandler(log)
    EVENTS.setLevel(logging.INFO)
    EVENTS.propagate = False
    try:
        yield log
    finally:
        EVENTS.removeHandler(log)
        EVENTS.setLevel(level)
        EVENTS.propagate = True


def environ(method='GET', path='/', body=b'', **keys):
    """Return a WSGI environ with canaries in headers, query and body.

    :param keys: further keys; ``HTTP_COOKIE=''`` leaves a canary out
    """
    # What is packed is neither JSON nor a form.
    if not keys.get('HTTP_CONTENT_ENCODING'):
        body = seed_body(body, keys.get('CONTENT_TYPE'))
    result = {
        'REQUEST_METHOD': method,
        'SCRIPT_NAME': '',
        'PATH_INFO': path,
        'QUERY_STRING': '',
        'REMOTE_ADDR': '192.0.2.7',
        'HTTP_USER_AGENT': 'tests',
        'wsgi.input': io.BytesIO(body),
    }
    if body:
        result['CONTENT_LENGTH'] = str(len(body))
    setup_testing_defaults(result)
    result.update(keys)
    result['QUERY_STRING'] = seed_query(result['QUERY_STRING'])
    return seed(result)


def answer(body=b'ok', status='200 OK', headers=()):
    """Return an application that always gives the same answer."""

    def app(environ, start_response):
        start_response(status, [('Content-Type', 'text/plain'), *headers])
        return [body]

    return app


def audited(app=None, **options):
    """Return an application behind the filter, with the log as way out."""
    options.setdefault('use_oslo_messaging', False)
    options.setdefault('enabled', True)
    return AuditMiddleware(app or answer(), **options)


@dataclasses.dataclass
class Response:
    """What a server got from an application."""

    status: str | None = None
    headers: list | None = None
    body: bytes = b''
    error: BaseException | None = None
    started: int = 0


def call(app, request):
    """Call an application as a server does, and close what it returns."""
    response = Response()

    def start_response(status, headers, exc_info=None):
        if exc_info and response.body:
            raise exc_info[1].with_traceback(exc_info[2])
        response.status = status
        response.headers = headers
        response.started += 1
        return write

    def write(chunk):
        response.body += chunk

    iterable = None
    try:
        iterable = app(request, start_response)
        iterator = iter(iterable)
        # The first chunk alone, and then the rest, as some servers do.
        for chunk in itertools.islice(iterator, 1):
            response.body += chunk
        for chunk in iterator:
            response.body += chunk
    except BaseException:
        response.error = sys.exception()
    finally:
        if hasattr(iterable, 'close'):
            iterable.close()
    return response


def audit(app, request, **options):
    """Send a request through the filter.

    :returns: the response, the pending and the final event
    """
    with event_log() as log:
        response = call(audited(app, **options), request)
    return response, *log.pair()


def outcome(event):
    """Return outcome and reason code of an event."""
    return event['outcome'], event.get('reason', {}).get('reasonCode')
