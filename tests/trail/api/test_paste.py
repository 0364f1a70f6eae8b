# SPDX-License-Identifier: Apache-2.0

"""A paste file in, the API that it serves out."""

import json
import os
import pathlib

from paste.deploy import loadapp
import pytest

from cadf_audit.audit_map import load_audit_map
from cadf_audit.exceptions import AuditError
from cadf_audit.exceptions import OptionError
from cadf_audit.trail.api.paste import app_factory
from cadf_audit.trail.upgrade import SchemaError
from cadf_audit.wording.categories import load_categories
from tests.harness import call
from tests.harness import environ
from tests.trail.api.asking import Client
from tests.trail.api.asking import token_file
from tests.trail.parts import ended
from tests.trail.parts import ingest
from tests.trail.parts import rows

ETC = pathlib.Path(__file__).parents[3] / 'etc'
SAMPLE = ETC / 'trail-api-paste.ini.sample'
RESOURCE_MAP = ETC / 'trail-resource-map.yaml.sample'


class Authtoken:
    """Let the token ``good`` pass as an auditor, as auth_token would."""

    def __init__(self, app):
        self._app = app

    def __call__(self, environ, start_response):
        """Name who asks, or nobody."""
        for name in [each for each in environ if each.startswith('HTTP_X_')]:
            if name != 'HTTP_X_AUTH_TOKEN':
                del environ[name]
        environ['keystone.token_auth'] = object()
        status = 'Invalid'
        if environ.get('HTTP_X_AUTH_TOKEN') == 'good':
            status = 'Confirmed'
            environ['keystone.token_info'] = {
                'token': {
                    'user': {'id': 'u-k', 'name': 'kim'},
                    'project': {'id': 'p-k'},
                    'roles': [{'name': 'auditor'}],
                }
            }
        environ['HTTP_X_IDENTITY_STATUS'] = status
        return self._app(environ, start_response)


def authtoken_factory(global_conf, **local_conf):
    """Stand in for keystonemiddleware.auth_token:filter_factory."""
    assert 'true' == local_conf['delay_auth_decision']
    return Authtoken


@pytest.fixture
def config_file(sqlite_store, tmp_path):
    """A file that says where a trail is, which has an event."""
    ingest(sqlite_store, ended('a'))
    path = tmp_path / 'trail.conf'
    path.write_text(
        f'[audit_trail]\nconnection = {sqlite_store.engine.url}\n'
        f'token_file = {token_file(tmp_path)}\n'
    )
    return path


@pytest.fixture
def sample(config_file, tmp_path):
    """The API of the sample, with the files of this test."""
    (tmp_path / 'trail-resource-map.yaml').write_text(RESOURCE_MAP.read_text())
    path = tmp_path / 'paste.ini'
    path.write_text(
        SAMPLE.read_text()
        .replace('/etc/cadf-audit', str(tmp_path))
        .replace('/var/lib/cadf-audit', str(tmp_path))
        .replace(
            'keystonemiddleware.auth_token:filter_factory',
            f'{__name__}:authtoken_factory',
        )
    )
    return loadapp(f'config:{path}')


def ask(app, path, **keys):
    """Return the status of an answer, and what it says."""
    path, _, query = path.partition('?')
    answer = call(app, environ('GET', path, QUERY_STRING=query) | keys)

    assert answer.error is None
    return int(answer.status[:3]), answer.body


@pytest.mark.parametrize(
    ('path', 'token', 'status'),
    [
        ('/v1/events', 'good', 200),
        ('/v1/export', 'good', 200),
        ('/v1/events', 'bad', 401),
        ('/v1/events', 'auditor', 401),
        ('/healthz', '', 200),
        ('/v1', '', 200),
        ('/metrics', '', 401),
        ('/metrics', 'good', 200),
    ],
)
def test_sample_asks_keystone(sample, path, token, status):
    """Who has a token is answered, and whoever watches the service."""
    forged = {'HTTP_X_ROLES': 'auditor', 'HTTP_X_USER_ID': 'u-1'}

    assert status == ask(sample, path, HTTP_X_AUTH_TOKEN=token, **forged)[0]


def recorded(tmp_path):
    """Return what the filter has recorded: path, outcome, and category."""
    categories = load_categories()
    lines = [
        json.loads(line)
        for segment in (tmp_path / 'spool').glob('*/*.jsonl')
        for line in segment.read_text().rstrip('\0').splitlines()
    ]
    events = [line['message']['payload'] for line in lines]
    return [
        (
            event['requestPath'],
            event['outcome'],
            categories.of(
                event['eventType'], event['action'], event['target']['typeURI']
            ).name,
        )
        for event in events
        # That the sample leaves something out is told at the first start.
        if event['outcome'] != 'pending' and event['eventType'] == 'activity'
    ]


def test_sample_records_nothing_twice(sample, sqlite_store, tmp_path):
    """What the API records itself passes the filter by, and nothing else."""
    for path in (
        *('/v1/events', '/v1/events/a', '/v1/events/a/history', '/v1/counts'),
        *('/v1/attributes/owner', '/v1/types', '/v1/export'),
    ):
        assert 200 == ask(sample, path, HTTP_X_AUTH_TOKEN='good')[0]
    told = rows(sqlite_store)[1:]
    for path in ('/healthz', '/metrics'):
        ask(sample, path, HTTP_X_AUTH_TOKEN='good')
    ask(sample, '/v1/openapi.json')

    assert 7 == len(told)
    assert {('u-k', 'kim', 'p-k')} == {
        (
            row['initiator_id'],
            row['initiator_name'],
            row['initiator_project_id'],
        )
        for row in told
    }
    assert len(told) + 1 == len(rows(sqlite_store))
    assert [('/v1/openapi.json', 'success', 'TRAIL')] == recorded(tmp_path)


def test_sample_map_is_about_the_trail(caplog):
    """It has no mistake, and each path is that of the trail."""
    assert load_audit_map(str(RESOURCE_MAP))
    assert [] == caplog.records


def test_tokens_instead_of_keystone(config_file):
    """A file of tokens needs no filter in front."""
    app = app_factory({}, config_file=str(config_file), auth='tokens')

    assert 200 == Client(app).get('/v1/events').status
    assert 401 == Client(app).get('/v1/events', token='good').status


def open_files(path):
    """Return how often this process has a file open."""
    links = pathlib.Path('/proc/self/fd').iterdir()
    return [os.path.realpath(link) for link in links].count(str(path))


def test_servers_may_fork_behind_the_start(config_file, sqlite_store):
    """No connection is left that two processes would then have."""
    path = sqlite_store.engine.url.database
    sqlite_store.engine.dispose()
    before = open_files(path)
    app = app_factory({}, config_file=str(config_file), auth='tokens')

    assert 0 == before == open_files(path)
    assert 200 == Client(app).get('/v1/events').status


@pytest.mark.parametrize(
    ('options', 'problem'),
    [
        ({}, 'config_file'),
        ({'config_file': 'FILE'}, "auth: '' says not who asks"),
        ({'config_file': 'FILE', 'auth': 'none'}, "auth: 'none' says not"),
        ({'config_file': 'FILE', 'auth': 'no-auth'}, '--no-auth'),
        ({'config_file': 'FILE', 'auth': 'Keystone'}, 'allowed are keystone'),
        ({'config_file': 'FILE', 'no_auth': 'true'}, 'allowed are auth'),
        ({'config_file': '/nope', 'auth': 'keystone'}, '/nope'),
    ],
)
def test_nobody_is_let_in_by_a_mistake(config_file, options, problem):
    """Who may ask is said by a word that is known, or nothing starts."""
    given = {
        name: str(config_file) if value == 'FILE' else value
        for name, value in options.items()
    }

    with pytest.raises(AuditError, match=problem):
        app_factory({}, **given)


@pytest.mark.parametrize(
    ('line', 'auth', 'problem'),
    [
        ('', 'keystone', 'connection'),
        ('connection = sqlite:////nope/trail.db', 'tokens', 'token_file'),
        ('connection = mysql://x', 'keystone', 'not kept in mysql'),
    ],
)
def test_the_file_says_what_is_needed(tmp_path, line, auth, problem):
    """An error at start names the option and the file."""
    path = tmp_path / 'trail.conf'
    path.write_text(f'[audit_trail]\n{line}\n')

    with pytest.raises(OptionError, match=problem) as caught:
        app_factory({}, config_file=str(path), auth=auth)
    assert str(path) in str(caught.value)


def test_wrong_tables_stop_the_start(tmp_path):
    """They come right by nothing but a command."""
    path = tmp_path / 'trail.conf'
    path.write_text(
        f'[audit_trail]\nconnection = sqlite:///{tmp_path}/nope.db\n'
    )

    with pytest.raises(SchemaError, match='db upgrade'):
        app_factory({}, config_file=str(path), auth='keystone')


def test_a_database_that_is_away_may_come_back(tmp_path, caplog):
    """The API starts without it, and says so."""
    path = tmp_path / 'trail.conf'
    path.write_text(
        '[audit_trail]\nconnection = postgresql://me:secret@127.0.0.1:1/x\n'
    )
    app = app_factory({}, config_file=str(path), auth='keystone')

    assert 503 == Client(app).get('/healthz').status
    assert 'the database of the trail: OperationalError' in caplog.text
    assert 'secret' not in caplog.text
