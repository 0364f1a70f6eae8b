# SPDX-License-Identifier: Apache-2.0

"""The bytes of a request in, the bytes of the answer out: nothing between.

HTTP libraries hide what the filter could have changed: framing, headers in
their order, the moment in which a chunk arrives.
"""

import re
import socket
import struct

from tests.canaries import header_lines
from tests.canaries import seed_body

TIMEOUT = 30

_date = re.compile(rb'(\r\nDate: )[^\r]*')


def http_request(
    method='GET', path='/', agent='tests', body=b'', version='1.1', headers=()
):
    """Return a request that asks the server to close the connection.

    In its head and its body are canaries. Not in its query, which tells the
    applications of the tests what to do.
    """
    body = seed_body(body)
    lines = [
        f'{method} {path} HTTP/{version}',
        'Host: localhost',
        f'User-Agent: {agent}',
        'Connection: close',
        *headers,
        *header_lines(headers),
    ]
    if body:
        lines.append(f'Content-Length: {len(body)}')
    return '\r\n'.join([*lines, '', '']).encode('latin-1') + body


def connect(port):
    """Return a connection to a server of the test run."""
    return socket.create_connection(('127.0.0.1', port), TIMEOUT)


def ask(port, sent):
    """Return the whole answer, as long as the server keeps sending."""
    with connect(port) as client:
        client.sendall(sent)
        return read_all(client)


def read_all(client):
    """Return what the server sends until it closes the connection."""
    parts = []
    try:
        while part := client.recv(1 << 20):
            parts.append(part)
    except ConnectionResetError:
        parts.append(b'<reset>')
    return b''.join(parts)


def read_until(client, end):
    """Return what the server sends up to some bytes, and no more."""
    received = b''
    while not received.endswith(end):
        part = client.recv(1)
        assert part, f'closed after {received!r}'
        received += part
    return received


def leave(client):
    """Cut the connection; the server meets it at its next send."""
    client.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)
    )
    client.close()


def without_date(answer):
    """Return an answer without what differs from second to second."""
    return _date.sub(rb'\1-', answer, count=1)
