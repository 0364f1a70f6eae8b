# SPDX-License-Identifier: Apache-2.0

"""Every way in which an application can answer, and the event it gives."""

import io
import wsgiref.util
import wsgiref.validate

import pytest

from tests.harness import answer
from tests.harness import audit
from tests.harness import audited
from tests.harness import call
from tests.harness import environ
from tests.harness import event_log
from tests.harness import outcome

HEADERS = [('Content-Type', 'text/plain')]


class Chunks:
    """An iterable that is no list and remembers what became of it."""

    def __init__(self, chunks, error=None):
        self.chunks = chunks
        self.error = error
        self.closed = 0

    def __iter__(self):
        yield from self.chunks
        if self.error:
            raise self.error

    def close(self):
        self.closed += 1


class SizedChunks(Chunks):
    """The same with a length."""

    def __len__(self):
        return len(self.chunks)


def returning(body, status='200 OK', headers=()):
    """Return an application that returns this very object."""

    def app(environ, start_response):
        start_response(status, [*HEADERS, *headers])
        return body

    return app


@pytest.mark.parametrize(
    ('status', 'expected'),
    [
        ('200 OK', ('success', '200')),
        ('204 No Content', ('success', '204')),
        ('302 Found', ('success', '302')),
        ('399 Odd', ('success', '399')),
        ('400 Bad Request', ('failure', '400')),
        ('404 Not Found', ('failure', '404')),
        ('503 Service Unavailable', ('failure', '503')),
        ('199 Odd', ('failure', '199')),
        ('200', ('success', '200')),
    ],
)
def test_status_decides_the_outcome_of_a_list(status, expected):
    """200 to 399 is a success, any other status a failure."""
    _, pending, final = audit(answer(status=status), environ())

    assert ('pending', None) == outcome(pending)
    assert expected == outcome(final)
    assert 'HTTP' == final['reason']['reasonType']


@pytest.mark.parametrize('body', [[b'a', b'b'], (b'a', b'b'), []])
def test_list_and_tuple_are_handed_on_untouched(body):
    """The server gets the very list or tuple that the application made."""
    app = audited(returning(body))

    with event_log() as log:
        returned = app(environ(), lambda status, headers: None)
        _, final = log.pair()

    assert body is returned
    assert ('success', '200') == outcome(final)


def test_file_wrapper_is_handed_on_untouched():
    """The server recognises the file wrapper that it offered."""
    made = wsgiref.util.FileWrapper(io.BytesIO(b'file'))
    request = environ(**{'wsgi.file_wrapper': wsgiref.util.FileWrapper})

    with event_log() as log:
        returned = audited(returning(made))(request, lambda *args: None)
        _, final = log.pair()

    assert made is returned
    assert ('success', '200') == outcome(final)


def test_file_wrapper_that_is_a_function_is_recognised():
    """uWSGI's file wrapper is a function that returns the file itself."""
    file = io.BytesIO(b'file')
    request = environ(**{'wsgi.file_wrapper': lambda file, size=0: file})

    def app(environ, start_response):
        start_response('200 OK', HEADERS)
        return environ['wsgi.file_wrapper'](file, 4096)

    with event_log() as log:
        returned = audited(app)(request, lambda *args: None)
        _, final = log.pair()

    assert file is returned
    assert ('success', '200') == outcome(final)


def test_file_that_no_file_wrapper_made_is_watched_to_its_end():
    """A file returned as such fails like any other body."""
    file = io.BytesIO(b'file')
    request = environ(**{'wsgi.file_wrapper': lambda file, size=0: file})

    with event_log() as log:
        returned = audited(returning(file))(request, lambda *args: None)
        before_its_end = len(log.events)
        read = list(returned)
        _, final = log.pair()

    assert 1 == before_its_end
    assert [b'file'] == read
    assert ('success', '200') == outcome(final)


@pytest.mark.parametrize('headers', [(), [('Content-Length', '2')]])
def test_any_other_body_ends_with_its_last_chunk(headers):
    """The final event waits for the end, whatever the Content-Length."""
    chunks = Chunks([b'a', b'b'])
    app = audited(returning(chunks, headers=headers))

    with event_log() as log:
        body = iter(app(environ(), lambda status, headers: None))
        seen = [next(body), len(log.events), next(body), len(log.events)]
        assert b'none' == next(body, b'none')
        _, final = log.pair()

    assert [b'a', 1, b'b', 1] == seen
    assert ('success', '200') == outcome(final)


def test_generator_streams_chunk_by_chunk():
    """A chunk reaches the server before the next one is made."""
    made = []

    def app(environ, start_response):
        start_response('200 OK', HEADERS)
        for number in range(3):
            made.append(number)
            yield b'%d' % number

    with event_log() as log:
        body = iter(audited(app)(environ(), lambda *args: None))
        made_by_first_chunk = [next(body), list(made)]
        rest = list(body)

    assert [b'0', [0]] == made_by_first_chunk
    assert [b'1', b'2'] == rest
    assert 2 == len(log.pair())


def test_iterator_of_a_body_goes_on_where_it_is():
    """A server may take the first chunk, then loop over the rest."""
    app = audited(returning(SizedChunks([b'one', b'two'])))

    body = iter(app(environ(), lambda status, headers: None))
    first = next(body)

    assert (b'one', [b'two']) == (first, list(body))


def test_bytes_are_handed_on_untouched():
    """They are no list of chunks, but uWSGI sends them."""
    app = audited(returning(b'ok'))

    with event_log() as log:
        returned = app(environ(), lambda status, headers: None)
        _, final = log.pair()

    assert b'ok' == returned
    assert ('success', '200') == outcome(final)


def test_length_of_a_body_is_kept():
    """len() of the body works as without the filter, or fails as there."""
    sized = audited(returning(SizedChunks([b'a', b'b'])))
    unsized = audited(returning(Chunks([b'a'])))

    assert 2 == len(sized(environ(), lambda *args: None))
    assert not hasattr(unsized(environ(), lambda *args: None), '__len__')


@pytest.mark.parametrize(
    'error', [ValueError('broken'), KeyboardInterrupt(), SystemExit(1)]
)
def test_exception_before_start_response(error):
    """The exception goes on; the outcome is unknown, without a reason."""

    def app(environ, start_response):
        raise error

    response, _, final = audit(app, environ())

    assert error is response.error
    assert ('unknown', None) == outcome(final)


def test_exception_after_start_response():
    """An application that raises with a status given has failed."""

    def app(environ, start_response):
        start_response('200 OK', HEADERS)
        raise ValueError('broken')

    response, _, final = audit(app, environ())

    assert isinstance(response.error, ValueError)
    assert ('failure', '200') == outcome(final)


@pytest.mark.parametrize('error', [ValueError('broken'), GeneratorExit()])
def test_body_that_fails_half_way(error):
    """The exception goes on; the event tells of failure after a 200."""
    body = Chunks([b'a'], error)

    response, _, final = audit(returning(body), environ())

    assert (b'a', error) == (response.body, response.error)
    assert ('failure', '200') == outcome(final)
    assert 1 == body.closed


def test_generator_that_raises_before_start_response():
    """Before its first chunk a generator has not started a response."""

    def app(environ, start_response):
        raise ValueError('broken')
        yield b''

    response, _, final = audit(app, environ())

    assert isinstance(response.error, ValueError)
    assert ('unknown', None) == outcome(final)


@pytest.mark.parametrize(
    ('method', 'status', 'headers', 'expected'),
    [
        ('GET', '200 OK', (), ('unknown', '200')),
        ('GET', '404 Not Found', (), ('unknown', '404')),
        ('HEAD', '200 OK', (), ('success', '200')),
        ('HEAD', '404 Not Found', (), ('failure', '404')),
        ('GET', '304 Not Modified', (), ('success', '304')),
        ('GET', '200 OK', [('Content-Length', '9')], ('unknown', '200')),
        ('GET', '200 OK', [('Content-Length', 'x')], ('unknown', '200')),
        ('GET', '200 OK', [('content-length', '1')], ('success', '200')),
    ],
)
def test_body_closed_before_its_end(method, status, headers, expected):
    """A client that leaves makes the outcome unknown at close().

    Not so where the client has all that it was to get: the answer to HEAD,
    a 304, or as many bytes as Content-Length announced.
    """
    chunks = Chunks([b'a', b'b'])
    app = audited(returning(chunks, status, headers))

    with event_log() as log:
        body = app(environ(method), lambda status, headers: None)
        next(iter(body))
        before_close = len(log.events)
        body.close()
        _, final = log.pair()

    assert 1 == before_close
    assert expected == outcome(final)
    assert 1 == chunks.closed


def test_body_closed_before_its_first_chunk():
    """A body that the server never began still gets its final event."""
    app = audited(returning(Chunks([b'a'])))

    with event_log() as log:
        app(environ(), lambda status, headers: None).close()
        _, final = log.pair()

    assert ('unknown', '200') == outcome(final)


def test_body_that_a_server_drops_without_close():
    """A server that breaks PEP 3333 costs no event."""
    app = audited(returning(Chunks([b'a'])))

    with event_log() as log:
        app(environ(), lambda status, headers: None)
        _, final = log.pair()

    assert ('unknown', '200') == outcome(final)


@pytest.mark.parametrize('body', [None, 5])
def test_body_that_is_no_iterable(body):
    """The server meets the TypeError that it would meet without us."""
    plain = call(returning(body), environ())
    response, _, final = audit(returning(body), environ())

    assert str(plain.error) == str(response.error)
    assert ('failure', '200') == outcome(final)


def test_close_that_raises():
    """The server sees what close() raises, and there is a final event."""

    class Unclosable(Chunks):
        def close(self):
            raise ValueError('cannot close')

    app = audited(returning(Unclosable([b'a'])))

    with event_log() as log:
        body = app(environ(), lambda status, headers: None)
        list(body)
        with pytest.raises(ValueError, match='cannot close'):
            body.close()
        _, final = log.pair()

    assert ('success', '200') == outcome(final)


@pytest.mark.filterwarnings('ignore:Application is closed')
@pytest.mark.parametrize('method', ['GET', 'HEAD', 'POST'])
@pytest.mark.parametrize('body', [[b'ok'], Chunks([b'o', b'k'])])
def test_filter_obeys_pep_3333_on_both_sides(method, body):
    """wsgiref.validate finds no fault in what we give app and server."""
    inner = wsgiref.validate.validator(returning(body))
    outer = wsgiref.validate.validator(audited(inner))

    with event_log() as log:
        response = call(outer, environ(method))

    assert response.error is None
    assert b'ok' == response.body
    assert 2 == len(log.pair())


@pytest.mark.parametrize('method', ['GET', 'POST', 'HEAD'])
def test_answer_is_the_same_with_and_without_the_filter(method):
    """Status, headers and bytes are those of the application."""
    for app in (
        answer(b'x' * 100, '201 Created', [('X-Odd', 'a'), ('X-Odd', 'b')]),
        returning(Chunks([b'', b'a', b'']), '404 Not Found'),
    ):
        plain = call(app, environ(method))
        response, _, _ = audit(app, environ(method))

        assert plain == response


def test_both_events_are_of_one_interaction():
    """Id, eventTime, observer and tags are the same in both."""
    _, pending, final = audit(answer(), environ())

    for key in ('id', 'eventTime', 'observer', 'tags', 'initiator'):
        assert pending[key] == final[key]
    assert 'reporterchain' not in pending
    (step,) = final['reporterchain']
    assert ('modifier', {'id': 'target'}) == (step['role'], step['reporter'])
    assert final['eventTime'] <= step['reporterTime']


def test_pending_event_comes_before_the_application_runs():
    """The application finds the request event already sent."""
    seen = []

    with event_log() as log:

        def app(environ, start_response):
            seen.extend(log.messages)
            return answer()(environ, start_response)

        call(audited(app), environ())

    assert ['audit.http.request'] == [each['event_type'] for each in seen]
