# SPDX-License-Identifier: Apache-2.0

"""The reference of questions in, whether all of it is so out."""

import contextlib
import datetime
import io
import re

import pytest

from cadf_audit.exceptions import AuditError
from cadf_audit.opts import TRAIL_OPTS
from cadf_audit.trail.api.parameters import MOST_LENGTH
from cadf_audit.trail.api.parameters import read_pairs
from cadf_audit.trail.query import aggregates
from cadf_audit.trail.query.answers import Answers
from cadf_audit.trail.query.answers import SUMMARY
from cadf_audit.trail.query import event_query
from cadf_audit.trail.query.event_query import EventQuery
from cadf_audit.trail.query.event_query import FILTERS
from cadf_audit.trail.query.event_query import QueryError
from cadf_audit.trail.query.event_query import SINGLE
from cadf_audit.trail.query import portions
from cadf_audit.trail.query.reader import MOST_TOTAL
from cadf_audit.trail.query.reader import TrailReader
from cadf_audit.trail.query.shown import FIELDS
from cadf_audit.trail.query import values
from cadf_audit.trail.query.viewer import Viewer
from cadf_audit.trail.reading import COLUMN_LIMIT
from tests.pages import find_block
from tests.pages import find_rows
from tests.pages import read
from tests.trail.api.asking import make_client
from tests.trail.conftest import sqlite_store
from tests.trail.conftest import sqlite_template
from tests.trail.parts import ended
from tests.trail.parts import event
from tests.trail.parts import ingest

__all__ = ('sqlite_store', 'sqlite_template')

PAGE = 'ask_reference.rst'

NOW = datetime.datetime(2026, 11, 20, 4, 49, 35, tzinfo=datetime.UTC)

#: What each example finds
FOUND = {
    'action': 'update/resize',
    'outcome': 'failure',
    'reason': {'reasonType': 'HTTP', 'reasonCode': '409'},
    'observer': {'id': 'o-1', 'name': 'nova', 'typeURI': 'service/compute'},
    'initiator': {
        'id': 'u-1',
        'typeURI': 'service/security/account/user',
        'name': 'ann',
        'project_id': 'p-1',
        'domain_id': 'd-1',
        'request_id': 'req-1',
        'host': {'address': '10.1.200.129', 'agent': 'python-novaclient'},
    },
    'target': {'id': 's-1', 'typeURI': 'compute/server', 'name': 'web1'},
    'requestPath': '/v2.1/servers/s-1/action',
    'tags': ['endpoint?value=API', 'late?value=yes'],
}

#: What none of them finds, though it is near
NOT_FOUND = {
    'eventType': 'monitor',
    'action': 'updated',
    'outcome': 'success',
    'reason': {'reasonType': 'HTTP', 'reasonCode': '4090'},
    'observer': {'id': 'o-2', 'name': 'nova-2', 'typeURI': 'service/compute'},
    'initiator': {
        'id': 'u-2',
        'typeURI': 'service/security/account/user',
        'name': 'Ann',
        'project_id': 'p-10',
        'domain_id': 'd-10',
        'request_id': 'req-10',
        'host': {'address': '10.2.0.1', 'agent': 'curl'},
    },
    'target': {'id': 's-10', 'typeURI': 'computer', 'name': 'Wep1'},
    'requestPath': '/v2.1/Servers',
    'tags': ['endpoint?value=CLI', 'later?value=late'],
}

#: What has a level
HARDWARE = {
    'eventType': 'monitor',
    'target': {'id': 'cpu0', 'typeURI': 'compute/cpu', 'name': 'cpu0'},
}


def asked(store, query, viewer=None):
    """Return the ids that the query of a URL finds."""
    reader = TrailReader(store.engine, viewer or Viewer.auditor())
    page = reader.page(EventQuery.parse(read_pairs(query), now=NOW))
    return [row['id'] for row in page.rows]


# Filters


def test_all_filters_and_all_else_are_there():
    """The tables have each name that a question may have, and no other."""
    filters = [row[0] for row in find_rows(PAGE, 'ask-filters-table')]
    single = [row[0] for row in find_rows(PAGE, 'ask-single-table')]

    assert list(FILTERS) == filters
    assert list(SINGLE) == single


@pytest.mark.parametrize(
    ('name', 'example'),
    [row[:2] for row in find_rows(PAGE, 'ask-filters-table')],
)
def test_example_of_a_filter(name, example, sqlite_store):
    """It finds the event that it is about, and none that is nearly like it."""
    meant = HARDWARE if name == 'level' else FOUND
    ingest(
        sqlite_store, ended('found', **meant), ended('not-found', **NOT_FOUND)
    )

    assert example.startswith(f'{name}=')
    assert ['found'] == asked(sqlite_store, example)
    assert name == 'level' or ['not-found'] == asked(
        sqlite_store, example.replace('=', '=!', 1)
    )


def test_what_an_event_does_not_say(sqlite_store):
    """It meets no filter, and every negated one."""
    ingest(sqlite_store, ended('silent', requestPath=None))

    assert [] == asked(sqlite_store, 'path=/')
    assert ['silent'] == asked(sqlite_store, 'path=!/')


COMBINED = {
    'owner=ann&outcome=failure': ['failed'],
    'owner=ann&owner=ben': ['failed', 'resized', 'ben'],
    'owner=!ann': ['ben', 'cat'],
    'owner=!ann&owner=!ben': ['cat'],
    'action=update&action=!update/resize': ['ben'],
    r'target_name=\!new': ['cat'],
}


@pytest.mark.parametrize(
    'query', [row[0] for row in find_rows(PAGE, 'ask-combining')]
)
def test_combined(query, sqlite_store):
    """Several values, and those with a mark, find what the page says."""
    ann, ben, cat = (
        {**event('x')['initiator'], 'id': f'u-{name}', 'name': name}
        for name in ('ann', 'ben', 'cat')
    )
    node = event('x')['target']
    ingest(
        sqlite_store,
        ended('failed', initiator=ann, outcome='failure', action='delete'),
        ended('resized', initiator=ann, action='update/resize'),
        ended('ben', initiator=ben, target={**node, 'name': r'\new'}),
        ended(
            'cat',
            initiator=cat,
            action='create',
            target={**node, 'name': '!new'},
        ),
    )

    assert set(COMBINED[query]) == set(asked(sqlite_store, query))
    assert ['ben'] == asked(sqlite_store, r'target_name=\\new')
    assert r'``\\new`` is ``\new``' in read(PAGE)


@pytest.mark.parametrize(
    ('text', 'meant'),
    [
        ('2026-11-20', NOW.replace(hour=0, minute=0, second=0)),
        ('2026-11-20T04:49:35', NOW),
        ('2026-11-20T05:49:35+01:00', NOW),
        ('30m', NOW - datetime.timedelta(minutes=30)),
    ],
)
def test_times(text, meant):
    """A time of the page is the one that stands behind it."""
    rows = find_rows(PAGE, 'ask-times')

    assert text in [row[0] for row in rows]
    assert meant == values.time(text, NOW)
    assert list(values.UNITS) == re.findall(r'\b[a-z]\b', rows[3][1])


def test_times_in_a_url(sqlite_store):
    """A plus has to be escaped, a Z need not; the end is not among it."""
    ingest(sqlite_store, ended('a', eventTime='2026-11-20T04:49:35+00:00'))

    for since in ('2026-11-20T04:49:35%2B00:00', '2026-11-20T04:49:35Z'):
        assert ['a'] == asked(sqlite_store, f'from={since}')
        assert [] == asked(sqlite_store, f'to={since}')
    with pytest.raises(QueryError):
        asked(sqlite_store, 'from=2026-11-20T04:49:35+00:00')


# Pages


@pytest.mark.parametrize(
    ('query', 'found', 'following', 'previous'), find_rows(PAGE, 'ask-walk')
)
def test_walk(query, found, following, previous, sqlite_store):
    """Each page of the table, with the ways on from it."""
    ingest(sqlite_store, *map(ended, 'abcde'))
    reader = TrailReader(sqlite_store.engine, Viewer.auditor())
    page = reader.page(EventQuery.parse(read_pairs(query)))

    numbers = ' '.join(str(row['sequence']) for row in page.rows)
    assert found == (numbers or 'none')
    assert following == cursors(page.next)
    assert previous == cursors(page.previous)


def cursors(pairs):
    """Return what names and values say of places."""
    if pairs is None:
        return 'null'
    return '&'.join(
        f'{name}={value}'
        for name, value in pairs
        if name in ('before', 'after')
    )


def test_total(sqlite_store, tmp_path):
    """It counts what meets the filters on whatever page, up to the bound."""
    ingest(sqlite_store, *map(ended, 'abcde'))
    answer = make_client(sqlite_store.engine, tmp_path).json(
        '/v1/events?total=true&limit=1&before=3'
    )

    assert (5, True) == (answer['total'], answer['total_is_exact'])
    assert f'counts up to {MOST_TOTAL}.' in read(PAGE)


# Events, counts


def test_fields():
    """The table has the fields of an event that is shown, in their order."""
    shown = [
        name
        for row in find_rows(PAGE, 'ask-fields')
        for name in row[0].split(', ')
    ]

    assert list(FIELDS) == sorted(shown, key=list(FIELDS).index)
    assert len(FIELDS) == len(shown)


def test_attributes_and_buckets():
    """The page has all of them, and what is counted by if nothing is said."""
    assert list(aggregates.ATTRIBUTES) == (
        find_block(PAGE, 'ask-attributes').split()
    )
    assert list(aggregates.BUCKETS) == find_block(PAGE, 'ask-buckets').split()
    assert 'by {}, {} and {}.'.format(*SUMMARY) in read(PAGE)


# Limits


def test_limits():
    """They are those of the package."""
    rows = {row[0]: row[1] for row in find_rows(PAGE, 'ask-limits')}
    numbers = {
        name: int(re.search(r'(?<!\S)\d+', text)[0])
        for name, text in rows.items()
    }
    (timeout,) = (each for each in TRAIL_OPTS if each.name == 'query_timeout')

    assert {
        'events on a page': event_query.MOST_LIMIT,
        'bytes of the events on a page, with details': portions.MOST_BYTES,
        'parameters of a question': event_query.MOST_VALUES,
        'characters of a URL': MOST_LENGTH,
        'characters of q and agent': COLUMN_LIMIT,
        'names to count by': aggregates._MOST_BY,
        'rows of a count': aggregates.MOST_GROUPS,
        'total': MOST_TOTAL,
        'seconds of a question': timeout.default,
    } == numbers


# Python


def test_python(sqlite_store, tmp_path):
    """The programs of the page print what stands behind them."""
    bob = {**event('x')['initiator'], 'id': 'bob', 'name': 'bob'}
    bob['host'] = {'address': '127.0.0.1'}
    order = {'id': '4711', 'typeURI': 'service/bss/order'}
    shop = {'id': 'o-1', 'name': 'shop', 'typeURI': 'service/bss'}
    done = {'action': 'delete', 'initiator': bob, 'observer': shop}
    ok, gone = (
        {'reason': {'reasonType': 'HTTP', 'reasonCode': code}}
        for code in ('200', '204')
    )
    ingest(
        sqlite_store,
        ended('a'),
        ended(
            'b',
            action='read/list',
            initiator=bob,
            target={'id': 'shop', 'typeURI': 'service/bss/orders'},
            **ok,
        ),
        ended('c', target=order, **done, **gone),
        ended('d', target={**order, 'id': '4712'}, **done, **gone),
    )
    names = {}
    for program, shown in (
        ('ask-python', 'ask-python-shown'),
        ('ask-python-answers', 'ask-python-answered'),
    ):
        text = find_block(PAGE, program).replace('/srv/shop', str(tmp_path))
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(text, program, 'exec'), names)

        assert find_block(PAGE, shown) == printed.getvalue()
    names['engine'].dispose()


def test_names_of_python():
    """What the page says of methods and errors is there."""
    for name in ('page', 'total', 'event', 'counts', 'types', 'export'):
        assert callable(getattr(TrailReader, name))
    assert issubclass(QueryError, AuditError)
    assert callable(Answers.events)
