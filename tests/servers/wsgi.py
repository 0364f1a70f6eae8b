# SPDX-License-Identifier: Apache-2.0

"""The name of a WSGI server in, that server with the scripted app out."""

import collections
import contextlib
import functools
import importlib.util
import os
import pathlib
import shutil
import sys

import pytest

from tests.apps.scripted import LARGE
from tests.servers.client import http_request
from tests.servers.process import free_ports
from tests.servers.process import Process
from tests.servers.process import temporary_directory
from tests.servers.trail import Trail

ROOT = pathlib.Path(__file__).parents[2]
APPLICATION = 'tests.apps.served:application'

AUDIT_MAP = """\
[path_keywords]
servers = server

[service_endpoints]
compute = service/compute
"""

GUNICORN = (
    sys.executable,
    *('-m', 'gunicorn', '--no-control-socket', '--keep-alive', '60'),
)


def _uwsgi():
    beside = pathlib.Path(sys.executable).with_name('uwsgi')
    return str(beside) if beside.exists() else shutil.which('uwsgi')


def _uwsgi_command(port, *options):
    return (
        *(_uwsgi(), '--master', '--need-app', '--disable-logging'),
        # uWSGI does not notice the virtual environment that it stands in.
        *('--home', sys.prefix, '--module', APPLICATION),
        *('--processes', '2', '--socket-timeout', '30', *options),
        f'127.0.0.1:{port}',
    )


def gunicorn(port, *options):
    """Return the command line of a gunicorn."""
    return (*GUNICORN, '--bind', f'127.0.0.1:{port}', *options, APPLICATION)


# Each name leads to the command line for a port.
SERVERS = {
    'gunicorn-sync': lambda port: gunicorn(port, '--workers=2'),
    'gunicorn-gthread': lambda port: gunicorn(
        port, '--workers=2', '--worker-class=gthread', '--threads=8'
    ),
    'gunicorn-preload': lambda port: gunicorn(
        port, '--workers=2', '--threads=8', '--preload'
    ),
    # The application is loaded once, before the fork.
    'uwsgi': lambda port: _uwsgi_command(port, '--http-socket'),
    'uwsgi-lazy-apps': lambda port: _uwsgi_command(
        port,
        *('--lazy-apps', '--enable-threads', '--threads', '8'),
        '--http11-socket',
    ),
    'waitress': lambda port: (
        *(sys.executable, '-m', 'waitress', '--threads=16'),
        *(f'--listen=127.0.0.1:{port}', APPLICATION),
    ),
}


def skip_if_missing(name):
    """Skip a test that needs a server which this machine lacks."""
    if name.startswith('uwsgi'):
        if _uwsgi() is None:
            pytest.skip('needs uWSGI: make uwsgi')
        return
    package = name.partition('-')[0]
    if importlib.util.find_spec(package) is None:
        pytest.skip(f'needs {package}: pip install {package}')


class WSGIServer:
    """The scripted application on a server, which :meth:`wait` waits for.

    :param command: from a port to the command line
    :param directory: an empty directory for all that is written
    :param audited: whether the filter is in front of the application
    """

    def __init__(self, command, directory, audited):
        (directory / 'large').write_bytes(b''.join(LARGE))
        (directory / 'audit_map.conf').write_text(AUDIT_MAP)
        self.directory = directory
        self.trail = Trail(directory / 'events')
        [self.port] = free_ports(1)
        self._pipes = []
        self._process = Process(
            command(self.port),
            directory,
            {
                'PYTHONPATH': str(ROOT),
                'CADF_AUDIT_TEST_DIRECTORY': str(directory),
                'CADF_AUDIT_TEST_FILTER': '1' if audited else '',
            },
        )

    def wait(self):
        """Return when the server answers requests."""
        self._process.wait_for(
            self.port, http_request(path='/ready', version='1.0'), b'HTTP/1.'
        )

    def notes(self, note):
        """Return how often the application noted this line."""
        text = (self.directory / 'notes').read_text('latin-1')
        return text.splitlines().count(note)

    def hold(self, name):
        """Hold up the answer to a request that names this pipe in its query.

        :returns: a function that lets the answer go on
        """
        path = self.directory / name
        os.mkfifo(path)
        # Open for both, so that neither side waits for the other to open it.
        file = os.open(path, os.O_RDWR)
        self._pipes.append(file)
        return functools.partial(os.write, file, b'.')

    @property
    def faults(self):
        """Return what the filter complained about."""
        file = self.directory / 'faults'
        return file.read_text() if file.exists() else ''

    def stop(self):
        """Return when the server has ended."""
        self._process.stop()
        for file in self._pipes:
            os.close(file)


@contextlib.contextmanager
def run_twice(name, command):
    """Run a server without and with the filter at the same time.

    At the end each interaction must have left two events, and the filter no
    complaint.

    :param name: for the directories
    :param command: from a port to the command line
    """
    with contextlib.ExitStack() as stack:
        pair = []
        for audited in (False, True):
            directory = stack.enter_context(temporary_directory(name))
            server = WSGIServer(command, directory, audited)
            stack.callback(server.stop)
            pair.append(server)
        for server in pair:
            server.wait()
        yield pair
        ids = [m['payload']['id'] for m in pair[1].trail.messages]
        assert {2} == set(collections.Counter(ids).values())
        assert '' == pair[1].faults
