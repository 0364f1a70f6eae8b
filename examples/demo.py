# SPDX-License-Identifier: Apache-2.0

"""The demo: serves the example API behind the audit filter, shows events.

Requests go in over a loopback port, events come out of the logger
``cadf_audit.events``: for people on a terminal, as JSON lines otherwise.
"""

import argparse
import http.client
import json
import logging
import logging.handlers
import os
from pathlib import Path
import queue
import socketserver
import sys
import tempfile
import threading
from wsgiref import simple_server

import ask
from baremetal.api import EXAMPLE_NODE
from keep import keep
from keep import tell
from oslo_config import cfg
from paste.deploy import loadapp
from show import show

HERE = Path(__file__).resolve().parent / 'baremetal'
NOWHERE = '22222222-2222-4222-8222-222222222222'
# Who does what: comment, method, path, token, body. With an INI map.
REQUESTS = (
    ('alice lists the nodes', 'GET', '/v1/nodes', 'admin-token', None),
    (
        'alice creates a node',
        'POST',
        '/v1/nodes',
        'admin-token',
        {'name': 'rack1-node2'},
    ),
    (
        'alice powers a node on',
        'POST',
        f'/v1/nodes/{EXAMPLE_NODE}/action',
        'admin-token',
        {'power_on': None},
    ),
    (
        'alice asks for a node that does not exist',
        'GET',
        f'/v1/nodes/{NOWHERE}',
        'admin-token',
        None,
    ),
    (
        'bob, who is no admin, tries to delete a node',
        'DELETE',
        f'/v1/nodes/{EXAMPLE_NODE}',
        'member-token',
        None,
    ),
)
# With a resource map.
NAMED_REQUESTS = (
    (
        'alice creates another node',
        'POST',
        '/v1/nodes',
        'admin-token',
        {'name': 'rack1-node3'},
    ),
    (
        'bob looks at a node',
        'GET',
        f'/v1/nodes/{EXAMPLE_NODE}',
        'member-token',
        None,
    ),
)
# With a spool and a trail.
KEPT_REQUESTS = (
    (
        'alice renames a node',
        'PATCH',
        f'/v1/nodes/{EXAMPLE_NODE}',
        'admin-token',
        {'name': 'rack2-node1'},
    ),
    (
        'bob tries to delete it',
        'DELETE',
        f'/v1/nodes/{EXAMPLE_NODE}',
        'member-token',
        None,
    ),
)

# What the trail is asked.
QUESTIONS = (
    ('event', 'list'),
    ('event', 'list', '--outcome', 'failure', '-c', 'description'),
)


class Server(socketserver.ThreadingMixIn, simple_server.WSGIServer):
    """wsgiref's server, a thread for each request."""

    daemon_threads = True


class QuietHandler(simple_server.WSGIRequestHandler):
    """wsgiref's request handler without a line for each request."""

    def log_message(self, *args):
        """Say nothing: the events tell what happens."""


def start_service(port):
    """Start the API as a service would start; return its server.

    :param port: the loopback port to serve on, 0 for a free one
    """
    # The service reads its configuration, as for example nova-api does, and
    # the audit filter finds [audit] there.
    cfg.CONF(
        [],
        project='baremetal',
        default_config_files=[str(HERE / 'baremetal.conf')],
        default_config_dirs=[],
    )
    server = simple_server.make_server(
        '127.0.0.1', port, None, Server, QuietHandler
    )
    serve_pipeline(server, 'main')
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def serve_pipeline(server, name, spool='unused'):
    """Let the server serve a pipeline of the paste file from now on."""
    server.set_app(
        loadapp(
            f'config:{HERE / "api-paste.ini"}',
            name,
            global_conf={'port': str(server.server_port), 'spool': spool},
        )
    )


def collect_events():
    """Return a queue that receives the log record of each event."""
    logging.basicConfig(format='%(levelname)s %(name)s: %(message)s')
    records = queue.SimpleQueue()
    logger = logging.getLogger('cadf_audit.events')
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(logging.handlers.QueueHandler(records))
    return records


def send(port, method, path, token, document):
    """Send one request to the API and return the status of the answer."""
    body = None if document is None else json.dumps(document)
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=10)
    try:
        connection.request(method, path, body, {'X-Auth-Token': token})
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    return answer.status


def note(text):
    """Tell people something, beside the events."""
    print(text, file=sys.stderr, flush=True)


def run(once, port, show_event):
    """Send the requests and show their events, then those of others.

    :param once: return after the requests instead of serving on
    :param port: the loopback port to serve on, 0 for a free one
    :param show_event: turns an event's log message into what is printed
    """
    records = collect_events()
    server = start_service(port)

    def show_next(timeout=None):
        record = records.get(timeout=timeout)
        print(show_event(record.getMessage()), flush=True)

    def play(requests):
        for comment, method, path, token, document in requests:
            note(f'\n{comment}: {method} {path}')
            status = send(server.server_port, method, path, token, document)
            show_next(timeout=10)
            show_next(timeout=10)
            note(f'  the client got {status}')

    play(REQUESTS)
    note('\nThe same API with a resource map: its events name the node.')
    serve_pipeline(server, 'resources')
    play(NAMED_REQUESTS)
    note('\nAnd with a trail: a spool, from which events are collected.')
    with tempfile.TemporaryDirectory() as directory:
        fill_trail(server, directory)
        with ask.answering(directory) as url:
            note(f'\nThe trail answers over HTTP as well:\n  {url}')
            if once:
                return
            note(
                f'\nServing until Ctrl-C. Try, in another terminal:\n\n'
                f'  curl -H "X-Auth-Token: admin-token"'
                f' http://127.0.0.1:{server.server_port}/v1/nodes\n'
                f'  curl {url}\n'
            )
            while True:
                show_next()


def fill_trail(server, directory):
    """Send requests whose events go to a spool, and ask the trail for them."""
    serve_pipeline(server, 'kept', str(Path(directory, 'spool')))
    for comment, method, path, token, document in KEPT_REQUESTS:
        note(f'\n{comment}: {method} {path}')
        status = send(server.server_port, method, path, token, document)
        note(f'  the client got {status}')
    # So that nothing writes to the spool any more when it goes.
    serve_pipeline(server, 'resources')
    note('\nThe rows of the trail, in SQLite:')
    for row in keep(directory):
        note(tell(row))
    for question in QUESTIONS:
        note(f'\ncadf-audit {" ".join(question)}')
        note(ask.answer(directory, *question))


def main():
    """Run the demo; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        '--once',
        action='store_true',
        help='end after the requests of the demo instead of serving on',
    )
    parser.add_argument(
        '--port',
        type=int,
        default=0,
        help='the loopback port to serve on (default: a free one)',
    )
    args = parser.parse_args()
    # A client may send characters that the terminal's encoding lacks.
    sys.stdout.reconfigure(errors='backslashreplace')
    for_people = sys.stdout.isatty() and not os.environ.get('NO_COLOR')
    try:
        run(args.once, args.port, show if for_people else str)
    except KeyboardInterrupt:
        note('\nended')
    except queue.Empty:
        note('a request left no event on the logger cadf_audit.events')
        return 1
    except BrokenPipeError:
        # Whoever read the events has left. Without this Python would fail
        # once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, OverflowError) as exc:
        note(f'the demo cannot serve on 127.0.0.1: {exc}')
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
