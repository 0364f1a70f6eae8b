# SPDX-License-Identifier: Apache-2.0

"""Nobody is told anything of an event that they may not see."""

import csv
import io

from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.trail.query.aggregates import ATTRIBUTES
from cadf_audit.trail.query.answers import Answers
from cadf_audit.trail.query.answers import NoSuchEventError
from cadf_audit.trail.query.event_query import EventQuery
from cadf_audit.trail.query.event_query import QueryError
from cadf_audit.trail.query.viewer import NotAllowedError
from cadf_audit.trail.query.viewer import Viewer
from tests.trail.parts import event
from tests.trail.query.generated import events
from tests.trail.query import naive
from tests.trail.query.parts import ask
from tests.trail.query.parts import exported
from tests.trail.query.parts import keep
from tests.trail.query.parts import numbers
from tests.trail.query.parts import reader

OWN = Viewer('u-1', 'admin')
PROJECT = Viewer('u-1', 'admin', 'p-1')

NOBODY = {
    'nobody': Viewer(),
    'no id': Viewer(None, 'admin'),
    'an empty id': Viewer('', ''),
    'an unknown id': Viewer('unknown', 'unknown'),
    'an empty project': Viewer(None, 'admin', ''),
    'an unknown project': Viewer('u-1', 'admin', 'unknown'),
    'a wildcard': Viewer('%', '%', '%'),
    'a NUL': Viewer('\0', 'admin', '\0'),
    'half a character': Viewer('\ud800', 'admin'),
}


def part(user, name, project):
    """Return an initiator; what is None is not there."""
    fields = {
        'typeURI': 'service/security/account/user',
        'id': user,
        'name': name,
        'project_id': project,
        'host': {'address': '192.0.2.7', 'agent': f'agent of {user}'},
    }
    return {key: value for key, value in fields.items() if value is not None}


def target(name, project):
    """Return a target."""
    fields = {'id': name, 'typeURI': 'compute/server', 'project_id': project}
    return {key: value for key, value in fields.items() if value is not None}


# Users of one name, projects that act on each other, and nobody.
CROSSED = [
    (part('u-1', 'admin', 'p-1'), target('n-1', 'p-1')),
    (part('u-1', 'admin', 'p-1'), target('n-2', 'p-2')),
    (part('u-1', 'admin', 'p-2'), target('n-2', 'p-2')),
    (part('u-2', 'admin', 'p-1'), target('n-1', 'p-1')),
    (part('u-2', 'admin', 'p-2'), target('n-1', 'p-1')),
    (part('u-2', 'u-1', 'p-2'), target('n-2', 'p-2')),
    (part('u-2', 'p-1', 'p-2'), target('u-1', 'p-2')),
    (part('u-3', 'other', 'p-1'), target('n-3', None)),
    (part('u-3', 'other', 'p-3'), target('n-3', 'p-3')),
    (part('unknown', 'unknown', 'unknown'), target('n-1', 'unknown')),
    (part(None, 'admin', None), target('n-1', None)),
    (part(None, None, None), target(None, None)),
]


@pytest.fixture
def crossed(store):
    """A trail of several users and projects; also its events."""
    kept = {
        number: event(f'e-{number}', initiator=who, target=what)
        for number, (who, what) in enumerate(CROSSED, 1)
    }
    return keep(store, kept), kept


@pytest.mark.parametrize(
    ('viewer', 'expected'),
    [
        (OWN, [1, 2, 3]),
        (PROJECT, [1, 2, 4, 5, 8]),
        (Viewer('u-3', 'admin'), [8, 9]),
        (Viewer('u-1', 'admin', 'p-3'), [9]),
        (Viewer('u-9', 'admin', ''), []),
        (Viewer('u-1', sees_all=True), [*range(1, 13)]),
        *((viewer, []) for viewer in NOBODY.values()),
    ],
)
def test_rule(crossed, viewer, expected):
    """One sees what one caused, or what a project caused or suffered."""
    store, kept = crossed

    assert expected == numbers(ask(store, viewer=viewer).rows)[::-1]
    assert expected == naive.answer(kept, viewer, [])


@pytest.mark.parametrize(
    ('viewer', 'pairs', 'name'),
    [
        (OWN, [('owner', 'u-2')], 'owner'),
        (OWN, [('owner', 'u-1'), ('owner', 'u-2')], 'owner'),
        (OWN, [('owner', 'u-2'), ('owner', '!u-2')], 'owner'),
        (OWN, [('owner', '\\!u-1')], 'owner'),
        (OWN, [('owner', 'U-1')], 'owner'),
        (OWN, [('owner', 'u-1 ')], 'owner'),
        (PROJECT, [('project', 'p-2')], 'project'),
        (PROJECT, [('project', 'p-1'), ('project', 'p-2')], 'project'),
        (PROJECT, [('after', '1'), ('project', 'p-2')], 'project'),
        (NOBODY['nobody'], [('owner', 'None')], 'owner'),
        (NOBODY['an empty id'], [('owner', 'u-1')], 'owner'),
        (NOBODY['an unknown project'], [('project', 'p-1')], 'project'),
    ],
)
def test_asking_for_another(crossed, viewer, pairs, name):
    """Whoever asks for another's events by name is told that they may not."""
    store, _ = crossed
    query = EventQuery.parse(pairs)
    asks = reader(store, viewer)

    for answer in (
        asks.page,
        asks.total,
        asks.types,
        lambda query: asks.counts(query, ['owner']),
        lambda query: list(asks.export(query)),
    ):
        with pytest.raises(NotAllowedError, match=f'^{name}: you may see'):
            answer(query)


@pytest.mark.parametrize(
    ('viewer', 'pairs', 'expected'),
    [
        # What somebody else is called as well.
        (OWN, [('owner', 'admin')], [3, 2, 1]),
        (OWN, [('owner', 'u-1')], [3, 2, 1]),
        (Viewer('u-2', 'u-1'), [('owner', 'u-1')], [6]),
        (OWN, [('owner', '!u-1')], []),
        (OWN, [('owner', '!admin')], []),
        (OWN, [('owner', '!u-9')], [3, 2, 1]),
        (OWN, [('project', 'p-2')], [3, 2]),
        (OWN, [('project', '!p-2')], [1]),
        (OWN, [('q', 'u-2')], []),
        (OWN, [('target_id', 'n-1')], [1]),
        (PROJECT, [('owner', 'u-2')], [5, 4]),
        (PROJECT, [('project', '!p-1')], []),
        (PROJECT, [('project', '!p-2')], [8, 4, 1]),
        (PROJECT, [('project', 'p-1')], [8, 5, 4, 2, 1]),
        (PROJECT, [('q', 'u-1')], [2, 1]),
    ],
)
def test_asking_around_the_rule(crossed, viewer, pairs, expected):
    """No name, negation or free text leads to what is somebody else's."""
    store, _ = crossed

    assert expected == numbers(ask(store, *pairs, viewer=viewer).rows)


VIEWERS = [OWN, PROJECT, Viewer('u-2', 'u-1'), *NOBODY.values()]


@settings(
    deadline=None, max_examples=15, suppress_health_check=list(HealthCheck)
)
@given(
    kept=events(12),
    viewers=st.lists(st.sampled_from(VIEWERS), min_size=2, max_size=4),
    cursors=st.lists(
        st.tuples(
            st.sampled_from(['before', 'after']),
            st.integers(0, 10**18 - 1) | st.integers(0, 14),
        ),
        max_size=2,
        unique_by=lambda pair: pair[0],
    ),
)
def test_all_answers(store, kept, viewers, cursors):
    """Whatever one asks, the answer is made of what one may see."""
    store = keep(store, kept)
    place = [(name, str(number)) for name, number in cursors]

    for viewer in viewers:
        seen = {
            number
            for number, each in kept.items()
            if naive.may_see(viewer, each)
        }
        answers = Answers(store, reader(store, viewer), records=False)
        check_pages(answers, kept, seen, place)
        check_one_by_one(answers, kept, seen)
        check_numbers(answers, kept, seen)
        check_exports(answers, seen)


HIDDEN = ('category', 'TRAIL')
SHOWN = ('category', '!TRAIL')


def check_pages(answers, kept, seen, place):
    """Compare pages, with the readings of the trail and without."""
    for pairs in ([HIDDEN], [SHOWN], [SHOWN, ('order', 'oldest')]):
        expected = [
            each for each in sorted(seen) if naive.fits(kept[each], pairs)
        ]
        answer = answers.events([*pairs, *place, ('total', 'true')])
        found = [each['sequence'] for each in answer['events']]
        assert set(found) <= set(expected)
        assert naive.page(expected, [*pairs, *place]) == found
        assert len(expected) == answer['total']


def check_one_by_one(answers, kept, seen):
    """Ask for each event by its id and by its number, and what was before."""
    for number, each in kept.items():
        for name in (each['id'], str(number)):
            if number not in seen:
                with pytest.raises(NoSuchEventError):
                    answers.event(name)
                with pytest.raises(NoSuchEventError):
                    answers.history(name, [])
                continue
            assert number == answers.event(name)['sequence']
            same = naive.field(each, 'target', 'id')
            if same is None:
                with pytest.raises(QueryError, match=r'^id: '):
                    answers.history(name, [])
                continue
            history = answers.history(name, [SHOWN])['events']
            assert [
                other
                for other in sorted(seen)
                if naive.field(kept[other], 'target', 'id') == same
                and naive.fits(kept[other], [SHOWN])
            ] == [other['sequence'] for other in history]


def check_numbers(answers, kept, seen):
    """Compare the values of all attributes, and how often they are there."""
    visible = [kept[each] for each in seen if naive.fits(kept[each], [SHOWN])]
    for name in ATTRIBUTES:
        values = answers.attribute(name, [SHOWN])['values']
        assert sum(each['count'] for each in values) <= len(visible)
        for each in values:
            assert any(each['value'] in texts(other) for other in visible)
    counts = answers.counts([SHOWN, ('bucket', 'day')])['counts']
    assert len(visible) == sum(each['count'] for each in counts)
    types = answers.types([SHOWN])['types']
    assert len(visible) == sum(each['count'] for each in types)


def texts(each):
    """Return all texts that an event consists of, and what it is called."""
    category = naive.category(each)
    found = {category.name, category.level, naive.endpoint(each)}
    for name, value in each.items():
        found.add(naive.field(each, name))
        found.add(naive.field({'a': {'id': value}}, 'a', 'id'))
        if isinstance(value, dict):
            for below, inner in value.items():
                found.add(naive.field(each, name, below))
                for last in inner if isinstance(inner, dict) else ():
                    found.add(naive.field(each, name, below, last))
    return found


def check_exports(answers, seen):
    """Compare both formats."""
    for trail in (HIDDEN, SHOWN):
        _, lines = answers.export([trail])
        found = {number for number, _ in exported(lines)}
        assert found <= seen
        chosen, lines = answers.export([trail, ('format', 'csv')])
        rows = list(csv.DictReader(io.StringIO(''.join(lines))))
        assert 'csv' == chosen
        assert found == {int(row['sequence']) for row in rows}
