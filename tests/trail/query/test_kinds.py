# SPDX-License-Identifier: Apache-2.0

"""What is asked of all events of some kinds, however many kinds there are."""

import pytest

from cadf_audit.trail.query.conditions import FEW_KINDS
from cadf_audit.trail.query.event_query import EventQuery
from cadf_audit.trail.query.viewer import Viewer
from tests.trail.parts import ended
from tests.trail.parts import event
from tests.trail.parts import ingest
from tests.trail.query import naive
from tests.trail.query.parts import ask
from tests.trail.query.parts import AUDITOR
from tests.trail.query.parts import keep
from tests.trail.query.parts import numbers
from tests.trail.query.parts import reader

PLACES = [
    'compute/server',
    'compute/server/port',
    'network/port',
    'unknown',
]
ACTIONS = ['update', 'update/a', 'read', 'create']


def kinds(number):
    """Return an event of each of many kinds."""
    return {
        each: event(
            f'e-{each}',
            action=f'{ACTIONS[each % 4]}/{each % 70}',
            target={
                'id': 'n',
                'typeURI': f'{PLACES[each % 4]}/{each % 7}'
                if each % 5
                else naive.TRAIL,
            },
            eventType=('activity', 'monitor')[each % 2],
        )
        for each in range(1, number + 1)
    }


@pytest.mark.parametrize('number', [3, FEW_KINDS, 3 * FEW_KINDS])
def test_many_kinds(store, number):
    """Few kinds, all but a few, and many of many are found alike."""
    kept = kinds(number)
    store = keep(store, kept)

    for viewer in (AUDITOR, Viewer('u-1', 'a'), Viewer('u', 'a', 'p-1')):
        for pairs in (
            [],
            [('kind', 'activity')],
            [('kind', '!activity'), ('owner', 'u-1'), ('owner', 'admin')],
            [('action', 'update'), ('limit', '7')],
            [('action', '!update/a'), ('action', '!read')],
            [('action', 'update/3')],
            [('action', '!update/3')],
            [('target_type', 'compute'), ('action', 'update')],
            [('target_type', 'compute/server'), ('target_type', 'network')],
            [('target_type', '!compute/server/port'), ('order', 'oldest')],
            [('target_type', 'none')],
            [('target_type', 'data')],
            [('target_type', naive.TRAIL)],
            [('target_type', '!' + naive.TRAIL)],
            [('level', 'INFO')],
            [('category', 'TRAIL')],
            [('category', '!OTHER')],
            [('category', 'TRAIL'), ('category', 'OTHER')],
        ):
            if viewer.project_id is None and not viewer.sees_all:
                pairs = [pair for pair in pairs if pair[1] != 'admin']
                pairs.append(('owner', 'a'))
            rows = ask(store, *pairs, viewer=viewer).rows
            found = naive.answer(kept, viewer, pairs)

            assert naive.page(found, pairs) == numbers(rows), pairs


def test_kind_that_comes_later(store):
    """A reader that has asked before knows the kinds that came since."""
    kept = kinds(3)
    store = keep(store, kept)
    asks = reader(store)
    query = EventQuery.parse([('action', 'update')])
    before = numbers(asks.page(query).rows)
    later = keep_more(store, 4, action='update/new')
    narrowed = EventQuery.parse([('kind', '!monitor'), ('action', 'update')])

    assert [2, 1][-len(before) :] == before
    assert [later, *before] == numbers(asks.page(query).rows)
    assert later in numbers(asks.page(narrowed).rows)
    assert 'update/new' in [each.kind.action for each in asks.types(query)]


def keep_more(store, number, **changes):
    """Add one event; return its number."""
    ingest(store, ended(f'e-{number}', **changes))
    return store.last_sequence()
