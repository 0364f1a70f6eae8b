# SPDX-License-Identifier: Apache-2.0

"""An answer of any shape passes as it is, and leaves its event."""

import gzip
import io
import json
import subprocess
import sys
import textwrap
import wsgiref.util
import wsgiref.validate

import pytest

from tests.harness import audited
from tests.harness import environ
from tests.resource_maps import map_file
from tests.resource_maps import map_text
from tests.resource_maps import PAIR
from tests.resource_maps import play
from tests.resource_maps import play_through

SERVERS = """
servers:
  custom_id: [id, header:Location, "request:$.id"]
  custom_attributes: {flavor: compute/flavor}
"""
READ = SERVERS + '  read_response: [GET, POST, HEAD]\n'

GOOD = json.dumps({'server': {'id': 'new', 'flavor': 'f'}}).encode()

JSON = 'application/json'

# content type, content
SHAPES = {
    'good': (JSON, GOOD),
    'list': (JSON, b'[{"id": "x"}]'),
    'empty list': (JSON, b'[]'),
    'string': (JSON, b'"text"'),
    'number': (JSON, b'12'),
    'null': (JSON, b'null'),
    'list in the wrapper': (JSON, b'{"server": [1]}'),
    'string in the wrapper': (JSON, b'{"server": "x"}'),
    'null in the wrapper': (JSON, b'{"server": null}'),
    'list of lists': (JSON, b'{"servers": [[1], [2]]}'),
    'id of another kind': (JSON, b'{"server": {"id": [], "flavor": NaN}}'),
    'surrogate': (JSON, b'{"server": {"id": "\\ud800", "name": "\\udfff"}}'),
    'NUL': (JSON, b'{"server": {"id": "\\u0000", "name": "\\u0000"}}'),
    'broken': (JSON, GOOD[:-4]),
    'page of a proxy': (JSON, b'<html>502</html>'),
    'empty': (JSON, b''),
    'no UTF-8': (JSON, b'{"server": {"id": "\xfc"}}'),
    'wrong charset': (f'{JSON}; charset=utf-16', GOOD),
    'bogus charset': (f'{JSON}; charset=bogus', GOOD),
    'binary charset': (f'{JSON}; charset=zip', GOOD),
    'UTF-16': (f'{JSON}; charset=utf-16', GOOD.decode().encode('utf-16')),
    'deep': (JSON, b'{"server": ' + b'[' * 9000 + b']' * 9000 + b'}'),
    'deep attribute': (
        JSON,
        b'{"server": {"flavor": ' + b'[' * 950 + b']' * 950 + b'}}',
    ),
    'long number': (JSON, b'{"server": {"id": ' + b'9' * 9000 + b'}}'),
    'large exponent': (JSON, b'{"server": {"id": 1e999, "name": -1e999}}'),
    'too long': (JSON, b'{"server": {"id": "' + b'x' * 70_000 + b'"}}'),
    'text': ('text/plain', GOOD),
    'bytes': ('application/octet-stream', bytes(range(256)) * 300),
}


def as_list(body, start, environ):
    return [body]


def as_bytewise_list(body, start, environ):
    return [body[each : each + 1] for each in range(min(len(body), 200))] + [
        body[200:]
    ]


def as_generator(body, start, environ):
    for each in range(0, len(body), 1000):
        yield body[each : each + 1000]


def as_generator_with_empty_chunks(body, start, environ):
    yield b''
    yield body
    yield b''


def as_written(body, start, environ):
    start(body[:7])
    start(body[7:])
    return []


def as_half_written(body, start, environ):
    start(body[:7])
    return [body[7:]]


def as_file(body, start, environ):
    return environ['wsgi.file_wrapper'](io.BytesIO(body), 100)


WAYS = [
    as_list,
    as_bytewise_list,
    as_generator,
    as_generator_with_empty_chunks,
    as_written,
    as_half_written,
    as_file,
]


def application(shape, way, encoding=None):
    """Return an application that gives an answer in some way."""
    content_type, body = SHAPES[shape]
    headers = [('Content-Type', content_type)]
    if encoding:
        body = gzip.compress(body)
        headers.append(('Content-Encoding', encoding))

    def app(environ, start_response):
        environ['wsgi.input'].read(0)
        write = start_response('201 Created', headers)
        return way(body, write, environ)

    return app, body


class Checked:
    """A filter with the validator of Python before and behind it."""

    def __init__(self, app, resources, **options):
        with map_file(map_text(resources)) as file:
            self._filtered = audited(
                wsgiref.validate.validator(app),
                audit_map_file=file,
                **options,
            )
        self._app = wsgiref.validate.validator(self._filtered)

    @property
    def errors(self):
        """The errors of the filter."""
        return self._filtered.errors

    def __call__(self, environ, start_response):
        return self._app(environ, start_response)


@pytest.mark.parametrize('way', WAYS)
@pytest.mark.parametrize('shape', SHAPES)
def test_answer_passes_as_it_is(shape, way):
    """Byte for byte, within the rules of WSGI, and the pair is there."""
    app, body = application(shape, way)
    keys = {'wsgi.file_wrapper': wsgiref.util.FileWrapper}
    played = play_through(
        Checked(app, READ), environ('POST', '/v2/servers', b'{}', **keys)
    )

    assert played.response.error is None
    assert body == played.response.body
    assert '201 Created' == played.response.status
    assert PAIR == [each for each in played.types if each != 'audit.event']
    assert 'success' == played.final['outcome']


def test_file_of_the_server_goes_to_it_unseen():
    """It is sent in a way of the server's own, and nobody reads it."""
    app, body = application('good', as_file)
    keys = {'wsgi.file_wrapper': wsgiref.util.FileWrapper}
    played = play(SERVERS, 'POST', '/v2/servers', b'{}', app=app, keys=keys)

    assert body == played.response.body
    assert 'unknown' == played.final['target']['id']


@pytest.mark.parametrize('way', WAYS)
def test_id_is_read_in_whichever_way_it_is_answered(way):
    """A list, a generator and what was written say the same."""
    app, _ = application('good', way)
    keys = {'wsgi.file_wrapper': wsgiref.util.FileWrapper}
    played = play_through(
        Checked(app, SERVERS), environ('POST', '/v2/servers', b'{}', **keys)
    )

    assert 'new' == played.final['target']['id']


@pytest.mark.parametrize('way', WAYS)
def test_compressed_answer_passes_as_it_is(way):
    """It is not looked at, and there is no tag: it was not too long."""
    app, body = application('good', way, 'gzip')
    keys = {'wsgi.file_wrapper': wsgiref.util.FileWrapper}
    played = play_through(
        Checked(app, READ), environ('POST', '/v2/servers', b'{}', **keys)
    )

    assert body == played.response.body
    assert 'unknown' == played.final['target']['id']
    assert 2 == len(played.final['tags'])


def test_chunks_are_handed_on_as_they_come():
    """The first one is with the client before the second one is made."""
    made = []

    def app(environ, start_response):
        start_response('200 OK', [('Content-Type', JSON)])
        for number in range(3):
            made.append(number)
            yield b'[%d]' % number

    with map_file(map_text(SERVERS)) as file:
        filtered = audited(app, audit_map_file=file)
    answer = filtered(environ('POST', '/v2/servers'), lambda *args: None)
    seen = [(chunk, list(made)) for chunk in answer]
    answer.close()

    assert [(b'[0]', [0]), (b'[1]', [0, 1]), (b'[2]', [0, 1, 2])] == seen


def test_chunk_is_the_very_object_of_the_application():
    """Nothing is copied on its way."""
    chunks = [b'{"server": ', b'{}}']

    def app(environ, start_response):
        start_response('200 OK', [('Content-Type', JSON)])
        return iter(chunks)

    with map_file(map_text(SERVERS)) as file:
        filtered = audited(app, audit_map_file=file)
    answer = filtered(environ('POST', '/v2/servers'), lambda *args: None)

    assert all(a is b for a, b in zip(answer, chunks, strict=True))
    answer.close()


@pytest.mark.parametrize('size', [64 * 1024, 64 * 1024 + 1])
def test_answer_that_is_too_long_gets_a_tag(size):
    """The event then says less, and says so."""
    head, tail = b'{"server": {"id": "new", "x": "', b'"}}'
    body = head + b'x' * (size - len(head) - len(tail)) + tail
    final = play(SERVERS, 'POST', '/v2/servers', response=body).final
    fits = size == 64 * 1024

    assert ('new' if fits else 'unknown') == final['target']['id']
    assert (
        'unread_response?value=longer than 65536 bytes' in final['tags']
    ) is not fits


def test_id_in_a_header_needs_no_body():
    """An answer that is too long still has its headers."""
    final = play(
        SERVERS,
        'POST',
        '/v2/servers',
        headers=[('Location', '/v2/servers/new')],
        response=b'[' * 70_000,
    ).final

    assert 'new' == final['target']['id']


@pytest.mark.parametrize(
    ('limit', 'expected'), [(len(GOOD), 'new'), (len(GOOD) - 1, 'unknown')]
)
def test_limit_is_an_option(limit, expected):
    """As many bytes are looked at as the operator allows."""
    final = play(
        SERVERS,
        'POST',
        '/v2/servers',
        response=GOOD,
        options={'body_limit': limit},
    ).final
    tag = f'unread_response?value=longer than {limit} bytes'

    assert expected == final['target']['id']
    assert (expected == 'unknown') == (tag in final['tags'])


@pytest.mark.parametrize(
    ('rule', 'method', 'expected'),
    [
        ('', 'GET', None),
        ('', 'DELETE', None),
        ('', 'POST', 'n'),
        ('', 'PUT', 'n'),
        ('', 'PATCH', 'n'),
        ('  read_response: [GET]\n', 'GET', 'n'),
        ('  read_response: [GET]\n', 'PUT', None),
        ('  read_response: DELETE\n', 'DELETE', 'n'),
        ('  read_response: []\n', 'POST', None),
    ],
)
def test_answer_is_read_only_for_the_methods_of_the_rule(
    rule, method, expected
):
    """GET is none of them unless the map says so."""
    final = play(
        f'servers:\n{rule}' if rule else 'servers:\n',
        method,
        '/v2/servers/1',
        response={'server': {'name': 'n'}},
    ).final

    assert expected == final['target'].get('name')


def test_answer_to_get_is_not_touched():
    """Neither is it kept, nor is it said to be too long."""
    played = play(SERVERS, 'GET', '/v2/servers/1', response=b'[' * 70_000)

    assert 2 == len(played.final['tags'])


STREAM = """
import resource, sys
from tests.harness import audited, environ
from tests.resource_maps import map_file, map_text

CHUNK = b'"' + b'x' * 65532 + b'",\\n'
COUNT = 100 * 1024 * 1024 // len(CHUNK)

def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'application/json')])
    def chunks():
        for _ in range(COUNT):
            yield bytes(bytearray(CHUNK))
    return chunks()

with map_file(map_text('servers:\\n  read_response: [GET, POST]\\n')) as file:
    filtered = audited(
        app, audit_map_file=file, body_limit=64 * 1024
    )

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

def stream():
    total = 0
    answer = filtered(environ('POST', '/v2/servers'), lambda *args: None)
    for count, chunk in enumerate(answer):
        total += len(chunk)
        if count == 10:
            before = peak()
    answer.close()
    return total, peak() - before

total, grown = stream()
print(total == COUNT * len(CHUNK), grown, filtered.errors)
"""


def test_hundred_megabytes_pass_in_flat_memory():
    """What is too long is let go of at once."""
    run = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', textwrap.dedent(STREAM)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    complete, grown, errors = run.stdout.split()

    assert 'True' == complete
    assert int(grown) < 2048
    assert '0' == errors
