# SPDX-License-Identifier: Apache-2.0

"""SQLite knows which of two indexes finds fewer rows."""

from sqlalchemy import text

from cadf_audit.trail.engine import take_statistics
from cadf_audit.trail.engine import writing
from tests.trail.parts import ended
from tests.trail.parts import ingest
from tests.trail.parts import rows

# One of a hundred users did one of a hundred of the same kind of thing.
EVENTS = [
    ended(f'e-{number}', initiator={'id': f'u-{number}'})
    for number in range(100)
]

QUESTION = text(
    "EXPLAIN QUERY PLAN SELECT * FROM events WHERE initiator_id = 'u-7' "
    'AND kind_id = 1 ORDER BY sequence DESC'
)


def test_statistics_lead_to_the_smaller_index(sqlite_store):
    """Of a user with one event and a kind with all, the user is looked up."""
    ingest(sqlite_store, *EVENTS)

    take_statistics(sqlite_store.engine)

    with sqlite_store.engine.connect() as connection:
        plan = ' '.join(row.detail for row in connection.execute(QUESTION))
        found = connection.execute(text('SELECT count(*) FROM sqlite_stat1'))
        assert found.scalar()
    assert 'events_initiator_id' in plan


def test_statistics_change_no_event(engine, store):
    """Both databases take it, and hold what they held."""
    ingest(store, *EVENTS)
    before = rows(store)

    take_statistics(engine)
    take_statistics(engine)

    assert before == rows(store)


def test_statistics_of_a_trail_with_a_reader(sqlite_store):
    """Somebody who reads meanwhile sees what they began with."""
    ingest(sqlite_store, *EVENTS)
    engine = sqlite_store.engine

    with engine.connect() as reader:
        reader.execute(text('SELECT count(*) FROM events')).scalar()
        take_statistics(engine)
        with writing(engine) as writer:
            writer.execute(text('DELETE FROM events'))
        seen = reader.execute(text('SELECT count(*) FROM events')).scalar()

    assert len(EVENTS) == seen
