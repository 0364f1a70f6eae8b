# SPDX-License-Identifier: Apache-2.0

"""Whoever goes from page to page meets each event once, whatever happens."""

import datetime

from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
import pytest
from sqlalchemy import delete

from cadf_audit.trail.engine import writing
from cadf_audit.trail.query.event_query import EventQuery
from cadf_audit.trail.query.event_query import MOST_VALUES
from cadf_audit.trail.query.viewer import Viewer
from cadf_audit.trail.schema import EVENTS
from tests.trail.parts import ended
from tests.trail.parts import event
from tests.trail.parts import ingest
from tests.trail.query.parts import ask
from tests.trail.query.parts import AUDITOR
from tests.trail.query.parts import keep
from tests.trail.query.parts import numbers
from tests.trail.query.parts import reader

_any_number = settings(
    deadline=None, max_examples=40, suppress_health_check=list(HealthCheck)
)


def many(number, first=1):
    """Return events, of which each third one is somebody else's."""
    return {each: changed(each) for each in range(first, first + number)}


def changed(each):
    """Return an event of a few kinds, users and projects."""
    who = {'id': f'u-{each % 3}', 'typeURI': 'a', 'project_id': 'p-1'}
    return event(f'e-{each}', action=f'update/{each % 5}', initiator=who)


class Trail:
    """A trail that changes while it is read.

    :param store: the store
    :param number: how many events are there at first
    """

    def __init__(self, store, number):
        self.store = keep(store, many(number))
        self.first = 1
        self.last = number

    def arrive(self, number, kind=''):
        """Add events; each fourth time of a kind that nobody knew."""
        later = range(self.last + 1, self.last + number + 1)
        ingest(
            self.store,
            *(
                ended(
                    f'e-{each}',
                    **{
                        **changed(each),
                        'id': f'e-{each}',
                        'action': f'update/{kind or each % 5}',
                    },
                )
                for each in later
            ),
        )
        self.last += number

    def purge(self, number):
        """Take the oldest events away."""
        self.first += number
        with writing(self.store.engine) as connection:
            connection.execute(
                delete(EVENTS).where(EVENTS.c.sequence < self.first)
            )


def walk(asks, pairs, onward, between):
    """Return the numbers on each page, and what asks for the next one."""
    found = []
    while True:
        page = asks.page(EventQuery.parse(pairs))
        found.append(sorted(numbers(page.rows)))
        pairs = page.next if onward else page.previous
        if pairs is None or (onward and not page.rows):
            return found, page
        between()


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(['arrive', 'arrive', 'purge']), st.integers(0, 4)
    ),
    max_size=6,
)
QUESTIONS = [
    [],
    [('owner', 'u-1')],
    [('owner', 'u-1'), ('owner', 'u-2')],
    [('owner', '!u-0')],
    [('action', '!update/2'), ('action', '!update/3')],
    [('action', 'update/1'), ('action', 'update/4'), ('owner', 'u-1')],
    [('project', 'p-1'), ('q', 'U-1')],
    [('outcome', 'failure')],
    [('level', 'AUDIT'), ('kind', 'activity')],
]


def fits(number, pairs):
    """Say whether an event is asked for."""
    who, what = f'u-{number % 3}', f'update/{number % 5}'
    return {
        '[]': True,
        str(QUESTIONS[1]): who == 'u-1',
        str(QUESTIONS[2]): who != 'u-0',
        str(QUESTIONS[3]): who != 'u-0',
        str(QUESTIONS[4]): what not in ('update/2', 'update/3'),
        str(QUESTIONS[5]): what in ('update/1', 'update/4') and who == 'u-1',
        str(QUESTIONS[6]): who == 'u-1',
        str(QUESTIONS[7]): False,
        str(QUESTIONS[8]): True,
    }[str(pairs)]


@_any_number
@given(
    number=st.integers(0, 30),
    limit=st.integers(1, 9),
    asked=st.sampled_from(QUESTIONS),
    cursors=st.fixed_dictionaries(
        {},
        optional={
            'before': st.integers(0, 40),
            'after': st.integers(0, 40),
        },
    ),
    order=st.sampled_from(['newest', 'oldest']),
    viewer=st.sampled_from([AUDITOR, Viewer('u-9', 'x', 'p-1')]),
    changes=CHANGES,
)
def test_walk_there_and_back(
    store, number, limit, asked, cursors, order, viewer, changes
):
    """Each row that stays is met once on the way there, and once back."""
    trail = Trail(store, number)
    asks = reader(trail.store, viewer)
    todo = iter(changes)

    def between():
        what, many = next(todo, ('', 0))
        if what == 'purge':
            trail.purge(many)
        elif what:
            trail.arrive(many)

    pairs = [
        *asked,
        ('limit', str(limit)),
        ('order', order),
        *((name, str(value)) for name, value in cursors.items()),
    ]
    after = cursors.get('after', 0)
    before = cursors.get('before', 10**6)
    # A walk leads from the end where the order begins; one cursor alone is
    # where both ways begin.
    first_onward = order == 'oldest'
    if len(cursors) == 1:
        first_onward = 'after' in cursors

    pages, last = walk(asks, pairs, first_onward, between)
    check(pages, first_onward, trail, asked, number, (after, before))
    way = last.previous if first_onward else last.next
    if first_onward and way is None:
        return
    there = int(dict(way)['before' if first_onward else 'after'])
    length = trail.last
    bounds = (0, there) if first_onward else (there, 10**6)
    pages, _ = walk(asks, way, not first_onward, between)
    check(pages, not first_onward, trail, asked, length, bounds)


def check(pages, onward, trail, asked, number, bounds):
    """See that a walk met what stayed, in its order, and only once.

    :param number: how many events had come before it
    :param bounds: between which of them it was
    """
    if not onward:
        pages = [page[::-1] for page in pages]
    found = [each for page in pages for each in page]

    assert sorted(set(found), reverse=not onward) == found
    assert all(
        fits(each, asked) and bounds[0] < each < bounds[1] for each in found
    )
    # Whoever waits for more meets what came meanwhile as well.
    last = trail.last if onward else number
    assert {
        each
        for each in range(trail.first, last + 1)
        if fits(each, asked) and bounds[0] < each < bounds[1]
    } <= set(found)


@pytest.mark.parametrize(
    'pairs',
    [
        [],
        [('owner', 'nobody')],
        [('before', '1')],
        [('before', '0')],
        [('before', '999')],
        [('after', '3')],
        [('after', '3'), ('before', '999')],
        [('order', 'oldest')],
        [('order', 'oldest'), ('before', '999')],
    ],
)
def test_empty_page_keeps_its_place(store, pairs):
    """Who finds nothing and goes on finds all that came since, once."""
    trail = Trail(store, 3)
    if ('before', '1') not in pairs and ('before', '0') not in pairs:
        trail.purge(3)
    page = ask(trail.store, *pairs)
    for _ in range(3):
        assert [] == page.rows
        assert page.previous is None or int(dict(page.previous)['before']) == 4
        page = ask(trail.store, *page.next)
        if page.rows:
            break
    if pairs and pairs[0][0] == 'before' and pairs[0][1] in '01':
        assert [3, 2, 1] == numbers(page.rows)
        return
    trail.arrive(2, 'new')
    page = ask(trail.store, *page.next)

    if ('owner', 'nobody') in pairs:
        assert [] == page.rows
    else:
        assert [4, 5] == sorted(numbers(page.rows))
        assert [] == ask(trail.store, *page.next).rows


def test_follower_misses_no_new_kind(store):
    """Who follows a prefix sees an action that nobody had before."""
    trail = Trail(store, 2)
    asks = reader(trail.store)
    page = asks.page(EventQuery.parse([('action', 'update')]))
    found = []
    for step in range(6):
        trail.arrive(1, f'new-{step}')
        page = asks.page(EventQuery.parse(page.next))
        found += numbers(page.rows)

    assert [3, 4, 5, 6, 7, 8] == found


def test_pages_keep_what_was_asked(store):
    """Repeats, negations, the order and the limit are asked of each page."""
    trail = Trail(store, 9)
    pairs = [
        ('owner', 'u-1'),
        ('owner', 'u-2'),
        ('q', 'ä&=%+ #\\!'),
        ('action', '!read'),
        ('limit', '2'),
        ('order', 'oldest'),
        ('total', 'true'),
    ]
    page = ask(trail.store, *pairs)

    assert [*pairs, ('after', '9')] == page.next
    assert page.previous is None
    others = [pair for pair in pairs if pair[0] not in ('q', 'order')]
    page = ask(trail.store, *others, ('before', '5'))
    assert [4, 2] == numbers(page.rows)
    assert [*others, ('after', '4')] == page.next
    assert [*others, ('before', '2')] == page.previous


def test_relative_time_stays_where_it_was(store):
    """All pages of an answer are of one window, which does not move."""
    now = datetime.datetime(2026, 11, 20, 12, 30, tzinfo=datetime.UTC)
    trail = Trail(store, 3)
    query = EventQuery.parse(
        [('from', '24h'), ('to', '2026-11-20'), ('limit', '1')], now
    )
    page = reader(trail.store).page(query)
    later = EventQuery.parse(page.next, now + datetime.timedelta(hours=5))

    assert ('from', '2026-11-19T12:30:00+00:00') in page.next
    assert ('to', '2026-11-20T00:00:00+00:00') in page.next
    assert (query.since, query.until) == (later.since, later.until)


def test_largest_question_has_pages(store):
    """What may just be asked has a next page that may be asked as well."""
    trail = Trail(store, 9)
    most = MOST_VALUES - 1
    pairs = [('owner', f'u-{each}') for each in range(most)]
    page = ask(trail.store, *pairs, ('limit', '2'))
    page = ask(trail.store, *page.previous)

    assert [7, 6] == numbers(page.rows)


@pytest.mark.parametrize(
    ('pairs', 'expected', 'next_page', 'previous_page'),
    [
        # From the end that the order begins with, up to the other cursor.
        ([], [8, 7], [10, 9], [6, 5]),
        ([('order', 'oldest')], [3, 4], [5, 6], [1, 2]),
    ],
)
def test_both_cursors(store, pairs, expected, next_page, previous_page):
    """Two cursors are a piece of the trail, and neither of its ends is one."""
    trail = Trail(store, 12)
    place = [('limit', '2'), ('after', '2'), ('before', '9')]
    page = ask(trail.store, *pairs, *place)

    assert expected == numbers(page.rows)
    assert next_page == numbers(ask(trail.store, *page.next).rows)
    assert previous_page == numbers(ask(trail.store, *page.previous).rows)


def test_purged_rows_in_between(store):
    """A place whose row is gone is a place all the same."""
    trail = Trail(store, 9)
    page = ask(trail.store, ('limit', '3'), ('after', '2'))
    assert [5, 4, 3] == numbers(page.rows)
    trail.purge(6)

    assert [9, 8, 7] == numbers(ask(trail.store, *page.next).rows)
    page = ask(trail.store, *page.previous)
    assert [] == page.rows
    assert page.previous is None


def test_ends_of_the_trail(store):
    """There is nothing older than the oldest one, and always a newer one."""
    trail = Trail(store, 3)

    assert ask(trail.store, ('after', '0')).previous is None
    assert ask(trail.store, ('limit', '3')).previous is None
    page = ask(trail.store, ('after', '1'))
    assert [('before', '2')] == page.previous
    # A place that nobody has come to yet is one all the same.
    page = ask(trail.store, ('after', '999'))
    assert [('after', '999')] == page.next
    assert [3, 2, 1] == numbers(ask(trail.store, *page.previous).rows)


@pytest.mark.parametrize('order', ['newest', 'oldest'])
def test_export_while_rows_come_and_go(store, monkeypatch, order):
    """It ends where the trail ended when it began, and goes on after a purge.

    Whoever exports the oldest first and is slow would else never end.
    """
    monkeypatch.setattr('cadf_audit.trail.query.portions.SLICE', 2)
    trail = Trail(store, 9)
    found = []
    query = EventQuery.parse([('order', order)])
    for rows in reader(trail.store).export(query):
        found += [row.sequence for row in rows]
        trail.arrive(2, 'new')
        trail.purge(1)

    # Three were purged before it came to them.
    assert {'newest': [9, 8, 7, 6, 5, 4], 'oldest': [*range(1, 10)]}[
        order
    ] == found
