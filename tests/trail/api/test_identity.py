# SPDX-License-Identifier: Apache-2.0

"""Who asks in, what of the trail they are answered with out."""

import logging

import pytest

from cadf_audit.trail.api.application import make_application
from cadf_audit.trail.api.identity import from_keystone
from cadf_audit.trail.api.identity import from_loopback
from tests.trail.api.asking import Client
from tests.trail.api.asking import make_client
from tests.trail.api.asking import settings
from tests.trail.parts import ended
from tests.trail.parts import ingest
from tests.trail.parts import rows

# What auth_token would set, written by a client.
FORGED = {
    'HTTP_X_IDENTITY_STATUS': 'Confirmed',
    'HTTP_X_USER_ID': 'u-1',
    'HTTP_X_USER_NAME': 'alice',
    'HTTP_X_PROJECT_ID': 'p-1',
    'HTTP_X_ROLES': 'auditor,admin',
    'HTTP_X_SERVICE_ROLES': 'auditor',
    'HTTP_X_AUTH_TOKEN': 'forged',
}


def person(name, project):
    """Return an initiator."""
    return {
        'id': f'u-{name}',
        'typeURI': 'service/security/account/user',
        'name': name,
        'project_id': project,
    }


@pytest.fixture
def events(store):
    """Events of two people in three projects, and one that goes across."""
    target = {'id': 'n', 'typeURI': 'compute/server', 'name': 'n'}
    ingest(
        store,
        ended('1-in-1', initiator=person('1', 'p-1')),
        ended('1-in-2', initiator=person('1', 'p-2')),
        ended('2-in-2', initiator=person('2', 'p-2')),
        ended(
            '2-on-1',
            initiator=person('2', 'p-2'),
            target=target | {'project_id': 'p-1'},
        ),
        ended('3-in-3', initiator=person('3', 'p-3')),
    )


SEEN = {
    'auditor': {'1-in-1', '1-in-2', '2-in-2', '2-on-1', '3-in-3'},
    'viewer': {'1-in-1', '2-on-1'},
    'alice': {'1-in-1', '1-in-2'},
    'prometheus': set(),
}


@pytest.mark.parametrize(('who', 'seen'), SEEN.items())
def test_roles_say_who_sees_what(events, client, who, seen):
    """Lists, single events, exports and counts obey one rule."""
    listed = client.json('/v1/events', token=who)['events']
    counted = client.json('/v1/counts?by=outcome', token=who)['counts']
    exported = client.get('/v1/export?format=csv', token=who).body
    shown = {
        name
        for name in SEEN['auditor']
        if 200 == client.get(f'/v1/events/{name}', token=who).status
    }

    assert seen == {each['id'] for each in listed}
    assert seen == shown
    assert len(seen) == sum(each['count'] for each in counted)
    assert len(seen) + 1 == len(exported.splitlines())


@pytest.mark.parametrize(
    ('who', 'query', 'status'),
    [
        ('auditor', 'owner=u-2', 200),
        ('viewer', 'owner=u-2', 200),
        ('viewer', 'project=p-1', 200),
        ('viewer', 'project=p-2', 403),
        ('viewer', 'project=p-1&project=p-2', 403),
        ('alice', 'owner=u-1', 200),
        ('alice', 'owner=alice', 200),
        ('alice', 'owner=u-2', 403),
        ('alice', 'owner=!u-2', 200),
    ],
)
def test_others_cannot_be_asked_about(events, client, who, query, status):
    """Who asks for somebody else is told so, whatever they ask."""
    for path in ('events', 'counts', 'types', 'export', 'attributes/owner'):
        answer = client.get(f'/v1/{path}?{query}', token=who)

        assert status == answer.status
        assert status == 200 or 'you may see' in answer.problems[0][1]


def test_what_was_refused_is_recorded(events, client, store):
    """Who asked in vain stands in the trail as well."""
    client.get('/v1/events?owner=u-2', token='alice', REMOTE_ADDR='192.0.2.9')
    last = rows(store)[-1]

    assert ('failure', 'u-1', 'alice', '192.0.2.9') == (
        last['outcome'],
        last['initiator_id'],
        last['initiator_name'],
        last['initiator_address'],
    )


def test_roles_are_what_the_operator_calls_them(events, store, tmp_path):
    """Other names of roles are worth what the options say, and no more."""
    client = make_client(
        store.engine, tmp_path, auditor_roles='boss', project_roles='member'
    )
    seen = {
        who: {
            each['id']
            for each in client.json('/v1/events', token=who)['events']
        }
        for who in ('auditor', 'alice')
    }

    assert {'auditor': set(), 'alice': SEEN['viewer']} == seen


@pytest.mark.parametrize(
    ('who', 'status'),
    [('auditor', 200), ('prometheus', 200), ('viewer', 403), ('alice', 403)],
)
def test_metrics_are_for_a_few(sqlite_client, who, status):
    """They count events of everyone."""
    assert status == sqlite_client.get('/metrics', token=who).status


# Keystone


def token_info(roles=('member',), **scope):
    """Return what auth_token leaves of a token."""
    return {
        'token': {
            'user': {'id': 'u-1', 'name': 'alice', 'domain': {'id': 'd'}},
            'roles': [{'id': f'r-{role}', 'name': role} for role in roles],
            **scope,
        }
    }


def behind_auth_token(**keys):
    """Return what a request has of auth_token."""
    return {
        'keystone.token_auth': object(),
        'HTTP_X_IDENTITY_STATUS': 'Confirmed',
    } | keys


@pytest.fixture
def keystone_client(events, store, tmp_path):
    """Somebody who asks an API that believes auth_token."""
    app = make_application(store.engine, settings(tmp_path), from_keystone)
    return Client(app, token='')


@pytest.mark.parametrize(
    ('info', 'seen'),
    [
        (token_info(['auditor'], project={'id': 'p-1'}), 'auditor'),
        (token_info(['auditor'], system={'all': True}), 'auditor'),
        (token_info(['auditor'], domain={'id': 'd'}), 'auditor'),
        (token_info(['audit_viewer'], project={'id': 'p-1'}), 'viewer'),
        (token_info(['audit_viewer'], domain={'id': 'd'}), 'alice'),
        (token_info(['audit_viewer'], system={'all': True}), 'alice'),
        (token_info(['reader', 'admin'], project={'id': 'p-1'}), 'alice'),
        # One role with a comma in its name, and not two.
        (token_info(['x,auditor'], project={'id': 'p-1'}), 'alice'),
        (token_info([]), 'alice'),
    ],
)
def test_tokens_of_keystone(keystone_client, info, seen):
    """What auth_token was told counts, and not the headers it sets."""
    keys = behind_auth_token(**{'keystone.token_info': info})
    page = keystone_client.json('/v1/events', **{**FORGED, **keys})

    assert SEEN[seen] == {each['id'] for each in page['events']}


@pytest.mark.parametrize(
    'keys',
    [
        FORGED,
        FORGED | {'HTTP_AUTHORIZATION': 'Bearer auditor'},
        FORGED | {'keystone.token_info': token_info(['auditor'])},
    ],
)
def test_headers_alone_are_believed_of_nobody(keystone_client, keys, caplog):
    """Without auth_token in front, the log says what is missing."""
    caplog.set_level(logging.ERROR)
    answer = keystone_client.get('/v1/events', **keys)

    assert 401 == answer.status
    assert 'Keystone' == answer.headers['www-authenticate']
    assert 'auth_token did not see this request' in caplog.text


@pytest.mark.parametrize(
    'keys',
    [
        behind_auth_token(),
        behind_auth_token(HTTP_X_IDENTITY_STATUS='Invalid'),
        behind_auth_token(
            HTTP_X_IDENTITY_STATUS='Invalid',
            **{'keystone.token_info': token_info(['auditor'])},
        ),
        behind_auth_token(
            HTTP_X_SERVICE_IDENTITY_STATUS='Invalid',
            **{'keystone.token_info': token_info(['auditor'])},
        ),
        behind_auth_token(**{'keystone.token_info': {}}),
        behind_auth_token(**{'keystone.token_info': {'token': 'auditor'}}),
        behind_auth_token(
            **{'keystone.token_info': {'token': {'user': {'id': ''}}}}
        ),
    ],
)
def test_without_a_valid_token_nobody_is_known(keystone_client, keys):
    """auth_token itself adds where Keystone is."""
    answer = keystone_client.get('/v1/events', **keys)

    assert 401 == answer.status
    assert 'www-authenticate' not in answer.headers


# Without authentication


@pytest.fixture
def open_client(events, store, tmp_path):
    """Somebody who asks an API that knows nobody."""
    app = make_application(store.engine, settings(tmp_path), from_loopback)
    return Client(app, token='')


@pytest.mark.parametrize(
    'host',
    ['localhost', 'LOCALHOST:8788', '127.0.0.1:80', '127.9.9.9', '[::1]:1'],
)
def test_everyone_here_sees_everything(open_client, host):
    """Whoever says the name of this machine is answered."""
    page = open_client.json('/v1/events', HTTP_HOST=host)

    assert SEEN['auditor'] == {each['id'] for each in page['events']}


@pytest.mark.parametrize(
    'keys',
    [
        {'HTTP_HOST': 'evil.example'},
        {'HTTP_HOST': 'localhost.evil.example'},
        {'HTTP_HOST': '127.0.0.1.evil.example:80'},
        {'HTTP_HOST': '192.0.2.7'},
        {'HTTP_HOST': '[::2]'},
        {'HTTP_HOST': ''},
        {'HTTP_HOST': 'localhost', 'HTTP_X_FORWARDED_FOR': '192.0.2.7'},
        {'HTTP_HOST': 'localhost', 'HTTP_FORWARDED': 'for=192.0.2.7'},
    ],
)
def test_nobody_from_elsewhere_is_answered(open_client, keys):
    """Neither a page that took over a name, nor a proxy, opens the trail."""
    for path in ('/v1/events', '/metrics', '/v1/export'):
        assert 403 == open_client.get(path, **keys).status
