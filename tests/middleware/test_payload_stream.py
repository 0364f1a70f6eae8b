# SPDX-License-Identifier: Apache-2.0

"""Bodies that take their time go past; nobody waits for the filter."""

import contextlib
import io
import json
import subprocess
import sys

import pytest

from tests.harness import environ
from tests.harness import event_log
from tests.payloads import JSON
from tests.payloads import payload
from tests.payloads import request_of
from tests.payloads import tell
from tests.payloads import telling

CHUNKS = [b'[1', b', 2', b', {"token": "hush"}', b', 4]']
TOLD = {
    'content': [1, 2, {'token': '***'}, 4],
    'length': len(b''.join(CHUNKS)),
}


@pytest.mark.parametrize('given', ['generator', 'list', 'written'])
def test_each_chunk_of_an_answer_is_out_before_the_next_is_made(given):
    """The client has it in its hands while the application works."""
    made, out = [], []

    def chunks():
        for chunk in CHUNKS:
            # All that was made before is with the client by now.
            assert made == out
            made.append(chunk)
            yield chunk

    def app(environ, start_response):
        write = start_response('200 OK', [('Content-Type', JSON)])
        if given == 'written':
            for chunk in chunks():
                write(chunk)
            return []
        made.extend(CHUNKS if given == 'list' else [])
        return CHUNKS if given == 'list' else chunks()

    with event_log() as log:
        body = telling(app)(
            environ('GET', '/v2/servers/1'), lambda *args: out.append
        )
        for chunk in body:
            out.append(chunk)
        with contextlib.suppress(AttributeError):
            body.close()

    assert CHUNKS == out
    # The very objects, and no copies.
    assert [*map(id, CHUNKS)] == [*map(id, out)]
    assert TOLD == payload(log.events[-1], 'response')[1]


class Slow:
    """A stream that notes how it is read, and ends where it must not."""

    def __init__(self, body):
        self._stream = io.BytesIO(body)
        self.asked = []

    def read(self, size):
        """Read as much as is asked for; without a size it would block."""
        self.asked.append(size)
        return self._stream.read(size)


def test_nothing_is_asked_of_a_client_that_the_application_does_not_ask():
    """Neither before it nor behind it, and in no other pieces."""
    body = b''.join(CHUNKS)
    stream = Slow(body)
    seen = []

    def app(environ, start_response):
        for size in (1, 5, 3, 99):
            seen.append(environ['wsgi.input'].read(size))
            assert len(seen) == len(stream.asked)
        start_response('200 OK', [])
        return []

    played = tell(
        app=app,
        keys={'wsgi.input': stream, 'CONTENT_LENGTH': str(len(body))},
    )

    assert [1, 5, 3, 99] == stream.asked
    assert body == b''.join(seen)
    assert TOLD == request_of(played)[1]


class Untouchable:
    """A stream that nobody may touch, as it would block for ever."""

    def __getattr__(self, name):
        raise AssertionError(f'{name} was touched')


@pytest.mark.parametrize('path', ['/v2/servers', '/v2/servers/1/action'])
@pytest.mark.parametrize(
    'keys', [{'CONTENT_LENGTH': '30'}, {'HTTP_TRANSFER_ENCODING': 'chunked'}]
)
def test_what_the_application_never_reads_is_not_read_by_us(path, keys):
    """Not even for its length, with payloads of both sides asked for."""

    def app(environ, start_response):
        start_response('403 Forbidden', [])
        return []

    played = tell(
        'POST', path, app=app, keys={'wsgi.input': Untouchable(), **keys}
    )
    told = request_of(played)

    assert played.response.error is None
    assert told is None or told[1] == {'length': 0, 'cut': True}


def test_answer_that_nobody_reads_is_not_read_by_us():
    """A client that goes away leaves the rest with the application."""
    made = []

    def app(environ, start_response):
        start_response('200 OK', [('Content-Type', JSON)])
        for chunk in CHUNKS:
            made.append(chunk)
            yield chunk

    with event_log() as log:
        body = telling(app)(
            environ('GET', '/v2/servers/1'), lambda *args: None
        )
        assert CHUNKS[0] == next(iter(body))
        body.close()

    assert CHUNKS[:1] == made
    assert {'content': [], 'length': 2, 'cut': True} == (
        payload(log.events[-1], 'response')[1]
    )


def test_limit_is_64_kib():
    """Of which all is kept, and not one byte more."""
    filler = 'x' * (64 * 1024 - len('{"a": ""}'))
    told = [
        request_of(tell(body={'a': filler + more}, level='request'))[1]
        for more in ('', 'x')
    ]

    assert {'content': {'a': filler}, 'length': 65536} == told[0]
    assert {'content': {}, 'length': 65537, 'cut': True} == told[1]


def test_hash_of_a_secret_is_found_in_a_body(tmp_path):
    """The command prints what stands in the attachment."""
    key = tmp_path / 'key'
    key.touch(0o600)
    key.write_bytes(b'k' * 32)
    played = tell(
        body={'server': {'adminPass': 'hunter2', 'note': 'token=hunter2'}},
        level='request',
        options={'redact_mode': 'hash', 'redact_key_file': str(key)},
    )
    done = subprocess.run(
        [
            *(sys.executable, '-m', 'cadf_audit.cli', 'redact', 'hash'),
            *('--key-file', str(key)),
        ],
        input=b'hunter2\n',
        capture_output=True,
        timeout=60,
    )
    printed = done.stdout.decode().strip()

    assert {'adminPass': printed, 'note': f'token={printed}'} == (
        request_of(played)[1]['content']['server']
    )
    assert 'hunter2' not in json.dumps(played.events)
