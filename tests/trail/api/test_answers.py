# SPDX-License-Identifier: Apache-2.0

"""Paths of the API in, what they are answered with out."""

import csv
import io
import json
import urllib.parse

import pytest

from cadf_audit.notification import RESPONSE_EVENT
from cadf_audit.trail.query.aggregates import ATTRIBUTES
from cadf_audit.trail.query.answers import Answers
from cadf_audit.trail.query.reader import TrailReader
from cadf_audit.trail.query.shown import FIELDS
from cadf_audit.trail.query.viewer import Viewer
from tests.trail.parts import ended
from tests.trail.parts import event
from tests.trail.parts import ingest
from tests.trail.parts import notification
from tests.trail.parts import rows
from tests.trail.parts import wrapped

# Text that is markup, or ends a line, or moves the cursor of a terminal.
ODD = '<script>alert(1)</script>\r\n\x1b[2J"\x7fé\u202e%s'


def pairs(query):
    """Return the names and values of a query."""
    return urllib.parse.parse_qsl(query, keep_blank_values=True)


@pytest.fixture
def answers(store):
    """What the command asks, which records nothing here."""
    reader = TrailReader(store.engine, Viewer.auditor())
    return Answers(store, reader, records=False)


@pytest.fixture(autouse=True)
def events(store):
    """Three events, of two targets."""
    other = {'id': 'n-2', 'typeURI': 'compute/baremetal/node', 'name': 'n2'}
    ingest(
        store,
        ended('a'),
        ended('b', action='delete', target=other),
        ended('c', outcome='failure'),
    )


@pytest.mark.parametrize(
    'query',
    ['', 'limit=1', 'outcome=!failure&owner=admin', 'details=true&total=true'],
)
def test_events_are_what_the_command_says(client, answers, query):
    """A page of the API is that of Python, word for word."""
    assert answers.events(pairs(query)) == client.json(f'/v1/events?{query}')


@pytest.mark.parametrize('name', ['b', '2'])
def test_an_event_is_found_by_id_and_by_sequence(client, answers, name):
    """Both ways lead to the whole event."""
    shown = client.json(f'/v1/events/{name}')

    assert 'b' == shown['event']['id']
    assert answers.event(name) == shown


def test_history_is_that_of_the_target(client, answers):
    """It begins with the oldest, and takes filters as well."""
    shown = client.json('/v1/events/c/history')
    failed = client.json('/v1/events/c/history?outcome=failure')

    assert ['a', 'c'] == [each['id'] for each in shown['events']]
    assert ['c'] == [each['id'] for each in failed['events']]
    assert answers.history('c', []) == shown


@pytest.mark.parametrize('name', ATTRIBUTES)
def test_attributes_have_values(client, answers, name):
    """Each attribute of which there are values has a path."""
    assert answers.attribute(name, []) == client.json(f'/v1/attributes/{name}')


def test_counts_and_types(client, answers):
    """What is counted is what Python counts."""
    query = 'by=outcome&by=target_id&bucket=day'

    assert answers.counts([]) == client.json('/v1/counts')
    assert answers.counts(pairs(query)) == client.json(f'/v1/counts?{query}')
    assert answers.types([]) == client.json('/v1/types')


def test_export_of_lines_of_json(client):
    """Each line is an event, as it came; the name is one for a file."""
    answer = client.get('/v1/export?order=oldest')
    lines = [json.loads(line) for line in answer.body.splitlines()]

    assert ['a', 'b', 'c'] == [line['event']['id'] for line in lines]
    assert 'application/x-ndjson' == answer.headers['content-type']
    assert (
        'attachment; filename="trail.ndjson"'
        == answer.headers['content-disposition']
    )


def test_export_for_spreadsheets(client):
    """The first line names what is in the others."""
    answer = client.get('/v1/export?format=csv')
    table = list(csv.reader(io.StringIO(answer.body.decode(), newline='')))

    assert list(FIELDS) == table[0]
    assert ['c', 'b', 'a'] == [row[0] for row in table[1:]]
    assert 'text/csv; charset=utf-8' == answer.headers['content-type']


def test_pages_lead_to_each_other(client):
    """Following what the answer says meets each event once."""
    page = client.json('/v1/events?limit=1&observer=target')
    met = page['events']
    while page['prev_uri']:
        page = client.json(page['prev_uri'])
        met += page['events']

    assert ['c', 'b', 'a'] == [each['id'] for each in met]


@pytest.mark.parametrize('path', ['/v1/events', '/v1/events/c/history'])
def test_pages_lead_to_each_other_below_a_mount_point(client, path):
    """Where the API is not at the root, its links say so."""
    page = client.json(
        f'{path}?limit=1', SCRIPT_NAME='/über'.encode().decode('latin-1')
    )

    assert page['next_uri'].startswith('/%C3%BCber/v1/events?limit=1')


@pytest.mark.parametrize('path', ['/v1/events', '/v1/export', '/healthz', '/'])
def test_head_is_get_without_a_body(client, path):
    """It has the same headers, of which one says how long the body is."""
    got = client.get(path)
    head = client.get(path, 'HEAD')

    assert b'' == head.body
    assert (got.status, got.headers) == (head.status, head.headers)


def test_a_slash_at_the_end_changes_nothing(client):
    """/v1/events/ is /v1/events, and no event without a name."""
    assert client.json('/v1/events') == client.json('/v1/events/')


def test_an_answer_holds_nothing_but_plain_ascii(client, store):
    """Whatever an event is called, no character of it acts."""
    target = {'id': ODD, 'typeURI': 'compute/baremetal/node', 'name': ODD}
    ingest(store, ended('odd', target=target, requestPath=ODD))
    for path in ('events', 'events?details=true', 'events/odd', 'export'):
        body = client.get(f'/v1/{path}').body

        assert body.isascii()
        assert body.replace(b'\n', b'').decode().isprintable()
        assert b'\\u001b' in body


@pytest.mark.parametrize('odd', ['[' * 900 + ']' * 900, '1e999'])
def test_an_odd_event_hides_no_other(client, store, odd):
    """What Python has no JSON for is not taken for a fault of the API."""
    payload = event('odd', attachments=[{'content': 'ODD'}])
    text = notification(payload, RESPONSE_EVENT)
    ingest(store, wrapped(text.replace('"ODD"', odd)))

    shown = client.json('/v1/events?details=true')

    assert {'odd', 'a', 'b', 'c'} >= {each['id'] for each in shown['events']}
    assert 200 == client.get('/v1/events/odd').status


def test_index_names_the_paths(client):
    """Whoever knows the root finds the rest, without a token."""
    description = client.json('/v1/openapi.json', token='')

    assert list(description['paths']) == client.json('/', token='')['paths']
    assert client.json('/') == client.json('/v1')


def test_a_question_is_one_event_of_the_trail(client, store):
    """Its pages are the same reading; whether all is well is none."""
    before = len(rows(store))
    page = client.json('/v1/events?limit=1')
    client.json(page['prev_uri'])
    first = len(rows(store))
    for path in ('/healthz', '/metrics', '/', '/v1/openapi.json'):
        client.get(path)

    assert before + 1 == first
    assert first == len(rows(store))
