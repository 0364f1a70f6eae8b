# SPDX-License-Identifier: Apache-2.0

"""Arguments of any type in, a valid event out, and never an error."""

import string

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from cadf_audit.emitting import measurement
from tests.emitting.emitters import emitting


class Hostile:
    """An object that raises at whatever is asked of it."""

    def _raise(self, *args):
        raise ArithmeticError

    __eq__ = __hash__ = __str__ = __repr__ = __iter__ = __len__ = _raise
    __bool__ = __getitem__ = __int__ = _raise


class HostileMapping(dict):
    """A mapping that raises when it is read."""

    def _raise(self, *args):
        raise ArithmeticError

    keys = items = values = get = __iter__ = _raise


class HostileText(str):
    """A text with ideas of its own."""

    def _raise(self, *args):
        raise ArithmeticError

    __eq__ = encode = isascii = __len__ = __str__ = _raise
    __hash__ = str.__hash__


def nested():
    """Return a value that is deeper than JSON goes."""
    value = []
    for _ in range(100_000):
        value = [value]
    return value


CIRCLE = {}
CIRCLE['itself'] = CIRCLE

ODDITIES = [
    *(Hostile(), HostileMapping(id='x'), HostileText('update'), CIRCLE),
    *(nested(), b'bytes', object, 10**5000, float('nan'), float('inf')),
    *('\ud800', '\0', 'initiator', 'target', '', 'x' * 5000, '😀' * 2000),
]


def oddity(index):
    """Return one of the oddities; to show them in a report would raise."""
    return ODDITIES[index]


ODD = st.sampled_from(range(len(ODDITIES))).map(oddity)
ATOMS = st.none() | st.booleans() | st.integers() | st.text() | ODD
WORDS = st.sampled_from(
    [
        'create',
        'update/x',
        'compute/node',
        'storage',
        'success',
        'failure',
        'pending',
        'monitor',
        'control',
        'activity',
        'CLI',
        'API',
        'unknown',
    ]
)
NAMES = st.sampled_from(
    [
        'id',
        'typeURI',
        'name',
        'host',
        'addresses',
        'attachments',
        'credential',
        'address',
        'url',
        'reasonType',
        'reasonCode',
        'policyId',
        'reasonText',
        'metric',
        'unit',
        'result',
        'project_id',
        'password',
        'outcome',
    ]
)
VALUES = st.recursive(
    ATOMS | WORDS | st.uuids() | st.datetimes(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(NAMES | st.text(string.printable), inner, max_size=6)
        | st.dictionaries(st.integers() | st.uuids(), inner, max_size=2)
    ),
    max_leaves=12,
)
FACTS = st.dictionaries(
    st.sampled_from(
        [
            'reason',
            'measurements',
            'attachments',
            'tags',
            'endpoint',
            'observer',
            'request_id',
            'colour',
        ]
    ),
    VALUES,
)


@settings(max_examples=150, deadline=None)
@given(VALUES, VALUES, VALUES, VALUES, VALUES, FACTS)
def test_emit_takes_anything(action, target, initiator, outcome, kind, facts):
    """Whatever the arguments are, one valid event is sent."""
    with emitting() as (each, events):
        event_id = each.emit(action, target, initiator, outcome, kind, **facts)

    assert [event_id] == [event['id'] for event in events]


@settings(max_examples=150, deadline=None)
@given(ODD, ATOMS, ATOMS, ODD)
def test_measurement_takes_anything(name, result, unit, device):
    """What is measured of what may be anything; one valid event is sent."""
    with emitting() as (each, events):
        each.emit(
            'read',
            'n-1',
            kind='monitor',
            measurements=[
                measurement(name, result, unit),
                measurement('a', 1, device),
            ],
        )

    assert 1 == len(events)


@settings(max_examples=200, deadline=None)
@given(VALUES, VALUES, VALUES, FACTS, st.lists(VALUES, min_size=7, max_size=7))
def test_activity_takes_anything(action, target, kind, facts, said):
    """Whatever is said of it, an activity is two valid events of one id."""
    with (
        emitting() as (each, events),
        each.activity(action, target, kind=kind, **facts) as activity,
    ):
        activity.set_target(said[0])
        activity.set_outcome(said[1])
        activity.set_reason(said[2])
        activity.add_attachment(said[3], said[4])
        activity.add_tag(said[5], said[6])

    assert [activity.id] * 2 == [event['id'] for event in events]
    assert 'pending' == events[0]['outcome'] != events[1]['outcome']
