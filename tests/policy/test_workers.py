# SPDX-License-Identifier: Apache-2.0

"""A policy goes into the workers of a server; their events come out."""

from concurrent.futures import ThreadPoolExecutor
import contextlib
import json
import sys

from tests.delivery.spooling import messages
from tests.delivery.spooling import writers
from tests.judge import assert_valid
from tests.policy.requests import write
from tests.servers.client import ask
from tests.servers.client import http_request
from tests.servers.process import free_ports
from tests.servers.process import Process
from tests.servers.wsgi import ROOT
from tests.servers.wsgi import skip_if_missing

WORKERS = 4

APPLICATION = """\
import os
import pathlib

from cadf_audit import AuditMiddleware

directory = pathlib.Path.cwd()


def app(environ, start_response):
    body = str(os.getpid()).encode()
    start_response('200 OK', [('Content-Length', str(len(body)))])
    return [body]


application = AuditMiddleware(
    app,
    audit_policy_file=str(directory / 'policy.yaml'),
    spool_dir=str(directory / 'spool'),
    forwarder='none',
    service_name='shop',
)
"""


@contextlib.contextmanager
def served(directory, workers=WORKERS):
    """Serve the application by some workers; give the port."""
    (directory / 'app.py').write_text(APPLICATION)
    [port] = free_ports(1)
    server = Process(
        [
            *(sys.executable, '-m', 'gunicorn', '--no-control-socket'),
            *(f'--workers={workers}', f'--bind=127.0.0.1:{port}'),
            'app:application',
        ],
        directory,
        {'PYTHONPATH': f'{ROOT}:{directory}'},
    )
    try:
        server.wait_for(port, http_request('HEAD', version='1.0'), b'HTTP/1.')
        yield port
    finally:
        server.stop()


def ask_all(directory):
    """Ask until each worker has answered."""
    with served(directory) as port, ThreadPoolExecutor(8) as threads:
        workers = set()
        for _ in range(200):
            answers = threads.map(
                lambda _: ask(port, http_request()), range(16)
            )
            workers |= {each.rpartition(b'\n')[2] for each in answers}
            if len(workers) == WORKERS:
                return
        raise AssertionError(f'only {workers} answered')


def events(directory):
    """Return all events that were recorded, each of them valid."""
    found = [
        message['payload']
        for folder in writers(directory / 'spool')
        for message in messages(folder)
    ]
    for event in found:
        assert_valid(event)
    return found


def told(directory):
    """Return the actions of all events that tell of a policy."""
    found = events(directory)

    assert {'control'} == {event['eventType'] for event in found}
    return sorted(event['action'] for event in found)


def test_workers_of_a_service_tell_once(tmp_path):
    """Each start has one event of another policy, and none of the same."""
    skip_if_missing('gunicorn')
    write(tmp_path, '- level: none\n')
    ask_all(tmp_path)
    assert ['enable'] == told(tmp_path)

    ask_all(tmp_path)
    assert ['enable'] == told(tmp_path)

    write(tmp_path, '- {level: none, method: [GET, HEAD]}\n')
    ask_all(tmp_path)
    assert ['enable', 'update'] == told(tmp_path)
    known = json.loads((tmp_path / 'spool' / 'policies.json').read_text())
    assert ['shop'] == list(known)


def test_paths_as_a_server_hands_them_over(tmp_path):
    """However a client writes a path, a rule sees what the application sees.

    What is another path to the application is recorded.
    """
    skip_if_missing('gunicorn')
    write(
        tmp_path,
        '- {level: none, method: HEAD}\n'
        '- {level: none, path: /v1/st\xe4tus}\n',
    )
    left_out = (
        '/v1/st%C3%A4tus',
        '/%76%31/st%c3%a4tus?a=/b',
        '//v1//st%C3%A4tus/',
        '/v1%2Fst%C3%A4tus.json',
        'http://other/v1/st%C3%A4tus',
    )
    recorded = (
        '/v1/st%E4tus',
        '/v1/st%25C3%25A4tus',
        '/v1/sta%CC%88tus',
        '/v1/st%C3%A4tus;x=1',
        '/v1/./st%C3%A4tus',
        '/v1/x/../st%C3%A4tus',
        '/v1/%2e%2e/v1/st%C3%A4tus',
        '/V1/st%C3%A4tus',
        '/v1/st%C3%A4tus%00',
        '/v1/st%C3%A4tus/1',
        '/v1',
    )
    with served(tmp_path, 1) as port:
        for path in (*left_out, *recorded):
            answer = ask(port, http_request(path=path, agent=path))
            assert answer.startswith(b'HTTP/1.1 200 ')

    agents = [
        event['initiator']['host']['agent']
        for event in events(tmp_path)
        if event['eventType'] == 'activity' and event['outcome'] == 'pending'
    ]
    assert list(recorded) == agents
