# SPDX-License-Identifier: Apache-2.0

"""Whoever reads the trail is found in it."""

import datetime
import json
import threading
from urllib.parse import parse_qsl
from urllib.parse import urlsplit

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy import update

from cadf_audit.trail.engine import writing
from cadf_audit.trail.query.answers import Answers
from cadf_audit.trail.query.answers import NoSuchEventError
from cadf_audit.trail.query.event_query import QueryError
from cadf_audit.trail.query.viewer import NotAllowedError
from cadf_audit.trail.query.viewer import Viewer
from cadf_audit.trail import readings as readings_of_trail
from cadf_audit.trail.schema import READINGS
from tests.judge import assert_valid
from tests.trail.parts import event
from tests.trail.parts import rows
from tests.trail.query.naive import TRAIL
from tests.trail.query.parts import AUDITOR
from tests.trail.query.parts import keep
from tests.trail.query.parts import reader

USER = Viewer('u-1', 'admin', address='192.0.2.9')


@pytest.fixture
def full(store):
    """A trail of a few events."""
    return keep(store, {each: event(f'e-{each}') for each in range(1, 10)})


def answers(store, viewer=USER):
    """Return what answers somebody."""
    return Answers(store, reader(store, viewer))


def readings(store):
    """Return what was read, with how that ended."""
    return [
        (attachments(row)['reading'], row['outcome'])
        for row in rows(store)
        if row['target_type_uri'] == TRAIL
    ]


def attachments(row):
    """Return the facts in an event of the trail, by name."""
    event = json.loads(row['event'])
    return {each['name']: each['content'] for each in event['attachments']}


def page_at(asks, uri, **more):
    """Go on from page to page."""
    return asks.events([*parse_qsl(urlsplit(uri).query), *more.items()])


def pass_time(store, **time):
    """Have all readings be so much older."""
    with writing(store.engine) as connection:
        connection.execute(
            update(READINGS).values(
                recorded_time=rows(store, READINGS)[0]['recorded_time']
                - datetime.timedelta(**time)
            )
        )


def test_what_is_recorded(full):
    """It says who asked what from where, and is an event of CADF."""
    answers(full).events([('owner', 'u-1'), ('q', 'a b&c'), ('limit', '3')])

    *_, row = rows(full)
    told = json.loads(row['event'])
    assert_valid(told)
    assert ('u-1', 'admin', '192.0.2.9') == (
        row['initiator_id'],
        row['initiator_name'],
        row['initiator_address'],
    )
    assert ('read', 'success', TRAIL) == (
        row['action'],
        row['outcome'],
        row['target_type_uri'],
    )
    assert {'reading': 'list', 'query': 'owner=u-1&q=a+b%26c'} == attachments(
        row
    )


def test_each_way_to_read(full):
    """Every way to read is recorded, also what has not been answered yet."""
    asks = answers(full)
    asks.events([])
    asks.event('e-1')
    asks.history('e-1', [])
    asks.attribute('owner', [])
    asks.counts([])
    asks.types([])
    asks.export([])

    assert [
        (each, 'success')
        for each in (
            'list',
            'show',
            'list',
            'values',
            'count',
            'types',
            'export',
        )
    ] == readings(full)


@pytest.mark.parametrize(
    'pairs',
    [
        [],
        [('from', '2026-11-20')],
        [('from', '9999h'), ('to', '0s')],
        [('owner', 'u-1'), ('owner', 'admin'), ('details', 'true')],
        [('q', '\udc80'), ('total', 'true')],
        [('details', 'false')],
    ],
)
def test_walk_is_one_reading(full, pairs):
    """Pages behind the first one, there and back, are the same reading."""
    asks = answers(full)
    page = asks.events([*pairs, ('limit', '2')])
    for _ in range(3):
        page = page_at(asks, page['prev_uri'] or page['next_uri'])
    for _ in range(4):
        page = page_at(asks, page['next_uri'])

    assert [('list', 'success')] == readings(full)


def test_each_question_is_a_reading(full):
    """The same question without a cursor is asked anew, whoever asks."""
    asks = answers(full)
    for _ in range(3):
        asks.events([])
    answers(full, Viewer('u-2', 'other')).events([('after', '1')])
    page = asks.events([('after', '1'), ('owner', 'u-1')])

    assert 8 == page['count']
    assert 5 * [('list', 'success')] == readings(full)


def test_long_walk_is_recorded_each_hour(full):
    """Who follows the trail is recorded when they begin, and once an hour."""
    asks = answers(full)
    page = asks.events([])
    found = []
    for minutes in (30, 29, 2, 30, 31, 61):
        pass_time(full, minutes=minutes)
        page = page_at(asks, page['next_uri'])
        found.append(len(readings(full)))

    assert [1, 1, 2, 2, 3, 4] == found


def test_readings_are_forgotten(full):
    """What was asked long ago takes no room."""
    asks = answers(full)
    for each in range(5):
        asks.events([('q', str(each))])
    assert 5 == len(rows(full, READINGS))
    pass_time(full, minutes=61)
    asks.types([])

    assert 1 == len(rows(full, READINGS))


@pytest.mark.parametrize('name', ['e-10', '99', 'nothing'])
def test_what_is_not_there_is_recorded(full, name):
    """Who looks for events that they may not see is found by the outcome."""
    asks = answers(full, Viewer('u-2', 'other'))
    for ask in (asks.event, lambda name: asks.history(name, [])):
        for each in (name, 'e-1'):
            with pytest.raises(NoSuchEventError):
                ask(each)

    assert [
        (each, 'failure') for each in ('show', 'show', 'history', 'history')
    ] == readings(full)
    assert f'id={name}' == attachments(rows(full)[9])['query']


def test_each_export_is_a_reading(full):
    """An export that begins at a cursor is no page: it is all of it again."""
    asks = answers(full)
    for _ in range(2):
        _, lines = asks.export([('before', '99')])
        list(lines)

    assert 2 * [('export', 'success')] == readings(full)


@pytest.mark.parametrize('url', ['postgresql'], indirect=True)
@pytest.mark.parametrize(
    ('lock', 'pairs'),
    [
        ('sequence IN EXCLUSIVE', []),
        ('readings IN EXCLUSIVE', []),
        ('readings IN ACCESS EXCLUSIVE', [('after', '1')]),
    ],
)
def test_record_waits_so_long(full, monkeypatch, lock, pairs):
    """Whoever holds what is written keeps no question waiting for ever."""
    monkeypatch.setattr(readings_of_trail, 'PATIENCE', 0.2)
    with full.engine.begin() as connection:
        connection.exec_driver_sql(f'LOCK TABLE {lock} MODE')
        with pytest.raises(OperationalError, match='lock timeout'):
            answers(full).events(pairs)
    answers(full).types([])

    assert ('types', 'success') == readings(full)[-1]


def test_refused_question_is_recorded(full):
    """Who asks for what is not theirs is found by the outcome."""
    asks = answers(full)
    theirs = [('owner', 'u-2')]
    for ask in (
        asks.events,
        asks.counts,
        asks.types,
        asks.export,
        lambda pairs: asks.attribute('action', pairs),
        lambda pairs: asks.history('e-1', pairs),
    ):
        with pytest.raises(NotAllowedError):
            ask(theirs)

    assert [
        (each, 'failure')
        for each in ('list', 'count', 'types', 'export', 'values', 'list')
    ] == readings(full)
    (*_, row) = rows(full)
    assert 'owner=u-2' in attachments(row)['query']


@pytest.mark.parametrize(
    'ask',
    [
        lambda asks: asks.events([('limit', '0')]),
        lambda asks: asks.events([('details', '2')]),
        lambda asks: asks.counts([('by', 'event')]),
        lambda asks: asks.counts([('bucket', 'year')]),
        lambda asks: asks.attribute('event', []),
        lambda asks: asks.export([('format', 'xml')]),
    ],
)
def test_impossible_question_is_not_recorded(full, ask):
    """Nobody has read anything who asked for what there is not."""
    with pytest.raises(QueryError):
        ask(answers(full))

    assert [] == readings(full)


def test_readings_are_asked_for(full):
    """They are left out of all answers but those that are about them."""
    asks = answers(full, AUDITOR)
    asks.events([])
    answers(full).event('e-1')
    with pytest.raises(NotAllowedError):
        answers(full).events([('owner', 'u-2')])

    assert 9 == asks.events([('total', 'true')])['total']
    assert [
        {'type': each['type'], 'count': each['count']}
        for each in asks.types([])['types']
    ] == [{'type': 'NODE', 'count': 9}]
    assert 0 == asks.events([('action', 'read')])['count']
    assert 9 == asks.events([('level', 'AUDIT')])['count']
    assert [] == list(asks.export([('category', '!NODE')])[1])
    found = asks.events([('category', 'trail'), ('outcome', 'failure')])
    assert ['u-1'] == [each['user_id'] for each in found['events']]
    # Their own are theirs, and those of others are not.
    found = answers(full).events([('category', 'TRAIL')])
    assert {'u-1'} == {each['user_id'] for each in found['events']}
    assert 3 == found['count']


def test_two_ask_at_once(full):
    """Those who ask the same at the same moment are all answered."""
    failures, counts = [], []

    def ask():
        try:
            asks = answers(full)
            for _ in range(5):
                page = asks.events([('from', '2026-11-20')])
                counts.append(page_at(asks, page['next_uri'])['count'])
        except Exception as exc:
            failures.append(exc)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)

    assert [] == failures
    assert 20 * [0] == counts
    assert 20 == len(readings(full))
    assert 1 == len(rows(full, READINGS))


def test_without_recording(full):
    """Who cannot write reads all the same, where that is allowed."""
    asks = Answers(full, reader(full), records=False)

    assert 9 == asks.events([])['count']
    assert [] == readings(full)
