# SPDX-License-Identifier: Apache-2.0

"""A script of interactions, played on real servers with and without filter.

Each server runs twice. What it sends to a raw socket is compared byte by
byte, and each interaction leaves two valid events that tell what happened.
"""

import collections
import concurrent.futures
import dataclasses
import functools
import http.client
import os

import pytest

from tests.judge import assert_valid
from tests.servers.client import ask
from tests.servers.client import connect
from tests.servers.client import http_request
from tests.servers.client import leave
from tests.servers.client import read_all
from tests.servers.client import read_until
from tests.servers.client import TIMEOUT
from tests.servers.client import without_date
from tests.servers.trail import wait_until
from tests.servers.wsgi import run_twice
from tests.servers.wsgi import SERVERS
from tests.servers.wsgi import skip_if_missing
from tests.servers.wsgi import WSGIServer

CLIENTS = 16
ROUNDS = 40 if os.environ.get('CADF_AUDIT_LONG') == '1' else 4

ACTION = '/servers/1/action'

BODIES = {
    '/upload': bytes(range(256)) * 16 * 1024,
    '/lines': b'one\ntwo\nthree\nfour',
    ACTION: b'{"reboot": {}}',
}

# The others close after each answer.
KEEPS_OPEN = {
    'gunicorn-gthread',
    'gunicorn-preload',
    'uwsgi-lazy-apps',
    'waitress',
}

# method, path; action, outcome and code of the final event
SCRIPT = [
    ('GET', '/echo?a=1&b=%FF', 'read', 'success', '200'),
    ('HEAD', '/echo', 'read', 'success', '200'),
    ('GET', '/stream', 'read', 'success', '200'),
    ('HEAD', '/stream', 'read', 'success', '200'),
    ('GET', '/sized', 'read', 'success', '200'),
    ('POST', '/upload', 'update', 'success', '201'),
    ('POST', '/lines', 'update', 'success', '200'),
    ('POST', ACTION, 'update/reboot', 'success', '201'),
    ('GET', '/download', 'read', 'success', '200'),
    ('HEAD', '/download', 'read', 'success', '200'),
    ('GET', '/list', 'read', 'success', '200'),
    ('GET', '/file', 'read', 'success', '200'),
    ('HEAD', '/file', 'read', 'success', '200'),
    ('GET', '/memory-file', 'read', 'success', '200'),
    ('DELETE', '/no-content', 'delete', 'success', '204'),
    ('GET', '/not-modified', 'read', 'success', '304'),
    ('GET', '/refuse', 'read', 'failure', '403'),
    ('GET', '/raise', 'read', 'unknown', None),
    ('GET', '/raise-after-start', 'read', 'failure', '200'),
    ('GET', '/raise-half-way', 'read', 'failure', '200'),
    ('HEAD', '/raise-half-way', 'read', 'failure', '200'),
    ('GET', '/replace', 'read', 'failure', '503'),
    ('GET', '/replace-late', 'read', 'failure', '200'),
    ('GET', '/write', 'read', 'success', '200'),
]

# The application notes when their bodies are closed.
CLOSED = {
    '/stream',
    '/sized',
    '/download',
    '/file',
    '/memory-file',
    '/not-modified',
    '/raise-half-way',
    '/replace-late',
}

# What servers make of a body that is not simply there.
BODY_HEADERS = [
    ('Expect: 100-continue', 'Content-Length: 14'),
    ('Expect: 100-continue', 'Transfer-Encoding: chunked'),
    ('Transfer-Encoding: chunked',),
]


@dataclasses.dataclass
class Servers:
    """One kind of server, twice.

    :param name: a key of SERVERS
    :param plain: without the filter
    :param audited: with the filter
    """

    name: str
    plain: WSGIServer
    audited: WSGIServer

    def request(self, *args, **kwargs):
        """Return a request after which this server closes.

        One of them keeps connections open in spite of ``Connection: close``,
        but not in HTTP/1.0.
        """
        version = '1.0' if self.name == 'uwsgi-lazy-apps' else '1.1'
        return http_request(*args, version=version, **kwargs)

    def ask(self, sent):
        """Return the answers of both, without and with the filter."""
        return [
            without_date(ask(server.port, sent))
            for server in (self.plain, self.audited)
        ]

    def noted(self, note, times):
        """Say whether the application made this note so often behind both.

        A server closes a body after the client has seen its end.
        """
        pair = (self.plain, self.audited)
        return wait_until(
            lambda: all(server.notes(note) in times for server in pair)
        )


@pytest.fixture(
    scope='module',
    params=[
        pytest.param(name, marks=pytest.mark.xdist_group(name))
        for name in SERVERS
    ],
)
def servers(request):
    """Both servers of a kind, at the same time."""
    name = request.param
    skip_if_missing(name)
    with run_twice(name, SERVERS[name]) as pair:
        yield Servers(name, *pair)


def facts(event):
    """Return what an event says about the end of its interaction."""
    code = event.get('reason', {}).get('reasonCode')
    return event['action'], event['outcome'], code


@pytest.mark.parametrize(
    ('method', 'path', 'action', 'outcome', 'code'),
    SCRIPT,
    ids=lambda value: None if value is None else value.partition('?')[0],
)
def test_interaction(servers, method, path, action, outcome, code):
    """With the filter a server sends the same bytes, and leaves a pair."""
    agent = f'{method} {path}'
    body = BODIES.get(path, b'')

    plain, audited = servers.ask(servers.request(method, path, agent, body))
    pending, final = servers.audited.trail.pair(agent)

    assert plain == audited
    assert servers.noted(f'closed {agent}', times=[path in CLOSED])
    assert (action, outcome, code) == facts(final)
    assert pending['requestPath'] == final['requestPath'] == path


def test_bytes_in_no_list(servers):
    """What only uWSGI takes for a body it takes behind the filter too."""
    plain, audited = servers.ask(servers.request(path='/bytes', agent='bytes'))
    servers.audited.trail.pair('bytes')

    assert plain == audited


@pytest.mark.parametrize('headers', BODY_HEADERS, ids='; '.join)
def test_body_on_demand(servers, headers):
    """A body that the client holds back or sends in chunks arrives."""
    agent = ' '.join(headers)
    sent = servers.request('POST', ACTION, agent, headers=headers)
    body = BODIES[ACTION]
    if 'chunked' in agent:
        body = b'%x\r\n%b\r\n0\r\n\r\n' % (len(body), body)

    plain, audited = servers.ask(sent + body)
    _pending, final = servers.audited.trail.pair(agent)

    # waitress has the whole body before it asks the application, so the
    # length is known then.
    known = servers.name == 'waitress' and 'Expect' not in agent
    action = 'update/reboot' if known else 'update'
    assert plain == audited
    assert (action, 'success', '201') == facts(final)


def test_first_chunk_comes_before_the_last_is_made(servers):
    """The client has the first chunk before the last one is made."""
    server = servers.audited
    go_on = server.hold('held')
    with connect(server.port) as client:
        client.sendall(servers.request(path='/held?held', agent='held'))
        first = read_until(client, b'first\n')
        events = [message['event_type'] for message in server.trail.of('held')]
        go_on()
        rest = read_all(client)
    _pending, final = server.trail.pair('held')

    assert first.startswith(b'HTTP/1.')
    assert ['audit.http.request'] == events
    assert b'last\n' in rest
    assert ('read', 'success', '200') == facts(final)


# path; whether the client waits for the first chunk; the outcome by server
LEAVES = [
    # Megabytes are missing when the client leaves.
    ('/flood', True, {}),
    ('/flood', False, {}),
    # One chunk is missing. waitress puts it into a buffer of its own.
    ('/held', True, {'waitress': 'success'}),
]

# What the application hands over in one piece counts as sent. waitress may
# close the file twice.
LEAVES_TOO_LATE = [('/stalled', [0]), ('/stalled-file', [1, 2])]


def leave_during(server, sent, agent, first):
    """Send a request; cut the connection while the application waits."""
    go_on = server.hold(agent)
    client = connect(server.port)
    client.sendall(sent)
    if first:
        read_until(client, b'first\n')
    wait_until(lambda: server.notes(f'waits {agent}'))
    leave(client)
    go_on()


@pytest.mark.parametrize(('path', 'first', 'outcomes'), LEAVES)
def test_client_leaves(servers, path, first, outcomes):
    """A client that is gone before the end makes the outcome unknown."""
    agent = f'leaves{path[1:]}{first}'
    sent = servers.request(path=f'{path}?{agent}', agent=agent)

    for server in (servers.plain, servers.audited):
        leave_during(server, sent, agent, first)
    _pending, final = servers.audited.trail.pair(agent)

    outcome = outcomes.get(servers.name, 'unknown')
    assert servers.noted(f'closed {agent}', times=[1])
    assert ('read', outcome, '200') == facts(final)


@pytest.mark.parametrize(('path', 'times'), LEAVES_TOO_LATE)
def test_client_leaves_unnoticed(servers, path, times):
    """A list or file has its outcome when the application returns it.

    Whether the client got it all is for the server to know.
    """
    agent = f'leaves{path[1:]}'
    sent = servers.request(path=f'{path}?{agent}', agent=agent)

    for server in (servers.plain, servers.audited):
        leave_during(server, sent, agent, False)
    _pending, final = servers.audited.trail.pair(agent)

    assert servers.noted(f'closed {agent}', times)
    assert ('read', 'success', '200') == facts(final)


@pytest.mark.parametrize('path', ['/upload', ACTION])
def test_client_leaves_its_upload(servers, path):
    """Half a body: the application fails as it reads, or is never asked."""
    agent = f'leaves{path}'
    sent = servers.request(
        'POST', path, agent, headers=('Content-Length: 60000',)
    )
    with connect(servers.audited.port) as client:
        client.sendall(sent + b'{"reboot": ' + b' ' * 30000)
        leave(client)
    # Whoever is answered now came later.
    ask(
        servers.audited.port, servers.request(path='/echo', agent=f'{agent} 2')
    )
    servers.audited.trail.pair(f'{agent} 2')

    if servers.name == 'waitress':
        assert [] == servers.audited.trail.of(agent)
        return
    _pending, final = servers.audited.trail.pair(agent)
    assert 'unknown' == final['outcome']
    assert 'reason' not in final


def play(servers, port, client):
    """Send some requests; return the answers.

    All go over one connection, where the server keeps it open.
    """
    connection = http.client.HTTPConnection('127.0.0.1', port, TIMEOUT)
    answers = []
    for number in range(ROUNDS):
        name = f'{client}.{number}'
        headers = {'Host': 'h', 'User-Agent': name, 'X-User-Id': name}
        for method, path, body in (
            ('GET', f'/echo/{name}', None),
            ('GET', f'/refuse/{name}', None),
            ('POST', f'/servers/{name}/action', f'{{"do-{name}": null}}'),
        ):
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            answers.append((response.status, response.read()))
            if servers.name not in KEEPS_OPEN:
                connection.close()
    connection.close()
    return answers


def test_clients_at_once(servers):
    """Sixteen clients at once get their own answers and event pairs."""
    plain, audited = servers.plain, servers.audited
    clients = range(CLIENTS)

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        expected, actual = (
            list(pool.map(functools.partial(play, servers, port), clients))
            for port in (plain.port, audited.port)
        )

    assert expected == actual
    for client in clients:
        for number in range(ROUNDS):
            assert_pairs(audited.trail, f'{client}.{number}')


def assert_pairs(trail, name):
    """Fail unless the three requests of this name left a pair each."""
    events = collections.defaultdict(list)
    for message in trail.wait_for(name, 6):
        event = message['payload']
        assert_valid(event)
        assert name == event['initiator']['id']
        events[event['id']].append(event)
    finals = sorted(
        [pending['requestPath'], *facts(final)]
        for pending, final in events.values()
        if pending['requestPath'] == final['requestPath']
    )
    assert [
        [f'/echo/{name}', 'read', 'success', '200'],
        [f'/refuse/{name}', 'read', 'failure', '403'],
        [f'/servers/{name}/action', f'update/do-{name}', 'success', '201'],
    ] == finals
