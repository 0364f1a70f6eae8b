# SPDX-License-Identifier: Apache-2.0

"""The command as an operator types it, and spools that services left."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

from cadf_audit import AuditMiddleware
from tests.harness import answer
from tests.harness import audited
from tests.harness import call
from tests.harness import environ

ROOT = pathlib.Path(__file__).parents[2]
COMMAND = (sys.executable, '-m', 'cadf_audit.cli')

KILLED = """\
import os
import sys
from tests.cli.spools import service
from tests.harness import call
from tests.harness import environ

def app(environ, start_response):
    if environ['PATH_INFO'] == '/killed':
        os.kill(os.getpid(), 9)
    start_response('200 OK', [])
    return []

directory, count = sys.argv[1:]
made = service(directory, app)
for number in range(int(count)):
    call(made, environ(path=f'/killed/{number}'))
call(made, environ('DELETE', '/killed'))
"""


def run(*arguments, **options):
    """Run the command; return what it said."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        **options,
    )


def start(*arguments):
    """Start the command, and let it run."""
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A test run in the background of a shell ignores Ctrl-C, and so
        # would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def said(done):
    """Return what a command said on stderr; fail if that is a traceback."""
    assert 'Traceback' not in done.stderr, done.stderr
    return done.stderr


def service(directory, app=None, **options):
    """Return a service with a spool and no forwarder of its own."""
    given = {
        'spool_dir': str(directory),
        'driver': 'noop',
        'forwarder': 'external',
        'service_name': 'compute',
        **options,
    }
    return AuditMiddleware(app or answer(), **given)


def record(made, *paths, method='PUT'):
    """Send a request for each path."""
    for path in paths:
        call(made, environ(method, path))


def killed(directory, count):
    """Leave the spool of a process that was killed in its last request."""
    subprocess.run(
        [sys.executable, '-c', KILLED, str(directory), str(count)],
        check=False,
        cwd=ROOT,
        timeout=60,
    )
    [folder] = writers(directory)
    return folder


def writers(directory):
    """Return the folders of the writers."""
    return sorted(
        path.parent for path in pathlib.Path(directory).glob('*/writer.lock')
    )


def segment(folder):
    """Return the only segment of a writer."""
    [path] = folder.glob('*.jsonl')
    return path


def config(path, directory, driver='noop', **more):
    """Write the configuration file of a service; return its path."""
    lines = [
        '[audit]',
        f'spool_dir = {directory}',
        'forwarder = external',
        '[audit_middleware_notifications]',
        f'driver = {driver}',
        *(f'{name} = {value}' for name, value in more.items()),
    ]
    path.write_text('\n'.join(lines))
    return path


def forward(file, *options):
    """Forward once."""
    return run('--config-file', file, 'spool', 'forward', '--once', *options)


def rows(directory, command='status'):
    """Return the rows that a command shows about a spool."""
    done = run('--spool-dir', directory, 'spool', command, '-f', 'json')
    said(done)
    return json.loads(done.stdout)


def wait_until(condition):
    """Return once a condition holds; fail if it does not within a minute."""
    deadline = time.monotonic() + 60
    while not (met := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return met


def nobody():
    """Return the ids of a user who owns nothing here, and may do nothing."""
    return 65534, os.getgid()


def recorded(directory, *requests):
    """Return a spool with what requests to a service like Nova leave."""
    app = audited(
        delivery='spool',
        spool_dir=str(directory),
        forwarder='none',
        audit_map_file='nova',
    )
    for request in requests:
        call(app, request)
    return directory
