# SPDX-License-Identifier: Apache-2.0

"""Applications and deliveries that are odd are served as without a map."""

import json

import pytest

from cadf_audit.delivery import NotRecorded
from cadf_audit.middleware.wsgi import AuditFilter
from tests.harness import audited
from tests.harness import call
from tests.harness import environ
from tests.resource_maps import HEAD
from tests.resource_maps import map_file
from tests.resource_maps import map_text
from tests.resource_maps import play

SERVERS = 'servers:\n'
BODY = b'{"server": {"id": "a"}}'


@pytest.mark.parametrize(
    'headers',
    [
        [('Content-Type', b'application/json; x=1')],
        [('Content-Type', 5)],
        [('Content-Type', 'application/json'), ('Content-Encoding', b'x')],
        [(b'Content-Type', 'application/json')],
        [('Content-Type',)],
        [None],
        None,
    ],
)
def test_odd_headers_are_the_servers_to_refuse(headers):
    """The body passes, whatever stands in front of it."""

    def app(environ, start_response):
        start_response('201 Made', headers)
        yield BODY[:5]
        yield BODY[5:]

    played = play(SERVERS, 'POST', '/v2/servers', app=app)

    assert BODY == played.response.body
    assert 'success' == played.final['outcome']


def test_list_that_can_be_read_once_is_read_by_the_server():
    """A subclass may do what it likes when it is iterated."""

    class Once(list):
        def __iter__(self):
            while self:
                yield self.pop(0)

    def app(environ, start_response):
        start_response('201 Made', [('Content-Type', 'application/json')])
        return Once([BODY[:5], BODY[5:]])

    played = play(SERVERS, 'POST', '/v2/servers', app=app)

    assert BODY == played.response.body
    assert 'a' == played.final['target']['id']


class Failing:
    """A delivery whose first event fails."""

    def __init__(self, exception):
        self.exception = exception
        self.types = []

    def send(self, event_type, event):
        self.types.append(event_type)
        if len(self.types) == 1:
            raise self.exception


@pytest.mark.parametrize(
    ('exception', 'items'),
    [(ConnectionError(), 2), (NotRecorded(), 0)],
    ids=['failed', 'left out'],
)
def test_items_share_the_fate_of_their_request(exception, items):
    """One that is left out leaves nothing; one that failed may go on."""

    def app(environ, start_response):
        start_response('201 Made', [('Content-Type', 'application/json')])
        return [json.dumps({'servers': [{'id': 'a'}, {'id': 'b'}]}).encode()]

    delivery = Failing(exception)
    with map_file(map_text(SERVERS, HEAD)) as file:
        inner = audited(app, audit_map_file=file)._audited
        filtered = AuditFilter(
            app,
            inner._skips,
            inner._builder,
            delivery,
            inner._faults,
            inner._body_limit,
        )
        call(filtered, environ('POST', '/v2/servers'))

    assert [
        'audit.http.request',
        *['audit.event'] * items,
        'audit.http.response',
    ] == delivery.types


def test_body_that_is_rewound_names_its_action_all_the_same():
    """WebOb rewinds what somebody made seekable."""

    def app(environ, start_response):
        environ['wsgi.input'].read()
        environ['wsgi.input'].seek(0)
        start_response('202 Taken', [])
        return []

    final = play(
        SERVERS, 'POST', '/v2/servers/1/action', {'reboot': {}}, app=app
    ).final

    assert 'update/reboot' == final['action']


def test_number_that_is_none_is_no_id():
    """JSON has no infinity, and 1e999 is one."""
    target = play(
        SERVERS, 'POST', '/v2/servers', response=b'{"id": 1e999}'
    ).final['target']

    assert 'unknown' == target['id']
