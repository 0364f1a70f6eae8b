# SPDX-License-Identifier: Apache-2.0

"""Any question is answered as by somebody who looks at all events."""

import collections
import datetime

from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.trail.query.event_query import EventQuery
from cadf_audit.trail.query.export import json_lines
from cadf_audit.trail.query.viewer import NotAllowedError
from cadf_audit.trail.query.viewer import Viewer
from tests.trail.parts import event
from tests.trail.query.generated import events
from tests.trail.query.generated import filters
from tests.trail.query.generated import pages
from tests.trail.query.generated import windows
from tests.trail.query import naive
from tests.trail.query.parts import AUDITOR
from tests.trail.query.parts import exported
from tests.trail.query.parts import keep
from tests.trail.query.parts import numbers
from tests.trail.query.parts import reader

VIEWERS = [
    AUDITOR,
    AUDITOR,
    Viewer('u-1', 'admin'),
    Viewer('u-2', 'u-1'),
    Viewer('u-1', 'admin', 'p-1'),
    Viewer('u-1', 'admin', 'unknown'),
    Viewer('unknown', 'unknown'),
    Viewer(None, 'admin'),
    Viewer('', '', ''),
]

ATTRIBUTES = {
    'owner': ('initiator', 'name'),
    'project': ('initiator', 'project_id'),
    'action': ('action',),
    'target_type': ('target', 'typeURI'),
    'status': ('reason', 'reasonCode'),
}

_any_number = settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=list(HealthCheck),
)


@_any_number
@given(
    kept=events(),
    questions=st.lists(
        st.tuples(filters(), windows(), pages(), st.sampled_from(VIEWERS)),
        min_size=6,
        max_size=12,
    ),
)
def test_any_question(store, kept, questions):
    """Pages, totals, counts, kinds and exports are those of a plain loop."""
    store = keep(store, kept)

    for asked, window, place, viewer in questions:
        pairs = [*asked, *window, *place]
        try:
            check(store, kept, pairs, viewer)
        except NotAllowedError:
            assert is_about_another(viewer, pairs)
        else:
            assert not is_about_another(viewer, pairs)


def check(store, kept, pairs, viewer):
    """Compare all answers to one question."""
    asks = reader(store, viewer)
    query = EventQuery.parse(pairs)
    rows = asks.page(query, whole=True).rows
    found = naive.answer(kept, viewer, pairs)

    assert naive.page(found, pairs) == numbers(rows), pairs
    total = asks.total(query)
    assert (len(found), True) == (total.number, total.is_exact), pairs
    check_counts(asks, query, [kept[each] for each in found])
    said = dict(pairs)
    within = [
        each
        for each in found
        if int(said.get('after', -1)) < each < int(said.get('before', 1000))
    ]
    if said.get('order') != 'oldest':
        within.reverse()
    assert [(each, kept[each]) for each in within] == exported(
        json_lines(asks, query)
    ), pairs


def check_counts(asks, query, found):
    """Compare what is counted."""
    for name, place in ATTRIBUTES.items():
        expected = collections.Counter(
            naive.field(each, *place) for each in found
        )
        counts = asks.counts(query, [name]).rows
        assert expected == {each.values[0]: each.number for each in counts}
        assert len(expected) == len(counts)
    hours = collections.Counter(
        (
            naive.begun(each)
            .astimezone(datetime.UTC)
            .replace(minute=0, second=0, microsecond=0)
            .isoformat(),
            naive.category(each).name,
        )
        for each in found
    )
    counts = asks.counts(query, ['category'], 'hour').rows
    assert hours == collections.Counter(
        {(each.bucket, each.values[0]): each.number for each in counts}
    )
    times = {}
    for each in found:
        key = tuple(
            naive.field(each, *place) or ''
            for place in (('eventType',), ('action',), ('target', 'typeURI'))
        )
        times.setdefault(key, []).append(naive.begun(each))
    assert {
        key: (len(those), min(those), max(those))
        for key, those in times.items()
    } == {
        tuple(each.kind[1:4]): (each.number, each.first, each.last)
        for each in asks.types(query)
    }


def is_about_another(viewer, pairs):
    """Say whether somebody asks by name for what is not theirs."""
    if viewer.sees_all:
        return False
    name, own = 'owner', (viewer.user_id, viewer.user_name)
    if viewer.project_id:
        name, own = 'project', (viewer.project_id,)
    return any(
        each == name
        and not value.startswith('!')
        and naive.asked(value.removeprefix('\\')) not in own
        for each, value in pairs
    )


@pytest.mark.parametrize(
    ('asked', 'expected'),
    [('4xx', [3, 4]), ('404', [4]), ('2xx', [1, 5]), ('!4xx', [1, 2, 5, 6])],
)
def test_status_class(store, asked, expected):
    """A class of statuses has three digits, written as a number or a text."""
    codes = ['200', '4', '403', 404, '204', '4040']
    kept = {
        number: event(f'e-{number}', reason={'reasonCode': code})
        for number, code in enumerate(codes, 1)
    }
    store = keep(store, kept)
    rows = reader(store).page(EventQuery.parse([('status', asked)])).rows

    assert expected == numbers(rows)[::-1]
    assert expected == naive.answer(kept, AUDITOR, [('status', asked)])
