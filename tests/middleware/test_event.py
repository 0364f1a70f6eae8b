# SPDX-License-Identifier: Apache-2.0

"""The two events of a request: their fields, and when they differ."""

import json

import pytest

from tests.canaries import NO_CREDENTIAL
from tests.harness import answer
from tests.harness import audit
from tests.harness import audited
from tests.harness import call
from tests.harness import environ
from tests.harness import event_log

MAP = """
[path_keywords]
nodes = node

[service_endpoints]
baremetal = service/compute/baremetal
"""

CATALOG = json.dumps(
    [
        {
            'type': 'baremetal',
            'name': 'ironic',
            'endpoints': [
                {
                    'id': 'ep-ironic',
                    'region': 'r1',
                    'adminURL': 'http://ironic:6385',
                    'internalURL': 'http://ironic.internal:6385',
                    'publicURL': 'http://ironic.public:6385',
                }
            ],
        }
    ]
)

IDENTITY = {
    'HTTP_X_USER_ID': 'u-admin-0001',
    'HTTP_X_USER_NAME': 'admin',
    'HTTP_X_PROJECT_ID': 'p-service-0001',
    'HTTP_X_IDENTITY_STATUS': 'Confirmed',
    'HTTP_X_SERVICE_CATALOG': CATALOG,
}

NODE = '/v1/nodes/11111111-1111-4111-8111-111111111111'


@pytest.fixture
def map_file(tmp_path):
    """Return the path of an audit map."""
    file = tmp_path / 'map.conf'
    file.write_text(MAP)
    return str(file)


def identifying(changes):
    """Return an application behind an auth_token of its own."""

    def app(environ, start_response):
        for key, value in changes.items():
            if value is None:
                environ.pop(key, None)
            else:
                environ[key] = value
        return answer(status='401 Unauthorized')(environ, start_response)

    return app


def test_pair_behind_auth_token(map_file):
    """Both events hold what the documents show, field by field."""
    request = environ(
        'PATCH',
        NODE,
        HTTP_HOST='ironic:6385',
        HTTP_X_AUTH_TOKEN='secret-token',
        HTTP_USER_AGENT='python-ironicclient',
        REMOTE_ADDR='10.1.200.129',
        **IDENTITY,
        **{'openstack.request_id': 'req-1'},
    )

    _, pending, final = audit(answer(), request, audit_map_file=map_file)

    correlation, endpoint = pending['tags']
    assert correlation.startswith('correlation_id?value=')
    assert 'endpoint?value=API' == endpoint
    expected = {
        'typeURI': 'http://schemas.dmtf.org/cloud/audit/1.0/event',
        'eventType': 'activity',
        'id': pending['id'],
        'eventTime': pending['eventTime'],
        'action': 'update',
        'outcome': 'pending',
        'observer': {'id': 'target'},
        'initiator': {
            'id': 'u-admin-0001',
            'typeURI': 'service/security/account/user',
            'name': 'admin',
            'credential': {'token': '***', 'identity_status': 'Confirmed'},
            'host': {
                'address': '10.1.200.129',
                'agent': 'python-ironicclient',
            },
            'project_id': 'p-service-0001',
            'request_id': 'req-1',
        },
        'target': {
            'id': 'ep-ironic',
            'typeURI': 'service/compute/baremetal/nodes/node',
            'name': 'ironic',
            'addresses': [
                {'url': 'http://ironic:6385', 'name': 'admin'},
                {'url': 'http://ironic.internal:6385', 'name': 'private'},
                {'url': 'http://ironic.public:6385', 'name': 'public'},
            ],
        },
        'requestPath': NODE,
        'tags': pending['tags'],
    }
    assert expected == pending
    assert {
        **expected,
        'outcome': 'success',
        'reason': {'reasonType': 'HTTP', 'reasonCode': '200'},
        'reporterchain': final['reporterchain'],
    } == final


def test_nobody_known():
    """An anonymous request has an initiator and a target all the same."""
    _, pending, _ = audit(answer(), environ(**NO_CREDENTIAL))

    assert {
        'id': 'unknown',
        'typeURI': 'service/security/account/user',
        'name': 'unknown',
        'credential': {'token': 'none', 'identity_status': 'unknown'},
        'host': {'address': '192.0.2.7', 'agent': 'tests'},
        'project_id': 'unknown',
    } == pending['initiator']
    assert {'id': 'unknown', 'name': 'unknown', 'typeURI': 'unknown'} == (
        pending['target']
    )


def test_ids_are_different_each_time():
    """No two interactions share an id or a correlation id."""
    ids = set()
    for _ in range(50):
        _, pending, _ = audit(answer(), environ())
        ids |= {pending['id'], pending['tags'][0]}

    assert 100 == len(ids)


def test_identity_that_is_established_further_in(map_file):
    """Outside auth_token the final event names who the request came from."""
    app = identifying(IDENTITY)
    request = environ('GET', NODE, HTTP_HOST='ironic:6385')

    _, pending, final = audit(app, request, audit_map_file=map_file)

    assert 'unknown' == pending['initiator']['id']
    assert 'u-admin-0001' == final['initiator']['id']
    assert 'ep-ironic' == final['target']['id']


def test_forged_identity_that_auth_token_takes_away(map_file):
    """A refused request is in the trail, without the lies of its client."""
    removed = dict.fromkeys(IDENTITY)
    app = identifying(removed | {'HTTP_X_IDENTITY_STATUS': 'Invalid'})
    request = environ('GET', NODE, HTTP_HOST='ironic:6385', **IDENTITY)

    _, pending, final = audit(app, request, audit_map_file=map_file)

    assert 'u-admin-0001' == pending['initiator']['id']
    assert 'unknown' == final['initiator']['id']
    assert 'Invalid' == (final['initiator']['credential']['identity_status'])
    assert '401' == final['reason']['reasonCode']
    assert 'ep-ironic' != final['target']['id']


def test_forged_catalog_beside_an_equal_identity(map_file):
    """auth_token may leave the very status that the client had forged."""
    app = identifying({'HTTP_X_SERVICE_CATALOG': None})
    request = environ(
        'GET',
        NODE,
        HTTP_HOST='ironic:6385',
        HTTP_X_IDENTITY_STATUS='Invalid',
        HTTP_X_SERVICE_CATALOG=CATALOG,
    )

    _, pending, final = audit(app, request, audit_map_file=map_file)

    assert 'ep-ironic' == pending['target']['id']
    assert 'baremetal' == final['target']['id']


def test_address_that_a_filter_further_in_overwrites():
    """From where a request came is told at the door."""
    app = identifying({'REMOTE_ADDR': '6.6.6.6', 'HTTP_X_USER_ID': 'u'})

    _, pending, final = audit(app, environ())

    assert '192.0.2.7' == final['initiator']['host']['address']
    assert pending['initiator']['host'] == final['initiator']['host']


def test_credential_that_a_filter_further_in_takes_away():
    """What the client sent is told from the beginning of the request."""
    app = identifying({'HTTP_AUTHORIZATION': None, 'HTTP_X_USER_ID': 'u'})
    request = environ(HTTP_AUTHORIZATION='Basic dTpw')

    _, _, final = audit(app, request)

    assert '***' == final['initiator']['credential']['token']
    assert 'u' == final['initiator']['id']


def test_server_that_gives_up_while_a_body_is_read_ahead():
    """A worker's timeout inside our read leaves both ends recorded once."""

    class Stalled:
        reads = 0

        def read(self, size):
            self.reads += 1
            raise SystemExit(1)

    stream = Stalled()
    request = environ('POST', '/v1/nodes/n1/action', CONTENT_LENGTH='9')
    request['wsgi.input'] = stream

    with event_log() as log:
        response = call(audited(answer()), request)

    _, final = log.pair()
    assert isinstance(response.error, SystemExit)
    assert (1, 'unknown', 'update') == (
        stream.reads,
        final['outcome'],
        final['action'],
    )


def test_identity_that_the_application_drops_is_kept():
    """Behind auth_token the identity is settled before the application."""
    app = identifying(dict.fromkeys(IDENTITY))
    request = environ(**IDENTITY, **{'keystone.token_info': {'token': {}}})

    _, pending, final = audit(app, request)

    assert 'u-admin-0001' == pending['initiator']['id']
    assert pending['initiator'] == final['initiator']


def test_request_id_that_is_given_further_in():
    """A request id that a filter further in makes is in the final event."""
    app = identifying({'openstack.request_id': 'req-2'})

    _, pending, final = audit(app, environ())

    assert 'request_id' not in pending['initiator']
    assert 'req-2' == final['initiator']['request_id']


def test_endpoint_option_is_the_tag():
    """A user interface says that it is one."""
    _, pending, _ = audit(answer(), environ(), endpoint='UI')

    assert 'endpoint?value=UI' == pending['tags'][1]


def test_part_that_cannot_be_built_costs_that_part_alone(caplog):
    """An error of ours is logged and counted; the rest is recorded."""

    class Unreadable(dict):
        def get(self, key, default=None):
            if key == 'HTTP_X_USER_ID':
                raise RuntimeError('unreadable')
            return super().get(key, default)

    app = audited()

    with event_log() as log:
        response = call(app, Unreadable(environ('DELETE')))
        _, final = log.pair()

    assert b'ok' == response.body
    assert ('delete', 'unknown') == (
        final['action'],
        final['initiator']['id'],
    )
    assert 2 == app.errors
    assert 'could not tell the identity of DELETE' in caplog.text
