# SPDX-License-Identifier: Apache-2.0

"""Options in, an audited API on a real server, its spool and its bus out."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import sys
import time

from cadf_audit.delivery.spool.adoption import last_record
from cadf_audit.delivery.spool.cursor import END
from cadf_audit.delivery.spool.cursor import Progress
from cadf_audit.delivery.spool.cursor import read_progress
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.process import is_alive
from cadf_audit.delivery.spool.reader import Found
from cadf_audit.delivery.spool.reader import Reader
from tests.faults.judge import judge
from tests.faults.record import LONG
from tests.servers.client import http_request
from tests.servers.process import free_ports
from tests.servers.process import Process
from tests.servers.wsgi import GUNICORN
from tests.servers.wsgi import ROOT

APPLICATION = 'tests.faults.served:application'

#: what starts to forward before there is a request
HOOK = """\
import cadf_audit.delivery

def post_fork(server, worker):
    cadf_audit.delivery.start()
"""


def uwsgi():
    """Return where uWSGI is; None if it is not installed."""
    beside = pathlib.Path(sys.executable).with_name('uwsgi')
    return str(beside) if beside.exists() else shutil.which('uwsgi')


def gunicorn_command(port, *options, workers=4):
    """Return the command line of a gunicorn with the application."""
    return (
        *GUNICORN,
        *('--bind', f'127.0.0.1:{port}', f'--workers={workers}'),
        *('--pid', 'pid', '--graceful-timeout', '10'),
        *options,
        APPLICATION,
    )


def uwsgi_command(port, *options, workers=4):
    """Return the command line of a uWSGI that loads before it forks."""
    return (
        *(uwsgi(), '--master', '--need-app', '--disable-logging'),
        # uWSGI does not notice the virtual environment that it stands in.
        *('--home', sys.prefix, '--module', APPLICATION),
        *('--processes', str(workers), '--socket-timeout', '30'),
        *('--die-on-term', '--pidfile', 'pid', *options),
        *('--http-socket', f'127.0.0.1:{port}'),
    )


def write_config(path, bus, **options):
    """Write a configuration file of a service.

    :param path: where
    :param bus: where events go
    :param options: those of [audit]
    """
    lines = ['[audit]', 'enabled = true', 'service_name = tests']
    lines += [f'{name} = {value}' for name, value in options.items()]
    path.write_text('\n'.join([*lines, *bus.configuration, '']))


class Api:
    """The application on a server; :meth:`start` starts it, again too.

    :param directory: an empty directory for all that is written
    :param bus: where events go
    :param command: from a port to the command line
    :param options: those of [audit], beside the defaults below
    """

    def __init__(self, directory, bus, command=gunicorn_command, **options):
        self.directory = directory
        self.bus = bus
        self.spool = directory / 'spool'
        self.config = directory / 'api.conf'
        self.clock = directory / 'clock'
        self.command = command
        [self.port] = free_ports(1)
        defaults = {'delivery': 'spool', 'spool_dir': self.spool}
        write_config(self.config, bus, **{**defaults, **options})
        self.environ = {
            'PYTHONPATH': str(ROOT),
            'CADF_AUDIT_TEST_CLOCK': str(self.clock),
            'CADF_AUDIT_TEST_IMPATIENT': '' if LONG else '1',
            'CADF_AUDIT_TEST_LOG': str(bus.log),
        }
        self._process = None
        #: the process id of the server's master
        self.pid = None

    def start(self, wait=True):
        """Start the server, and wait until it answers."""
        (self.directory / 'pid').unlink(missing_ok=True)
        self._process = Process(
            self.command(self.port),
            self.directory,
            {**self.environ, 'CADF_AUDIT_TEST_CONFIG': str(self.config)},
        )
        if wait:
            self.wait()

    def wait(self):
        """Return when the server answers."""
        self._process.wait_for(
            self.port, http_request(path='/plain/ready'), b'HTTP/1.'
        )
        # Read once: the server replaces the file at a reload.
        self.pid = int((self.directory / 'pid').read_text())

    def stop(self):
        """End the server and all it started, by SIGKILL."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    @property
    def workers(self):
        """The process ids of the server's workers."""
        return children(self.pid)

    @property
    def output(self):
        """Return what the server and the filter wrote to stderr."""
        return (self.directory / 'output.log').read_text(errors='replace')

    def arrived(self, requests, **options):
        """Return the verdict once nothing is left in the spool.

        A client may see the end of an answer before the filter does.
        """
        consumer = self.bus.consumer
        deadline = time.monotonic() + 10
        while True:
            wait_for(
                lambda: is_drained(self.spool, consumer), 'an empty spool', 180
            )
            verdict = judge(requests, self.bus.read(), **options)
            if verdict.complete or time.monotonic() > deadline:
                return verdict
            time.sleep(0.2)

    def terminate(self, timeout=60):
        """Ask the server to end in good order; return when it has."""
        pid = self.pid
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not is_running(pid), 'the server to end', timeout)
        self.stop()


class ExternalForwarder:
    """The forwarder as a process of its own.

    The command itself, or what does the same with shorter times and with the
    driver log.

    :param api: whose spool it forwards
    :param command: whether it is the command
    """

    def __init__(self, api, command=LONG):
        self._api = api
        self._process = None
        self._directory = api.directory / 'forwarder'
        self._directory.mkdir()
        self._command = [
            *(sys.executable, '-m', 'tests.faults.forward'),
            str(api.config),
        ]
        if command:
            self._command = [
                *(sys.executable, '-m', 'cadf_audit.cli'),
                *('spool', 'forward', '--config-file', str(api.config)),
            ]

    def start(self):
        """Start it; the API has made the spool before."""
        (self._directory / 'pid').unlink(missing_ok=True)
        # In a file, since the process that we start is the one around it.
        script = 'echo $$ > pid; exec "$@"'
        self._process = Process(
            ['/bin/sh', '-c', script, 'sh', *self._command],
            self._directory,
            self._api.environ,
        )

    @property
    def output(self):
        """Return what it wrote to stderr."""
        return (self._directory / 'output.log').read_text(errors='replace')

    @property
    def pid(self):
        """Its process id."""
        file = self._directory / 'pid'
        wait_for(file.exists, 'the forwarder')
        return int(wait_for(file.read_text, 'the forwarder'))

    def terminate(self, timeout=60):
        """Ask it to end in good order; return when it has."""
        pid = self.pid
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not is_running(pid), 'the forwarder to end', timeout)
        self.stop()

    def stop(self):
        """End it by SIGKILL."""
        if self._process is not None:
            self._process.stop()
            self._process = None


def children(pid):
    """Return the process ids of the children of a process."""
    found = []
    with contextlib.suppress(OSError):
        for task in pathlib.Path(f'/proc/{pid}/task').iterdir():
            found += map(int, (task / 'children').read_text().split())
    return found


def is_running(pid):
    """Say whether there is a process, and not only its remains."""
    try:
        text = pathlib.Path(f'/proc/{pid}/stat').read_text('latin-1')
    except OSError:
        return False
    return text.rpartition(')')[2].split()[0] not in 'ZX'


def wait_for(condition, what, timeout=60):
    """Return what a condition said when it was met.

    :raises TimeoutError: it was not met in good time
    """
    deadline = time.monotonic() + timeout
    while not (met := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f'waited in vain for {what}')
        time.sleep(0.05)
    return met


def left_in(spool, consumer):
    """Return the messages of a spool that a consumer has not passed.

    :param spool: the spool directory
    :param consumer: the name of the consumer
    """
    messages = []
    for folder in layout.writers(spool):
        path = folder / layout.CURSORS / layout.consumer_file(consumer)
        progress = read_progress(path) or Progress()
        reader = Reader(folder, progress.position)
        try:
            while items := reader.read(last_record(folder)):
                messages += [
                    json.loads(item.message)
                    for item in items
                    if isinstance(item, Found)
                ]
        finally:
            reader.close()
    return messages


def is_drained(spool, consumer):
    """Say whether a consumer has all, and nobody's end has to be written.

    :param spool: the spool directory
    :param consumer: the name of the consumer
    """
    with contextlib.suppress(FileNotFoundError):
        return not left_in(spool, consumer) and all(
            is_alive(folder) or _is_passed(folder, consumer)
            for folder in layout.writers(spool)
        )
    return False


def _is_passed(folder, consumer):
    path = folder / layout.CURSORS / layout.consumer_file(consumer)
    progress = read_progress(path)
    return progress is not None and progress.position == END


def memory(pid):
    """Return how many bytes of memory a process has, as RSS."""
    text = pathlib.Path(f'/proc/{pid}/status').read_text()
    [line] = [each for each in text.splitlines() if each[:6] == 'VmRSS:']
    return int(line.split()[1]) * 1024
