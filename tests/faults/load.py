# SPDX-License-Identifier: Apache-2.0

"""A port in, what became of mixed requests to it out, one by one."""

import dataclasses
import itertools
import re
import threading
import time

from tests.servers.client import ask
from tests.servers.client import http_request

# Each kind and the method that goes with it.
MIX = (
    ('GET', 'plain'),
    ('POST', 'create'),
    ('GET', 'stream'),
    ('PATCH', 'update'),
    ('GET', 'raise'),
    ('DELETE', 'remove'),
    ('GET', 'raise-late'),
    ('GET', 'slow'),
)
FORKS = (
    ('GET', 'plain'),
    ('POST', 'fork'),
    ('POST', 'fork-exit'),
    ('POST', 'fork-process'),
    ('POST', 'fork-program'),
)

BODY = b'{"server": {}}'

_status = re.compile(rb'HTTP/1\.\d (\d{3}) ').match


@dataclasses.dataclass
class Request:
    """One request.

    :param path: its path, which no other request has
    :param status: the status of the answer; None while there is none
    :param error: why there was none
    :param begun: when it was sent, by the monotonic clock
    :param seconds: how long it took
    """

    path: str
    status: int | None = None
    error: str | None = None
    begun: float = 0.0
    seconds: float = 0.0

    @property
    def answered(self):
        """Whether the client got an answer of the application's."""
        return self.status is not None and self.status != 503

    @property
    def refused(self):
        """Whether it was answered with 503."""
        return self.status == 503


class Load:
    """Sends requests in turn, from threads, until it is stopped.

    :param port: where to
    :param threads: how many clients there are
    :param pause: seconds that each waits between two requests
    :param mix: methods and kinds
    """

    _loads = itertools.count(1)

    def __init__(self, port, threads=4, pause=0.02, mix=MIX):
        self.port = port
        self.requests = []
        self._name = f'load{next(self._loads)}'
        self._pause = pause
        self._mix = mix
        self._numbers = itertools.count(1)
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, daemon=True)
            for _ in range(threads)
        ]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exc):
        self.stop()

    def stop(self):
        """Return when each request has its answer, or never gets one."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    @property
    def answered(self):
        """The requests with an answer of the application's."""
        return [each for each in self.requests if each.answered]

    def wait_for(self, count, timeout=60):
        """Return when so many more requests were answered.

        :raises TimeoutError: they were not
        """
        until = len(self.answered) + count
        deadline = time.monotonic() + timeout
        while len(self.answered) < until:
            if time.monotonic() > deadline:
                raise TimeoutError(f'{len(self.answered)} of {until}')
            time.sleep(0.05)

    def _run(self):
        while not self._stopping.is_set():
            number = next(self._numbers)
            method, kind = self._mix[number % len(self._mix)]
            request = Request(f'/{kind}/{self._name}-{number}')
            self.requests.append(request)
            send(self.port, method, request)
            self._stopping.wait(self._pause if request.status else 0.1)


def send(port, method, request):
    """Send a request, and note what became of it.

    :param port: where to
    :param method: its method
    :param request: the request
    """
    body = BODY if method in ('POST', 'PATCH') else b''
    request.begun = time.monotonic()
    try:
        answer = ask(port, http_request(method, request.path, body=body))
    except OSError as exc:
        request.error = type(exc).__name__
    else:
        found = _status(answer)
        if found:
            request.status = int(found[1])
        else:
            request.error = repr(answer[:20])
    request.seconds = time.monotonic() - request.begun
