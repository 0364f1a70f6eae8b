# SPDX-License-Identifier: Apache-2.0

"""A question that cannot be asked like that is told so, with all reasons."""

from hypothesis import example
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.trail.query.aggregates import ATTRIBUTES
from cadf_audit.trail.query.answers import Answers
from cadf_audit.trail.query.answers import NoSuchEventError
from cadf_audit.trail.query.event_query import CURSORS
from cadf_audit.trail.query.event_query import EventQuery
from cadf_audit.trail.query.event_query import FILTERS
from cadf_audit.trail.query.event_query import MOST_VALUES
from cadf_audit.trail.query.event_query import QueryError
from cadf_audit.trail.query.event_query import SINGLE
from cadf_audit.trail.query.viewer import NotAllowedError
from cadf_audit.trail.query.viewer import Viewer
from tests.trail.parts import event
from tests.trail.query.parts import AUDITOR
from tests.trail.query.parts import keep
from tests.trail.query.parts import reader

WRONG = {
    'owner': [''],
    'project': ['', '!'],
    'action': ['', '/', '!/'],
    'outcome': ['', 'ok', 'succes', '!'],
    'status': ['', '4', 'x', '4x', '099', '4xxx', '٤٠٤', '-404'],
    'address': ['', 'a', '10.0.0.0/33', '10.0.0.256', '1', '::1/129', '!'],
    'agent': ['', 'x' * 513],
    'q': ['', 'x' * 513],
    'level': ['', 'LOUD', '!INFO'],
    'kind': ['', 'activities'],
    'endpoint': ['', 'GUI'],
    'category': ['', 'NOPE', '!NOPE'],
    'from': ['', 'x', '24', '24y', '2026-13-01', '9999999h', '1.5h', '!24h'],
    'to': ['', '٢٤h', '999999w', '-1h', '10000-01-01'],
    'limit': ['', '0', '-1', '1001', '1e2', ' 1', '1_0', '٣', '9' * 5000],
    'before': ['', '-1', '1.0', 'x', '9' * 19, '!1', '+1'],
    'after': ['', 'null', '0x1', '٣'],
    'order': ['', 'random', '!oldest'],
    'total': ['', 'yes', '1'],
}


@pytest.fixture
def answers(sqlite_store):
    """What answers an auditor, of a trail of one event."""
    return Answers(sqlite_store, reader(sqlite_store), records=False)


@pytest.mark.parametrize(
    ('name', 'value'),
    [(name, value) for name, values in WRONG.items() for value in values],
)
def test_bad_value(answers, name, value):
    """A bad value is told with its parameter, itself, and what is allowed."""
    with pytest.raises(QueryError) as caught:
        answers.events([(name, value)])

    ((told, problem),) = caught.value.problems
    assert name == told
    assert f'{name}: {problem}' == str(caught.value)
    if (name, value) != ('level', '!INFO'):
        shown = value.removeprefix('!') if name in FILTERS else value
        assert problem.startswith(f'{shown!r:.80} is not ')
        assert (
            20 < len(problem.partition(' is not ')[2])
            or 'one of' in (problem)
            or 'whole number' in problem
        )


def test_all_errors_at_once(answers):
    """Whoever made many mistakes is told of all of them, in their order."""
    pairs = [
        ('nope', 'x'),
        ('limit', '0'),
        ('category', 'NOPE'),
        ('address', 'a'),
        ('address', '!b'),
        ('status', '4'),
        ('level', '!INFO'),
        ('from', '1h'),
        ('to', '2h'),
        ('order', 'oldest'),
        ('order', 'newest'),
        ('nope', 'y'),
        ('', ''),
    ]
    with pytest.raises(QueryError) as caught:
        answers.events([('details', 'perhaps'), *pairs])

    told = dict(caught.value.problems)
    assert [
        'details',
        'nope',
        'limit',
        'category',
        'address',
        'address',
        'status',
        'order',
        '',
        'level',
        'to',
    ] == [name for name, _ in caught.value.problems]
    assert 'there is no such parameter; allowed are owner, ' in told['nope']
    assert all(name in told['nope'] for name in [*FILTERS, *SINGLE])
    assert 'one of ' in told['category']
    assert ', NODE, ' in told['category']


@pytest.mark.parametrize(
    ('ask', 'expected'),
    [
        (
            lambda asks, pairs: asks.counts(
                [('by', 'x'), ('bucket', 'y'), ('bucket', 'day'), *pairs]
            ),
            ['by', 'bucket', 'bucket', 'limit'],
        ),
        (
            lambda asks, pairs: asks.counts(
                [*(('by', 'owner'),) * 6, *pairs],
            ),
            ['by', 'by', 'limit'],
        ),
        (
            lambda asks, pairs: asks.export(
                [('format', 'xml'), ('format', 'csv'), *pairs]
            ),
            ['format', 'format', 'limit'],
        ),
        (
            lambda asks, pairs: asks.attribute('event', pairs),
            ['name', 'limit'],
        ),
        (lambda asks, pairs: asks.types(pairs), ['limit']),
    ],
)
def test_errors_of_other_questions(answers, ask, expected):
    """Also of what only one of the answers takes."""
    with pytest.raises(QueryError) as caught:
        ask(answers, [('limit', 'x')])

    assert expected == [name for name, _ in caught.value.problems]


def test_too_many_values(answers):
    """A question has an end; the first parameter behind it is named."""
    pairs = MOST_VALUES * [('owner', 'a')]
    answers.events(pairs)
    with pytest.raises(QueryError) as caught:
        answers.events([*pairs, ('q', 'a'), ('agent', 'b')])

    assert [('q', f'at most {MOST_VALUES} parameters are read')] == (
        caught.value.problems
    )


@pytest.mark.parametrize('name', FILTERS)
@pytest.mark.parametrize('mark', ['', '!'])
def test_largest_question(store, name, mark):
    """As many values as one may give are asked for, of any filter."""
    values = {
        'outcome': 'failure',
        'status': '4xx',
        'address': '192.0.2.0/24',
        'category': 'NODE',
        'kind': 'activity',
        'endpoint': 'API',
        'level': 'INFO',
    }
    if (name, mark) == ('level', '!'):
        return
    pairs = [
        (name, mark + values.get(name, f'a{each}'))
        for each in range(MOST_VALUES - 2)
    ]
    asks = reader(store, Viewer('u', 'u', 'p'))
    if (name, mark) == ('project', ''):
        asks = reader(store)
    query = EventQuery.parse([*pairs, ('from', '1h'), ('owner', 'u')])

    assert [] == asks.page(query).rows
    assert 0 == asks.total(query).number
    assert [] == asks.types(query)
    assert [] == asks.counts(query, ['owner']).rows


def test_largest_question_of_two_filters(store):
    """Many short walks beside many comparisons take no time to think about."""
    half = MOST_VALUES // 2
    for mark in ('', '!'):
        pairs = [
            *(('owner', f'a{each}') for each in range(half)),
            *(('q', f'{mark}a{each}') for each in range(half)),
        ]

        assert (
            [] == reader(store, seconds=20).page(EventQuery.parse(pairs)).rows
        )


anything = st.text(st.characters(), max_size=12) | st.sampled_from(
    [each for values in WRONG.values() for each in values]
    + ['1', '!1', 'true', '24h', '10.0.0.0/8', '4xx', 'NODE', '2026-11-20']
    + [
        'fe80::1%eth0',
        '\\',
        '\\\\',
        '!!',
        '\\!',
        '%',
        '\0',
        '\ud800',
        '0',
        'a',
    ]
    + ['0001-01-01', '9999-12-31T23:59:59.999999-14:00', '0001-01-01T00+14:00']
    + ['2026-W47-5', '20261120T04', '10.0.0.0/255.0.0.0', '::ffff:1.2.3.4/96']
)
#: Names that say nothing to some ways to ask
POINTLESS = {
    'export': ('limit', 'total', 'details', 'by', 'bucket'),
    'counts': (*CURSORS, 'limit', 'order', 'total', 'details', 'format'),
    'types': (*CURSORS, 'limit', 'order', 'total', 'details', 'by'),
    'attribute': (*CURSORS, 'limit', 'order', 'total', 'details', 'by'),
    'events': ('by', 'bucket', 'format', 'name'),
}
KNOWN = {
    'export': 'from, to, before, after, order, format',
    'counts': 'q, from, to, by, bucket',
    'types': 'q, from, to',
    'attribute': 'q, from, to',
    'events': 'before, after, order, total, details',
}


@pytest.mark.parametrize(
    ('way', 'name'),
    [(way, name) for way, names in POINTLESS.items() for name in names],
)
def test_what_would_change_nothing_is_wrong(sqlite_store, way, name):
    """It is no parameter there, and what is one is told in full."""
    answers = Answers(sqlite_store, reader(sqlite_store))
    ask = getattr(answers, way)
    pairs = [(name, '1'), ('order' if name == 'total' else 'total', 'true')]
    with pytest.raises(QueryError) as raised:
        ask('owner', pairs) if way == 'attribute' else ask(pairs)
    problems = dict(raised.value.problems)

    assert problems[name].startswith('there is no such parameter')
    assert problems[name].endswith(KNOWN[way])


names = st.sampled_from(
    [*FILTERS, *SINGLE, 'details', 'by', 'bucket', 'format', 'target_id']
) | st.text(st.characters(), max_size=6)
VIEWERS = [AUDITOR, Viewer(), Viewer('u-1', 'admin'), Viewer('a', 'b', 'p-1')]


@settings(
    deadline=None, max_examples=150, suppress_health_check=list(HealthCheck)
)
@given(
    pairs=st.lists(st.tuples(names, anything), max_size=5),
    name=anything | st.sampled_from(['e-1', *ATTRIBUTES]),
    viewer=st.sampled_from(VIEWERS),
    records=st.booleans(),
)
@example([('from', '0001-01-01T00:00:00+14:00')], 'a', AUDITOR, True)
@example([('to', '9999-12-31T23:59:59-14:00')], 'a', AUDITOR, True)
def test_any_parameters(store, pairs, name, viewer, records):
    """Whatever one asks is answered, or told to be wrong or forbidden."""
    if not store.last_sequence():
        keep(store, {1: event('e-1')})
    asks = Answers(store, reader(store, viewer), records)

    problems = []
    for ask in (
        lambda: asks.events(pairs),
        lambda: asks.event(name),
        lambda: asks.history(name, pairs),
        lambda: asks.attribute(name, pairs),
        lambda: asks.counts(pairs),
        lambda: asks.types(pairs),
        lambda: ''.join(asks.export(pairs)[1]),
    ):
        try:
            ask()
        except (NotAllowedError, NoSuchEventError):
            pass
        except QueryError as exc:
            problems += exc.problems or [('', '')]
    assert all(problem for _, problem in problems)
