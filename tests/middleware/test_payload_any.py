# SPDX-License-Identifier: Apache-2.0

"""Whatever a client sends and an application does: nothing is altered."""

import io
import json
import wsgiref.validate

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from tests.harness import call
from tests.harness import environ
from tests.harness import event_log
from tests.judge import assert_valid
from tests.payloads import FORM
from tests.payloads import JSON
from tests.payloads import payload
from tests.payloads import telling

RESOURCES = """
servers:
  bulk: {PATCH: request:$.servers, DELETE: request:$.ids}
  payloads: {exclude: [x]}
  children:
    tags:
limits:
  singleton: true
  payloads: {enabled: false}
"""
# Made once for each limit, as a service does.
FILTERS = {}

NAMES = st.sampled_from(['servers', 'ids', 'tags', 'id', 'name', 'x', 'é'])
VALUES = st.recursive(
    st.none()
    | st.integers(-9, 9)
    | st.sampled_from(['a', 'b', 'ü', '\ud800', '{"a": 1}', '', 1e999]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
    ),
    max_leaves=8,
)
TEXTS = VALUES.map(json.dumps)
BODIES = (
    TEXTS.map(lambda text: text.encode())
    | TEXTS.map(lambda text: text.encode('utf-16'))
    | st.binary(max_size=40)
    | st.sampled_from([b'a=1&b=%C3%BC', b'a', b'&&=', b'{"a": "\xfc"}'])
)
TYPES = st.sampled_from(
    [
        JSON,
        f'{JSON}; charset=latin-1',
        f'{JSON};charset=utf-7',
        FORM,
        'x',
        'text/plain',
        '',
        'application/a+json',
        'ü/ü',
        'a/b;charset="',
    ]
)
READS = st.lists(
    st.sampled_from(
        [
            'read',
            'readline',
            'readlines',
            'iterate',
            'seek 0',
            'seek 3',
            'read 1',
            'read 7',
            'read all',
        ]
    ),
    max_size=6,
)


def play_reads(stream, reads):
    """Read a stream in some way; return what came."""
    came = []
    for read in reads:
        name, _, number = read.partition(' ')
        if name == 'seek':
            stream.seek(int(number))
        elif name == 'iterate':
            came += stream
        elif name == 'readlines':
            came += stream.readlines()
        elif number == 'all':
            came.append(stream.read())
        else:
            came.append(getattr(stream, name)(int(number or 5)))
    return came


def chunks_of(body, size):
    """Return a body in chunks, with empty ones between them."""
    chunks = []
    for begin in range(0, len(body), size):
        chunks += [body[begin : begin + size], b'']
    return chunks


def answering_in(way, status, headers, chunks):
    """Return what an application does to answer."""

    def answer(start_response):
        write = start_response(status, headers)
        if way == 'write':
            for chunk in chunks:
                write(chunk)
            return []
        if way == 'list':
            return chunks
        return iter(chunks)

    def late(start_response):
        start_response(status, headers)
        yield from chunks

    return late if way == 'generator' else answer


def filtered(app, limit):
    """Return a filter with this limit in front of an application."""
    if limit not in FILTERS:
        FILTERS[limit] = telling(None, resources=RESOURCES, body_limit=limit)
    FILTERS[limit]._audited._app = app
    return FILTERS[limit]


@settings(max_examples=300, deadline=None)
@given(
    method=st.sampled_from(['POST', 'PATCH', 'DELETE', 'PUT', 'GET', 'HEAD']),
    path=st.sampled_from(
        [
            '/v2/servers',
            '/v2/servers/S',
            '/v2/servers/S/tags',
            '/v2/limits',
            '/v2/servers/S/action',
            '/x',
        ]
    ),
    body=BODIES,
    kind=TYPES,
    encoding=st.sampled_from(['', '', 'gzip', '\xfc']),
    length=st.sampled_from(['right', 'right', 'chunked', 'wrong', 'nonsense']),
    reads=READS,
    answer=BODIES,
    answer_kind=TYPES,
    status=st.sampled_from(
        [
            '200 OK',
            '201 Created',
            '206 Partial Content',
            '204 No Content',
            '304 Not Modified',
            '409 Conflict',
            '500 Oops',
        ]
    ),
    way=st.sampled_from(['list', 'iterator', 'generator', 'write']),
    size=st.integers(1, 50),
    limit=st.sampled_from([0, 1, 9, 65536]),
)
def test_no_request_is_altered(
    method,
    path,
    body,
    kind,
    encoding,
    length,
    reads,
    answer,
    answer_kind,
    status,
    way,
    size,
    limit,
):
    """Application and client see the same with and without the filter."""
    chunks = chunks_of(answer, size)
    seen = []

    def app(environ, start_response):
        seen.append(play_reads(environ['wsgi.input'], reads))
        return answering_in(
            way, status, [('Content-Type', answer_kind)], chunks
        )(start_response)

    def request():
        keys = {
            'CONTENT_TYPE': kind,
            'HTTP_CONTENT_ENCODING': encoding,
            'CONTENT_LENGTH': {
                'right': str(len(body)),
                'chunked': '',
                'wrong': str(len(body) + 3),
                'nonsense': '-1',
            }[length],
            'wsgi.input': io.BytesIO(body),
        }
        if length == 'chunked':
            keys['HTTP_TRANSFER_ENCODING'] = 'chunked'
        return environ(method, path, body, **keys)

    plain = call(app, request())
    with event_log() as log:
        front = filtered(app, limit)
        errors = front.errors
        audited = call(front, request())

    assert plain == audited
    assert seen[0] == seen[1]
    assert errors == front.errors
    for event in log.events:
        assert_valid(event)
    [final] = [
        message['payload']
        for message in log.messages
        if message['event_type'] == 'audit.http.response'
    ]
    for name in ('request', 'response'):
        told = payload(final, name)
        if told is not None and told[1].get('length', 0) > limit:
            assert told[1].get('cut') or 'content' not in told[1]
    assert path != '/v2/limits' or 'attachments' not in final


@given(
    body=st.dictionaries(NAMES, VALUES, max_size=2).map(json.dumps),
    way=st.sampled_from(['list', 'iterator', 'generator', 'write']),
    size=st.integers(1, 9),
)
@settings(max_examples=60, deadline=None)
def test_bodies_are_told_by_the_rules_of_wsgi(body, way, size):
    """The validator of Python finds nothing wrong on either side."""
    sent = body.encode()

    def app(environ, start_response):
        stream = environ['wsgi.input']
        while stream.read(size):
            pass
        return answering_in(
            way, '200 OK', [('Content-Type', JSON)], chunks_of(sent, size)
        )(start_response)

    front = filtered(wsgiref.validate.validator(app), 65536)
    with event_log() as log:
        response = call(
            wsgiref.validate.validator(front),
            environ('POST', '/v2/servers/S', sent, CONTENT_TYPE=JSON),
        )

    assert response.error is None
    assert sent == response.body
    lengths = [
        payload(log.events[-1], name)[1]['length']
        for name in ('request', 'response')
    ]
    assert [len(sent), len(sent)] == lengths
