# SPDX-License-Identifier: Apache-2.0

"""Long answers in, how they reach a client piece by piece out."""

import contextlib
import http.client
import logging
import threading
import tracemalloc

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
import waitress

from cadf_audit.trail.api.application import make_application
from cadf_audit.trail.api.streaming import ExportBrokenError
from cadf_audit.trail.api.streaming import Lines
from cadf_audit.trail.api.tokens import load_tokens
from tests.harness import environ
from tests.trail.api.asking import settings
from tests.trail.api.asking import token_file
from tests.trail.parts import ended
from tests.trail.parts import ingest

MANY = 9000


@pytest.fixture
def app(sqlite_store, tmp_path):
    """An API of more events than are read at once."""
    ingest(sqlite_store, *[ended(str(number)) for number in range(MANY)])
    tokens = load_tokens(token_file(tmp_path), 'a test')
    return make_application(sqlite_store.engine, settings(tmp_path), tokens)


def begin(app, query=''):
    """Begin an export; return the body."""
    request = environ('GET', '/v1/export', QUERY_STRING=query)
    request['HTTP_AUTHORIZATION'] = 'Bearer auditor'
    return app(request, lambda *_: None)


@contextlib.contextmanager
def served(app):
    """Serve an API; give its address."""
    server = waitress.create_server(app, listen='127.0.0.1:0', threads=2)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.effective_host, server.effective_port
    finally:
        server.maintenance(0)
        server.asyncore.close_all(server._map)
        thread.join()
        server.task_dispatcher.shutdown()


class Pieces:
    """Lines that somebody counts."""

    def __init__(self, *pieces):
        self._pieces = iter(pieces)
        self.read = 0
        self.is_closed = False

    def __iter__(self):
        return self

    def __next__(self):
        piece = next(self._pieces)
        self.read += 1
        if isinstance(piece, Exception):
            raise piece
        return piece

    def close(self):
        """Be closed."""
        self.is_closed = True


def test_the_first_lines_come_before_the_others_are_read():
    """No more is read than what is sent."""
    pieces = Pieces('a', 'b', 'c')
    lines = Lines('ndjson', pieces)
    first = next(lines), pieces.read

    assert (b'a', 1) == first
    assert [b'b', b'c'] == list(lines)


def test_a_heading_is_no_answer_of_the_database():
    """What fails behind it still changes the status."""
    with pytest.raises(ValueError, match='early'):
        Lines('csv', Pieces('id,sequence', ValueError('early')))


def test_what_breaks_off_is_no_end(caplog):
    """The log says why; who serves it is told nothing of events."""
    lines = Lines('ndjson', Pieces('a', ValueError('late')))
    next(lines)

    with pytest.raises(ExportBrokenError) as caught:
        next(lines)
    assert 'late' not in str(caught.value)
    assert caught.value.__suppress_context__
    assert 'late' in caplog.text


def test_nothing_is_read_for_who_goes_away():
    """The question ends with the connection."""
    pieces = Pieces('a', 'b')
    lines = Lines('ndjson', pieces)
    lines.close()

    assert 1 == pieces.read
    assert pieces.is_closed


def test_an_export_holds_no_connection_between_its_pieces(app, sqlite_store):
    """Slow clients cost others nothing, and nothing once they have left."""
    bodies = [begin(app) for _ in range(40)]
    for body in bodies:
        next(iter(body))

    assert 0 == sqlite_store.engine.pool.checkedout()
    for body in bodies:
        body.close()


def peak(app, query=''):
    """Return how many bytes are there at once at most, in an export."""
    tracemalloc.start()
    try:
        for _ in begin(app, query):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_export(app):
    """No more than a few pieces are there, however many there will be."""
    peak(app)
    some = peak(app, f'before={MANY // 2}')

    assert some > 1_000_000
    assert peak(app) < 1.3 * some


@pytest.mark.parametrize('kind', ['ndjson', 'csv'])
def test_an_export_that_breaks_off_is_seen_by_the_client(
    app, sqlite_store, kind, caplog
):
    """The end of the body is missing, so nobody takes a part for the whole."""
    caplog.set_level(logging.ERROR)
    break_off(sqlite_store.engine)
    with served(app) as (host, port):
        connection = http.client.HTTPConnection(host, port, timeout=30)
        connection.request(
            'GET',
            f'/v1/export?format={kind}',
            headers={'X-Auth-Token': 'auditor'},
        )
        response = connection.getresponse()
        status = response.status
        with pytest.raises(http.client.IncompleteRead) as caught:
            response.read()
        connection.close()

    assert 200 == status
    assert 100_000 < len(caught.value.partial)
    assert 'the disk is gone' in caplog.text
    assert 'a secret' not in caplog.text


def break_off(engine):
    """Let the third slice of an export find no database."""
    slices = []

    @event.listens_for(engine, 'before_cursor_execute')
    def fail(connection, cursor, statement, parameters, context, many):
        if 'ORDER BY events.sequence' in statement:
            slices.append(statement)
        if len(slices) == 3:
            raise OperationalError(
                'a secret', {'a secret': 1}, OSError('the disk is gone')
            )
