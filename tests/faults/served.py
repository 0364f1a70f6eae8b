# SPDX-License-Identifier: Apache-2.0

"""Variables of the environment in, an application behind the filter out.

``CADF_AUDIT_TEST_CONFIG`` is a configuration file for the filter;
``CADF_AUDIT_TEST_IMPATIENT`` is 1 if the forwarder is to try again soon;
``CADF_AUDIT_TEST_CLOCK`` is a file that holds the seconds by which the clock
of the filter is wrong; ``CADF_AUDIT_TEST_LOG`` is a file for what the driver
log and the logger of the events are given.
"""

import itertools
import json
import logging
import multiprocessing
import os
import pathlib
import subprocess
import sys
import time
import uuid

from cadf_audit import AuditMiddleware
from cadf_audit import clock
from cadf_audit.delivery import lane
from cadf_audit.delivery import pauses

CHUNKS = [b'one ', b'two ', b'three']


class Unhappy(Exception):  # noqa: N818
    """What an application raises."""


def plain(environ, start_response):
    """Answer at once."""
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'ok']


def create(environ, start_response):
    """Answer with what was sent."""
    body = environ['wsgi.input'].read()
    headers = [('Content-Length', str(len(body)))]
    start_response('201 Created', headers)
    return [body]


def remove(environ, start_response):
    """Answer without a body."""
    start_response('204 No Content', [])
    return []


def stream(environ, start_response):
    """Answer in chunks, with a pause between two."""
    start_response('200 OK', [('Content-Type', 'text/plain')])
    for chunk in CHUNKS:
        time.sleep(0.01)
        yield chunk


def slow(environ, start_response):
    """Answer late."""
    time.sleep(0.1)
    return plain(environ, start_response)


def unhappy(environ, start_response):
    """Raise before there is an answer."""
    raise Unhappy('on purpose')


def unhappy_late(environ, start_response):
    """Raise in the middle of the answer."""
    start_response('200 OK', [('Content-Type', 'text/plain')])
    yield CHUNKS[0]
    raise Unhappy('on purpose')


def fork(environ, start_response):
    """Fork a child that ends at once, without a word to Python."""
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    return plain(environ, start_response)


def fork_exit(environ, start_response):
    """Fork a child that ends through the filter and the server."""
    child = os.fork()
    if not child:
        sys.exit(0)
    os.waitpid(child, 0)
    return plain(environ, start_response)


def fork_stay(environ, start_response):
    """Fork a child that outlives this process, maybe."""
    if not os.fork():
        time.sleep(3)
        os._exit(0)
    return plain(environ, start_response)


def fork_process(environ, start_response):
    """Let multiprocessing fork."""
    context = multiprocessing.get_context('fork')
    process = context.Process(target=time.sleep, args=(0.01,))
    process.start()
    process.join()
    return plain(environ, start_response)


def fork_program(environ, start_response):
    """Start another program."""
    subprocess.run(['/bin/true'], check=True)
    return plain(environ, start_response)


KINDS = {
    'plain': plain,
    'create': create,
    'update': create,
    'remove': remove,
    'stream': stream,
    'slow': slow,
    'raise': unhappy,
    'raise-late': unhappy_late,
    'fork': fork,
    'fork-exit': fork_exit,
    'fork-stay': fork_stay,
    'fork-process': fork_process,
    'fork-program': fork_program,
}


def application(environ, start_response):
    """Do what the first part of the path says."""
    kind = environ['PATH_INFO'].split('/')[1]
    return KINDS[kind](environ, start_response)


class Numbered:
    """Tells the filter which process has which request, by User-Agent.

    :param app: the filter
    """

    def __init__(self, app):
        self._app = app
        self._processes = {}

    def __call__(self, environ, start_response):
        """Say it, and go on."""
        process, numbers = self._processes.setdefault(
            os.getpid(), (uuid.uuid4(), itertools.count(1))
        )
        environ['HTTP_USER_AGENT'] = f'{process} {next(numbers)}'
        return self._app(environ, start_response)


class WrongTime:
    """Tells a time that somebody has set."""

    strftime = staticmethod(time.strftime)
    gmtime = staticmethod(time.gmtime)

    def time(self):
        """Return the seconds since 1970."""
        return self.time_ns() / 10**9

    def time_ns(self):
        """Return the nanoseconds since 1970."""
        try:
            seconds = json.loads(pathlib.Path(CLOCK).read_text())
        except (OSError, ValueError):
            seconds = 0
        return time.time_ns() + seconds * 10**9


class LineFile(logging.Handler):
    """Writes each message as one line of a file that processes share.

    :param path: the file
    """

    def __init__(self, path):
        super().__init__()
        # With O_APPEND the kernel puts each write whole at the end, whoever
        # writes; a buffered file could tear a line.
        self._file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def emit(self, record):
        """Write a message."""
        os.write(self._file, f'{record.getMessage()}\n'.encode())


def shorten_times():
    """Let a short fault outlast every patience, as a long one does."""
    lane.GIVE_UP = 1.0
    pauses.LONGEST_PAUSE = 1.0


def set_up_logging():
    """Complaints go to stderr, and events to a file."""
    logging.basicConfig(
        format='%(process)s %(name)s %(levelname)s %(message)s',
        level=logging.WARNING,
    )
    file = os.environ.get('CADF_AUDIT_TEST_LOG')
    for name in ('oslo.messaging.notification', 'cadf_audit.events'):
        logger = logging.getLogger(name)
        logger.setLevel(logging.INFO)
        logger.propagate = False
        if file:
            logger.addHandler(LineFile(file))


set_up_logging()
CLOCK = os.environ.get('CADF_AUDIT_TEST_CLOCK')
if CLOCK:
    # The one place that asks for the time asks this one.
    clock.time = WrongTime()
if os.environ.get('CADF_AUDIT_TEST_IMPATIENT') == '1':
    shorten_times()
if 'CADF_AUDIT_TEST_CONFIG' in os.environ:
    application = Numbered(
        AuditMiddleware(
            application, oslo_config_file=os.environ['CADF_AUDIT_TEST_CONFIG']
        )
    )
