# SPDX-License-Identifier: Apache-2.0

"""Bodies that are long, or read in part: what an event tells of them."""

import contextlib
import hmac
import io
import json

import pytest

from cadf_audit.middleware.recording import request_body
from tests.payloads import FORM
from tests.payloads import JSON
from tests.payloads import key_file
from tests.payloads import request_of
from tests.payloads import response_of
from tests.payloads import tell

BODY = {'server': {'name': 'n1', 'flavor': 2}}
SENT = json.dumps(BODY).encode()
ANSWER = {'server': {'id': 's-1', 'name': 'n1'}}
ANSWERED = json.dumps(ANSWER).encode()


@pytest.mark.parametrize(
    ('limit', 'content'),
    [
        (17, {'a': 'xxxxxxxx'}),
        (16, {}),
        (9, {}),
        (1, {}),
    ],
)
def test_cut_body_is_told_as_far_as_it_came_whole(limit, content):
    """The string that is cut is left out, with its name."""
    body = b'{"a": "xxxxxxxx", "b": 12345, "c": [1, 2]}'
    played = tell(body=body, options={'body_limit': limit}, level='request')

    assert {'content': content, 'length': len(body), 'cut': True} == (
        request_of(played)[1]
    )


@pytest.mark.parametrize('charset', ['utf-8', 'utf-16', 'utf-32-be'])
def test_body_that_is_cut_inside_of_a_letter_is_told(charset):
    """Whatever the letter takes, and wherever it is cut."""
    body = '{"a": 1, "\xfc\u4e2d\U0001f600": 2}'.encode(charset)
    least = len('{"a": 1,'.encode(charset))
    for limit in range(least, len(body) - 12):
        played = tell(body=body, options={'body_limit': limit})

        assert {'a': 1} == request_of(played)[1]['content']


def test_number_that_is_cut_is_left_out():
    """A piece of a number is another number."""
    body = b'{"a": [1, 2345]}'
    played = tell(body=body, options={'body_limit': 12}, level='request')

    assert {'a': [1]} == request_of(played)[1]['content']


@pytest.mark.parametrize(
    ('body', 'limit', 'content'),
    [(b'a=1&b=hunter2', 12, [['a', '1']]), (b'a=hunter2', 8, None)],
)
def test_cut_form_ends_with_its_last_whole_pair(body, limit, content):
    """A piece of a value is not told."""
    played = tell(
        body=body,
        content_type=FORM,
        options={'body_limit': limit},
        level='request',
    )
    _, told = request_of(played)

    assert (content, True) == (told.get('content'), told['cut'])


def test_limit_of_nothing_tells_type_and_length():
    """An operator may want no content at all."""
    played = tell(body=BODY, response=ANSWER, options={'body_limit': 0})

    assert {'length': len(SENT), 'cut': True} == request_of(played)[1]
    assert {'length': len(ANSWERED), 'cut': True} == response_of(played)[1]


def test_what_the_application_leaves_is_not_told():
    """A body that it reads half is cut; one that it leaves has no length."""

    def reading(size):
        def app(environ, start_response):
            environ['wsgi.input'].read(size)
            start_response('403 Forbidden', [])
            return []

        return request_of(tell(body=b'{"a": 1, "b": 2}', app=app))[1]

    assert {'content': {'a': 1}, 'length': 9, 'cut': True} == reading(9)
    assert {'length': 0, 'cut': True} == reading(0)


def test_body_that_is_read_twice_is_told_once():
    """Whoever seeks back reads the same body."""

    def app(environ, start_response):
        stream = environ['wsgi.input']
        stream.read(5)
        stream.seek(0)
        stream.read()
        start_response('200 OK', [])
        return []

    played = tell(body=SENT, app=app)

    assert {'content': BODY, 'length': len(SENT)} == request_of(played)[1]


def test_body_that_is_read_from_its_middle_is_cut():
    """What stands behind a gap is not told."""

    def app(environ, start_response):
        stream = environ['wsgi.input']
        stream.read(9)
        stream.seek(20)
        stream.read()
        start_response('200 OK', [])
        return []

    body = b'{"a": 1, "b": 2, "c": "hunter2"}'

    assert {'content': {'a': 1}, 'length': 9, 'cut': True} == (
        request_of(tell(body=body, app=app))[1]
    )


@pytest.mark.parametrize(
    ('passed', 'told'),
    [
        (b'{"a": 1}', {'content': {'a': 1}}),
        (b'{"a": 1, "b": "x', {'content': {'a': 1}, 'cut': True}),
        # More digits might have followed.
        (b'12', {}),
        (b'"text"', {'content': '***'}),
        (b'[{"a": 1}, 23', {'content': [{'a': 1}], 'cut': True}),
        (b'<html>', {}),
    ],
)
def test_body_of_unknown_length_is_told_if_it_is_whole(passed, told):
    """A chunked body ends where it ends."""
    keys = {
        'CONTENT_LENGTH': '',
        'HTTP_TRANSFER_ENCODING': 'chunked',
        'wsgi.input': io.BytesIO(passed),
    }

    def app(environ, start_response):
        environ['wsgi.input'].read()
        start_response('200 OK', [])
        return []

    played = tell(app=app, keys=keys)

    assert told | {'length': len(passed)} == request_of(played)[1]


def test_secret_in_a_string_that_is_cut_is_not_told():
    """Not even a piece of it."""
    body = b'{"a": 1, "x": "-----BEGIN PRIVATE KEY----- MIIhunter2'
    for limit in range(len(body)):
        played = tell(body=body + b'"}', options={'body_limit': limit})

        assert 'MII' not in json.dumps(played.events)
        assert 'BEGIN' not in json.dumps(played.events)


def test_long_answer_of_no_use_leaves_no_tag():
    """The tag says that the event tells less, and here it tells all."""
    long = json.dumps({'a': ['x'] * 100}).encode()
    played = tell(
        'GET', '/v2/servers/s-1', response=long, options={'body_limit': 99}
    )

    assert not [tag for tag in played.final['tags'] if 'unread' in tag]
    assert response_of(played)[1]['cut']


def test_long_answer_of_use_keeps_its_tag_and_its_beginning():
    """The id of what was created is not looked for in a part."""
    long = json.dumps({'server': {'id': 'i', 'x': 'x' * 100}}).encode()
    played = tell(body=BODY, response=long, options={'body_limit': 99})

    assert 'unknown' == played.final['target']['id']
    assert ['unread_response?value=longer than 99 bytes'] == [
        tag for tag in played.final['tags'] if 'unread' in tag
    ]
    assert {'server': {'id': 'i'}} == response_of(played)[1]['content']


@pytest.mark.parametrize(
    ('size', 'is_cut'), [(1024 * 1024, False), (2 * 1024 * 1024, True)]
)
def test_content_that_no_message_holds_is_left_out(size, is_cut):
    """A larger event would reach nobody."""
    body = json.dumps({'a': 'x' * size}).encode()
    played = tell(
        body=body, options={'body_limit': 4 * 1024 * 1024}, level='request'
    )
    _, told = request_of(played)

    assert (is_cut, not is_cut, len(body)) == (
        'cut' in told,
        'content' in told,
        told['length'],
    )


@pytest.mark.parametrize('given', [None, b'k' * 32])
def test_hash_of_what_passed_is_told_with_a_key_only(given):
    """Without one, a short body could be guessed from it."""
    body, answer = b'x' * 300, b'[1, 2]'
    with key_file(given) if given else contextlib.nullcontext() as path:
        options = {'redact_key_file': path} if path else {}
        played = tell(
            body=body,
            content_type='text/plain',
            response=answer,
            options={'body_limit': 3, **options},
        )
    expected = [
        hmac.new(given, each, 'sha256').hexdigest() if given else None
        for each in (body, answer)
    ]

    assert expected == [
        request_of(played)[1].get('hmac_sha256'),
        response_of(played)[1].get('hmac_sha256'),
    ]


def test_hash_is_that_of_the_last_reading():
    """A body that is read twice passed once."""

    def app(environ, start_response):
        stream = environ['wsgi.input']
        stream.read(5)
        stream.seek(0)
        stream.read()
        start_response('200 OK', [])
        return []

    with key_file(b'k' * 32) as path:
        played = tell(body=SENT, app=app, options={'redact_key_file': path})

    assert (
        hmac.new(b'k' * 32, SENT, 'sha256').hexdigest()
        == (request_of(played)[1]['hmac_sha256'])
    )


def test_whole_body_of_which_a_part_is_read_again_is_whole():
    """The second look takes nothing away from the first."""

    def app(environ, start_response):
        stream = environ['wsgi.input']
        stream.read()
        stream.seek(5)
        stream.read()
        start_response('200 OK', [])
        return []

    played = tell(body=SENT, app=app)

    assert {'content': BODY, 'length': len(SENT)} == request_of(played)[1]


@pytest.mark.parametrize(
    ('environ', 'keeps', 'declared', 'partial'),
    [
        ({'CONTENT_TYPE': JSON, 'CONTENT_LENGTH': '5'}, True, 5, False),
        ({'CONTENT_TYPE': FORM}, True, None, False),
        ({'CONTENT_TYPE': 'text/plain'}, False, None, False),
        (
            {'CONTENT_LENGTH': '5', 'HTTP_TRANSFER_ENCODING': 'chunked'},
            *(False, None, False),
        ),
        (
            {'CONTENT_LENGTH': '+5', 'HTTP_CONTENT_RANGE': 'x'},
            False,
            None,
            True,
        ),
        ({'CONTENT_TYPE': 5, 'CONTENT_LENGTH': None}, False, None, False),
    ],
)
def test_nothing_is_kept_that_cannot_be_read(
    environ, keeps, declared, partial
):
    """It is counted, and its memory stays free."""
    body = request_body(environ, 9, None, needed=False)

    assert (keeps, declared, partial) == (
        body.recording.keeps,
        body.declared,
        body.partial,
    )
    assert request_body(environ, 9, None, needed=True).recording.keeps


def test_stream_is_not_wrapped_where_nothing_is_told():
    """Whoever switches payloads off pays nothing for them."""
    seen = []

    def app(environ, start_response):
        seen.append(environ['wsgi.input'])
        start_response('200 OK', [])
        return []

    stream = io.BytesIO(b'x')
    for level, resources in (
        ('metadata', 'servers:\n'),
        ('response', 'servers:\n  payloads: {enabled: false}\n'),
    ):
        tell(
            'PUT',
            '/v2/servers/S',
            level=level,
            resources=resources,
            app=app,
            keys={'wsgi.input': stream},
        )

    assert [stream, stream] == seen
