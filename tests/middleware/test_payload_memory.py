# SPDX-License-Identifier: Apache-2.0

"""What a worker holds of bodies is bounded, however long they are."""

import concurrent.futures
import contextlib
import hashlib
import hmac
import json
import pathlib

import pytest

from tests.payloads import payload
from tests.servers.client import ask
from tests.servers.client import connect
from tests.servers.client import http_request
from tests.servers.client import read_all
from tests.servers.process import temporary_directory
from tests.servers.wsgi import gunicorn
from tests.servers.wsgi import skip_if_missing
from tests.servers.wsgi import WSGIServer

MEGABYTE = 1024 * 1024
LARGE = 200 * MEGABYTE
AT_ONCE = 4
LIMIT = 64 * 1024
ITEM = b'{"name": "n", "adminPass": "hunter2"}, '
CHUNK = ITEM * (MEGABYTE // len(ITEM))
KEY = b'k' * 32
# What malloc keeps for each thread; a body is 50 MB and more.
ROOM = 32 * MEGABYTE


@contextlib.contextmanager
def serving(key=None):
    """Run one worker whose bodies are all attached."""
    skip_if_missing('gunicorn-gthread')
    with temporary_directory('payload') as directory:
        (directory / 'policy.yaml').write_text(
            'version: 1\nrules:\n- level: response\n'
        )
        if key is not None:
            (directory / 'key').touch(mode=0o600)
            (directory / 'key').write_bytes(key)
        server = WSGIServer(
            lambda port: gunicorn(
                port,
                *('--workers=1', '--worker-class=gthread'),
                f'--threads={AT_ONCE}',
            ),
            directory,
            audited=True,
        )
        try:
            server.wait()
            yield server
        finally:
            server.stop()


def upload(port, size):
    """Send a JSON body of this size; return what the server counted."""
    left = size - 1
    with connect(port) as client:
        head = http_request(
            'POST',
            '/upload',
            headers=(
                'Content-Type: application/json',
                f'Content-Length: {size}',
            ),
        )
        client.sendall(head + b'[')
        while left > 0:
            client.sendall(CHUNK[:left])
            left -= len(CHUNK)
        return read_all(client).split(b'\r\n\r\n')[1]


def download(port, size):
    """Ask for a JSON body of this size; return how much came."""
    received = 0
    with connect(port) as client:
        client.sendall(http_request(path=f'/json?{size}'))
        while part := client.recv(MEGABYTE):
            received += len(part)
    return received


def peak(server):
    """Return the most memory that the worker ever had, in bytes."""
    answer = ask(server.port, http_request(path='/pid'))
    pid = int(answer.split(b'\r\n\r\n')[1])
    status = pathlib.Path(f'/proc/{pid}/status').read_text()
    [line] = [one for one in status.splitlines() if one.startswith('VmHWM')]
    return int(line.split()[1]) * 1024


def at_once(function, *args):
    """Call a function several times at the same time."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as threads:
        waiting = [threads.submit(function, *args) for _ in range(AT_ONCE)]
        return [each.result() for each in waiting]


@pytest.mark.parametrize('key', [None, KEY], ids=['plain', 'hashed'])
def test_large_bodies_take_no_memory(key):
    """Two hundred megabytes up and down, and four times fifty at once."""
    if not pathlib.Path('/proc/self/status').exists():
        pytest.skip('needs /proc: run it on Linux')
    with serving(key) as server:
        at_once(upload, server.port, MEGABYTE)
        at_once(download, server.port, MEGABYTE)
        before = peak(server)

        assert upload(server.port, LARGE).startswith(b'%d ' % LARGE)
        assert download(server.port, LARGE) > LARGE
        for counted in at_once(upload, server.port, LARGE // AT_ONCE):
            assert counted.startswith(b'%d ' % (LARGE // AT_ONCE))
        at_once(download, server.port, LARGE // AT_ONCE)

        assert peak(server) - before < ROOM
        finals = [
            message['payload']
            for message in server.trail.messages
            if message['event_type'] == 'audit.http.response'
        ]
        assert '' == server.faults
    told = [
        each[1]
        for final in finals
        for each in (payload(final, 'request'), payload(final, 'response'))
        if each is not None and each[1]['length'] >= LARGE // AT_ONCE
    ]
    assert 2 + 2 * AT_ONCE == len(told)
    for each in told:
        assert each['cut']
        assert 'n' == each['content'][0]['name']
        assert 'hunter2' not in json.dumps(each)
        assert LIMIT // len(ITEM) - 1 <= len(each['content'])
    if key is not None:
        assert digest_of_upload(LARGE) in {
            each['hmac_sha256'] for each in told
        }


def digest_of_upload(size):
    """Return the keyed hash of what an upload of this size sends."""
    digest = hmac.new(KEY, b'[', hashlib.sha256)
    left = size - 1
    while left > 0:
        digest.update(CHUNK[:left])
        left -= len(CHUNK)
    return digest.hexdigest()
