# SPDX-License-Identifier: Apache-2.0

"""No question keeps a database busy for ever."""

import pytest
from sqlalchemy.exc import OperationalError

from cadf_audit.trail.engine import QueryTimeoutError
from cadf_audit.trail.engine import reading
from cadf_audit.trail.query.event_query import EventQuery
from tests.trail.parts import event
from tests.trail.query.parts import keep
from tests.trail.query.parts import numbers
from tests.trail.query.parts import reader

# Which has no end.
ENDLESS = (
    'WITH RECURSIVE more(x) AS (SELECT 1 UNION ALL SELECT x + 0 FROM more) '
    'SELECT count(*) FROM more'
)
SLOW = [('q', f'{each} is in none of them') for each in range(45)]


@pytest.fixture
def full(store):
    """A trail that one needs a while to look through."""
    long = {'id': 'x' * 500, 'name': 'x' * 500, 'typeURI': 'x' * 500}
    return keep(
        store,
        {
            each: event(
                f'e-{each}',
                initiator=long,
                target=long,
                requestPath='x' * 500,
            )
            for each in range(1, 1500)
        },
    )


def test_endless_statement(store):
    """It is given up, and the same connection answers the next question."""
    for _ in range(2):
        with (
            pytest.raises(
                QueryTimeoutError, match=r'longer than 0\.2 seconds'
            ),
            reading(store.engine, 0.2) as connection,
        ):
            connection.exec_driver_sql(ENDLESS)
    # The pool gives the same one again.
    assert 1 == store.engine.pool.checkedin()
    with reading(store.engine, 60) as connection:
        assert 1 == connection.exec_driver_sql('SELECT 1').scalar()
        assert 1 == connection.exec_driver_sql('SELECT 1').scalar()


@pytest.mark.parametrize(
    'ask',
    [
        lambda asks, query: asks.page(query),
        lambda asks, query: asks.total(query),
        lambda asks, query: asks.types(query),
        lambda asks, query: asks.counts(query, ['owner']),
        lambda asks, query: list(asks.export(query)),
    ],
    ids=['page', 'total', 'types', 'counts', 'export'],
)
def test_slow_question(full, ask):
    """A question that takes too long says so, and the next one is answered."""
    slow, latest = EventQuery.parse(SLOW), EventQuery.parse([('limit', '2')])
    for _ in range(2):
        with pytest.raises(QueryTimeoutError, match=r'longer than 0\.0001 s'):
            ask(reader(full, seconds=0.0001), slow)

    assert [1499, 1498] == numbers(reader(full).page(latest).rows)
    # Any time that it takes.
    assert 0 == reader(full, seconds=0).total(slow).number


def test_time_out_is_of_a_question(store):
    """It is not that of whoever has the connection next."""
    with reading(store.engine, 0.01):
        pass
    endless = ENDLESS.replace('FROM more)', 'FROM more WHERE x < 2000000)')
    endless = endless.replace('x + 0', 'x + 1')

    for seconds in (0, 600):
        with reading(store.engine, seconds) as connection:
            found = connection.exec_driver_sql(endless).scalar()
        assert 2000000 == found


def test_another_failure_is_none(store):
    """What is wrong with the database is not told as a slow question."""
    with (
        pytest.raises(Exception, match='no_such') as caught,
        reading(store.engine, 5) as connection,
    ):
        connection.exec_driver_sql('SELECT 1 FROM no_such')

    assert not isinstance(caught.value, QueryTimeoutError)
    assert isinstance(caught.value, OperationalError) == (
        store.engine.dialect.name == 'sqlite'
    )
