# SPDX-License-Identifier: Apache-2.0

"""A request in; what its path asks for happens, right or wrong.

The first segment of the path names the behaviour, so that a client can play
a script of interactions on any server.
"""

import functools
import hashlib
import io
import os
import pathlib
import sys

CHUNK = 64 * 1024

# What a large download holds, in chunks that differ from each other.
LARGE = [bytes([number]) * CHUNK for number in range(64)]

# Beside the headers, what the server tells about a request.
REQUEST_KEYS = {
    'CONTENT_LENGTH',
    'CONTENT_TYPE',
    'PATH_INFO',
    'QUERY_STRING',
    'REQUEST_METHOD',
    'SCRIPT_NAME',
}


class Body:
    """An iterable that notes when the server closes it.

    :param chunks: what it yields
    :param note: called without arguments at each close
    """

    def __init__(self, chunks, note):
        self._chunks = chunks
        self._note = note

    def __iter__(self):
        return iter(self._chunks)

    def close(self):
        """Close the chunks too, as a generator that stops early has to be."""
        if hasattr(self._chunks, 'close'):
            self._chunks.close()
        self._note()


class SizedBody(Body):
    """A body whose length servers may ask for; waitress does."""

    def __len__(self):
        return len(self._chunks)


class NotedFile:
    """A file that notes when the server closes it.

    It has ``fileno`` only where the file has one: servers send such files in
    another way.
    """

    def __init__(self, file, note):
        self._file = file
        self._note = note
        if isinstance(file, io.BufferedReader):
            self.fileno = file.fileno

    def __getattr__(self, name):
        return getattr(self._file, name)

    def __iter__(self):
        return iter(self._file)

    def close(self):
        """Close the file."""
        self._file.close()
        self._note()


class Scripted:
    """An application whose behaviours are the methods named ``do_...``.

    :param directory: holds the file ``large``, the named pipes that hold an
        answer up, and ``notes``: a line for each answer that was held up
        (``waits AGENT``) and for each body that was closed (``closed AGENT``)
    """

    def __init__(self, directory):
        self._directory = pathlib.Path(directory)
        self._notes = os.open(
            self._directory / 'notes', os.O_CREAT | os.O_APPEND | os.O_WRONLY
        )

    def __call__(self, environ, start_response):
        name = environ['PATH_INFO'].lstrip('/').partition('/')[0]
        behave = getattr(self, f'do_{name.replace("-", "_")}', self.do_echo)
        return behave(environ, start_response)

    def note(self, what, environ):
        """Note what happened to a request."""
        line = f'{what} {environ.get("HTTP_USER_AGENT")}\n'
        os.write(self._notes, line.encode('latin-1'))

    def body(self, chunks, environ):
        """Return a body that notes when it is closed."""
        kind = SizedBody if isinstance(chunks, list) else Body
        return kind(chunks, functools.partial(self.note, 'closed', environ))

    def wrap(self, file, size, environ):
        """Return a file that notes when it is closed, in a file wrapper."""
        note = functools.partial(self.note, 'closed', environ)
        return environ['wsgi.file_wrapper'](NotedFile(file, note), size)

    def wait_for_client(self, environ):
        """Return when the client has written to the pipe of its query."""
        pipe = self._directory / environ['QUERY_STRING']
        with pipe.open('rb') as file:
            self.note('waits', environ)
            file.read(1)

    def do_echo(self, environ, start_response):
        """Answer with what the server made of the request."""
        text = ''.join(
            f'{key}={value!r}\n'
            for key, value in sorted(environ.items())
            if key in REQUEST_KEYS or key.startswith('HTTP_')
        )
        body = text.encode()
        start_response('200 OK', _headers(len(body)))
        return [body]

    def do_pid(self, environ, start_response):
        """Answer with the id of this process."""
        body = str(os.getpid()).encode()
        start_response('200 OK', _headers(len(body)))
        return [body]

    def do_stream(self, environ, start_response):
        """Answer in three chunks of unknown length."""
        start_response('200 OK', _headers())
        chunks = (b'%d\n' % number for number in range(3))
        return self.body(chunks, environ)

    def do_sized(self, environ, start_response):
        """Answer with an iterable that knows its length."""
        start_response('200 OK', _headers())
        return self.body([b'the only chunk'], environ)

    def do_held(self, environ, start_response):
        """Make the last chunk only when the client says so."""
        start_response('200 OK', _headers())

        def chunks():
            yield b'first\n'
            self.wait_for_client(environ)
            yield b'last\n'

        return self.body(chunks(), environ)

    def do_flood(self, environ, start_response):
        """Stream much, but no more than the first chunk unless told to."""
        start_response('200 OK', _headers())

        def chunks():
            yield b'first\n'
            self.wait_for_client(environ)
            for _ in range(8):
                yield from LARGE

        return self.body(chunks(), environ)

    def do_stalled(self, environ, start_response):
        """Return a large list, but not before the client says so."""
        self.wait_for_client(environ)
        start_response('200 OK', _headers(8 * CHUNK * len(LARGE)))
        return LARGE * 8

    def do_stalled_file(self, environ, start_response):
        """Return a large file, but not before the client says so."""
        self.wait_for_client(environ)
        return self.do_file(environ, start_response)

    def do_upload(self, environ, start_response):
        """Read the whole body; answer with its length and its hash."""
        digest = hashlib.sha256()
        length = 0
        while chunk := environ['wsgi.input'].read(CHUNK):
            digest.update(chunk)
            length += len(chunk)
        body = f'{length} {digest.hexdigest()}\n'.encode()
        start_response('201 Created', _headers(len(body)))
        return [body]

    do_servers = do_upload

    def do_lines(self, environ, start_response):
        """Read the body line by line; answer with the lines."""
        stream = environ['wsgi.input']
        lines = [stream.readline(), *stream, stream.read()]
        start_response('200 OK', _headers())
        return [repr(lines).encode()]

    def do_download(self, environ, start_response):
        """Stream megabytes whose length is known."""
        start_response('200 OK', _headers(CHUNK * len(LARGE)))
        return self.body((chunk for chunk in LARGE), environ)

    def do_list(self, environ, start_response):
        """Return megabytes at once."""
        start_response('200 OK', _headers(CHUNK * len(LARGE)))
        return LARGE

    def do_file(self, environ, start_response):
        """Return a file in the server's file wrapper."""
        file = (self._directory / 'large').open('rb')
        start_response('200 OK', _headers(os.fstat(file.fileno()).st_size))
        return self.wrap(file, CHUNK, environ)

    def do_memory_file(self, environ, start_response):
        """Return what is no real file in the server's file wrapper."""
        start_response('200 OK', _headers())
        return self.wrap(io.BytesIO(b'x' * 99), 10, environ)

    def do_json(self, environ, start_response):
        """Stream as many bytes of JSON as the query says."""
        left = int(environ['QUERY_STRING'])
        headers = [
            ('Content-Type', 'application/json'),
            ('Content-Length', str(left)),
        ]
        start_response('200 OK', headers)
        item = b'{"name": "n", "adminPass": "hunter2"}, '
        chunk = b'[' + item * (CHUNK // len(item))
        while left > 0:
            yield chunk[:left]
            left -= len(chunk)
            chunk = item * (CHUNK // len(item))

    def do_no_content(self, environ, start_response):
        """Answer without a body."""
        start_response('204 No Content', [])
        return []

    def do_not_modified(self, environ, start_response):
        """Answer with an iterable that yields nothing."""
        start_response('304 Not Modified', [('ETag', '"1"')])
        return self.body(iter(()), environ)

    def do_refuse(self, environ, start_response):
        """Answer with a client error, without reading the body."""
        start_response('403 Forbidden', _headers(3))
        return [b'no\n']

    def do_raise(self, environ, start_response):
        """Fail before start_response."""
        raise ValueError('before start_response')

    def do_raise_after_start(self, environ, start_response):
        """Fail between start_response and the body."""
        start_response('200 OK', _headers())
        raise ValueError('after start_response')

    def do_raise_half_way(self, environ, start_response):
        """Fail after the first chunk."""
        start_response('200 OK', _headers())

        def chunks():
            yield b'first\n'
            raise ValueError('half-way')

        return self.body(chunks(), environ)

    def do_replace(self, environ, start_response):
        """Replace the answer before any of it was sent."""
        start_response('200 OK', _headers())
        try:
            raise ValueError('replaced')
        except ValueError:
            start_response('503 Busy', _headers(5), sys.exc_info())
        return [b'busy\n']

    def do_replace_late(self, environ, start_response):
        """Try to replace the answer after some of it was sent."""
        start_response('200 OK', _headers())

        def chunks():
            yield b'first\n'
            try:
                raise ValueError('too late')
            except ValueError:
                start_response('503 Busy', _headers(), sys.exc_info())
            yield b'busy\n'

        return self.body(chunks(), environ)

    def do_write(self, environ, start_response):
        """Use the callable that start_response returns."""
        write = start_response('200 OK', _headers())
        write(b'written\n')
        write(b'again\n')
        return [b'returned\n']

    def do_bytes(self, environ, start_response):
        """Return bytes in no list, which uWSGI takes, against PEP 3333."""
        start_response('200 OK', _headers(6))
        return b'bytes\n'


def _headers(length=None):
    headers = [('Content-Type', 'text/plain')]
    if length is not None:
        headers.append(('Content-Length', str(length)))
    return headers
