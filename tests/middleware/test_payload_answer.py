# SPDX-License-Identifier: Apache-2.0

"""Answers in each way of WSGI: what an event tells of them."""

import io
import json
import sys

import pytest

from tests.payloads import JSON
from tests.payloads import request_of
from tests.payloads import response_of
from tests.payloads import tell

BODY = {'server': {'name': 'n1', 'flavor': 2}}
ANSWER = {'server': {'id': 's-1', 'name': 'n1'}}
ANSWERED = json.dumps(ANSWER).encode()


@pytest.mark.parametrize('level', ['request', 'response'])
def test_answer_of_a_get_is_attached_only_at_level_response(level):
    """A rule asks for it by that level."""
    played = tell('GET', '/v2/servers/s-1', response=ANSWER, level=level)
    told = response_of(played)

    assert (ANSWER if level == 'response' else None) == (
        told and told[1]['content']
    )
    assert request_of(played) is None


@pytest.mark.parametrize(
    ('status', 'headers'),
    [
        ('206 Partial Content', []),
        ('200 OK', [('Content-Range', 'bytes 1-9/10')]),
    ],
)
def test_part_of_an_answer_is_type_and_length(status, headers):
    """A value without its name may look like a whole text of JSON."""
    played = tell(
        'GET',
        '/v2/servers/s-1',
        response=b'"hunter2"',
        status=status,
        headers=headers,
    )

    assert ('mime:application/json', {'length': 9}) == response_of(played)


def answering_by(way):
    """Return an application that answers in one of the ways of WSGI."""

    def app(environ, start_response):
        write = start_response(
            '200 OK',
            [('Content-Type', JSON), ('Content-Length', str(len(ANSWERED)))],
        )
        if way == 'write':
            write(ANSWERED[:9])
            write(ANSWERED[9:])
            return []
        if way == 'write and return':
            write(ANSWERED[:9])
            return [ANSWERED[9:]]
        if way == 'list':
            return [ANSWERED[:9], b'', ANSWERED[9:]]
        if way == 'iterator':
            return iter([ANSWERED[:9], ANSWERED[9:]])
        return (bytes([each]) for each in ANSWERED)

    return app


@pytest.mark.parametrize(
    'way', ['write', 'write and return', 'list', 'iterator', 'generator']
)
def test_answer_is_told_in_whichever_way_it_is_given(way):
    """Each of them is the same to a client."""
    played = tell('GET', '/v2/servers/s-1', app=answering_by(way))

    assert ANSWERED == played.response.body
    assert {'content': ANSWER, 'length': len(ANSWERED)} == (
        response_of(played)[1]
    )


def test_generator_that_starts_its_response_late_is_told():
    """The headers are known before the first chunk, and not earlier."""

    def app(environ, start_response):
        start_response('200 OK', [('Content-Type', JSON)])
        yield ANSWERED

    played = tell('GET', '/v2/servers/s-1', app=app)

    assert {'content': ANSWER, 'length': len(ANSWERED)} == (
        response_of(played)[1]
    )


@pytest.mark.parametrize(
    ('method', 'status'),
    [
        ('HEAD', '200 OK'),
        ('GET', '204 No Content'),
        ('GET', '205 Reset Content'),
        ('GET', '304 Not Modified'),
        ('GET', '101 Switching Protocols'),
    ],
)
def test_answer_without_a_body_has_no_payload(method, status):
    """Whatever the application returns, the server sends nothing of it."""
    played = tell(
        method,
        '/v2/servers/s-1',
        response=ANSWER,
        status=status,
        headers=[('Content-Length', '9')],
    )

    assert response_of(played) is None


class FileWrapper:
    """What a server has to send a file by itself."""

    def __init__(self, file, size=8192):
        self.file = file

    def __iter__(self):
        return iter(lambda: self.file.read(8192), b'')


def sending(content):
    """Return an application whose answer the server sends."""

    def app(environ, start_response):
        start_response(
            '200 OK',
            [('Content-Type', JSON), ('Content-Length', str(len(content)))],
        )
        return environ['wsgi.file_wrapper'](io.BytesIO(content))

    return app


def test_file_that_the_server_sends_is_told_by_its_headers():
    """It goes past us, and so nobody counts it."""
    sent, empty = (
        tell(
            'GET',
            '/v2/servers/s-1',
            app=sending(content),
            keys={'wsgi.file_wrapper': FileWrapper},
        )
        for content in (ANSWERED, b'')
    )

    assert ANSWERED == sent.response.body
    assert {'content_length': len(ANSWERED)} == response_of(sent)[1]
    assert response_of(empty) is None


def test_first_of_two_types_counts():
    """As it does for most clients."""

    def app(environ, start_response):
        start_response(
            '200 OK', [('Content-Type', JSON), ('Content-Type', 'text/plain')]
        )
        return [ANSWERED]

    kind, told = response_of(tell('GET', '/v2/servers/s-1', app=app))

    assert ('mime:application/json', ANSWER) == (kind, told['content'])


def test_error_is_told_as_well():
    """What an application answers to a refusal, an auditor wants to see."""
    error = {'error': {'code': 409, 'message': 'in use'}}
    played = tell(body=BODY, response=error, status='409 Conflict')

    assert 'failure' == played.final['outcome']
    assert error == response_of(played)[1]['content']
    assert BODY == request_of(played)[1]['content']


def test_request_is_told_where_the_application_fails():
    """It never answers, and what it was asked is known."""

    def app(environ, start_response):
        environ['wsgi.input'].read()
        raise KeyError('x')

    played = tell(body=BODY, app=app)

    assert KeyError is type(played.response.error)
    assert BODY == request_of(played)[1]['content']
    assert response_of(played) is None


def test_answer_that_ends_early_is_told_as_far_as_it_came():
    """The application fails half-way."""

    def app(environ, start_response):
        start_response('200 OK', [('Content-Type', JSON)])
        yield b'{"a": 1, "b": "x'
        raise ValueError('gone')

    played = tell('GET', '/v2/servers/s-1', app=app)

    assert {'content': {'a': 1}, 'length': 16, 'cut': True} == (
        response_of(played)[1]
    )


def test_headers_that_replace_the_first_ones_count():
    """Nothing was sent yet, and the answer became another one."""

    def app(environ, start_response):
        start_response('200 OK', [('Content-Type', 'text/plain')])
        yield b''
        try:
            raise ValueError('gone')
        except ValueError:
            start_response(
                '500 Oops', [('Content-Type', JSON)], sys.exc_info()
            )
        yield ANSWERED

    played = tell('GET', '/v2/servers/s-1', app=app)

    assert {'content': ANSWER, 'length': len(ANSWERED)} == (
        response_of(played)[1]
    )
