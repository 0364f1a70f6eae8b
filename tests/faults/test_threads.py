# SPDX-License-Identifier: Apache-2.0

"""Threads that are none: who may forward beside them, and who may not."""

import contextlib
import importlib.util
import subprocess
import sys
import textwrap

import pytest

from tests.faults.load import Load
from tests.faults.record import SECONDS
from tests.faults.rig import Api
from tests.faults.rig import ExternalForwarder
from tests.faults.rig import gunicorn_command
from tests.faults.test_workers import check
from tests.faults.test_workers import kill_workers

PATCHES = {
    'gevent': 'from gevent import monkey; monkey.patch_all()',
    'eventlet': 'import eventlet; eventlet.monkey_patch()',
}


def skip_without(package):
    """Skip a test that needs a package which this machine lacks."""
    if importlib.util.find_spec(package) is None:
        pytest.skip(f'needs {package}: pip install {package}')


def run(program, *arguments):
    """Return what a program printed, as lines."""
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize('package', PATCHES)
def test_thread_is_refused_beside_patched_threads(package, tmp_path, promise):
    """A forwarder in a thread that is none is refused at start, in words."""
    skip_without(package)
    program = PATCHES[package] + textwrap.dedent("""
        from cadf_audit import AuditMiddleware
        from cadf_audit.exceptions import OptionError
        import sys

        def build(forwarder):
            AuditMiddleware(
                None, driver='log', spool_dir=sys.argv[1], forwarder=forwarder
            )

        try:
            build('thread')
        except OptionError as exc:
            print(exc)
        build('external')
        print('external works')
    """)

    said = run(program, str(tmp_path / 'spool'))

    promise(
        f'forwarder = thread beside threads of {package} is refused at start',
        '1 start',
        int(len(said) != 2),
    )
    assert 2 == len(said)
    assert package in said[0]
    assert 'forwarder = external' in said[0]


def test_external_forwarder_beside_gevent(directory, bus, promise, versions):
    """Workers of gevent record, and a process of its own forwards."""
    skip_without('gevent')
    api = Api(
        directory,
        bus,
        lambda port: gunicorn_command(port, '--worker-class', 'gevent'),
        forwarder='external',
    )
    with contextlib.ExitStack() as stack:
        stack.callback(api.stop)
        api.start()
        forwarder = ExternalForwarder(api)
        stack.callback(forwarder.stop)
        forwarder.start()
        with Load(api.port, threads=8) as load:
            load.wait_for(50)
            killed = kill_workers(api, SECONDS)
            load.wait_for(50)
        verdict = api.arrived(load.requests, one_at_a_time=False)
    check(
        verdict,
        promise,
        'gunicorn -k gevent, kill -9 of workers, forwarder = external: every '
        'answered request has its two events, every begun one a final event',
        versions,
        f'{killed} kills',
    )
