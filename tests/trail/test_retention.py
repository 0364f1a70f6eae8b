# SPDX-License-Identifier: Apache-2.0

"""What was purged is told in the trail itself."""

import datetime
import json

from sqlalchemy import update

from cadf_audit.clock import timestamp_of
from cadf_audit.trail.engine import writing
from cadf_audit.trail.retention import retain
from cadf_audit.trail.schema import EVENTS
from tests.judge import assert_valid
from tests.trail.parts import ended
from tests.trail.parts import ids
from tests.trail.parts import ingest
from tests.trail.parts import rows


def make_old(store, *names):
    """Have events come in 1970."""
    then = datetime.datetime.fromtimestamp(0, datetime.UTC)
    with writing(store.engine) as connection:
        connection.execute(
            update(EVENTS)
            .where(EVENTS.c.id.in_(names))
            .values(received_time=then)
        )


def test_purge_is_an_event(store):
    """It says how many went, and stands behind all that came before it."""
    ingest(store, ended('a'), ended('b'), ended('c'))
    make_old(store, 'a', 'b')

    assert 2 == retain(store, 30)
    kept, told = rows(store)
    event = json.loads(told['event'])
    assert_valid(event)
    assert 'c' == kept['id']
    assert ('delete', 'data/file/log') == (
        told['action'],
        told['target_type_uri'],
    )
    assert {'events': '2', 'retention_days': '30'} == {
        each['name']: each['content'] for each in event['attachments']
    }
    assert timestamp_of(0) < event['eventTime']


def test_purge_of_nothing_is_no_event(store):
    """A trail that is young is silent."""
    ingest(store, ended('a'))

    assert 0 == retain(store, 30)
    assert ['a'] == ids(store)


def test_zero_days_keep_all(store):
    """There may be a law."""
    ingest(store, ended('a'))
    make_old(store, 'a')

    assert 0 == retain(store, 0)
    assert ['a'] == ids(store)
