# SPDX-License-Identifier: Apache-2.0

"""What is bounded: the loss of a queue, and the memory of a worker."""

import json
import os
import signal
import subprocess
import sys

import pytest

from cadf_audit import AuditMiddleware
from cadf_audit.exceptions import OptionError
from tests.faults.judge import FINAL
from tests.faults.judge import PENDING
from tests.faults.load import Load
from tests.faults.record import LONG
from tests.faults.rig import Api
from tests.faults.rig import gunicorn_command
from tests.faults.rig import wait_for
from tests.servers.process import free_ports

QUEUE_SIZE = 50

EVENTS = 1_000_000 if LONG else 20_000
MOST_GROWTH = (20 if LONG else 4) * 1024 * 1024


class Nowhere:
    """A bus that is not there; what went to the log instead is kept."""

    def __init__(self, directory):
        self.log = directory / 'events'
        self.configuration = (
            '[audit_middleware_notifications]',
            'driver = messagingv2',
            f'transport_url = rabbit://a:b@127.0.0.1:{free_ports(1)[0]}/',
        )

    def read(self):
        """Return what was logged."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]


def test_killed_worker_loses_its_queue_and_no_more(
    directory, promise, versions
):
    """With delivery = memory, kill -9 loses at most what was queued."""
    bus = Nowhere(directory)
    api = Api(
        directory,
        bus,
        lambda port: gunicorn_command(port, workers=1),
        delivery='memory',
        queue_size=QUEUE_SIZE,
    )
    try:
        api.start()
        with Load(api.port) as load:
            load.wait_for(100)
        # Of the request that waited for the server nothing is to be seen.
        [worker] = api.workers
        os.kill(worker, signal.SIGKILL)
        wait_for(lambda: worker not in api.workers, 'the worker to end')
    finally:
        api.stop()
    logged = [
        (message['payload']['requestPath'], message['event_type'])
        for message in bus.read()
    ]
    lost = [
        (request.path, event_type)
        for request in load.answered
        for event_type in (PENDING, FINAL)
        if (request.path, event_type) not in logged
    ]
    promise(
        f'kill -9 with delivery = memory and {QUEUE_SIZE} events queued: no '
        'more than these are lost',
        f'{2 * len(load.answered)} events',
        max(0, len(lost) - QUEUE_SIZE),
        **versions,
    )

    assert 0 < len(lost) <= QUEUE_SIZE
    assert len(logged) == len(set(logged))


def test_transport_without_confirmation_is_refused(tmp_path, promise):
    """A spool does not let go of events to a bus that may not have them."""
    with pytest.raises(OptionError) as refusal:
        AuditMiddleware(
            None,
            driver='messagingv2',
            transport_url='kafka://127.0.0.1/',
            spool_dir=str(tmp_path / 'spool'),
        )

    promise('delivery = spool with kafka:// is refused at start', '1 start', 0)
    assert 'Kafka' in str(refusal.value)


def test_memory_of_a_worker_is_flat(directory, promise, versions):
    """However many events wait for a broker, they wait on the disk."""
    [port] = free_ports(1)
    program = f"""
from cadf_audit import AuditMiddleware
import io, pathlib, sys

def app(environ, start_response):
    start_response('200 OK', [])
    return [b'ok']

def memory():
    [line] = [
        each for each in pathlib.Path('/proc/self/status').open()
        if each.startswith('VmRSS:')
    ]
    return int(line.split()[1]) * 1024

audited = AuditMiddleware(
    app,
    driver='messagingv2',
    transport_url='rabbit://a:b@127.0.0.1:{port}/',
    spool_dir=sys.argv[1],
    spool_max_size=8 * 1024 ** 3,
)

def request(number):
    environ = {{
        'REQUEST_METHOD': 'POST',
        'SCRIPT_NAME': '',
        'PATH_INFO': f'/v2/servers/{{number}}',
        'QUERY_STRING': '',
        'SERVER_NAME': 'localhost',
        'SERVER_PORT': '80',
        'SERVER_PROTOCOL': 'HTTP/1.1',
        'REMOTE_ADDR': '192.0.2.7',
        'HTTP_USER_AGENT': 'tests',
        'wsgi.url_scheme': 'http',
        'wsgi.input': io.BytesIO(),
    }}
    list(audited(environ, lambda status, headers: None))

for number in range(1000):
    request(number)
before = memory()
for number in range(int(sys.argv[2]) // 2):
    request(number)
print(memory() - before)
import os; os._exit(0)
"""
    done = subprocess.run(
        [
            *(sys.executable, '-W', 'ignore', '-c', program),
            *(directory / 'spool', str(EVENTS)),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    growth = int(done.stdout)
    promise(
        'broker down: the memory of a worker grows less than 20 MB',
        f'{EVENTS} events',
        int(growth >= MOST_GROWTH),
        **versions,
    )

    assert growth < MOST_GROWTH
