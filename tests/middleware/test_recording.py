# SPDX-License-Identifier: Apache-2.0

"""A request is read as it always was; what was read is known."""

import io
import json
import os
import wsgiref.validate

import falcon
import flask
import pytest
import webob
import werkzeug.wrappers

from cadf_audit.middleware.evidence import Recording
from cadf_audit.middleware.recording import RecordedInput
from tests.harness import audited
from tests.harness import environ
from tests.resource_maps import map_file
from tests.resource_maps import map_text
from tests.resource_maps import play
from tests.resource_maps import play_through

SERVERS = 'servers:\n'
ACTION = '/v2/servers/1/action'
BODY = b'{"reboot":\n {"type":\n "SOFT"}}'


def drain(read):
    """Call a function until it has nothing more."""
    parts = []
    while part := read():
        parts.append(part)
    return b''.join(parts)


def fill(stream, name):
    """Read all by way of a buffer."""
    buffer = bytearray(7)
    into = getattr(stream, name)
    return drain(lambda: bytes(buffer[: into(buffer)]))


# How an application may read a stream.
WAYS = {
    'read': lambda s: s.read(),
    'read negative': lambda s: s.read(-1),
    'read None': lambda s: s.read(None),
    'read some': lambda s: drain(lambda: s.read(5)),
    'read1': lambda s: drain(lambda: s.read1(5)),
    'readline': lambda s: drain(s.readline),
    'readline some': lambda s: drain(lambda: s.readline(4)),
    'readlines': lambda s: b''.join(s.readlines()),
    'readlines some': lambda s: drain(lambda: b''.join(s.readlines(5))),
    'iter': lambda s: b''.join(s),
    'next': lambda s: drain(lambda: next(s, b'')),
    'mixed': lambda s: s.read(3) + s.readline() + b''.join(s),
    'readinto': lambda s: fill(s, 'readinto'),
    'readinto1': lambda s: fill(s, 'readinto1'),
    'buffered': lambda s: io.BufferedReader(s).read(),
    'twice': lambda s: (s.read(9), s.seek(0), s.read())[-1],
    'twice by whence': lambda s: (s.read(), s.seek(0, 0), s.read())[-1],
}


@pytest.mark.parametrize('way', WAYS)
def test_what_is_read_is_the_body_and_is_known(way):
    """Whichever method reads it, each byte is noted once."""
    recording = Recording(100)
    stream = RecordedInput(
        io.BufferedReader(io.BytesIO(BODY))
        if way.startswith('readinto')
        else io.BytesIO(BODY),
        recording,
    )

    assert BODY == WAYS[way](stream)
    assert BODY == recording.content()


@pytest.mark.parametrize('way', WAYS)
def test_action_comes_from_what_was_read(way):
    """The final event knows it, however the application reads."""
    read = []

    def app(environ, start_response):
        read.append(WAYS[way](environ['wsgi.input']))
        start_response('202 Accepted', [('Content-Type', 'text/plain')])
        return [b'']

    played = play(SERVERS, 'POST', ACTION, BODY, app=app)

    assert [BODY] == read
    assert 'update/reboot' == played.final['action']


class Unread:
    """A stream that nobody may touch, as it would block for ever."""

    def __getattr__(self, name):
        raise AssertionError(f'{name} was touched')


def silent(environ, start_response):
    """Answer without a look at the request."""
    start_response(
        '200 OK', [('Content-Type', 'application/json'), ('X-Id', 'h')]
    )
    return [b'{}']


@pytest.mark.parametrize(
    ('method', 'path'),
    [
        *(('POST', ACTION), ('POST', '/v2/servers'), ('PUT', '/v2/servers/1')),
        *(('DELETE', '/v2/servers'), ('POST', '/v2/x')),
    ],
)
@pytest.mark.parametrize(
    'keys', [{'CONTENT_LENGTH': '30'}, {'HTTP_TRANSFER_ENCODING': 'chunked'}]
)
def test_nothing_is_read_that_the_application_does_not_read(
    method, path, keys
):
    """A stream that would block is not touched; the action is update."""
    resources = """
    servers:
      custom_id: request:$.id
      bulk: {DELETE: request:$.ids}
    """
    keys = {**keys, 'wsgi.input': Unread()}
    played = play(resources, method, path, app=silent, keys=keys)

    assert 'update' == played.final['action'] or path != ACTION
    assert '200 OK' == played.response.status


def test_only_as_much_is_read_as_the_application_reads():
    """Bytes that it leaves stay for the server, as for the next request."""
    stream = io.BytesIO(BODY + b'GET / HTTP/1.1')

    def app(environ, start_response):
        environ['wsgi.input'].read(len(BODY))
        return silent(environ, start_response)

    played = play(
        SERVERS, 'POST', ACTION, app=app, keys={'wsgi.input': stream}
    )

    assert b'GET / HTTP/1.1' == stream.read()
    assert 'update/reboot' == played.final['action']


def test_half_of_a_body_names_no_action():
    """Nobody reads the other half to find out."""

    def app(environ, start_response):
        environ['wsgi.input'].read(12)
        return silent(environ, start_response)

    played = play(SERVERS, 'POST', ACTION, BODY, app=app)

    assert 'update' == played.final['action']


def test_body_that_is_too_long_names_no_action():
    """It passes all the same, and the limit is an option."""
    body = json.dumps({'reboot': 'x' * 100}).encode()
    read = []

    def app(environ, start_response):
        read.append(environ['wsgi.input'].read())
        return silent(environ, start_response)

    def named(limit):
        final = play(
            *(SERVERS, 'POST', ACTION, body),
            app=app,
            options={'body_limit': limit},
        ).final
        unread = [tag for tag in final['tags'] if 'unread' in tag]
        return final['action'], unread

    limit = len(body) - 1
    tag = f'unread_request?value=longer than {limit} bytes'
    assert ('update', [tag]) == named(limit)
    assert ('update/reboot', []) == named(len(body))
    assert 'update' == named(0)[0]
    assert [body] * 3 == read


def test_body_read_from_the_middle_names_no_action():
    """What follows a seek is a part, and may look like a whole."""

    def app(environ, start_response):
        stream = environ['wsgi.input']
        stream.seek(BODY.index(b'{"type'))
        assert stream.read(len(b'{"type":\n "SOFT"}')).startswith(b'{"type')
        return silent(environ, start_response)

    played = play(SERVERS, 'POST', ACTION, BODY, app=app)

    assert 'update' == played.final['action']


def test_stream_keeps_what_a_server_gave_it():
    """Its own methods and attributes are there, and what it lacks is not."""

    class Stream(io.BytesIO):
        sock = 'socket'

        def read(self, size=-1):
            return super().read(size)

    recording = Recording(100)
    stream = RecordedInput(Stream(b'abcdef'), recording)

    assert 'socket' == stream.sock
    assert b'ab' == stream.read(size=2)
    assert 2 == stream.tell()
    assert not hasattr(stream, 'missing')
    assert not hasattr(RecordedInput(object(), recording), 'readinto')
    assert b'ab' == recording.content()


@pytest.mark.parametrize('kind', [OSError, ValueError, SystemExit])
def test_stream_that_fails_fails(kind):
    """The application gets the error of the server, and the event is there."""

    class Broken:
        def read(self, *size):
            raise kind('gone')

    def app(environ, start_response):
        environ['wsgi.input'].read()

    with map_file(map_text(SERVERS)) as file:
        filtered = audited(app, audit_map_file=file)
    request = environ('POST', ACTION, **{'wsgi.input': Broken()})
    played = play_through(filtered, request)

    assert kind is type(played.response.error)
    assert 'gone' == str(played.response.error)
    assert 'update' == played.final['action']


def test_stream_is_not_wrapped_where_nobody_needs_it():
    """Uploads go past us untouched."""
    seen = []

    def app(environ, start_response):
        seen.append(environ['wsgi.input'])
        return silent(environ, start_response)

    stream = io.BytesIO(b'x')
    for method, path in (('PUT', '/v2/servers/1'), ('POST', '/v2/x/action')):
        play(SERVERS, method, path, app=app, keys={'wsgi.input': stream})

    assert [stream, stream] == seen


def test_pipe_is_read_line_by_line_as_it_comes():
    """A request that is still being sent does not wait for its end."""
    reader, writer = os.pipe()

    def app(environ, start_response):
        stream = environ['wsgi.input']
        os.write(writer, b'{"reboot":\n')
        assert b'{"reboot":\n' == stream.readline()
        os.write(writer, b'1}\n')
        assert b'1}\n' == stream.readline()
        return silent(environ, start_response)

    with os.fdopen(reader, 'rb', 0) as stream:
        played = play(
            SERVERS, 'POST', ACTION, app=app, keys={'wsgi.input': stream}
        )
        os.close(writer)

    assert 'update/reboot' == played.final['action']


def flask_app():
    """Return an application that reads JSON as Flask does."""
    app = flask.Flask('tests')

    @app.post('/v2/servers/<name>/action')
    def act(name):
        return {'got': flask.request.get_json(force=True)}

    return app


def werkzeug_app(environ, start_response):
    """Read a stream as werkzeug does."""
    data = werkzeug.wrappers.Request(environ).stream.read()
    response = werkzeug.wrappers.Response(
        b'{"got": ' + data + b'}', mimetype='application/json'
    )
    return response(environ, start_response)


def webob_app(environ, start_response):
    """Make the body seekable, read it twice, put it back."""
    request = webob.Request(environ)
    request.make_body_seekable()
    first = request.body
    second = webob.Request(environ).json_body
    assert json.loads(first) == second
    return webob.Response(json={'got': second})(environ, start_response)


class FalconResource:
    """Gives back what it got."""

    def on_post(self, request, response, name):
        """Read the media; Falcon sees none where there is no length."""
        media = (
            request.get_media()
            if request.content_length
            else json.loads(request.stream.read())
        )
        response.media = {'got': media}


def falcon_app():
    """Return an application that reads media as Falcon does."""
    app = falcon.App()
    app.add_route('/v2/servers/{name}/action', FalconResource())
    return app


@pytest.mark.parametrize(
    'app',
    [flask_app(), werkzeug_app, webob_app, falcon_app()],
    ids=['flask', 'werkzeug', 'webob', 'falcon'],
)
@pytest.mark.parametrize('chunked', [False, True])
def test_frameworks_read_as_they_do(app, chunked):
    """Each gets its whole body, and the event its action."""
    keys = {'CONTENT_TYPE': 'application/json'}
    if chunked:
        keys |= {
            'HTTP_TRANSFER_ENCODING': 'chunked',
            'wsgi.input_terminated': True,
            'CONTENT_LENGTH': '' if app is not webob_app else None,
        }
        keys = {key: value for key, value in keys.items() if value is not None}
    played = play(SERVERS, 'POST', ACTION, BODY, app=app, keys=keys)

    assert {'got': json.loads(BODY)} == json.loads(played.response.body)
    assert 'update/reboot' == played.final['action']


def test_reading_keeps_the_rules_of_wsgi():
    """The validator of Python finds nothing wrong on either side."""

    def app(environ, start_response):
        environ['wsgi.input'].read(len(BODY))
        start_response('200 OK', [('Content-Type', 'text/plain')])
        return [b'ok']

    with map_file(map_text(SERVERS)) as file:
        filtered = audited(
            wsgiref.validate.validator(app), audit_map_file=file
        )
    checked = wsgiref.validate.validator(filtered)
    checked.errors = 0
    played = play_through(
        _Counting(checked, filtered), environ('POST', ACTION, BODY)
    )

    assert played.response.error is None
    assert 'update/reboot' == played.final['action']


class _Counting:
    """An application that has the count of errors of a filter."""

    def __init__(self, app, filtered):
        self._app = app
        self._filtered = filtered

    @property
    def errors(self):
        return self._filtered.errors

    def __call__(self, environ, start_response):
        return self._app(environ, start_response)
