# SPDX-License-Identifier: Apache-2.0

"""A small bare-metal API in plain WSGI: JSON in, JSON out, nodes in memory.

It knows nothing of auditing. Who is calling, and in which role, it reads
from the headers that the identity filter in front of it sets.
"""

import json
import threading
import uuid

EXAMPLE_NODE = '11111111-1111-4111-8111-111111111111'
BODY_LIMIT = 64 * 1024
POWER_ACTIONS = {'power_on': 'on', 'power_off': 'off', 'reboot': 'on'}


class RequestError(Exception):
    """The request cannot be served.

    :param status: the HTTP status line
    :param why: one sentence for the client
    """

    def __init__(self, status, why):
        super().__init__(why)
        self.status = status


class BaremetalAPI:
    """Answer requests for /v1/nodes and what lies below it."""

    def __init__(self):
        self._lock = threading.Lock()
        self._nodes = {}
        self._add(EXAMPLE_NODE, 'rack1-node1')

    def __call__(self, environ, start_response):
        """Serve one request as a WSGI application."""
        try:
            with self._lock:
                status, answer = self._answer(environ)
        except RequestError as error:
            status, answer = error.status, {'error': str(error)}
        body = b'' if answer is None else json.dumps(answer).encode() + b'\n'
        start_response(
            status,
            [
                ('Content-Type', 'application/json'),
                ('Content-Length', str(len(body))),
            ],
        )
        return [body] if environ['REQUEST_METHOD'] != 'HEAD' else []

    def _answer(self, environ):
        """Return the status line and the answer; the first case wins."""
        method = environ['REQUEST_METHOD']
        if method == 'HEAD':
            method = 'GET'
        if method != 'GET' and 'admin' not in roles(environ):
            raise RequestError(
                '403 Forbidden', 'only an admin may change nodes'
            )
        match method, *environ.get('PATH_INFO', '').strip('/').split('/'):
            case 'GET', 'v1', 'nodes':
                return '200 OK', {'nodes': list(self._nodes.values())}
            case 'POST', 'v1', 'nodes':
                name = name_from(read_json(environ))
                return '201 Created', self._add(str(uuid.uuid4()), name)
            case 'GET', 'v1', 'nodes', node_id:
                return '200 OK', self._node(node_id)
            case 'PATCH', 'v1', 'nodes', node_id:
                node = self._node(node_id)
                node['name'] = name_from(read_json(environ))
                return '200 OK', node
            case 'DELETE', 'v1', 'nodes', node_id:
                self._node(node_id)
                del self._nodes[node_id]
                return '200 OK', {'deleted': node_id}
            case 'POST', 'v1', 'nodes', node_id, 'action':
                node = self._node(node_id)
                node['power_state'] = power_from(read_json(environ))
                return '202 Accepted', None
        raise RequestError('404 Not Found', 'there is nothing at this path')

    def _add(self, node_id, name):
        """Keep a new node and return it."""
        node = {'uuid': node_id, 'name': name, 'power_state': 'off'}
        self._nodes[node_id] = node
        return node

    def _node(self, node_id):
        """Return the node of this id."""
        try:
            return self._nodes[node_id]
        except KeyError:
            raise RequestError('404 Not Found', f'no node {node_id}') from None


def roles(environ):
    """Return the roles of the caller."""
    return environ.get('HTTP_X_ROLES', '').split(',')


def read_json(environ):
    """Return the JSON object that the client sent."""
    try:
        length = int(environ.get('CONTENT_LENGTH') or 0)
        if not 0 < length <= BODY_LIMIT:
            raise ValueError(f'a body of 1 to {BODY_LIMIT} bytes is needed')
        document = json.loads(environ['wsgi.input'].read(length))
    except (ValueError, RecursionError) as exc:
        raise RequestError('400 Bad Request', f'not JSON: {exc}') from exc
    if not isinstance(document, dict):
        raise RequestError('400 Bad Request', 'a JSON object is needed')
    return document


def name_from(document):
    """Return the name that the client wants a node to have."""
    if not isinstance(document.get('name'), str):
        raise RequestError('400 Bad Request', '"name" has to be a text')
    return document['name']


def power_from(document):
    """Return the power state that an action such as reboot leads to."""
    for action, state in POWER_ACTIONS.items():
        if action in document:
            return state
    allowed = ', '.join(POWER_ACTIONS)
    raise RequestError('400 Bad Request', f'the actions are {allowed}')


def app_factory(global_conf, **local_conf):
    """Return the application for paste.deploy."""
    return BaremetalAPI()
