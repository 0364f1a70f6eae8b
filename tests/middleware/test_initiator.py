# SPDX-License-Identifier: Apache-2.0

"""A request goes in; who sent it, from where and with what, comes out."""

import json

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.middleware.client_address import address_reader
from cadf_audit.middleware.initiator import build_host
from cadf_audit.middleware.initiator import build_initiator
from cadf_audit.middleware.initiator import identity_reader
from cadf_audit.middleware.initiator import token_of
from cadf_audit.middleware.initiator import unknown_initiator
from cadf_audit.middleware.request import Request

TOKEN_INFO = {'token': {'application_credential': {'id': 'app-1'}}}

ALICE = {
    'HTTP_X_USER_ID': 'u-alice',
    'HTTP_X_USER_NAME': 'alice',
    'HTTP_X_PROJECT_ID': 'p-service',
    'HTTP_X_USER_DOMAIN_ID': 'd-users',
    'HTTP_X_IDENTITY_STATUS': 'Confirmed',
    'HTTP_X_AUTH_TOKEN': 'gAAAAAB-a-very-secret-token',
    'HTTP_USER_AGENT': 'python-ironicclient',
    'REMOTE_ADDR': '10.1.200.129',
    'openstack.request_id': 'req-4051b64f',
    'openstack.global_request_id': 'req-1a2b3c4d',
    'keystone.token_info': TOKEN_INFO,
}


def initiator_of(environ, source='headers'):
    """Return the initiator of a request, from a source of identity."""
    request = Request(environ)
    identity = identity_reader(source)(request)
    host = build_host(request, address_reader(())(request))
    return build_initiator(request, identity, host, token_of(request))


def test_initiator_has_all_that_is_known():
    """Every field that the format names is there, and no other."""
    assert {
        'id': 'u-alice',
        'typeURI': 'service/security/account/user',
        'name': 'alice',
        'credential': {'token': '***', 'identity_status': 'Confirmed'},
        'host': {'address': '10.1.200.129', 'agent': 'python-ironicclient'},
        'project_id': 'p-service',
        'domain_id': 'd-users',
        'application_credential_id': 'app-1',
        'request_id': 'req-4051b64f',
        'global_request_id': 'req-1a2b3c4d',
    } == initiator_of(ALICE)


@pytest.mark.parametrize('source', ['headers', 'keystone', 'remote_user'])
def test_nobody_is_an_initiator_too(source):
    """What is not known is ``unknown`` or left out; the credential stays."""
    assert {
        'id': 'unknown',
        'typeURI': 'service/security/account/user',
        'name': 'unknown',
        'credential': {'token': 'none', 'identity_status': 'unknown'},
        'project_id': 'unknown',
    } == initiator_of({}, source)


def test_request_that_cannot_be_read_has_nobody_as_initiator():
    """What stands in for an initiator is one."""
    assert initiator_of({}) == unknown_initiator()


@pytest.mark.parametrize('key', sorted(ALICE))
def test_each_field_can_be_missing(key):
    """An empty value is as good as none: no event holds an empty text."""
    without = {name: value for name, value in ALICE.items() if name != key}

    assert initiator_of(without) == initiator_of({**ALICE, key: ''})


def test_empty_user_id_is_no_random_one():
    """keystonemiddleware invents a new id for each request."""
    ids = {initiator_of({'HTTP_X_USER_ID': ''})['id'] for _ in range(3)}

    assert {'unknown'} == ids


@pytest.mark.parametrize('word', ['initiator', 'target'])
@pytest.mark.parametrize(
    ('source', 'key'),
    [('headers', 'HTTP_X_USER_ID'), ('remote_user', 'REMOTE_USER')],
)
def test_user_called_like_a_part_of_the_event_keeps_an_id(word, source, key):
    """CADF would read such an id as a reference."""
    assert f'user:{word}' == initiator_of({key: word}, source)['id']


def test_domain_of_the_token_wins_over_that_of_the_user():
    """A token for a domain says so; else the user's own domain is told."""
    scoped = {**ALICE, 'HTTP_X_DOMAIN_ID': 'd-scope'}

    assert 'd-scope' == initiator_of(scoped)['domain_id']
    assert 'd-users' == initiator_of(ALICE)['domain_id']


@pytest.mark.parametrize(
    'token_info',
    [
        None,
        {},
        [],
        'text',
        7,
        {'token': None},
        {'token': []},
        {'token': {'application_credential': None}},
        {'token': {'application_credential': {}}},
        {'token': {'application_credential': {'id': None}}},
        {'token': {'application_credential': {'id': 7}}},
        {'token': {'application_credential': {'id': ''}}},
        {'access': {'token': {'id': 'v2'}}},
    ],
)
def test_token_without_an_application_credential_has_none(token_info):
    """Whatever auth_token leaves behind is no error."""
    environ = {**ALICE, 'keystone.token_info': token_info}

    assert 'application_credential_id' not in initiator_of(environ)
    assert 'u-alice' == initiator_of(environ)['id']


@pytest.mark.parametrize('token_info', [None, {}, ''])
def test_keystone_believes_no_header_without_auth_tokens_own_entry(token_info):
    """On a route that bypasses auth_token, a client may write any header."""
    forged = {**ALICE, 'keystone.token_info': token_info}

    initiator = initiator_of(forged, 'keystone')

    assert 'unknown' == initiator['id']
    assert 'unknown' == initiator['name']
    assert 'unknown' == initiator['project_id']
    assert 'unknown' == initiator['credential']['identity_status']
    assert 'domain_id' not in initiator
    assert 'application_credential_id' not in initiator


def test_keystone_believes_the_headers_with_auth_tokens_own_entry():
    """No client can put an object into the environ."""
    assert initiator_of(ALICE, 'headers') == initiator_of(ALICE, 'keystone')


def test_remote_user_is_id_and_name():
    """The server knows one word for who that is, and headers count not."""
    initiator = initiator_of({**ALICE, 'REMOTE_USER': 'bob'}, 'remote_user')

    assert ('bob', 'bob') == (initiator['id'], initiator['name'])
    assert 'Confirmed' == initiator['credential']['identity_status']
    assert 'unknown' == initiator['project_id']
    assert 'domain_id' not in initiator
    assert 'application_credential_id' not in initiator


@pytest.mark.parametrize('source', ['headers', 'keystone', 'remote_user'])
def test_request_ids_and_host_come_with_every_source(source):
    """They are no claim about who it was."""
    initiator = initiator_of(ALICE, source)

    assert 'req-4051b64f' == initiator['request_id']
    assert 'req-1a2b3c4d' == initiator['global_request_id']
    assert '10.1.200.129' == initiator['host']['address']


@pytest.mark.parametrize(
    ('key', 'value'),
    [
        ('HTTP_X_AUTH_TOKEN', 'abc'),
        ('HTTP_X_AUTH_TOKEN', 'a' * 200),
        ('HTTP_X_STORAGE_TOKEN', 'AUTH_tk' + 'a' * 32),
        ('HTTP_AUTHORIZATION', 'Bearer ' + 'a' * 32),
        ('HTTP_AUTHORIZATION', 'Basic YWRtaW46aHVudGVyMg=='),
    ],
)
def test_not_a_character_of_a_token_is_shown(key, value):
    """Short tokens and long ones look the same."""
    initiator = initiator_of({key: value})

    assert '***' == initiator['credential']['token']
    assert value not in json.dumps(initiator)
    assert value[-3:] not in json.dumps(initiator)


def test_utf8_arrives_as_utf8():
    """A server hands header values over as latin-1."""
    text = 'Jürgen Жора'.encode().decode('latin-1')

    initiator = initiator_of(
        {'HTTP_X_USER_NAME': text, 'HTTP_USER_AGENT': text}
    )

    assert 'Jürgen Жора' == initiator['name']
    assert 'Jürgen Жора' == initiator['host']['agent']


def test_every_text_is_bounded():
    """1024 characters, the last of them an ellipsis where it was cut."""
    environ = {
        key: 'x' * 100_000 for key in ALICE if key != 'keystone.token_info'
    }
    long_id = {'token': {'application_credential': {'id': 'x' * 100_000}}}
    initiator = initiator_of({**environ, 'keystone.token_info': long_id})

    cut = 'x' * 1023 + '…'
    assert {
        'id': cut,
        'typeURI': 'service/security/account/user',
        'name': cut,
        'credential': {'token': '***', 'identity_status': cut},
        'host': {'address': cut, 'agent': cut},
        'project_id': cut,
        'domain_id': cut,
        'application_credential_id': cut,
        'request_id': cut,
        'global_request_id': cut,
    } == initiator


@pytest.mark.parametrize(
    ('source', 'token_info', 'header'),
    [
        ('headers', None, '[]'),
        ('keystone', None, ''),
        ('keystone', TOKEN_INFO, '[]'),
        ('remote_user', TOKEN_INFO, ''),
    ],
)
def test_catalogue_is_read_from_whom_the_identity_is(
    source, token_info, header
):
    """It is one of auth_token's headers, and as easy to forge."""
    request = Request(
        {'HTTP_X_SERVICE_CATALOG': '[]', 'keystone.token_info': token_info}
    )

    assert header == identity_reader(source)(request).catalog


def texts_in(value):
    """Yield every text of an initiator."""
    if isinstance(value, dict):
        for item in value.values():
            yield from texts_in(item)
    else:
        yield value


VALUES = st.one_of(
    st.text(max_size=20),
    st.text(max_size=5).map(lambda text: text * 500),
    st.sampled_from([None, 7, b'x', '\udcff', 'initiator', [], {}]),
)


@given(
    environ=st.dictionaries(
        st.sampled_from([*ALICE, 'REMOTE_USER', 'HTTP_X_DOMAIN_ID']), VALUES
    ),
    source=st.sampled_from(['headers', 'keystone', 'remote_user']),
)
@settings(max_examples=100, deadline=None)
def test_any_environ_has_an_initiator(environ, source):
    """Each text in it is there, bounded, and may be written anywhere."""
    initiator = initiator_of(environ, source)

    assert {'id', 'typeURI', 'name', 'credential', 'project_id'} <= set(
        initiator
    )
    assert initiator['credential']['token'] in {'***', 'none'}
    assert initiator['id'] not in {'initiator', 'target'}
    for text in texts_in(initiator):
        assert isinstance(text, str)
        assert 0 < len(text) <= 1024
        assert text.encode('utf-8')
