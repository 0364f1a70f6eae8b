# SPDX-License-Identifier: Apache-2.0

"""A resource map on real servers: the same bytes, and the events in place.

The server of Python hands the socket itself to the application: whoever
reads more of it than the application would waits for a client that waits.
"""

import contextlib
import threading
from wsgiref import simple_server

import pytest

from tests.harness import audited
from tests.harness import event_log
from tests.judge import assert_valid
from tests.resource_maps import attachments
from tests.resource_maps import map_file
from tests.resource_maps import map_text
from tests.resource_maps import PAIR
from tests.servers.client import ask
from tests.servers.client import connect
from tests.servers.client import http_request
from tests.servers.client import read_all
from tests.servers.client import without_date

RESOURCES = """
servers:
  custom_actions: {hidden: null}
  bulk: {DELETE: request:$.ids}
  children:
    tags:
"""
ACTION = '/v2/servers/S/action'
REBOOT = b'{"reboot": {"type": "SOFT"}}'
CHUNKED = b'9\r\n{"reboot"\r\n13\r\n: {"type": "SOFT"}}\r\n0\r\n\r\n'


def application(environ, start_response):
    """Read if there is an agent that says so; answer with the query."""
    if environ['HTTP_USER_AGENT'] == 'reads':
        stream = environ['wsgi.input']
        length = environ.get('CONTENT_LENGTH')
        stream.read(int(length)) if length else stream.read()
    body = environ['QUERY_STRING'].replace('%22', '"').encode()
    start_response('200 OK', [('Content-Type', 'application/json')])
    if environ['REQUEST_METHOD'] == 'PUT':
        return [body]
    return (body[each : each + 3] for each in range(0, len(body), 3))


class Quiet(simple_server.WSGIRequestHandler):
    """Writes no log."""

    def log_message(self, *args):
        """Drop it."""


@contextlib.contextmanager
def python_server(app):
    """Run the server of Python; yield its port."""
    server = simple_server.make_server(
        '127.0.0.1', 0, app, handler_class=Quiet
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def waitress_server(app):
    """Run waitress; yield its port."""
    waitress = pytest.importorskip(
        'waitress', reason='needs waitress: pip install waitress'
    )
    sockets = {}
    server = waitress.create_server(
        app,
        host='127.0.0.1',
        port=0,
        map=sockets,
        clear_untrusted_proxy_headers=True,
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.effective_port
    finally:
        server.close()
        server.task_dispatcher.shutdown()
        thread.join()


SERVERS = {'python': python_server, 'waitress': waitress_server}


def played(run, sent):
    """Return the answers without and with the filter, and what it told."""
    with map_file(map_text(RESOURCES)) as file:
        filtered = audited(application, audit_map_file=file)
    with run(application) as port:
        plain = without_date(ask(port, sent))
    with event_log() as log, run(filtered) as port:
        answer = without_date(ask(port, sent))
    assert 0 == filtered.errors
    for event in log.events:
        assert_valid(event)
    return plain, answer, log.messages


@pytest.mark.parametrize('server', SERVERS)
@pytest.mark.parametrize(
    ('method', 'path', 'body', 'agent', 'facts'),
    [
        ('POST', ACTION, REBOOT, 'reads', ('update/reboot', 'S')),
        ('POST', ACTION, REBOOT, 'leaves', ('update', 'S')),
        (
            *('POST', '/v2/servers?{%22server%22:{%22id%22:%22new%22}}'),
            *(b'{}', 'reads', ('create', 'new')),
        ),
        ('POST', '/v2/servers?{broken', b'{}', 'reads', ('create', 'unknown')),
        ('GET', '/v2/servers/S?[1]', b'', 'leaves', ('read', 'S')),
        ('PUT', '/v2/x/y?[1]', b'{}', 'reads', ('update', None)),
        ('POST', '/v2/servers/S/hidden?[1]', b'{}', 'reads', None),
    ],
)
def test_client_gets_the_same_bytes(server, method, path, body, agent, facts):
    """The socket tells no difference, and the event says what was done."""
    plain, answer, messages = played(
        SERVERS[server], http_request(method, path, agent, body)
    )

    assert plain.startswith(b'HTTP/1.')
    assert plain == answer
    if facts is None:
        assert [] == messages
        return
    final = messages[-1]['payload']
    assert PAIR == [message['event_type'] for message in messages]
    assert facts[0] == final['action']
    assert (facts[1] or final['observer']['id']) == final['target']['id']
    assert 'success' == final['outcome']


@pytest.mark.parametrize('server', SERVERS)
def test_items_are_told_on_a_server(server):
    """One event for each of those that the application read of."""
    sent = http_request(
        'DELETE', '/v2/servers', 'reads', b'{"ids": ["a", "b"]}'
    )
    plain, answer, messages = played(SERVERS[server], sent)

    assert plain == answer
    assert [PAIR[0], 'audit.event', 'audit.event', PAIR[1]] == [
        message['event_type'] for message in messages
    ]
    final = messages[-1]['payload']
    assert {'count': '2'} == attachments(final['target'])


def test_chunked_request_names_its_action():
    """It has no length; what the application read of it is enough."""
    sent = http_request(
        'POST', ACTION, 'reads', headers=['Transfer-Encoding: chunked']
    )
    plain, answer, messages = played(SERVERS['waitress'], sent + CHUNKED)

    assert plain == answer
    assert 'update/reboot' == messages[-1]['payload']['action']


def test_body_that_never_comes_holds_nobody_up():
    """The application answers without it, and so do we."""
    sent = http_request(
        'POST', ACTION, 'leaves', headers=['Content-Length: 9']
    )
    with map_file(map_text(RESOURCES)) as file:
        filtered = audited(application, audit_map_file=file)
    with (
        event_log() as log,
        python_server(filtered) as port,
        connect(port) as client,
    ):
        client.sendall(sent)
        answer = read_all(client)
    _, final = log.pair()

    assert answer.startswith(b'HTTP/1.0 200 OK')
    assert ('update', 'success') == (final['action'], final['outcome'])
