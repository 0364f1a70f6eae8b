# SPDX-License-Identifier: Apache-2.0

"""Canaries leave on each way there is, and the watch of this run tells."""

import logging
import os
import subprocess
import sys

import pytest

from cadf_audit.delivery.direct import DirectDelivery
from cadf_audit.delivery.encoding import LineEncoder
from cadf_audit.exceptions import OptionError
from tests.canaries import canary
from tests.canary_watch import WATCH
from tests.harness import audited
from tests.harness import call
from tests.harness import environ
from tests.servers.process import temporary_directory

SECRET = canary('made-up')
LOG = logging.getLogger('tests.leaking')


def log_exception():
    """Log an exception behind which there is another one."""
    try:
        try:
            raise KeyError(SECRET)
        except KeyError:
            raise ValueError('something else') from None
    except ValueError:
        LOG.exception('it failed')


def log_note():
    """Log an exception that somebody has noted something of."""
    exc = ValueError('it')
    exc.add_note(SECRET)
    LOG.error('failed', exc_info=exc)


def fail_in_the_filter():
    """Raise through the filter."""

    def app(environ, start_response):
        raise ValueError(SECRET)

    call(audited(app), environ())


class Notifier:
    """A notifier of Oslo that nobody listens to."""

    def info(self, context, event_type, payload):
        """Drop an event."""


EVENT = {'id': 'x', 'requestPath': f'/?token={SECRET}'}
LEAKS = {
    'event': lambda: LineEncoder('p').line('audit.event', EVENT),
    'event that is sent at once': lambda: DirectDelivery(Notifier).send(
        'audit.event', EVENT
    ),
    'message': lambda: LOG.warning(SECRET),
    'argument that is cut': lambda: LOG.warning('got %.3s', SECRET),
    'argument by name': lambda: LOG.warning(
        'got it %(a)d', {'a': 1, 'b': SECRET}
    ),
    'argument in a list': lambda: LOG.warning('got %d', [SECRET]),
    'exception behind another': log_exception,
    'note of an exception': log_note,
    'error of ours': lambda: OptionError('driver', SECRET, 'here'),
    'exception through the filter': fail_in_the_filter,
    'what a process prints': lambda: subprocess.run(
        [sys.executable, '-c', 'print(input())'],
        input=SECRET,
        text=True,
        capture_output=True,
    ),
}


@pytest.mark.parametrize('leak', LEAKS)
@pytest.mark.filterwarnings('ignore')
def test_leak_is_seen(leak, monkeypatch):
    """Whatever it is, the watch of the test run says what it was."""
    monkeypatch.setattr(logging, 'raiseExceptions', False)

    LEAKS[leak]()
    seen = WATCH.take()

    assert seen
    assert all(each.endswith(': made-up') for each in seen)


def in_a_segment(directory):
    """Write a line of a spool."""
    (directory / 'a' / 'b').mkdir(parents=True)
    (directory / 'a' / 'b' / '1').write_text(f'{{}}\n{{"a": "{SECRET}"}}\n')


def in_a_large_file(directory):
    """Write it at the end of many bytes."""
    (directory / 'trail.db').write_bytes(b'\0' * 3_000_000 + SECRET.encode())


def in_a_name(directory):
    """Call a directory so."""
    (directory / SECRET).mkdir()


@pytest.mark.parametrize('write', [in_a_segment, in_a_large_file, in_a_name])
def test_leak_into_a_file_is_seen(write):
    """However deep it lies, and however large the file is."""
    with temporary_directory('leak') as directory:
        os.mkfifo(directory / 'pipe')
        (directory / 'other').write_text('nothing')
        write(directory)

    [leak] = WATCH.take()

    assert leak.startswith('file ')
    assert leak.endswith(': made-up')


TESTS = """\
import logging

from cadf_audit.delivery.encoding import LineEncoder
from tests.canaries import canary
from tests.harness import environ

def test_event():
    LineEncoder('p').line('audit.event', {'query': environ()['QUERY_STRING']})

def test_log():
    logging.getLogger('x').debug('no level lets this out')
    logging.getLogger('x').error('got %s', environ()['HTTP_COOKIE'])

def test_spool(tmp_path):
    (tmp_path / 'file').write_text(canary('spool'))

def test_nothing(tmp_path):
    (tmp_path / 'file').write_text(str(len(environ())))
"""


def test_run_with_leaks_fails(tmp_path):
    """Each test fails by what it alone has let out, and is named."""
    (tmp_path / 'pytest.ini').write_text('[pytest]\n')
    (tmp_path / 'test_leaks.py').write_text(TESTS)
    environment = os.environ | {
        'PYTHONPATH': os.pathsep.join(sys.path),
        'PYTEST_ADDOPTS': '--color=no --tb=line -p no:cacheprovider',
    }
    # With a mark of its own, it does no harm here.
    del environment['CADF_AUDIT_TEST_CANARY']

    result = subprocess.run(
        [sys.executable, '-m', 'pytest', '-p', 'tests.conftest', '-rE'],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )

    assert pytest.ExitCode.TESTS_FAILED == result.returncode
    assert '4 passed, 3 errors in ' in result.stdout
    for name, place in [
        ('event', 'event: query-signature, query-token, query-user'),
        ('log', 'log x: cookie'),
        ('spool', 'file: spool'),
    ]:
        assert f'ERROR test_leaks.py::test_{name}' in result.stdout
        assert place in result.stdout, result.stdout
    assert 'test_nothing' not in result.stdout
