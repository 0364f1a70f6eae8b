# SPDX-License-Identifier: Apache-2.0

"""What the page about events says in, whether the filter does it out."""

import io
import itertools
import json
import re
from wsgiref.util import FileWrapper

import pytest

from cadf_audit.redaction import Redactor
from tests.canaries import NO_CREDENTIAL
from tests.harness import answer
from tests.harness import audit
from tests.harness import audited
from tests.harness import environ
from tests.harness import event_log
from tests.judge import assert_valid
from tests.pages import example_map
from tests.pages import find_block
from tests.pages import find_blocks
from tests.pages import find_json
from tests.pages import find_rows
from tests.pages import parse_rows
from tests.pages import read
from tests.pages import without_chance


def example_request():
    """Return the request of the page about events."""
    block = find_block('event.rst', 'example-request')
    line, *headers = block.splitlines()
    method, url, _ = line.split()
    path, _, query = url.partition('?')
    address = re.search(r'address ([\d.]+):', read('event.rst'))[1]
    request = environ(method, path, QUERY_STRING=query, REMOTE_ADDR=address)
    for header in headers:
        name, _, value = header.partition(': ')
        request['HTTP_' + name.upper().replace('-', '_')] = value
    catalog = find_json('event.rst', 'example-catalog')
    request['HTTP_X_SERVICE_CATALOG'] = json.dumps(catalog)
    return request | find_json('event.rst', 'example-environ')


def test_example_events(tmp_path):
    """The request of the page causes the two events of the page."""
    documented = find_json('event.rst', 'example-pending')
    documented_final = documented | find_json('event.rst', 'example-final')

    _, pending, final = audit(
        answer(), example_request(), audit_map_file=example_map(tmp_path)
    )

    assert_valid(documented)
    assert_valid(documented_final)
    assert without_chance(documented) == without_chance(pending)
    assert without_chance(documented_final) == without_chance(final)


def test_nobody_and_nothing_known():
    """Unknown initiators and targets look as the page shows them."""
    nobody = find_json('event.rst', 'nobody-known')
    request = environ(
        REMOTE_ADDR=nobody['host']['address'],
        HTTP_USER_AGENT=nobody['host']['agent'],
        **NO_CREDENTIAL,
    )

    _, pending, _ = audit(answer(), request)

    assert nobody == pending['initiator']
    assert find_json('event.rst', 'no-target') == pending['target']


def paths_of(value, path=''):
    """Yield the path of each text in an event."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths_of(item, f'{path}.{key}' if path else key)
    elif isinstance(value, list):
        for item in value:
            yield from paths_of(item, f'{path}[]')
    else:
        yield path


def test_every_field_is_documented(tmp_path):
    """The page documents the fields that events have, and no other."""
    request = example_request() | {
        'openstack.global_request_id': 'req-1',
        'keystone.token_info': {
            'token': {'application_credential': {'id': 'ac-1'}}
        },
    }

    def app(environ, start_response):
        environ['cadf_audit.event'].add_attachment('name', 'content')
        environ['cadf_audit.event'].set_reason('words')
        return answer()(environ, start_response)

    _, _, final = audit(app, request, audit_map_file=example_map(tmp_path))

    documented = [
        row[0]
        for table in find_blocks('event.rst', 'class: fields')
        for row in parse_rows(table)
    ]
    assert sorted(documented) == sorted(set(paths_of(final)))


class AppError(Exception):
    """The application fails."""


def listed(start, environ):
    """Return a list."""
    start()
    return [b'ab']


def from_file(start, environ):
    """Return a file."""
    start()
    return environ['wsgi.file_wrapper'](io.BytesIO(b'ab'))


def streamed(start, environ):
    """Yield chunks."""
    start()
    yield b'a'
    yield b'b'


def failing(start, environ):
    """Yield a chunk and fail."""
    start()
    yield b'a'
    raise AppError


def sized(start, environ):
    """Return chunks whose length the headers tell."""
    start()
    return iter([b'ab', b''])


def raising_first(start, environ):
    """Raise before there is a status."""
    raise AppError


def raising_late(start, environ):
    """Raise after there is a status."""
    start()
    raise AppError


def starting_again(start, environ):
    """Take a first status back."""
    start('202 Accepted')
    start(exc_info=(AppError, AppError(), None))
    return [b'']


def silent(start, environ):
    """Give no status."""
    return []


# What the table of outcomes says: the application, the method, and how many
# chunks the server reads before it closes.
PLAYS = {
    'returns a list or a tuple': (listed, 'GET', 9),
    'returns what wsgi.file_wrapper made': (from_file, 'GET', 9),
    'returns anything else, and it is read to its end': (streamed, 'GET', 9),
    'closes it after as many bytes as Content-Length promised': (
        sized,
        'GET',
        1,
    ),
    'closes it before its end: the client is gone': (streamed, 'GET', 1),
    'closes it before its end: HEAD, 204 or 304, which have no body': (
        streamed,
        'HEAD',
        1,
    ),
    'raises before start_response': (raising_first, 'GET', 9),
    'raises after start_response': (raising_late, 'GET', 9),
    'the body fails half-way': (failing, 'GET', 9),
    'calls start_response again, with exc_info': (
        starting_again,
        'GET',
        9,
    ),
    'never calls start_response': (silent, 'GET', 9),
}


def play(app, method, chunks, log):
    """Serve a request; return when the final event came."""
    request = environ(method)
    request['wsgi.file_wrapper'] = FileWrapper
    try:
        body = app(request, lambda *args: None)
        if len(log.events) == 2:
            return 'as it returns'
        for _ in itertools.islice(body, chunks):
            pass
    except AppError:
        return 'at once; the exception goes on'
    if len(log.events) == 2:
        return 'at the last chunk'
    body.close()
    return 'at close()'


def test_every_row_of_the_outcomes_is_played():
    """The table of outcomes has the rows that are tested, and no other."""
    rows = find_rows('event.rst', 'outcomes')

    assert list(PLAYS) == [row[0] for row in rows]


@pytest.mark.parametrize(
    ('what', 'outcome', 'code', 'when'), find_rows('event.rst', 'outcomes')
)
@pytest.mark.parametrize('status', ['200 OK', '404 Not Found'])
def test_outcomes(what, outcome, code, when, status):
    """Each row of the table of outcomes is true."""
    behaviour, method, chunks = PLAYS[what]

    def app(environ, start_response):
        def start(first=status, exc_info=None):
            headers = [('Content-Length', '2')]
            args = (first, headers) + ((exc_info,) if exc_info else ())
            start_response(*args)

        return behaviour(start, environ)

    with event_log() as log:
        came = play(audited(app), method, chunks, log)
        _, final = log.pair()

    by_status = 'success' if status == '200 OK' else 'failure'
    assert (by_status if outcome == 'by status' else outcome) == final[
        'outcome'
    ]
    expected = None if code == 'none' else status[:3]
    assert expected == final.get('reason', {}).get('reasonCode')
    assert when in (came, 'as the rows above say')


@pytest.mark.parametrize('status', ['204 No Content', '304 Not Modified'])
def test_answers_without_a_body(status):
    """A body that no server asks for is complete when it is closed."""

    def app(environ, start_response):
        start_response(status, [])
        return iter([b''])

    with event_log() as log:
        came = play(audited(app), 'GET', 0, log)
        _, final = log.pair()

    assert ('at close()', 'success') == (came, final['outcome'])


def test_redacted_names():
    """The names that the page lists are those of secrets."""
    redact = Redactor().query
    telling = find_block('event.rst', 'telling-names').split()
    last = find_block('event.rst', 'last-words').split()
    exact = find_block('event.rst', 'exact-names').split()

    assert {f'a_{name}_b=***' for name in telling} == {
        redact(f'a_{name}_b=v') for name in telling
    }
    assert {f'a_{name}=***' for name in last} == {
        redact(f'a_{name}=v') for name in last
    }
    assert {f'{name}=***' for name in exact} == {
        redact(f'{name}=v') for name in exact
    }
    assert {f'a_{name}=v' for name in exact} == {
        redact(f'a_{name}=v') for name in exact
    }
    assert {f'a_{name}_b=v' for name in [*last, *exact]} == {
        redact(f'a_{name}_b=v') for name in [*last, *exact]
    }
    harmless = (
        'sort_key=v&marker=v&partition_key=v&primary_key=v&foreign_key=v'
        '&group_key=v&public_key=v'
    )
    assert harmless == redact(harmless)
