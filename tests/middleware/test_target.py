# SPDX-License-Identifier: Apache-2.0

"""A request and its catalogue go in; the CADF target comes out."""

import json

import pytest

from cadf_audit.audit_map import KeywordMap
from cadf_audit.middleware.initiator import identity_reader
from cadf_audit.middleware.request import Request
from cadf_audit.middleware.target import TargetFinder

BAREMETAL = 'service/compute/baremetal'
UNKNOWN = {'id': 'unknown', 'typeURI': 'unknown', 'name': 'unknown'}

IRONIC = {
    'type': 'baremetal',
    'name': 'ironic',
    'endpoints': [
        {
            'id': 'ep-ironic',
            'adminURL': 'http://ironic:6385',
            'internalURL': 'http://ironic.internal:6385',
            'publicURL': 'http://ironic.public:6385',
        }
    ],
}
GLANCE = {
    'type': 'image',
    'name': 'glance',
    'endpoints': [{'publicURL': 'http://glance:9292'}],
}


def build(catalog, *, host='elsewhere', source='headers', rules=(), **keys):
    """Return the target of a request for a node."""
    audit_map = KeywordMap(
        keywords={'nodes': 'node'},
        **{
            'service_endpoints': {'baremetal': BAREMETAL},
            'only_service': 'baremetal',
            **dict(rules),
        },
    )
    environ = {
        'wsgi.url_scheme': 'http',
        'HTTP_HOST': host,
        'PATH_INFO': '/v1/nodes/n1',
        **keys,
    }
    if catalog is not None:
        if not isinstance(catalog, str):
            catalog = json.dumps(catalog)
        environ['HTTP_X_SERVICE_CATALOG'] = catalog
    request = Request(environ)
    identity = identity_reader(source)(request)
    return TargetFinder(audit_map).build(request, identity.catalog)


def test_target_is_the_service_that_the_request_was_meant_for():
    """Id, name and all three addresses come from the catalogue."""
    target = build([GLANCE, IRONIC], host='ironic.public:6385')

    assert {
        'id': 'ep-ironic',
        'typeURI': f'{BAREMETAL}/nodes/node',
        'name': 'ironic',
        'addresses': [
            {'url': 'http://ironic:6385', 'name': 'admin'},
            {'url': 'http://ironic.internal:6385', 'name': 'private'},
            {'url': 'http://ironic.public:6385', 'name': 'public'},
        ],
    } == target


@pytest.mark.parametrize(
    'host',
    [
        'ironic:6385',
        'ironic.internal:6385',
        'ironic.public:6385',
        'IRONIC:6385',
    ],
)
def test_host_leads_to_the_service(host):
    """One that matches the internal URL alone does too."""
    assert 'ironic' == build([GLANCE, IRONIC], host=host)['name']


def test_host_without_a_port_leads_to_the_service_behind_tls():
    """TLS ends before us, so http here may be https in the catalogue."""
    ironic = {**IRONIC, 'endpoints': [{'publicURL': 'https://metal'}]}

    target = build([GLANCE, ironic], host='metal')

    assert 'ironic' == target['name']
    assert [{'url': 'https://metal', 'name': 'public'}] == target['addresses']


def test_mount_point_counts_as_part_of_the_path():
    """Where services share a port, WSGI may have split their path."""
    services = [
        {**GLANCE, 'endpoints': [{'publicURL': 'http://api/image'}]},
        {**IRONIC, 'endpoints': [{'publicURL': 'http://api/baremetal'}]},
    ]

    target = build(services, host='api', SCRIPT_NAME='/baremetal')

    assert 'ironic' == target['name']


def test_target_endpoint_type_is_the_fallback():
    """Where no URL matches, the map may say which service this is."""
    rules = {'target_endpoint_type': 'baremetal'}

    assert 'ironic' == build([GLANCE, IRONIC], rules=rules)['name']


def test_match_wins_over_target_endpoint_type():
    """The fallback is one."""
    rules = {'target_endpoint_type': 'image'}

    target = build([GLANCE, IRONIC], host='ironic:6385', rules=rules)

    assert 'ironic' == target['name']


def test_target_endpoint_type_that_is_not_there_is_no_fallback():
    """The map may name a service that this cloud does not have."""
    rules = {'target_endpoint_type': 'baremetal'}

    assert UNKNOWN == build([GLANCE], rules=rules)


@pytest.mark.parametrize(
    'host', ['127.0.0.1:99999', ':abc', '[::1', 'a b', ':', '\xff', '']
)
def test_malformed_host_is_no_error(host):
    """Such a Host leaves keystonemiddleware without an event."""
    rules = {'target_endpoint_type': 'baremetal'}

    assert UNKNOWN == build([GLANCE, IRONIC], host=host)
    assert 'ironic' == build([IRONIC], host=host, rules=rules)['name']


@pytest.mark.parametrize(
    'catalog',
    [
        None,
        '',
        'no json',
        '[',
        'null',
        '{}',
        '[]',
        [None],
        [{'type': 'baremetal'}],
        [{'type': 'baremetal', 'endpoints': []}],
        [{'name': 'ironic', 'endpoints': [{}]}],
    ],
)
def test_only_service_of_the_map_stands_in_for_a_useless_catalogue(catalog):
    """Its type is its id and its name, and no address is known."""
    assert {
        'id': 'baremetal',
        'typeURI': f'{BAREMETAL}/nodes/node',
        'name': 'baremetal',
    } == build(catalog)


def test_map_with_two_services_has_nobody_to_stand_in():
    """Without a catalogue, one of them would be a guess."""
    assert UNKNOWN == build(None, rules={'only_service': None})


def test_usable_catalogue_without_a_match_is_unknown():
    """The request went to something that the catalogue does not know."""
    assert UNKNOWN == build([GLANCE, IRONIC])


def test_service_outside_the_map_keeps_its_name():
    """Its typeURI is unknown, its id and addresses are not."""
    target = build([GLANCE, IRONIC], host='glance:9292')

    assert {
        'id': 'glance',
        'typeURI': 'unknown',
        'name': 'glance',
        'addresses': [{'url': 'http://glance:9292', 'name': 'public'}],
    } == target


def test_endpoint_without_urls_has_no_addresses():
    """The key is left out: an event holds no empty list."""
    ironic = {**IRONIC, 'endpoints': [{'publicURL': None}]}
    rules = {'target_endpoint_type': 'baremetal'}

    assert 'addresses' not in build([ironic], rules=rules)


def test_service_called_target_keeps_an_id_of_its_own():
    """CADF would read the id as a reference to the target."""
    ironic = {**IRONIC, 'name': 'target', 'endpoints': [{}]}
    rules = {'target_endpoint_type': 'baremetal'}

    target = build([ironic], rules=rules)

    assert ('service:target', 'target') == (target['id'], target['name'])


def test_utf8_of_a_catalogue_arrives_as_utf8():
    """A server hands the header over as latin-1, as it does every header."""
    services = [{**IRONIC, 'name': 'Eisen-Ümläut'}]
    header = json.dumps(services, ensure_ascii=False)
    native = header.encode('utf-8').decode('latin-1')

    assert 'Eisen-Ümläut' == build(native, host='ironic:6385')['name']


@pytest.mark.parametrize(
    ('source', 'keys', 'name'),
    [
        ('headers', {}, 'ironic'),
        ('keystone', {'keystone.token_info': {'token': {}}}, 'ironic'),
        ('keystone', {}, 'baremetal'),
        ('remote_user', {'REMOTE_USER': 'alice'}, 'baremetal'),
    ],
)
def test_catalogue_is_believed_from_whom_the_identity_is(source, keys, name):
    """It is a header like those that name the initiator."""
    target = build([IRONIC], host='ironic:6385', source=source, **keys)

    assert name == target['name']
