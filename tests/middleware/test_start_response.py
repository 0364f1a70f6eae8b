# SPDX-License-Identifier: Apache-2.0

"""What an application tells through start_response, and what counts."""

import pytest

from tests.harness import answer
from tests.harness import audit
from tests.harness import audited
from tests.harness import environ
from tests.harness import event_log
from tests.harness import outcome

HEADERS = [('Content-Type', 'text/plain')]


def test_start_response_again_with_exc_info():
    """The last status that the server took is the one that counts."""

    def app(environ, start_response):
        start_response('200 OK', HEADERS)
        try:
            raise ValueError('broken')
        except ValueError as exc:
            error = (type(exc), exc, exc.__traceback__)
            start_response('500 Oops', HEADERS, error)
        return [b'sorry']

    response, _, final = audit(app, environ())

    assert ('500 Oops', b'sorry') == (response.status, response.body)
    assert ('failure', '500') == outcome(final)


def test_start_response_that_the_server_refuses():
    """A status that the server did not take is not the one that counts."""

    def app(environ, start_response):
        start_response('200 OK', HEADERS)
        yield b'sent'
        try:
            raise ValueError('broken')
        except ValueError as exc:
            error = (type(exc), exc, exc.__traceback__)
            start_response('500 Oops', HEADERS, error)

    response, _, final = audit(app, environ())

    assert ('200 OK', b'sent') == (response.status, response.body)
    assert isinstance(response.error, ValueError)
    assert ('failure', '200') == outcome(final)


@pytest.mark.parametrize('exc_info', [False, True])
def test_start_response_gets_the_arguments_that_were_given(exc_info):
    """A server that knows no exc_info is called without one."""
    calls = []

    def app(environ, start_response):
        if exc_info:
            start_response('200 OK', HEADERS, (ValueError, None, None))
        else:
            start_response('200 OK', HEADERS)
        return []

    audited(app)(environ(), lambda *args: calls.append(len(args)))

    assert [3 if exc_info else 2] == calls


def test_status_that_a_server_takes_and_then_fails_over():
    """uWSGI takes a status beside exc_info, and raises a SystemError."""

    def app(environ, start_response):
        start_response('200 OK', HEADERS)
        error = (ValueError, ValueError('broken'), None)
        start_response('500 Oops', HEADERS, error)

    def take(status, headers, exc_info=None):
        if exc_info:
            raise SystemError('returned a result with an exception set')

    with event_log() as log:
        with pytest.raises(SystemError):
            audited(app)(environ(), take)
        _, final = log.pair()

    assert ('failure', '500') == outcome(final)


def test_start_response_never_called():
    """Without a status the outcome is unknown, without a reason."""

    def app(environ, start_response):
        return [b'ok']

    _, _, final = audit(app, environ())

    assert ('unknown', None) == outcome(final)


def test_write_callable_works():
    """What is written goes out before what is returned."""

    def app(environ, start_response):
        write = start_response('200 OK', HEADERS)
        write(b'written ')
        return [b'returned']

    response, _, final = audit(app, environ())

    assert b'written returned' == response.body
    assert ('success', '200') == outcome(final)


@pytest.mark.parametrize('status', [None, 200, 'OK', '2x0 Odd', '٢٠٠ OK'])
def test_status_that_is_no_status(status):
    """A status line without a code makes the outcome unknown."""
    _, _, final = audit(answer(status=status), environ())

    assert ('unknown', None) == outcome(final)
