# SPDX-License-Identifier: Apache-2.0

"""What operators ask is found by an index, however long the trail is."""

import datetime
import json
import shutil

import pytest
from sqlalchemy import delete
from sqlalchemy import event as listen
from sqlalchemy import insert

from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.engine import take_statistics
from cadf_audit.trail.engine import writing
from cadf_audit.trail.query.event_query import EventQuery
from cadf_audit.trail.query.reader import TrailReader
from cadf_audit.trail.query.viewer import Viewer
from cadf_audit.trail.schema import TAGS
from cadf_audit.trail.store import Store
from tests.trail.conftest import ENGINES
from tests.trail.parts import ended
from tests.trail.parts import ingest
from tests.trail.query.parts import AUDITOR

NUMBER = 12_000
LIMIT = 100

# Rows of the table that one step may look at: those of a page and of the
# window below, and not a part of the trail. Of sequences alone, a page of each
# kind may be sorted.
MOST = 400
MOST_SORTED = 64 * (LIMIT + 1)

BEGIN = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
WINDOW = [('from', '2026-11-05T00:00:00'), ('to', '2026-11-05T12:00:00')]

QUESTIONS = {
    'latest': [],
    'by owner': [('owner', 'u-7')],
    'by target': [('target_id', 'n-7')],
    'by action': [('action', 'update')],
    'by rare action': [('action', 'delete')],
    'by type': [('target_type', 'compute')],
    'by address': [('address', '192.0.2.7')],
    'by request': [('request_id', 'req-7')],
    'by project': [('project', 'p-7')],
    'failures of a window': [('outcome', 'failure'), *WINDOW],
    'by category': [('category', 'AUTHORISATION')],
    'latest of a window': WINDOW,
}
VIEWERS = {
    'owner': Viewer('u-7', 'name-7'),
    'project': Viewer('u-1', 'x', 'p-7'),
}


def moment(each):
    """Return when an event was: as many in each hour, for 20 days."""
    return BEGIN + datetime.timedelta(seconds=each * 20 * 86400 / NUMBER)


def one(each):
    """Return an event of a service as it is used."""
    verbs = ('update', 'update/resize', 'create', 'read', 'read/list')
    verb = 'delete' if each % 50 == 0 else verbs[each % 5]
    places = ('compute/server', 'network/port', 'storage/volume')
    type_uri = f'{places[each % 3]}/part-{each % 20}'
    if each % 40 == 0:
        verb, type_uri = 'authenticate', 'service/security/account/user'
    failed = each % 23 == 0
    return ended(
        f'e-{each}',
        outcome='failure' if failed else 'success',
        action=verb,
        eventTime=moment(each).isoformat(),
        initiator={
            'id': f'u-{each % 199}',
            'name': f'name-{each % 199}',
            'typeURI': 'service/security/account/user',
            'project_id': f'p-{each % 97}',
            'request_id': f'req-{each // 2}',
            'host': {'address': f'192.0.{each % 3}.{each % 251}'},
        },
        target={
            'id': f'n-{each % 1013}',
            'name': f'n{each % 1013}',
            'typeURI': type_uri,
            'project_id': f'p-{each % 89}',
        },
    )


@pytest.fixture(scope='module', params=ENGINES)
def full(request, tmp_path_factory):
    """A trail of thousands of events, of which the database knows."""
    if request.param == 'sqlite':
        template = request.getfixturevalue('sqlite_template')
        path = tmp_path_factory.mktemp('full') / 'trail.db'
        url = f'sqlite:///{shutil.copy(template, path)}'
    else:
        template = request.getfixturevalue('postgresql_template')
        server = request.getfixturevalue('postgresql')
        url = server.url(server.add_database(template))
    engine = open_engine(url)
    store = Store(engine)
    for begin in range(0, NUMBER, 1000):
        ingest(store, *map(one, range(begin, begin + 1000)))
    if request.param == 'postgresql':
        with engine.begin() as connection:
            connection.exec_driver_sql('ANALYZE')
    yield engine
    engine.dispose()


def plans(engine, ask):
    """Return how each look at the events is carried out, as the database says.

    :param engine: the database
    :param ask: asks something
    """
    statements = []

    def note(connection, cursor, statement, parameters, context, many):
        if 'FROM events' in statement:
            statements.append((statement, parameters))

    listen.listen(engine, 'before_cursor_execute', note)
    try:
        ask()
    finally:
        listen.remove(engine, 'before_cursor_execute', note)
    assert statements
    explain = 'EXPLAIN QUERY PLAN '
    if engine.dialect.name == 'postgresql':
        explain = 'EXPLAIN (ANALYZE, FORMAT JSON) '
    with engine.connect() as connection:
        return [
            connection.exec_driver_sql(explain + text, values).all()
            for text, values in statements
        ]


def nodes(plan):
    """Yield the steps of a plan of PostgreSQL."""
    yield plan
    for each in plan.get('Plans', ()):
        yield from nodes(each)


def read(node):
    """Return how many rows of a table a step has looked at."""
    removed = node.get('Rows Removed by Filter', 0)
    return (node['Actual Rows'] + removed) * node['Actual Loops']


PLACES = {
    'first': [],
    'middle': [('before', str(NUMBER // 2))],
    'oldest': [('order', 'oldest')],
}


def check(engine, found, most, may_scan=False):
    """See that no plan looks at more rows than that, or sorts more of them.

    :param may_scan: whether SQLite may walk along the table itself, which is
        in the order of the sequence
    """
    for rows in found:
        if engine.dialect.name == 'sqlite':
            steps = [row.detail for row in rows]
            if may_scan:
                # Nothing else: a sort would be another one.
                assert 1 == len(steps)
            assert may_scan or 'SCAN events' not in steps, steps
            continue
        told = rows[0][0]
        (told,) = json.loads(told) if isinstance(told, str) else told
        for node in nodes(told['Plan']):
            if node.get('Relation Name') == 'events':
                assert 'Seq Scan' != node['Node Type'], node
                assert most >= read(node), node
            if node['Node Type'] == 'Sort':
                assert MOST_SORTED >= node['Actual Rows'], node


def ask_page(engine, viewer, pairs):
    """Return the plans of a page."""
    asks = TrailReader(engine, viewer, seconds=0)
    query = EventQuery.parse([*pairs, ('limit', str(LIMIT))])
    return plans(engine, lambda: asks.page(query))


@pytest.mark.parametrize('place', PLACES)
@pytest.mark.parametrize('name', QUESTIONS)
def test_page(full, name, place):
    """A page is read along an index, wherever it is."""
    found = ask_page(full, AUDITOR, [*QUESTIONS[name], *PLACES[place]])

    check(full, found, MOST, name == 'latest')


@pytest.mark.parametrize('place', PLACES)
@pytest.mark.parametrize('viewer', VIEWERS)
@pytest.mark.parametrize(
    'name', ['latest', 'by target', 'by address', 'failures of a window']
)
def test_page_of_a_viewer(full, name, viewer, place):
    """The rule of who sees what makes no page dear."""
    pairs = [*QUESTIONS[name], *PLACES[place]]

    check(full, ask_page(full, VIEWERS[viewer], pairs), MOST)


@pytest.mark.parametrize('viewer', [AUDITOR, *VIEWERS.values()])
@pytest.mark.parametrize(
    'ask',
    [
        lambda asks, query: asks.counts(query, ['owner', 'action']),
        lambda asks, query: asks.counts(query, ['category'], 'hour'),
        lambda asks, query: asks.types(query),
        lambda asks, query: asks.total(query),
    ],
    ids=['owners', 'hours', 'types', 'total'],
)
def test_window(full, viewer, ask):
    """What is counted over a window looks at the rows of the window."""
    asks = TrailReader(full, viewer, seconds=0)
    query = EventQuery.parse(WINDOW)

    check(full, plans(full, lambda: ask(asks, query)), MOST)


def test_one_event(full):
    """An event is found by its id and by its number."""
    asks = TrailReader(full, VIEWERS['project'], seconds=0)

    for name in ('e-7', '7'):
        check(full, plans(full, lambda name=name: asks.event(name)), 2)


def test_name_of_a_tag(full):
    """Those of a name are looked up among all tags, and not looked through."""
    asks = TrailReader(full, AUDITOR, seconds=0)
    query = EventQuery.parse([('tag', 'some')])
    with writing(full) as connection:
        tags = [
            {'tag': f'tag-{each}?value={each}', 'sequence': each}
            for each in range(1, NUMBER)
        ]
        connection.execute(insert(TAGS), tags)
    take_statistics(full)
    if full.dialect.name == 'postgresql':
        with full.begin() as connection:
            connection.exec_driver_sql('ANALYZE tags')
    (found,) = plans(full, lambda: asks.page(query))
    with writing(full) as connection:
        connection.execute(delete(TAGS))

    if full.dialect.name == 'sqlite':
        told = [row.detail for row in found if 'tags' in row.detail]
        assert told
        assert not [step for step in told if step.startswith('SCAN')]
        return
    told = found[0][0]
    (told,) = json.loads(told) if isinstance(told, str) else told
    steps = [
        step['Node Type']
        for step in nodes(told['Plan'])
        if step.get('Relation Name') == 'tags'
    ]
    assert steps
    assert 'Seq Scan' not in steps
