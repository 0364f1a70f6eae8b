# SPDX-License-Identifier: Apache-2.0

"""Clients that mean harm, on a real server with and without the filter.

None gets another answer than without the filter, none harms another client,
and each leaves its two events.
"""

import concurrent.futures
import os
import statistics

import pytest

from tests.servers.client import ask
from tests.servers.client import connect
from tests.servers.client import http_request
from tests.servers.client import read_all
from tests.servers.client import read_until
from tests.servers.client import without_date
from tests.servers.hostile import ACTION
from tests.servers.hostile import catalog
from tests.servers.hostile import latencies
from tests.servers.hostile import memory_within
from tests.servers.hostile import send_catalogs
from tests.servers.hostile import SlowClients
from tests.servers.hostile import upload
from tests.servers.hostile import uploading
from tests.servers.trail import wait_until
from tests.servers.wsgi import gunicorn
from tests.servers.wsgi import run_twice
from tests.servers.wsgi import skip_if_missing

pytestmark = pytest.mark.xdist_group('hostile')

LONG = os.environ.get('CADF_AUDIT_LONG') == '1'

RESPONSE = 'audit.http.response'

CATALOGS = 10_000

# Megabytes by which the worker may grow, and that the cache may take.
FLAT = 40
CACHE = 32

PATHS = [
    '/%',
    '/%zz/%f',
    '/%FF',
    '/%C3%28',
    '/%00',
    '/%0d%0aX-User-Id:%20root',
    '/\xff\xfe',
    '/\xc3\xbc',
    '//',
    '//localhost//a//',
    '/../../etc/passwd',
    '/a/./b/%2e%2e/%2F',
    '/a;b=c/d?token=%FF&%74oken=s&x',
    '/?',
    '/#fragment',
    '/"<>\\^`{|}\'',
    '*',
    '',
    'relative',
    'http://elsewhere:99999/a',
    'http://[::1/a',
    '/' + 'a' * 100_000,
    '/' + 'a/' * 50_000,
    '/?' + 'token=1&' * 12_500,
    '/?' + '%FF' * 33_000,
]
HOSTS = [
    'h:99999',
    ':abc',
    '[::1',
    '[::1]:80',
    '[]',
    '',
    ':',
    'h:',
    'h:-1',
    'h:\xb2',
    'h h',
    'a,b',
    'user@h',
    '\xff\xfe',
    'a\r\nHost: b',
    'h' * 100_000,
    'h:' + '9' * 100_000,
]
HEADERS = [
    ('X-User-Id', 'u' * 100_000),
    ('X-User-Name', '\xff' * 100_000),
    ('X-Project-Id', '\xc3\xbc' * 50_000),
    ('X-Auth-Token', 't' * 100_000),
    ('Authorization', 'Basic ' + 'a' * 100_000),
    ('Cookie', 'a=b; ' * 20_000),
    ('X-Forwarded-For', '1.2.3.4,' * 12_500),
    ('Forwarded', 'for="[::1]";' * 8_000),
    ('X-Service-Catalog', '[' * 100_000),
    ('X-Service-Catalog', '[' + '{},' * 30_000 + '{}]'),
    ('X-Service-Catalog', '"' + '\\ud800' * 16_000 + '"'),
    ('X-Service-Catalog', '9' * 100_000),
    ('X-Service-Catalog', 'NaN'),
    ('Content-Type', 'c' * 100_000),
]

BODIES = [
    b'',
    b'{}',
    b'\xff\xfe',
    b'[' * 60_000,
    b'{"a":' * 10_000,
    b'{"%s": 1}' % (b'k' * 60_000),
    b'{"\\ud800/../%00": null}',
    b'9' * 60_000,
    b'x' * 64 * 1024,
    b'{"reboot": "%s"}' % (b'x' * 64 * 1024),
]


@pytest.fixture(scope='module')
def servers():
    """One worker, so that its memory is all there is, without and with."""
    skip_if_missing('gunicorn')
    with run_twice(
        'hostile',
        lambda port: gunicorn(
            port,
            *('--workers=1', '--threads=16', '--limit-request-line=0'),
            '--limit-request-field_size=200000',
        ),
    ) as pair:
        yield pair


def test_body_that_outlasts_the_worker():
    """A worker that is ended while the filter waits for a body says so.

    gunicorn raises SystemExit in a worker that does nothing for too long.
    """
    sent = http_request(
        'POST', ACTION, 'outlasts', headers=['Content-Length: 3000']
    )
    options = ('--workers=1', '--timeout=2', '--preload')
    with run_twice('timeout', lambda port: gunicorn(port, *options)) as pair:
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            plain, audited = pool.map(
                lambda server: ask(server.port, sent + b'{'), pair
            )
        trail = pair[1].trail
        wait_until(lambda: RESPONSE in trail.types('outlasts'))

    assert plain.startswith(b'HTTP/1.1 500')
    assert plain == audited
    assert ['audit.http.request', RESPONSE] == trail.types('outlasts')


def short(value):
    """Name a test after the beginning of what it sends."""
    return ascii(value)[:20]


def assert_unharmed(servers, sent, agent):
    """Fail unless both servers answer alike and a pair tells of it.

    The server refuses some requests before an application is asked; those
    leave no event.
    """
    plain, audited = (without_date(ask(each.port, sent)) for each in servers)
    trail = servers[1].trail
    assert plain == audited
    if b'REQUEST_METHOD=' in plain:
        trail.pair(agent)
        return
    assert plain.startswith(b'HTTP/1.1 400')
    assert [] == trail.of(agent)


@pytest.mark.parametrize('method', ['GET', 'POST', 'BREW'])
@pytest.mark.parametrize('path', PATHS, ids=short)
def test_any_path(servers, method, path):
    """No path is answered otherwise than without the filter."""
    agent = f'{method} {PATHS.index(path)}'
    assert_unharmed(servers, http_request(method, path, agent), agent)


@pytest.mark.parametrize('host', HOSTS, ids=short)
def test_any_host(servers, host):
    """No Host header is answered otherwise than without the filter."""
    agent = f'host {HOSTS.index(host)}'
    # Hosts are looked up in the catalogue.
    headers = [f'X-Service-Catalog: {catalog(0)}']
    sent = http_request(path='/echo', agent=agent, headers=headers).replace(
        b'Host: localhost', b'Host: ' + host.encode('latin-1')
    )
    assert_unharmed(servers, sent, agent)


@pytest.mark.parametrize(('name', 'value'), HEADERS, ids=short)
def test_large_header(servers, name, value):
    """Headers of 100 kB cost detail of the event, at the most."""
    agent = f'header {HEADERS.index((name, value))}'
    sent = http_request(
        path='/echo', agent=agent, headers=[f'{name}: {value}']
    )
    assert_unharmed(servers, sent, agent)


@pytest.mark.parametrize('body', BODIES, ids=short)
def test_any_body(servers, body):
    """The application gets the bytes that the client sent."""
    agent = f'body {BODIES.index(body)}'
    sent = http_request('POST', ACTION, agent, body)

    plain, audited = (without_date(ask(each.port, sent)) for each in servers)
    servers[1].trail.pair(agent)

    assert plain == audited


def test_unread_body_is_no_request(servers):
    """A body that only the filter reads is not taken for a request."""
    agent = 'unread'
    first = http_request('POST', '/refuse/1/action', agent, b'{"no": 1}')
    first = first.replace(b'Connection: close\r\n', b'')
    answers = []
    for server in servers:
        with connect(server.port) as client:
            client.sendall(first)
            head = read_until(client, b'\r\n\r\nno\n')
            client.sendall(http_request(agent=agent))
            answers.append(
                (without_date(head), without_date(read_all(client)))
            )
    messages = servers[1].trail.wait_for(agent, 4)

    assert answers[0] == answers[1]
    assert b' 200 OK' in answers[0][1]
    assert 4 == len(messages)


def test_large_bodies(servers):
    """Bodies of 30 MB pass by the filter, and it keeps none of them."""
    plain, audited = servers
    agents = [f'large {number}' for number in range(12 if LONG else 4)]

    with (
        memory_within(audited, FLAT),
        concurrent.futures.ThreadPoolExecutor(4) as pool,
    ):
        answers = set(pool.map(lambda agent: upload(audited, agent), agents))

    assert {upload(plain, 'large')} == answers
    for agent in agents:
        _pending, final = audited.trail.pair(agent)
        assert ('update', 'success') == (final['action'], final['outcome'])


def test_slow_and_large_bodies_delay_nobody_else(servers):
    """Other clients are served about as soon as without the filter.

    Meanwhile slow clients hold half of the threads, and large bodies arrive
    one after the other.
    """
    slow = [SlowClients(server) for server in servers]
    with uploading(servers):
        plain, audited = latencies(servers, 200 if LONG else 60)
    answers = [clients.finish() for clients in slow]

    assert answers[0] == answers[1]
    for number in range(len(SlowClients.SIZES)):
        servers[1].trail.pair(f'slow {number}')
    # Generous: one that made others wait for the slow ones never came back.
    assert statistics.median(audited) < 4 * statistics.median(plain) + 0.02
    assert max(audited) < 4 * max(plain) + 0.5


def test_many_catalogs(servers):
    """Ten thousand distinct catalogues do not fill the memory.

    Each request is told by its own.
    """
    audited = servers[1]
    shares = [range(first, CATALOGS, 4) for first in range(4)]

    with (
        memory_within(audited, FLAT + CACHE),
        concurrent.futures.ThreadPoolExecutor(4) as pool,
    ):
        list(pool.map(lambda share: send_catalogs(audited, share), shares))
    for share in shares:
        audited.trail.wait_for(f'catalog {share[-1]}')

    targets = {}
    for message in audited.trail.messages:
        event = message['payload']
        agent = event['initiator']['host'].get('agent', '')
        if agent.startswith('catalog '):
            targets.setdefault(agent, []).append(event['target']['id'])
    expected = {
        f'catalog {n}': [f'endpoint-{n}-3'] * 2 for n in range(CATALOGS)
    }
    assert expected == targets
