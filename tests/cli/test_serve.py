# SPDX-License-Identifier: Apache-2.0

"""cadf-audit serve, as an operator types it, and as clients meet it."""

import contextlib
import http.client
import json
import re
import signal
import subprocess
import sys
import time

import pytest

from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.store import Store
from cadf_audit.trail.upgrade import upgrade
from tests.cli.test_trail import run
from tests.trail.api.asking import token_file
from tests.trail.parts import ended
from tests.trail.parts import ingest

SERVE = (sys.executable, '-m', 'cadf_audit.cli')


@pytest.fixture
def url(tmp_path):
    """Lead to a trail with an event."""
    url = f'sqlite:///{tmp_path}/trail.db'
    engine = open_engine(url)
    upgrade(engine)
    ingest(Store(engine), ended('a'))
    engine.dispose()
    return url


@pytest.fixture
def config_file(tmp_path, url):
    """A file that names the trail and a file of tokens."""
    path = tmp_path / 'trail.conf'
    path.write_text(
        f'[audit_trail]\nconnection = {url}\nlisten = 127.0.0.1:0\n'
        f'token_file = {token_file(tmp_path)}\n'
    )
    return str(path)


@contextlib.contextmanager
def serving(*arguments):
    """Serve; give the process, its address, and what it said until then."""
    process = subprocess.Popen(
        # A test run in the background ignores Ctrl-C, and would hand that on.
        ['env', '--default-signal=INT', *SERVE, *arguments],
        stderr=subprocess.PIPE,
        text=True,
    )
    said = []
    try:
        while not (said and 'Ctrl-C' in said[-1]):
            line = process.stderr.readline()
            assert line, said
            said.append(line)
        address = re.search('http://([^/]+)/v1', ''.join(said))[1]
        yield process, address, ''.join(said)
    finally:
        process.kill()
        process.wait(30)
        process.stderr.close()


def get(address, path, **headers):
    """Return status and body of an answer."""
    connection = http.client.HTTPConnection(address, timeout=30)
    connection.request('GET', path, headers=headers)
    response = connection.getresponse()
    found = response.status, response.read()
    connection.close()
    return found


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_it_answers_until_a_signal(config_file, number):
    """Who has a token is answered, and the process ends well."""
    with serving('--config-file', config_file, 'serve') as (process, at, _):
        status, body = get(at, '/v1/events', Authorization='Bearer auditor')
        stranger, _ = get(at, '/v1/events')
        process.send_signal(number)
        ended_with = process.wait(30)

    assert (200, 401) == (status, stranger)
    assert ['a'] == [each['id'] for each in json.loads(body)['events']]
    assert 0 == ended_with


@pytest.mark.parametrize('listen', ['127.0.0.1:0', 'localhost:0', '[::1]:0'])
def test_without_authentication_on_this_machine(url, listen):
    """Everyone here is answered, and the operator is told so."""
    arguments = ('--connection', url, '--no-auth', '--listen', listen)
    with serving('serve', *arguments) as (_, address, said):
        ours, _ = get(address, '/v1/events')
        rebound, _ = get(address, '/v1/events', Host='evil.example')

    assert (200, 403) == (ours, rebound)
    assert 'whoever is on this machine can read everything' in said


@pytest.mark.parametrize(
    'listen',
    ['0.0.0.0:0', '[::]:0', '192.0.2.7:0', '0:0', '[::ffff:0.0.0.0]:0'],
)
def test_without_authentication_nowhere_else(url, listen):
    """An address that others reach is refused before it is opened."""
    done = run('serve', '--connection', url, '--no-auth', '--listen', listen)

    assert 2 == done.returncode
    assert 'which others reach as well' in done.stderr


def test_tokens_on_an_open_address_are_warned_of(config_file):
    """TLS is the business of a proxy."""
    arguments = ('serve', '--listen', '0.0.0.0:0')
    with serving('--config-file', config_file, *arguments) as (_, _, said):
        assert 'let a proxy in front speak TLS' in said


def test_nobody_is_let_in_by_saying_nothing(url):
    """The error names the three ways."""
    done = run('serve', '--connection', url)

    assert 2 == done.returncode
    for way in ('token_file', 'trail-api-paste.ini.sample', '--no-auth'):
        assert way in done.stderr


def test_no_authentication_is_no_option(tmp_path, url):
    """No file can say it; and it contradicts a file of tokens."""
    path = tmp_path / 'trail.conf'
    path.write_text('[audit_trail]\nno_auth = true\n')
    alone = run('--config-file', path, 'serve', '--connection', url)
    path.write_text(f'[audit_trail]\ntoken_file = {token_file(tmp_path)}\n')
    both = run(
        *('--config-file', path),
        *('serve', '--connection', url, '--no-auth'),
    )

    assert 2 == alone.returncode == both.returncode
    assert 'say who may ask' in alone.stderr
    assert 'contradicts token_file' in both.stderr


def test_a_file_of_tokens_that_others_read_is_refused(tmp_path, config_file):
    """Nothing is served with it."""
    (tmp_path / 'tokens.yaml').chmod(0o644)
    done = run('--config-file', config_file, 'serve')

    assert 1 == done.returncode
    assert 'its mode is 0644' in done.stderr


@pytest.mark.parametrize(
    ('arguments', 'problem'),
    [
        (['--listen', '8788'], 'is no HOST:PORT'),
        (['--listen', ':8788'], 'is no HOST:PORT'),
        (['--listen', 'localhost:99999'], 'is no HOST:PORT'),
        (['--listen', 'nowhere.invalid:1'], 'nowhere.invalid:1'),
        (['--threads', '0'], '--threads: 1 to 15'),
        (['--threads', '16'], '--threads: 1 to 15'),
    ],
)
def test_what_makes_no_sense_is_one_sentence(url, arguments, problem):
    """Status 2, and what is allowed."""
    done = run('serve', '--connection', url, '--no-auth', *arguments)

    assert 2 == done.returncode
    assert problem in done.stderr
    assert 1 == len(done.stderr.splitlines())


def test_an_address_that_is_taken(url):
    """It is told as the system tells it."""
    arguments = ('serve', '--connection', url, '--no-auth', '--listen')
    with serving(*arguments, '127.0.0.1:0') as (_, address, _):
        done = run(*arguments, address)

    assert 1 == done.returncode
    assert f'{address}: Address already in use' in done.stderr


def test_a_client_that_goes_away_ends_its_export(tmp_path, url, config_file):
    """The threads are free for others, however many have left."""
    engine = open_engine(url)
    store = Store(engine)
    for number in range(3):
        many = [ended(f'{number}-{each}') for each in range(6000)]
        ingest(store, *many)
    engine.dispose()
    arguments = ('--config-file', config_file, 'serve', '--threads', '1')
    with serving(*arguments) as (_, address, _):
        for _ in range(5):
            connection = http.client.HTTPConnection(address, timeout=30)
            connection.request(
                'GET', '/v1/export', headers={'X-Auth-Token': 'auditor'}
            )
            connection.getresponse().read(100)
            connection.close()
        began = time.monotonic()
        status, _ = get(address, '/healthz')

    assert 200 == status
    assert time.monotonic() - began < 30
