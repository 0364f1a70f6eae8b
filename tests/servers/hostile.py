# SPDX-License-Identifier: Apache-2.0

"""A server in, clients that send too much, too slowly or always new out."""

import concurrent.futures
import contextlib
import json
import pathlib
import re
import threading
import time

from tests.servers.client import ask
from tests.servers.client import connect
from tests.servers.client import http_request
from tests.servers.client import read_all
from tests.servers.client import without_date

ACTION = '/servers/1/action'
LARGE_BODY = b'{"reboot": "%s"}' % (b'x' * 30 * 1024 * 1024)


def upload(server, agent):
    """Send 30 MB as the body of an action; return the answer."""
    sent = http_request('POST', ACTION, agent, LARGE_BODY)
    return without_date(ask(server.port, sent))


@contextlib.contextmanager
def uploading(servers):
    """Keep each server busy with large bodies, one after the other."""
    enough = threading.Event()

    def upload_on(server):
        number = 0
        while not enough.is_set():
            upload(server, f'busy {number}')
            number += 1

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(upload_on, server) for server in servers]
        try:
            yield
        finally:
            enough.set()
    for future in futures:
        future.result()


class SlowClients:
    """Clients that hold back half the body of an action.

    :param server: where they send the other half
    """

    # Half of them send what the filter reads ahead, half what it leaves.
    SIZES = (60_000, 1_000_000) * 4

    def __init__(self, server):
        self._clients = []
        for number, size in enumerate(self.SIZES):
            body = b'{"reboot": "%s"}' % (b'x' * size)
            sent = http_request('POST', ACTION, f'slow {number}', body)
            client = connect(server.port)
            client.sendall(sent[: -size // 2])
            self._clients.append((client, sent[-size // 2 :]))

    def finish(self):
        """Send the rest; return the answers."""
        answers = []
        for client, rest in self._clients:
            with client:
                client.sendall(rest)
                answers.append(without_date(read_all(client)))
        return answers


def latencies(servers, count):
    """Return how long other clients wait for each server, in seconds.

    The servers take turns, so that what else this machine does harms both.
    """
    times = [[], []]
    for number in range(count):
        for server, mine in zip(servers, times, strict=True):
            begin = time.perf_counter()
            ask(server.port, http_request(agent=f'other {number}'))
            mine.append(time.perf_counter() - begin)
    return times


def catalog(number):
    """Return a service catalogue that no other request has."""
    services = [
        {
            'type': f'type{service}',
            'name': f'name{service}',
            'endpoints': [
                {
                    'id': f'endpoint-{number}-{service}',
                    'adminURL': f'http://h{number}:1{service}/v1/admin',
                    'internalURL': f'http://h{number}:2{service}/v1/internal',
                    'publicURL': f'http://h{number}:3{service}/v1/public',
                }
            ],
        }
        for service in range(6)
    ]
    services[3]['type'] = 'compute'
    return json.dumps(services)


def send_catalogs(server, numbers):
    """Send requests with a catalogue each over one connection."""
    with connect(server.port) as client:
        for number in numbers:
            sent = http_request(
                path='/not-modified',
                agent=f'catalog {number}',
                headers=[f'X-Service-Catalog: {catalog(number)}'],
            )
            sent = sent.replace(b'Connection: close\r\n', b'')
            sent = sent.replace(b'localhost', b'h%d:33' % number)
            client.sendall(sent)
            answer = client.recv(4096)
            assert answer.startswith(b'HTTP/1.1 304'), answer
            assert answer.endswith(b'\r\n\r\n'), answer


def memory(pid, field):
    """Return a field of a process's status in megabytes."""
    status = pathlib.Path(f'/proc/{pid}/status').read_text()
    return int(re.search(rf'^{field}:\s+(\d+) kB', status, re.M)[1]) / 1024


@contextlib.contextmanager
def memory_within(server, megabytes):
    """Fail if the worker ever takes so much more memory than now."""
    answer = ask(server.port, http_request(path='/pid'))
    pid = int(answer.rpartition(b'\r\n\r\n')[2])
    # From now on the kernel notes the peak anew.
    pathlib.Path(f'/proc/{pid}/clear_refs').write_text('5')
    before = memory(pid, 'VmRSS')
    yield
    assert memory(pid, 'VmHWM') - before < megabytes
