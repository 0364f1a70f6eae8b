# SPDX-License-Identifier: Apache-2.0

"""What was purged is told in the trail itself."""

import datetime
import json

from sqlalchemy import update

from cadf_audit.clock import timestamp_of
from cadf_audit.trail.engine import writing
from cadf_audit.trail.own_event import TRAIL_TYPE_URI
from cadf_audit.trail.purge import Purged
from cadf_audit.trail.retention import retain
from cadf_audit.trail.schema import DEAD_LETTERS
from cadf_audit.trail.schema import EVENTS
from cadf_audit.trail.schema import PENDING
from tests.judge import assert_valid
from tests.trail.parts import begun
from tests.trail.parts import ended
from tests.trail.parts import ids
from tests.trail.parts import ingest
from tests.trail.parts import rows
from tests.trail.parts import trail


def make_old(store, *names):
    """Have events, and all dead letters, come in 1970."""
    then = datetime.datetime.fromtimestamp(0, datetime.UTC)
    with writing(store.engine) as connection:
        for table in (EVENTS, PENDING):
            connection.execute(
                update(table)
                .where(table.c.id.in_(names))
                .values(received_time=then)
            )
        connection.execute(update(DEAD_LETTERS).values(received_time=then))


def test_purge_is_an_event(store):
    """It says how many went, and stands behind all that came before it."""
    ingest(store, ended('a'), ended('b'), ended('c'), begun('d'), b'e')
    make_old(store, 'a', 'b', 'd')

    assert Purged(2, 1, 1) == retain(store, 30)
    kept, told = rows(store)
    event = json.loads(told['event'])
    assert_valid(event)
    assert 'c' == kept['id']
    assert ('delete', TRAIL_TYPE_URI) == (
        told['action'],
        told['target_type_uri'],
    )
    assert {
        'events': '2',
        'pending': '1',
        'dead_letters': '1',
        'retention_days': '30',
    } == {each['name']: each['content'] for each in event['attachments']}
    assert timestamp_of(0) < event['eventTime']


def test_purge_of_nothing_is_no_event(store):
    """A trail that is young is silent."""
    ingest(store, ended('a'))

    assert Purged() == retain(store, 30)
    assert ['a'] == ids(store)


def test_purge_of_what_never_ended_is_an_event(store):
    """Also where no final event is old."""
    ingest(store, begun('a'))
    make_old(store, 'a')
    purged = retain(store, 30)

    (told,) = rows(store)
    assert Purged(pending=1) == purged
    assert 'delete' == told['action']


def test_zero_days_keep_all(store):
    """There may be a law."""
    ingest(store, ended('a'), begun('b'))
    make_old(store, 'a', 'b')

    assert Purged() == retain(store, 0)
    assert ([(1, 'a')], ['b']) == trail(store)
