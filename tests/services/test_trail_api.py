# SPDX-License-Identifier: Apache-2.0

"""Real tokens go in, and what their owners may see of a trail comes out.

Keystone, gunicorn with the pipeline of the sample, and PostgreSQL.
"""

import contextlib

import pytest

from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.store import Store
from cadf_audit.trail.upgrade import upgrade
from tests.servers.process import free_ports
from tests.servers.process import Process
from tests.servers.process import temporary_directory
from tests.servers.wsgi import GUNICORN
from tests.servers.wsgi import ROOT
from tests.services.client import send
from tests.trail.parts import ended
from tests.trail.parts import ingest
from tests.trail.parts import rows

ETC = ROOT / 'etc'
HELLO = b'GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n'

# What auth_token would set.
FORGED = {
    'X-Identity-Status': 'Confirmed',
    'X-User-Id': 'mallory',
    'X-Project-Id': 'bank',
    'X-Roles': 'auditor',
}


@pytest.fixture(scope='module')
def people(keystone):
    """An auditor, a reader of one project, and two with a usual role."""
    domain_id = keystone.add_domain('watched')
    for role in ('auditor', 'audit_viewer'):
        keystone.add_role(role)
    roles = {
        'olga': 'auditor',
        'vera': 'audit_viewer',
        'ned': 'reader',
        'otto': 'admin',
    }
    return {
        name: keystone.add_user(name, domain_id, role)
        for name, role in roles.items()
    }


@pytest.fixture(scope='module')
def store(postgresql, people):
    """A trail with an event of each of them, and one about a project."""
    engine = open_engine(postgresql.url(postgresql.add_database()))
    upgrade(engine)
    store = Store(engine)
    for name, user in people.items():
        ingest(store, ended(name, initiator=initiator(user)))
    target = {
        'id': 'n',
        'typeURI': 'compute/server',
        'name': 'n',
        'project_id': people['vera'].project_id,
    }
    ingest(
        store,
        ended('on-vera', initiator=initiator(people['otto']), target=target),
    )
    yield store
    engine.dispose()


def initiator(user):
    """Return what an event says of a user."""
    return {
        'id': user.id,
        'typeURI': 'service/security/account/user',
        'name': user.name,
        'project_id': user.project_id,
    }


@pytest.fixture(scope='module')
def api(keystone, store):
    """The URL of the API, which is served as the sample says."""
    keystone.token(keystone.service)
    [port] = free_ports(1)
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(temporary_directory('trail-api'))
        for name in ('trail-api-paste.ini', 'trail-resource-map.yaml'):
            text = (ETC / f'{name}.sample').read_text()
            (directory / name).write_text(
                text.replace('/etc/cadf-audit', str(directory)).replace(
                    '/var/lib/cadf-audit', str(directory)
                )
            )
        url = store.engine.url.set(drivername='postgresql')
        (directory / 'trail.conf').write_text(
            '[audit_trail]\nconnection = '
            f'{url.render_as_string(hide_password=False)}\n'
            + keystone.authtoken_section()
        )
        process = Process(
            [
                *(*GUNICORN, '--bind', f'127.0.0.1:{port}', '--threads=8'),
                *('--paste', str(directory / 'trail-api-paste.ini')),
            ],
            directory,
            {'PYTHONPATH': str(ROOT)},
        )
        stack.callback(process.stop)
        process.wait_for(port, HELLO, b'HTTP/1')
        yield f'http://127.0.0.1:{port}'


def seen(api, token):
    """Return the ids of the events that somebody sees."""
    answer = send(api, 'GET', '/v1/events', token=token)

    assert 200 == answer.status, answer
    return {each['id'] for each in answer.json()['events']}


ALL = {'olga', 'vera', 'ned', 'otto', 'on-vera'}


@pytest.mark.parametrize(
    ('name', 'expected'),
    [
        ('olga', ALL),
        ('vera', {'vera', 'on-vera'}),
        ('ned', {'ned'}),
        # An administrator of a project is no auditor.
        ('otto', {'otto', 'on-vera'}),
    ],
)
def test_roles_of_keystone(api, keystone, people, name, expected):
    """Each sees what the role in the project of their token is worth."""
    assert expected == seen(api, keystone.token(people[name]))


def test_tokens_without_a_project(api, keystone, people):
    """With one of the system or a domain, a role is worth as much."""
    keystone.grant_system(people['olga'], 'auditor')
    keystone.grant_system(people['vera'], 'audit_viewer')
    keystone.grant_domain(people['ned'], 'audit_viewer')

    assert ALL == seen(api, keystone.system_token(people['olga']))
    assert {'vera'} == seen(api, keystone.system_token(people['vera']))
    assert {'ned'} == seen(api, keystone.domain_token(people['ned']))


@pytest.mark.parametrize(
    ('name', 'about', 'status'),
    [('olga', 'otto', 200), ('vera', 'otto', 200), ('ned', 'otto', 403)],
)
def test_asking_for_somebody_else(api, keystone, people, name, about, status):
    """Who may see nothing of them is told so."""
    token = keystone.token(people[name])
    answer = send(
        api, 'GET', f'/v1/events?owner={people[about].id}', token=token
    )

    assert status == answer.status


def test_strangers_are_led_to_keystone(api, keystone, people):
    """A forged, a revoked and no token are the same, whatever else is sent."""
    good = keystone.token(people['olga'])
    revoked = keystone.token(people['olga'])
    keystone.revoke(revoked)
    for token in (None, f'{good[:-8]}deadbeef', revoked, 'auditor'):
        answer = send(api, 'GET', '/v1/events', headers=FORGED, token=token)

        assert 401 == answer.status
        assert answer.header('www-authenticate').startswith('Keystone uri=')
        assert 'error' in answer.json()


def test_paths_for_everyone(api):
    """Who watches the service needs no token for that."""
    assert 200 == send(api, 'GET', '/healthz').status
    assert 200 == send(api, 'GET', '/v1').status
    assert 401 == send(api, 'GET', '/metrics').status


def test_an_export_streams_through_the_pipeline(api, keystone, people, store):
    """It is sent in chunks, and is one event of the trail: of its reader."""
    before = len(rows(store))
    token = keystone.token(people['olga'])
    answer = send(api, 'GET', '/v1/export', token=token)
    [told] = rows(store)[before:]

    assert 'chunked' == answer.header('transfer-encoding')
    assert len(ALL) == len(answer.body.splitlines())
    assert (people['olga'].id, people['olga'].project_id) == (
        told['initiator_id'],
        told['initiator_project_id'],
    )
