# SPDX-License-Identifier: Apache-2.0

"""Bodies of the APIs of OpenStack and MAAS: no secret, and what is none."""

import pytest

from cadf_audit.redaction import Redactor

ID = '70a599e031e749b7b260868f441e862b'
USER = {'id': ID, 'name': 'u', 'domain': {'id': 'default'}}
SCOPE = {'project': {'id': ID, 'domain': {'id': 'default'}}}
URL = 'https://h/v1/secrets/' + ID


def asked(method, **how):
    """Return what Keystone is asked for a token, in some way."""
    return {
        'auth': {
            'identity': {'methods': [method], method: how},
            'scope': SCOPE,
        }
    }


BODIES = {
    'keystone, password': (
        asked('password', user=USER | {'password': 'hush'}),
        asked('password', user=USER | {'password': '***'}),
    ),
    'keystone, totp': (
        asked('totp', user=USER | {'passcode': 'hush'}),
        asked('totp', user=USER | {'passcode': '***'}),
    ),
    'keystone, token': (
        asked('token', id='hush'),
        asked('token') | {'auth': {
            'identity': {'methods': ['token'], 'token': '***'},
            'scope': SCOPE,
        }},
    ),
    'keystone, application credential': (
        asked('application_credential', id=ID, secret='hush'),
        asked('application_credential', id=ID, secret='***'),
    ),
    'keystone, method of its own': (
        asked('x', answer='hush'),
        {'auth': {'identity': {'methods': ['x']}, 'scope': SCOPE}},
    ),
    'keystone, version 2': (
        {'auth': {'passwordCredentials': {'username': 'u', 'x': 'hush'}}},
        {'auth': '***'},
    ),
    'keystone, token of version 2': (
        {'access': {'token': {'id': 'hush', 'tenant': {'id': ID}}}},
        {'access': {'token': '***'}},
    ),
    'keystone, what a token is': (
        {'token': {'methods': ['password'], 'user': USER, 'extra': 'hush',
                   'roles': [{'id': ID, 'name': 'member'}], 'id': 'hush',
                   'issued_at': '2026-01-01T00:00:00.0Z'}},
        {'token': {'methods': ['password'], 'user': USER,
                   'roles': [{'id': ID, 'name': 'member'}],
                   'issued_at': '2026-01-01T00:00:00.0Z'}},
    ),
    'keystone, user': (
        {'user': {'name': 'u', 'password': 'hush', 'options': {
            'ignore_password_expiry': True, 'lock_password': False,
            'multi_factor_auth_rules': [['password', 'totp']]}}},
        {'user': {'name': 'u', 'password': '***', 'options': {
            'ignore_password_expiry': True, 'lock_password': False,
            'multi_factor_auth_rules': [['password', 'totp']]}}},
    ),
    'keystone, application credentials': (
        {'application_credentials': [
            {'id': ID, 'name': 'a', 'unrestricted': True, 'secret': 'hush',
             'access_rules': [{'path': '/v2', 'method': 'GET'}], 'x': 1}]},
        {'application_credentials': [
            {'id': ID, 'name': 'a', 'unrestricted': True, 'secret': '***',
             'access_rules': [{'path': '/v2', 'method': 'GET'}]}]},
    ),
    'keystone, EC2': (
        {'credential': {'access': 'hush', 'secret': 'hush', 'user_id': ID,
                        'tenant_id': ID, 'trust_id': None}},
        {'credential': {'access': '***', 'secret': '***', 'user_id': ID,
                        'tenant_id': ID, 'trust_id': None}},
    ),
    'keystone, credentials': (
        {'credentials': [{'blob': '{"secret": "hush"}', 'type': 'ec2',
                          'user_id': ID}]},
        {'credentials': [{'blob': '***', 'type': 'ec2', 'user_id': ID}]},
    ),
    'credentials of anybody': (
        {'credentials': {'username': 'u', 'x': 'hush'}},
        {'credentials': '***'},
    ),
    'keystone, OAuth': (
        {'consumer': {'secret': 'hush', 'id': ID, 'description': 'd'}},
        {'consumer': {'secret': '***', 'id': ID, 'description': 'd'}},
    ),
    'nova, server': (
        {'server': {'name': 'w', 'adminPass': 'hush', 'user_data': 'aHVzaA==',
                    'config_drive': True, 'key_name': 'deploy',
                    'personality': [{'path': '/x', 'contents': 'aHVzaA=='}]}},
        {'server': {'name': 'w', 'adminPass': '***', 'user_data': '***',
                    'config_drive': True, 'key_name': 'deploy',
                    'personality': '***'}},
    ),
    'nova, console': (
        {'console': {'instance_uuid': ID, 'host': 'h', 'port': 5900,
                     'internal_access_path': 'hush'}},
        {'console': {'instance_uuid': ID, 'host': 'h', 'port': 5900,
                     'internal_access_path': '***'}},
    ),
    'nova, URL of a console': (
        {'remote_console': {'type': 'novnc', 'url': 'http://h/a?token=hush'}},
        {'remote_console': {'type': 'novnc', 'url': 'http://h/a?token=***'}},
    ),
    'nova, limits': (
        {'limits': {'maxPersonality': 5, 'maxPersonalitySize': 10240}},
        {'limits': {'maxPersonality': 5, 'maxPersonalitySize': 10240}},
    ),
    'barbican, secret': (
        {'name': 'n', 'secret_type': 'opaque', 'payload': 'hush',
         'payload_content_type': 'text/plain'},
        {'name': 'n', 'secret_type': 'opaque', 'payload': '***',
         'payload_content_type': 'text/plain'},
    ),
    'barbican, list': (
        {'secrets': [{'name': 'n', 'secret_ref': URL, 'x': 'hush'}],
         'total': 1},
        {'secrets': [{'name': 'n', 'secret_ref': URL}], 'total': 1},
    ),
    'barbican, container': (
        {'secret_refs': [{'name': 'private_key', 'secret_ref': URL}]},
        {'secret_refs': [{'name': 'private_key', 'secret_ref': URL}]},
    ),
    'cinder, connection': (
        {'connection_info': {'data': {
            'auth_method': 'CHAP', 'auth_password': 'hush', 'encrypted': False,
            'discovery_auth_password': 'hush', 'target_iqn': 'iqn',
            'keyring': '[client.cinder]\n\tkey = hush\n'}}},
        {'connection_info': {'data': {
            'auth_method': 'CHAP', 'auth_password': '***', 'encrypted': False,
            'discovery_auth_password': '***', 'target_iqn': 'iqn',
            'keyring': '[client.cinder]\n\tkey = ***\n'}}},
    ),
    'cinder, volume': (
        {'volume': {'encrypted': True, 'encryption_key_id': ID,
                    'auth_key': 'hush'}},
        {'volume': {'encrypted': True, 'encryption_key_id': ID,
                    'auth_key': '***'}},
    ),
    'glance, location': (
        [{'op': 'add', 'path': '/locations/-',
          'value': {'url': 'swift+https://a:u:hush@h/v1/c/o'}}],
        [{'op': 'add', 'path': '/locations/-',
          'value': {'url': 'swift+https://***@h/v1/c/o'}}],
    ),
    'heat, output': (
        {'outputs': [{'output_key': 'admin_password', 'output_value': 'hush'},
                     {'output_key': 'ip', 'output_value': '10.0.0.1'}]},
        {'outputs': [{'output_key': 'admin_password', 'output_value': '***'},
                     {'output_key': 'ip', 'output_value': '10.0.0.1'}]},
    ),
    'heat, template': (
        {'parameters': {'pnr': {'type': 'string', 'hidden': True,
                                'default': 'hush'}}},
        {'parameters': {'pnr': {'type': 'string', 'hidden': True,
                                'default': '***'}}},
    ),
    'swift, keys': (
        {'X-Account-Meta-Temp-URL-Key': 'hush',
         'X-Account-Meta-Temp-URL-Key-2': 'hush', 'X-Timestamp': '1'},
        {'X-Account-Meta-Temp-URL-Key': '***',
         'X-Account-Meta-Temp-URL-Key-2': '***', 'X-Timestamp': '1'},
    ),
    'ironic, node': (
        {'driver_info': {'ipmi_address': '1', 'ipmi_password': 'hush',
                         'snmp_community': 'hush', 'snmp_auth_key': 'hush'},
         'instance_info': {'configdrive': {'user_data': 'hush'}},
         'driver_internal_info': {'agent_secret_token': 'hush'}},
        {'driver_info': {'ipmi_address': '1', 'ipmi_password': '***',
                         'snmp_community': '***', 'snmp_auth_key': '***'},
         'instance_info': {'configdrive': '***'},
         'driver_internal_info': {'agent_secret_token': '***'}},
    ),
    'octavia, rule': (
        {'rule': {'type': 'HEADER', 'key': 'X-Env', 'value': 'a'}},
        {'rule': {'type': 'HEADER', 'key': 'X-Env', 'value': 'a'}},
    ),
    'magnum, certificate': (
        {'csr': 'c', 'pem': 'p', 'ca_key': 'hush'},
        {'csr': 'c', 'pem': 'p', 'ca_key': '***'},
    ),
    'manila, access': (
        {'access': {'access_to': 'alice', 'access_key': 'hush'}},
        {'access': {'access_to': 'alice', 'access_key': '***'}},
    ),
    'masakari, notification': (
        {'notification': {'payload': {'event': 'STOPPED', 'token': 'hush'}}},
        {'notification': {'payload': {'event': 'STOPPED', 'token': '***'}}},
    ),
    'MAAS, power': (
        {'power_parameters': {'power_user': 'u', 'power_pass': 'hush',
                              'k_g': 'hush'}},
        {'power_parameters': {'power_user': 'u', 'power_pass': '***',
                              'k_g': '***'}},
    ),
}  # fmt: skip


@pytest.mark.parametrize('kind', BODIES)
def test_secrets_of_an_api_go_and_facts_stay(kind):
    """An auditor sees who asked for what."""
    body, redacted = BODIES[kind]

    assert redacted == Redactor().document(body)


def test_secret_inside_of_what_is_shown_of_a_secret_goes():
    """The rest of the object has the same rules as any other."""
    redacted = Redactor().document(
        {'token': {'user': {'password': 'hush', 'x': 'http://u:hush@h/'}}}
    )

    assert {'token': {'user': {'password': '***', 'x': 'http://***@h/'}}} == (
        redacted
    )


@pytest.mark.parametrize('name', ['token', 'auth', 'Payload'])
def test_object_that_an_operator_named_is_hidden_whole(name):
    """They know their API."""
    body = {name: {'identity': {'methods': ['x']}, 'user': 'hush'}}

    assert {name: '***'} == Redactor([name]).document(body)


def test_secret_of_an_object_that_is_shown_is_dropped_or_hashed():
    """The mode is the one of all other secrets."""
    shown = []
    for mode in ('drop', 'hash'):
        redactor = Redactor(mode=mode, key=b'k' * 32)
        shown.append(redactor.document({'credential': {'secret': 'hush'}}))
        shown.append(redactor.document({'credential': {'id': ID, 'blob': ''}}))

    assert shown[0] == {}
    assert shown[1] == {'credential': {'id': ID}}
    assert shown[2]['credential']['secret'].startswith('hmac-sha256:')
    assert shown[3] == {'credential': {'id': ID, 'blob': '***'}}


@pytest.mark.parametrize('name', ['auth', 'token', 'credential', 'secrets'])
@pytest.mark.parametrize(
    'value',
    ['hush', ['hush'], [{'id': 'a', 'name': 'a'}, 'hush'], {'x': 'hush'}],
)
def test_what_is_no_such_object_is_hidden_whole(name, value):
    """A text, or an object of another API."""
    assert {name: '***'} == Redactor().document({name: value})


def test_lists_inside_of_lists_take_no_stack():
    """There is no such object, and nobody looks for one."""
    value = ['hush']
    for _ in range(20_000):
        value = [value]

    assert {'token': '***'} == Redactor().document({'token': value})


def test_objects_inside_of_objects_take_no_stack():
    """However deeply a client nests what is looked into."""
    value = {'x': 'a', 'password': 'hush'}
    for _ in range(20_000):
        value = {'payload': {'auth': {'scope': [value]}}}

    redacted = Redactor().document(value)
    for _ in range(20_000):
        redacted = redacted['payload']['auth']['scope'][0]

    assert {'x': 'a', 'password': '***'} == redacted
