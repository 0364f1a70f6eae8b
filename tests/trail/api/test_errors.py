# SPDX-License-Identifier: Apache-2.0

"""Requests that go wrong in, answers that say why, and no more, out."""

import dataclasses
import logging
import urllib.parse

import pytest
from sqlalchemy import text

from cadf_audit.trail.api.application import make_application
from cadf_audit.trail.api.errors import NO_DATABASE
from cadf_audit.trail.api.parameters import MOST_LENGTH
from cadf_audit.trail.api.tokens import load_tokens
from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.engine import writing
from cadf_audit.trail.query.event_query import MOST_VALUES
from tests.trail.api.asking import Client
from tests.trail.api.asking import make_client
from tests.trail.api.asking import settings
from tests.trail.api.asking import token_file
from tests.trail.parts import ended
from tests.trail.parts import ingest

QUESTIONS = [
    '/v1/events',
    '/v1/events/a/history',
    '/v1/attributes/owner',
    '/v1/counts',
    '/v1/types',
    '/v1/export',
]
GUARDED = [*QUESTIONS, '/v1/events/a', '/metrics']
OPEN = ['/', '/v1', '/v1/openapi.json', '/healthz']


def test_everything_wrong_is_told_at_once(client):
    """Each problem names the parameter and what is allowed."""
    answer = client.get('/v1/events?limit=0&colour=red&total=1&from=soon')
    problems = dict(answer.problems)

    assert 400 == answer.status
    assert {'limit', 'colour', 'total', 'from'} == problems.keys()
    assert 'from 1 to 1000' in problems['limit']
    assert 'allowed are owner' in problems['colour']


@pytest.mark.parametrize(
    'query',
    [
        'limit=1001',
        'limit=1&limit=2',
        'details=perhaps',
        'details=true&details=true',
        'owner=',
        'owner',
        'category=NONSENSE',
        'from=2026-02-01&to=2026-01-01',
        'address=there',
        '&'.join(['tag=x'] * (MOST_VALUES + 1)),
    ],
)
def test_pages_that_cannot_be_asked_for(sqlite_client, query):
    """The name of the parameter is the one that stands in the query."""
    answer = sqlite_client.get(f'/v1/events?{query}')
    names = {part.partition('=')[0] for part in query.split('&')}

    assert 400 == answer.status
    assert answer.problems
    assert {name for name, _ in answer.problems} <= names


@pytest.mark.parametrize(
    ('path', 'name'),
    [
        ('/v1/attributes/colour', 'name'),
        ('/v1/counts?by=colour', 'by'),
        ('/v1/counts?bucket=year', 'bucket'),
        ('/v1/counts?bucket=day&bucket=day', 'bucket'),
        ('/v1/export?format=xml', 'format'),
        ('/v1/export?format=csv&format=csv', 'format'),
        ('/v1/events?format=csv', 'format'),
        ('/v1/types?by=owner', 'by'),
        ('/v1/events/a?details=true', 'details'),
        ('/v1/events/a/history?target_id=n-2', 'target_id'),
    ],
)
def test_what_else_cannot_be_asked_for(client, store, path, name):
    """Each path has parameters of its own."""
    ingest(store, ended('a'))
    answer = client.get(path)

    assert 400 == answer.status
    assert [name] == [each for each, _ in answer.problems]


@pytest.mark.parametrize(
    'query', ['q=%', 'q=%zz', 'q=%ff', 'q=\xff', '%ff=1', 'q=%ed%a0%80']
)
def test_broken_queries(sqlite_client, query):
    """What cannot be decoded is not guessed."""
    answer = sqlite_client.get(f'/v1/events?{query}')

    assert 400 == answer.status
    assert answer.problems


@pytest.mark.parametrize('path', ['/v1/events/%ff', '/%c3', '/v1/%ed%a0%80'])
def test_broken_paths(sqlite_client, path):
    """A path that is not UTF-8 is no path of anybody."""
    answer = sqlite_client.get(path)

    assert 400 == answer.status
    assert [(None, 'the path is not UTF-8')] == answer.problems


def test_what_is_meant_is_what_arrives(client, store):
    """A + is a blank, and UTF-8 is read whether it is quoted or not."""
    target = {'id': 'é %+&', 'typeURI': 'compute/server', 'name': 'x'}
    ingest(store, ended('a', target=target), ended('b'))
    raw = 'é'.encode().decode('latin-1')
    for value in ('%C3%A9+%25%2B%26', f'{raw}%20%25%2b%26'):
        found = client.json(f'/v1/events?&target_id={value}&')

        assert ['a'] == [each['id'] for each in found['events']]


@pytest.mark.parametrize(
    'name', ['nope', '4', '%00', '%0a', '9' * 40, 'x' * 5000, '%F0%9F%92%A9']
)
def test_events_that_are_not_there(client, name):
    """Whatever it is called, an event that nobody has is not found."""
    for path in (f'/v1/events/{name}', f'/v1/events/{name}/history'):
        answer = client.get(path)

        assert 404 == answer.status
        assert answer.problems


@pytest.mark.parametrize(
    'query',
    [
        'q=%00',
        'owner=%00&owner=%0a',
        'path=%00',
        'tag=%00',
        'agent=%00',
        'target_type=%00',
        'request_id=' + 'x' * 3000,
        'before=999999999999999999',
        'from=0001-01-01T00:00:00-12:00&to=9999-12-31T23:59:59%2B12:00',
        'from=999999w',
    ],
)
def test_values_that_a_database_dislikes(client, query):
    """They find nothing, or are refused; none is a fault of the API."""
    for path in ('events', 'counts', 'types', 'export', 'attributes/owner'):
        assert client.get(f'/v1/{path}?{query}').status in (200, 400)


def test_an_event_without_a_target_has_no_history(client, store):
    """It is said that this is so, and of which parameter."""
    ingest(store, ended('a', target={'typeURI': 'unknown', 'name': 'x'}))
    answer = client.get('/v1/events/a/history')

    assert 400 == answer.status
    assert [('id', 'the event does not say what it is of')] == answer.problems


@pytest.mark.parametrize('path', ['/v2', '/v1/event', '/v1/events/a/b', '/x'])
def test_paths_that_are_not_there(sqlite_client, path):
    """They are told apart from events that are not there."""
    answer = sqlite_client.get(path, token='')

    assert 404 == answer.status
    assert 'GET /v1' in answer.problems[0][1]


@pytest.mark.parametrize('path', [*GUARDED, *OPEN])
@pytest.mark.parametrize('method', ['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE'])
def test_nothing_can_be_changed(sqlite_client, path, method):
    """The answer says what is allowed."""
    answer = sqlite_client.get(path, method)

    assert 405 == answer.status
    assert 'GET, HEAD, OPTIONS' == answer.headers['allow']
    assert answer.problems


@pytest.mark.parametrize('path', [*GUARDED, *OPEN])
def test_options_say_what_is_allowed(sqlite_client, path):
    """Nobody has to be known for that."""
    answer = sqlite_client.get(path, 'OPTIONS', token='')

    assert 200 == answer.status
    assert 'GET, HEAD' == answer.headers['allow']


@pytest.mark.parametrize('path', GUARDED)
@pytest.mark.parametrize('token', ['', 'stolen'])
def test_strangers_are_told_how_to_say_who_they_are(client, path, token):
    """They get nothing else, and leave nothing."""
    answer = client.get(path, token=token)

    assert 401 == answer.status
    assert answer.headers['www-authenticate'].startswith('Bearer ')
    assert 1 == len(answer.problems)


@pytest.mark.parametrize('path', OPEN)
def test_some_paths_are_for_everyone(sqlite_client, path):
    """They tell nothing of the trail."""
    assert 200 == sqlite_client.get(path, token='').status


@pytest.mark.parametrize('raw', [MOST_LENGTH, MOST_LENGTH * 9])
def test_a_question_can_be_too_long(sqlite_client, raw):
    """Longer than anybody reads is 414, with how long it may be."""
    answer = sqlite_client.get(f'/v1/events?q={"x" * raw}')

    assert 414 == answer.status
    assert str(MOST_LENGTH) in answer.problems[0][1]


def test_a_page_is_never_too_far(sqlite_client, sqlite_store):
    """What just fits leads to pages that fit as well."""
    ingest(sqlite_store, ended('a'), ended('b'))
    asked = [('limit', '1'), ('owner', 'admin')]
    while len(urllib.parse.urlencode(asked)) < MOST_LENGTH - 700:
        asked.append(('path', f'!/{len(asked)}/'.ljust(600, 'x')))
    rest = MOST_LENGTH - len(urllib.parse.urlencode([*asked, ('path', '!')]))
    asked.append(('path', '!'.ljust(rest + 1, 'x')))
    # As short as it can be written.
    query = '&'.join(f'{name}={value}' for name, value in asked)
    page = sqlite_client.json(f'/v1/events?from=9w&{query}')
    one_more = sqlite_client.get(f'/v1/events?from=9w&{query}x')

    assert 414 == one_more.status
    assert page['prev_uri']
    assert ['a'] == [
        each['id'] for each in sqlite_client.json(page['prev_uri'])['events']
    ]


@pytest.mark.parametrize(
    'path', ['events', 'counts', 'export', 'export?format=csv']
)
def test_questions_take_no_longer_than_they_may(store, tmp_path, path):
    """The answer says how to narrow them, before an export has begun."""
    ingest(store, *[ended(str(each)) for each in range(1000)])
    # Less than an operator can choose, so that few events are many.
    impatient = dataclasses.replace(settings(tmp_path), query_timeout=0.002)
    tokens = load_tokens(token_file(tmp_path), 'a test')
    client = Client(make_application(store.engine, impatient, tokens))
    joint = '&' if '?' in path else '?'
    slow = '&'.join(f'q=!{each}{"x" * 100}' for each in range(40))
    answer = client.get(f'/v1/{path}{joint}{slow}&tag=nowhere')

    assert 504 == answer.status
    assert 'from and to' in answer.problems[0][1]
    assert 'content-disposition' not in answer.headers


@pytest.fixture
def caught(caplog):
    """What the API writes into its log."""
    caplog.set_level(logging.INFO, 'cadf_audit')
    return caplog


@pytest.mark.parametrize('path', [*QUESTIONS, '/v1/events/a', '/healthz'])
def test_no_database_is_told_to_the_log_alone(tmp_path, caught, path):
    """Who asks learns neither its name nor what it said."""
    engine = open_engine('postgresql://me:secret@127.0.0.1:1/trail')
    answer = make_client(engine, tmp_path).get(path)

    assert 503 == answer.status
    assert [(None, NO_DATABASE)] == answer.problems
    assert 'OperationalError' in caught.text
    assert 'secret' not in caught.text


@pytest.mark.parametrize('path', [*QUESTIONS, '/v1/events/a', '/healthz'])
def test_a_database_without_tables_is_none(tmp_path, path, bare_url):
    """It is not made by who asks, either."""
    engine = open_engine(bare_url)
    answer = make_client(engine, tmp_path).get(path)
    engine.dispose()

    assert 503 == answer.status
    assert [(None, NO_DATABASE)] == answer.problems


def test_what_cannot_be_recorded_is_not_answered(store, tmp_path, caught):
    """A reading that leaves no trace is not offered."""
    ingest(store, ended('a'))
    client = make_client(store.engine, tmp_path)
    with writing(store.engine) as connection:
        connection.execute(text('ALTER TABLE readings RENAME TO gone'))
    for path in [*QUESTIONS, '/v1/events/a']:
        answer = client.get(path)

        assert 503 == answer.status
    assert 'readings' in caught.text
    assert 'u-auditor' not in caught.text


def test_a_fault_shows_nothing_of_itself(sqlite_store, tmp_path, caught):
    """The log has the traceback; the answer is JSON as any other one."""

    def identify(environ):
        raise RuntimeError('a secret of ours')

    app = make_application(sqlite_store.engine, settings(tmp_path), identify)
    answer = Client(app).get('/v1/events')

    assert 500 == answer.status
    assert 'Traceback' in caught.text
    assert 'secret' in caught.text
    assert answer.problems
    assert 'secret' not in answer.body.decode()
