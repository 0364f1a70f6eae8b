# SPDX-License-Identifier: Apache-2.0

"""The messages of interactions become one row each, in any order."""

import json

from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
import pytest
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy import select

from cadf_audit.notification import REQUEST_EVENT
from cadf_audit.trail.collector import sort
from cadf_audit.trail.engine import writing
from cadf_audit.trail.schema import DEAD_LETTERS
from cadf_audit.trail.schema import EVENTS
from cadf_audit.trail.schema import HOURS
from cadf_audit.trail.schema import OBSERVERS
from cadf_audit.trail.schema import PENDING
from cadf_audit.trail.schema import SEQUENCE
from cadf_audit.trail.schema import SOURCES
from cadf_audit.trail.store import Stored
from cadf_audit.trail.store import StoreError
from tests.trail.parts import begun
from tests.trail.parts import empty
from tests.trail.parts import ended
from tests.trail.parts import event
from tests.trail.parts import ids
from tests.trail.parts import ingest
from tests.trail.parts import message
from tests.trail.parts import pair
from tests.trail.parts import rows
from tests.trail.parts import TIME
from tests.trail.parts import trail

REQUEST, RESPONSE = pair('a')

# Each in one batch, or in a batch for each message.
DELIVERIES = {
    'in order': [REQUEST, RESPONSE],
    'the response first': [RESPONSE, REQUEST],
    'everything twice': [REQUEST, RESPONSE, REQUEST, RESPONSE],
    'each twice': [REQUEST, REQUEST, RESPONSE, RESPONSE],
    'the request twice, late': [RESPONSE, REQUEST, REQUEST],
    'the response twice': [RESPONSE, REQUEST, RESPONSE],
    'the response alone': [RESPONSE],
    'the response alone, twice': [RESPONSE, RESPONSE],
}


@pytest.mark.parametrize('together', [True, False], ids=['batch', 'batches'])
@pytest.mark.parametrize(
    'messages', DELIVERIES.values(), ids=DELIVERIES.keys()
)
def test_one_row_for_an_interaction(store, messages, together):
    """However the messages of an interaction come, they are one row."""
    if together:
        ingest(store, *messages)
    else:
        for each in messages:
            ingest(store, each)

    assert ([(1, 'a')], []) == trail(store)
    assert 1 == store.last_sequence()
    assert 'success' == rows(store)[0]['outcome']


def test_request_without_a_response(store):
    """What has begun waits in a table of its own, and is no row."""
    ingest(store, begun('a'))
    ingest(store, begun('a'), *pair('b'), begun('a'))

    assert ([(1, 'b')], ['a']) == trail(store)


def test_rows_are_what_was_read(store):
    """A row has what was read, and what the collector knows itself."""
    text = '{"b":1,"a":[1e400,"\\u0000"],"a":2}'
    payload = json.dumps(event('a'))[:-1] + f',"more":{text}}}'
    built = f'{{"event_type":"audit.event","payload":{payload}}}'
    ingest(store, begun('a'), source='first')
    ingest(store, built.encode(), source='second')

    (row,) = rows(store)

    assert payload == row['event']
    assert ('second', 'audit.event', 'u-1', None) == (
        row['source'],
        row['event_type'],
        row['initiator_id'],
        row['publisher_id'],
    )
    assert row['pending_received_time'] < row['received_time']
    assert row['event_time'].isoformat() == json.loads(payload)['eventTime']


ANY_TEXT = st.text(
    st.characters() | st.sampled_from('\\\t\r\n\v\0N."\'%,{}'), max_size=12
)


@settings(
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(event_ids=st.sets(ANY_TEXT.filter(bool), max_size=4), data=st.data())
def test_any_text(store, event_ids, data):
    """Each column has what was read, whatever it is, and once for ever."""
    empty(store)
    columns = dict.fromkeys(['action', 'requestPath', 'eventType'], ANY_TEXT)
    messages = []
    for each in event_ids:
        changes = data.draw(st.fixed_dictionaries(columns))
        changes['action'] = changes['action'] or 'update'
        messages += [ended(each, **changes), begun(f'{each}-begun', **changes)]
    batch = sort('tests', messages)
    read = {row['id']: dict(row) for row in batch.rows}

    store.ingest(batch)

    kept = {row['id']: row for row in (*rows(store), *rows(store, PENDING))}
    assert read.keys() == kept.keys()
    for each, row in kept.items():
        names = read[each].keys() & row.keys()
        assert {'event', 'action', 'event_time'} <= names
        assert [read[each][name] for name in names] == [
            row[name] for name in names
        ]
    assert Stored(0, 0, len(messages), 0) == ingest(store, *messages)


def test_hours(store):
    """For each hour there is between which rows its events are."""
    times = ['05:59:59', '06:00:00', '05:00:00', '07:30:00', '06:59:59']
    messages = [
        ended(f'e-{n}', eventTime=f'2026-11-20T{time}+00:00')
        for n, time in enumerate(times)
    ]
    ingest(store, *messages[:4])
    ingest(store, *messages[4:])

    found = [
        (row['hour'].hour, row['first'], row['last'])
        for row in rows(store, HOURS)
    ]

    assert [(5, 1, 3), (6, 2, 5), (7, 4, 4)] == found


@pytest.mark.parametrize('count', [1, 5])
def test_row_that_is_there(store, count):
    """A row that a database has already is refused with all beside it."""
    ingest(store, ended('a'))
    with store.engine.connect() as connection:
        (before,) = connection.execute(select(EVENTS)).mappings()
    new = [{**before, 'sequence': 2 + n, 'id': f'e-{n}'} for n in range(count)]
    new[-1]['id'] = 'a'

    with (
        pytest.raises(IntegrityError),
        writing(store.engine) as connection,
    ):
        store._events.add(connection, new)

    assert ([(1, 'a')], []) == trail(store)


def test_request_in_the_batch_of_its_response(store):
    """What came together has one time of receipt; what never came, none."""
    ingest(store, *pair('a'), ended('b'))

    first, second = rows(store)

    assert first['received_time'] == first['pending_received_time']
    assert second['pending_received_time'] is None


def test_first_response_counts(store):
    """A row is not changed by what comes later with its id."""
    ingest(store, *pair('a'))
    before = rows(store)

    ingest(store, ended('a', outcome='failure'), begun('a', action='delete'))

    assert before == rows(store)


def test_first_response_of_a_batch_counts(store):
    """Of two responses that come together, the first one is the row."""
    ingest(store, ended('a'), ended('a', outcome='failure'))

    assert ['success'] == [row['outcome'] for row in rows(store)]


def test_times_as_sqlite_keeps_them(sqlite_store):
    """A time in SQLite is a text without a zone, which sorts as the time."""
    whole = '2026-11-20T06:00:00+02:00'
    ingest(sqlite_store, ended('a'), ended('b', eventTime=whole))

    with sqlite_store.engine.connect() as connection:
        found = connection.exec_driver_sql(
            'SELECT event_time, length(received_time) FROM events'
        ).all()

    assert [
        ('2026-11-20 04:49:35.184211', 26),
        ('2026-11-20 04:00:00.000000', 26),
    ] == found


def test_event_without_a_request(store):
    """An event that stands for itself is a row at once."""
    ingest(store, message(event('a', eventType='monitor'), 'audit.event'))

    assert ([(1, 'a')], []) == trail(store)


def test_nothing_in_a_batch(store):
    """A batch of foreign notifications leaves a number and nothing else."""
    stored = ingest(store, message({'a': 1}, 'image.update'))

    (source,) = rows(store, SOURCES)

    assert Stored(0, 0, 0, 0) == stored
    assert ([], []) == trail(store)
    assert ('tests', 1, None) == (
        source['source'],
        source['foreign'],
        source['event_time'],
    )


@pytest.mark.parametrize(
    ('batches', 'expected'),
    [
        ([pair('a')], Stored(1, 0, 0, 0)),
        ([pair('a'), pair('a')], Stored(0, 0, 2, 0)),
        ([[REQUEST]], Stored(0, 1, 0, 0)),
        ([[REQUEST], [REQUEST]], Stored(0, 0, 1, 0)),
        ([[REQUEST], [RESPONSE]], Stored(1, 0, 0, 0)),
        ([[REQUEST], [REQUEST, RESPONSE]], Stored(1, 0, 1, 0)),
        ([[*pair('a'), *pair('a')]], Stored(1, 0, 2, 0)),
        ([[REQUEST, REQUEST, RESPONSE]], Stored(1, 0, 1, 0)),
        ([[RESPONSE, REQUEST, REQUEST]], Stored(1, 0, 1, 0)),
        ([[REQUEST, RESPONSE, REQUEST]], Stored(1, 0, 1, 0)),
        ([[b'', b'', b'{}']], Stored(0, 0, 0, 2)),
        ([[b''], [b'']], Stored(0, 0, 0, 0)),
    ],
)
def test_what_became_of_a_batch(store, batches, expected):
    """The last batch is told in numbers: known messages are duplicates."""
    for batch in batches:
        stored = ingest(store, *batch)

    assert expected == stored


def test_numbers_of_a_source(store):
    """The numbers of a source grow with each of its batches."""
    other = message({'a': 1}, 'image.update')
    ingest(store, *pair('a'), begun('b'), b'', other, source='one')
    ingest(store, *pair('a'), other, other, source='one')
    ingest(store, *pair('c'), source='two')

    names = ('source', 'events', 'pending', 'duplicates')
    found = [
        tuple(row[each] for each in (*names, 'dead_letters', 'foreign'))
        for row in rows(store, SOURCES)
    ]

    assert [('one', 1, 1, 2, 1, 3), ('two', 1, 0, 0, 0, 0)] == found


def test_last_event_of_a_source(store):
    """A batch without an event leaves the time of the last one."""
    ingest(store, ended('a'))
    ingest(store, b'')

    (source,) = rows(store, SOURCES)

    assert TIME == source['event_time'].isoformat()


def test_last_event_of_an_observer(store):
    """Each observer was last heard of at its newest event, not its latest."""
    times = {
        'a': '2026-11-20T05:00:00+00:00',
        'b': '2026-11-20T07:00:00+00:00',
        'c': '2026-11-20T06:00:00+00:00',
    }
    observer = {'id': 'o-1', 'name': 'ironic'}
    for event_id, time in times.items():
        payload = event(event_id, eventTime=time, observer=observer)
        ingest(store, message(payload, publisher='host-1'))
    ingest(store, ended('d', eventTime=times['a']))
    ingest(store, begun('e', eventTime=times['c']))

    found = [
        (row['publisher_id'], row['observer_name'], row['event_time'].hour)
        for row in rows(store, OBSERVERS)
    ]

    assert [('host-1', 'ironic', 7), ('svc', '', 6)] == sorted(found)


@pytest.mark.parametrize('hours', [(5, 7, 6), (7, 5, 6), (5, 6, 7)])
@pytest.mark.parametrize('ends', ['   ', 'abc'], ids=['one', 'too long'])
def test_last_event_of_a_batch(store, hours, ends):
    """It is the newest one, also of observers that are noted as one."""
    messages = []
    for hour, end in zip(hours, ends, strict=True):
        observer = {'id': 'o-1', 'name': 300 * 'x' + end}
        time = f'2026-11-20T0{hour}:00:00+00:00'
        messages.append(ended(f'{hour}', eventTime=time, observer=observer))
    ingest(store, *messages)

    (row,) = rows(store, OBSERVERS)

    assert 7 == row['event_time'].hour


def test_failed_batch_leaves_nothing(store):
    """A batch of which one row is refused is not kept in parts."""
    with pytest.raises(Exception, match=r'(?i)null'):
        # Reading never makes such a row.
        store.ingest(_broken('a', 'b'))

    assert ([], []) == trail(store)
    assert 0 == store.last_sequence()
    assert [] == rows(store, SOURCES)


def _broken(*event_ids):
    batch = sort('tests', [ended(each) for each in event_ids])
    batch.rows[-1]['action'] = None
    return batch


def test_large_batch(store):
    """A batch may be larger than what a source delivers today."""
    messages = [each for n in range(3000) for each in pair(f'e-{n}')]

    assert Stored(3000, 0, 0, 0) == ingest(store, *messages)
    assert Stored(0, 0, 6000, 0) == ingest(store, *messages)


_SOME_IDS = [f'e-{number}' for number in range(6)]


@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_delivery(store, data):
    """Rows are the interactions with an end, numbered without a gap."""
    empty(store)
    events = st.tuples(st.sampled_from(_SOME_IDS), st.booleans())
    batches = data.draw(st.lists(st.lists(events, max_size=12), max_size=6))
    seen = {}
    for batch in batches:
        messages = [
            ended(each) if final else begun(each) for each, final in batch
        ]
        ingest(store, *messages)

        found = {row['sequence']: dict(row) for row in rows(store)}
        assert seen == {key: found[key] for key in seen}
        seen = found

    finals = {each for batch in batches for each, final in batch if final}
    began = {each for batch in batches for each, _final in batch}
    assert list(range(1, len(finals) + 1)) == sorted(seen)
    assert sorted(finals) == sorted(ids(store, EVENTS))
    assert sorted(began - finals) == sorted(ids(store, PENDING))


def test_request_event_that_has_an_outcome(store):
    """The outcome says whether an event waits, whatever its event type."""
    ingest(store, message(event('a'), REQUEST_EVENT))

    assert ([(1, 'a')], []) == trail(store)


def test_lost_sequence(store):
    """Without the row of the sequence nothing is stored, and nothing dead."""
    with writing(store.engine) as connection:
        connection.execute(delete(SEQUENCE))

    with pytest.raises(StoreError, match='sequence'):
        ingest(store, *pair('a'))

    assert [] == rows(store) == rows(store, DEAD_LETTERS)
