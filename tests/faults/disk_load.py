# SPDX-License-Identifier: Apache-2.0

"""Requests in threads of one process in, a note of what became of each out.

Usage: ``disk_load.py OPTIONS``; the options are JSON: those of the filter, and
``threads``, ``pause``, ``slow`` and ``count``. It ends when stdin does, or
after as many requests of each thread as ``count`` says. A note is one line on
stdout, and is out before anything else happens.
"""

import json
import logging
import os
import random
import sys
import threading
import time
import uuid
from wsgiref.util import setup_testing_defaults

from cadf_audit import AuditMiddleware
from tests.canaries import seed

METHODS = ('GET', 'POST', 'GET', 'DELETE')


def note(*words):
    """Say something that is known whatever happens to this process."""
    os.write(1, ' '.join(map(str, words)).encode() + b'\n')


class Client:
    """Sends one request after the other to a filter, as a server would.

    :param audited: the filter
    """

    def __init__(self, audited):
        self._audited = audited

    def ask(self, method, path, agent):
        """Send one request, and note what became of it."""
        environ = {
            'REQUEST_METHOD': method,
            'PATH_INFO': path,
            'REMOTE_ADDR': '192.0.2.7',
            'HTTP_USER_AGENT': agent,
        }
        setup_testing_defaults(seed(environ))
        answers = []
        note('asked', path)
        body = self._audited(environ, lambda *answer: answers.append(answer))
        for _chunk in body:
            pass
        if hasattr(body, 'close'):
            body.close()
        status, headers = answers[-1][:2]
        again = 'Retry-After' in dict(headers)
        note('answered', path, status[:3], again)


def main(options):
    """Serve requests until it is enough.

    :returns: what a server keeps until its process ends
    """
    options = json.loads(options)
    threads = options.pop('threads', 4)
    pause = options.pop('pause', 0.002)
    slow = options.pop('slow', 0.02)
    count = options.pop('count', sys.maxsize)
    process, number, lock = uuid.uuid4(), 0, threading.Lock()
    stopping = threading.Event()

    def application(environ, start_response):
        path = environ['PATH_INFO']
        note('ran', path)
        if path.endswith('slow'):
            time.sleep(slow * random.random())
        start_response('200 OK', [('Content-Length', '2')])
        return [b'ok']

    client = Client(
        AuditMiddleware(application, service_name='faults', **options)
    )

    def run():
        nonlocal number
        for turn in range(count):
            with lock:
                number += 1
                mine = number
            kind = 'slow' if turn % 2 else 'quick'
            method = METHODS[turn % len(METHODS)]
            client.ask(
                method, f'/{process}/{mine}/{kind}', f'{process} {mine}'
            )
            if stopping.wait(pause):
                break

    running = [threading.Thread(target=run) for _ in range(threads)]
    note('started', os.getpid())
    for thread in running:
        thread.start()
    if count == sys.maxsize:
        sys.stdin.read()
        stopping.set()
    for thread in running:
        thread.join()
    return client


if __name__ == '__main__':
    logging.basicConfig(
        format='%(process)s %(name)s %(levelname)s %(message)s',
        level=logging.WARNING,
    )
    kept = main(*sys.argv[1:])
