# SPDX-License-Identifier: Apache-2.0

"""The same questions, asked of the HTTP API and of whatever pretends to be."""

import contextlib
import socket
import threading

import pytest

from tests.cli.events import api
from tests.cli.events import happened
from tests.cli.events import PEOPLE
from tests.cli.events import run
from tests.cli.events import served
from tests.servers.process import free_ports
from tests.trail.parts import ingest

QUESTIONS = [
    ('list',),
    ('list', '--limit', '4', '--before', '9', '--owner', '!ann'),
    ('list', '--action', 'update', '--q', '1+1', '--outcome', 'success'),
    ('list', '--status', 'x', '--limit', '0'),
    ('history', 'e-4'),
    ('history', '--target', 'n-1', '--limit', '2'),
    ('history', 'nobody'),
    ('show', 'e-7'),
    ('show', 'a/../b?c#d%'),
    ('count', '--by', 'owner', 'target_name', '--bucket', 'day'),
    ('count', '--by', 'nothing', '--owner', 'ann'),
    ('types',),
    ('values', 'target_name', '--outcome', '!success'),
    ('values', 'nothing'),
    ('list', '--project', 'p-2'),
    ('list', '--owner', 'ann'),
]


@pytest.fixture
def served_trail(store):
    """A trail, and the URL of its API."""
    ingest(store, *(happened(number) for number in range(22)))
    with served(api(store.engine)) as url:
        yield url


@pytest.mark.parametrize('form', ['json', 'table'])
def test_both_give_the_same_answers(served_trail, url, monkeypatch, form):
    """What is printed, the status, and what is said; for whoever asks."""
    people = {
        't-auditor': (),
        't-viewer': ('--as', 'u-v@p-1'),
        't-user': ('--as', 'u-2'),
    }
    for token, seen_as in people.items():
        monkeypatch.setenv('CADF_AUDIT_TOKEN', token)
        for question in QUESTIONS:
            arguments = ('event', *question, '-f', form)
            remote = run(*arguments, '--url', served_trail)
            local = run(*arguments, '--connection', url, *seen_as)

            assert local.status == remote.status
            assert local.out == remote.out
            assert _plain(local.err) == _plain(remote.err)


def _plain(said):
    """Return what was said, without the place that was asked."""
    return [
        line.split(': cadf-audit ')[0] if 'event list' in line else line
        for line in said.splitlines()
    ]


@pytest.mark.parametrize('form', ['ndjson', 'csv'])
def test_both_export_the_same(served_trail, url, form):
    """Byte by byte."""
    question = ('event', 'export', '-f', form, '--owner', 'ann')
    remote = run(*question, '--url', served_trail, '--token', 't-auditor')
    local = run(*question, '--connection', url)

    assert 0 == remote.status == local.status
    assert local.out == remote.out
    # The server of this test is one of HTTP/1.0.
    assert 'does not say where an export ends' in remote.err


@pytest.fixture
def few(sqlite_store):
    """Lead to an API, where it does not matter on which database."""
    ingest(sqlite_store, happened(1))
    with served(api(sqlite_store.engine)) as url:
        yield url


def test_token_is_read_from_a_file(few, tmp_path, monkeypatch):
    """It wins over that of the environment; the last line may end or not."""
    monkeypatch.setenv('CADF_AUDIT_TOKEN', 't-user')
    path = tmp_path / 'token'
    path.write_text('t-viewer\n')
    done = run(
        *('event', 'list', '--url', f'{few}/', '--token-file', str(path)),
        *('--limit', '1', '--total', '-f', 'json'),
    )

    assert ['e-1'] == [event['id'] for event in done.json]


def test_whoever_has_no_token_is_told_how(few, monkeypatch):
    """And of a wrong one that it is; never which one it is."""
    monkeypatch.delenv('CADF_AUDIT_TOKEN', raising=False)
    without = run('event', 'list', '--url', few)
    wrong = run('event', 'list', '--url', few, '--token', 's3cret')

    assert 1 == without.status == wrong.status
    assert f'{few} wants a token: --token-file FILE' in without.err
    assert f'{few} does not know this token' in wrong.err
    assert 's3cret' not in wrong.err


def test_api_that_is_elsewhere_is_no_event(few):
    """A wrong path in the URL is not taken for an empty trail."""
    token = next(iter(PEOPLE))
    done = run('event', 'list', '--url', f'{few}/x', '--token', token)

    assert 1 == done.status
    assert 'there is no such path' in done.err


@contextlib.contextmanager
def saying(answer, waits=False):
    """Give the URL of a server that says so much, and what it was sent."""
    got = []

    def answer_all():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                with connection:
                    got.append(connection.recv(65536))
                    connection.sendall(answer)
                    if waits:
                        done.wait(30)

    done = threading.Event()
    with socket.create_server(('127.0.0.1', 0)) as server:
        thread = threading.Thread(target=answer_all)
        thread.start()
        try:
            yield f'http://127.0.0.1:{server.getsockname()[1]}', got
        finally:
            done.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def http(status, body=b'', *headers):
    """Return an answer of HTTP."""
    head = [f'HTTP/1.1 {status}', f'Content-Length: {len(body)}', *headers]
    return '\r\n'.join([*head, '', '']).encode() + body


DENIED = (
    b'{"error": {"code": 403, "title": "Forbidden", "problems": '
    b'[{"parameter": null, "problem": "no \\u001b[31m"}]}}'
)


@pytest.mark.parametrize(
    ('answer', 'says'),
    [
        (b'', 'Remote end closed connection without response'),
        (b'SSH-2.0-OpenSSH\r\n', 'the answer is no whole HTTP'),
        (http('200 OK', b'<html>'), 'does not answer as the API of a trail'),
        (http('200 OK', b'[]'), 'does not answer as the API of a trail'),
        (http('200 OK', b'{"events": 1}'), 'does not answer as the API of'),
        (http('200 OK', b'[' * 50000), 'does not answer as the API of'),
        (http('200 OK', b'\xff'), 'does not answer as the API of'),
        (http('200 OK', b'{}')[:-1], 'the answer is no whole HTTP'),
        (http('403 Forbidden', DENIED), 'not allowed: no \\x1b[31m'),
        (http('403 Forbidden', b'[' * 50000), 'does not allow it'),
        (http('404 Not Found', b'<html>'), 'this is no answer of the API'),
        (http('404 Not Found', b'[1]'), 'this is no answer of the API'),
        (http('502 Bad Gateway', b'{"error": 1}'), '(502)'),
        (
            http('302 Found', b'', 'Location: http://127.0.0.2/\x1b'),
            'leads to http://127.0.0.2/\\x1b; name what is there with --url',
        ),
    ],
)
def test_whatever_answers_is_said_in_a_sentence(answer, says):
    """Nobody gets a traceback, and nobody else the token."""
    with saying(answer) as (url, got):
        done = run('event', 'list', '--url', url, '--token', 's3cret')

    assert 1 == done.status
    assert f'cadf-audit: error: {url}' in done.err or 'not allowed' in done.err
    assert says in done.err
    assert 1 == done.err.count('\n')
    assert 's3cret' not in done.err + done.out
    assert 1 == len(got)
    assert b'\r\nAuthorization: Bearer s3cret\r\n' in got[0]


def test_nobody_there_is_said():
    """Which URL it was, and what the system says."""
    (port,) = free_ports(1)
    done = run('event', 'list', '--url', f'http://127.0.0.1:{port}')

    assert 1 == done.status
    assert f'http://127.0.0.1:{port}: Connection refused' in done.err


def test_silence_has_an_end(tmp_path, monkeypatch):
    """Somewhat later than the question to the database."""
    monkeypatch.setattr('cadf_audit.cli.event_command._LONGER', 0.1)
    path = tmp_path / 'trail.conf'
    path.write_text('[audit_trail]\nquery_timeout = 0.1\n')
    conf = ('--config-file', str(path))
    with saying(b'', waits=True) as (url, _):
        nothing = run(*conf, 'event', 'list', '--url', url)
    with saying(http('200 OK', b'{}')[:-1], waits=True) as (url, _):
        half = run(*conf, 'event', 'list', '--url', url)

    assert 1 == nothing.status == half.status
    assert 'no answer within 0.2 seconds' in nothing.err
    assert 'no answer within 0.2 seconds' in half.err


LINES = b'{"sequence": 2}\n{"sequence": 1}\n'


@pytest.mark.parametrize(
    'answer',
    [
        http('200 OK', LINES)[:-1],
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n' + LINES,
        http('200 OK', b'\xff\xff'),
        http('200 OK', b'{\xc3'),
    ],
)
def test_export_that_was_cut_is_none(answer, tmp_path):
    """Half of a file is not kept, and the status says so."""
    file = tmp_path / 'file'
    with saying(answer) as (url, _):
        done = run('event', 'export', '--url', url, '-o', str(file))

    assert 1 == done.status
    assert 'it is not complete' in done.err
    assert [] == [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ('arguments', 'problem'),
    [
        (['--url', 'ftp://h'], '--url: this is no URL'),
        (['--url', 'http://'], '--url: this is no URL'),
        (['--url', 'http://h:x'], '--url: this is no URL'),
        (['--url', 'http://[h'], '--url: this is no URL'),
        (['--url', 'http://h/a b'], '--url: this is no URL'),
        (['--url', 'http://u:s3cret@h'], 'a name or a password has no place'),
        (['--url', 'http://h?token=s3cret'], '--url: it has no ? and no #'),
        (['--url', 'http://h', '--as', 'u'], '--as is for who reads'),
        (
            ['--url', 'http://h', '--token', 's3cret', '--token-file', 'f'],
            'either --token or --token-file',
        ),
        (['--url', 'http://h', '--token', 's3cret\n'], 'no token can have'),
        (['--url', 'http://h', '--token', 's3cret é'], 'no token can have'),
        (['--url', 'http://h', '--token', ''], '--token: the token is empty'),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, problem):
    """Before anything is sent, and without the secret."""
    done = run('event', 'list', *arguments)

    assert 2 == done.status
    assert problem in done.err
    assert 's3cret' not in done.err


def test_file_of_a_token_that_is_none_is_named(tmp_path):
    """It is not there, is empty, or is something else."""
    (tmp_path / 'empty').touch()
    (tmp_path / 'binary').write_bytes(b'\xff')
    told = {
        name: run(
            *('event', 'list', '--url', 'http://h'),
            *('--token-file', str(tmp_path / name)),
        )
        for name in ('none', 'empty', 'binary')
    }

    assert [1, 2, 1] == [done.status for done in told.values()]
    assert f'{tmp_path}/none: No such file' in told['none'].err
    assert f'{tmp_path}/empty: the token is empty' in told['empty'].err
    assert f'{tmp_path}/binary: there is no token' in told['binary'].err
