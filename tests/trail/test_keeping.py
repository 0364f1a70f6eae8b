# SPDX-License-Identifier: Apache-2.0

"""Events and rules go in; the trail has what the rules keep."""

from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.notification import OTHER_EVENT
from cadf_audit.policy.level import Level
from cadf_audit.policy.rule import Condition
from cadf_audit.policy.rule import Rule
from cadf_audit.trail.collector import Collector
from cadf_audit.trail.collector import sort
from cadf_audit.trail.keeping import Keeping
from cadf_audit.trail.keeping import KeepPolicy
from cadf_audit.trail import purge
from cadf_audit.trail.retention import retain
from cadf_audit.trail.schema import LEFT_OUT
from cadf_audit.trail.schema import OBSERVERS
from cadf_audit.trail.schema import PENDING
from cadf_audit.trail.schema import SOURCES
from cadf_audit.trail.store import Stored
from tests.trail.parts import begun
from tests.trail.parts import empty
from tests.trail.parts import ended
from tests.trail.parts import event
from tests.trail.parts import ids
from tests.trail.parts import message
from tests.trail.parts import pair
from tests.trail.parts import rows
from tests.trail.parts import trail
from tests.trail.test_collector import FakeSource


def keeping(**conditions):
    """Return what leaves out the events of which all of this holds."""
    found = {key: Condition((value,)) for key, value in conditions.items()}
    return Keeping(KeepPolicy('p.yaml', [Rule(Level.NONE, found)], 'hash'))


NO_READS = keeping(action='read')


def read(event_id):
    """Return both messages of an interaction that is left out."""
    return [
        begun(event_id, action='read/list'),
        ended(event_id, action='read/list'),
    ]


def ingest(store, *messages, rules=NO_READS):
    """Keep what rules keep of messages, as one batch."""
    return store.ingest(sort('tests', list(messages), rules))


def test_what_is_left_out_is_counted(store):
    """It is no row, waits for nothing, and has no sequence."""
    stored = ingest(store, *pair('a'), *read('b'), *pair('c'))

    assert Stored(2, 0, 0, 0, 1) == stored
    assert ([(1, 'a'), (2, 'c')], []) == trail(store)
    (source,) = rows(store, SOURCES)
    assert (2, 1, 0) == tuple(
        source[name] for name in ('events', 'left_out', 'duplicates')
    )


def test_end_in_a_later_batch_ends_what_waits(store):
    """What has begun waits until its end is left out."""
    first = ingest(store, read('a')[0])
    waiting = ids(store, PENDING)
    second = ingest(store, read('a')[1])

    assert ['a'] == waiting
    assert ([], []) == trail(store)
    assert (Stored(0, 1, 0, 0), Stored(0, 0, 0, 0, 1)) == (first, second)


def test_beginning_that_comes_after_its_end(store):
    """It does not wait: its end was there, and was left out."""
    ingest(store, read('a')[1])
    late = ingest(store, read('a')[0])

    assert ([], []) == trail(store)
    assert Stored(0, 0, 1, 0) == late


def test_delivered_again(store):
    """What was left out once is a duplicate, and is counted once."""
    ingest(store, *read('a'), *pair('b'))
    again = ingest(store, *read('a'), *pair('b'))

    assert Stored(0, 0, 4, 0) == again
    assert ([(1, 'b')], []) == trail(store)


def test_what_is_a_row_stays_one(store):
    """Rules are about what comes, and take nothing away."""
    ingest(store, *read('a'), rules=None)
    stored = ingest(store, *read('a'))

    assert ([(1, 'a')], []) == trail(store)
    assert Stored(0, 0, 2, 0) == stored
    assert [] == rows(store, LEFT_OUT)


def test_what_was_left_out_is_kept_if_rules_change(store):
    """A redelivery after that is judged by the rules of the day."""
    ingest(store, *read('a'))
    ingest(store, *read('a'), rules=None)

    assert ([(1, 'a')], []) == trail(store)


def test_two_ends_of_one_event(store):
    """What one of them says is kept, if rules keep it."""
    ingest(store, *read('a'), ended('a', outcome='failure', action='update'))

    assert ([(1, 'a')], []) == trail(store)
    assert [] == rows(store, LEFT_OUT)


def test_observers_of_what_is_left_out_were_heard(store):
    """Nobody seems to be silent whose events are not kept."""
    ingest(store, *read('a'))

    (observer,) = rows(store, OBSERVERS)
    (source,) = rows(store, SOURCES)
    assert 'svc' == observer['publisher_id']
    assert source['event_time'] == observer['event_time']


def test_beginning_behind_its_end_in_one_batch():
    """It is known to be over, and is not read."""
    batch = sort('tests', read('a')[::-1], NO_READS)

    assert ['a'] == batch.paired


@pytest.mark.parametrize('event_id', ['a', 'é', 'x' * 600])
def test_no_rule_is_asked_of_what_has_only_begun(event_id):
    """How it ends is not known, whatever it is called."""
    everything = Keeping(KeepPolicy('p.yaml', [Rule(Level.NONE)], 'hash'))
    batch = sort('tests', [begun(event_id)], everything)

    assert ([], 1) == (batch.left_out, len(batch.rows))


@pytest.mark.parametrize(
    ('changes', 'event_type'),
    [
        ({'eventType': 'control'}, OTHER_EVENT),
        (
            {
                'eventType': 'monitor',
                'reason': {'reasonType': 'cadf_audit', 'reasonCode': 'x'},
            },
            OTHER_EVENT,
        ),
    ],
)
def test_what_no_rule_leaves_out(store, changes, event_type):
    """Decisions about policies, and losses, are always kept."""
    everything = Keeping(KeepPolicy('p.yaml', [Rule(Level.NONE)], 'hash'))
    told = message(event('a', **changes), event_type)
    ingest(store, told, *pair('b'), rules=everything)

    assert ['a'] == ids(store)


@pytest.mark.parametrize(
    'changes',
    [
        {'reason': ['no object'], 'eventType': 'monitor'},
        {'reason': {'reasonCode': 404}},
        {'reason': {'reasonCode': ['4xx']}},
        {'requestPath': '/v1/%ff/%00/\u20ac?x=%'},
        {'requestPath': {'no': 'text'}},
        {'initiator': {'id': '', 'host': {'address': 'nowhere'}}},
        {'target': {'id': 't'}},
        {'eventType': None},
    ],
)
def test_odd_events_are_kept(sqlite_store, changes, caplog):
    """What no rule is about is kept, whatever it holds."""
    rules = keeping(
        path='/v2/**',
        network='10.0.0.0/8',
        status='503',
        user='nobody',
        target_type='storage',
    )
    stored = ingest(
        sqlite_store,
        message(event('a', **changes), OTHER_EVENT),
        rules=rules,
    )

    assert Stored(1, 0, 0, 0) == stored
    assert [] == caplog.messages


@pytest.mark.parametrize(
    ('conditions', 'changes'),
    [
        ({'status': '404'}, {'reason': {'reasonCode': '404'}}),
        ({'status': '4xx'}, {'reason': {'reasonCode': 404}}),
        ({'outcome': 'failure'}, {'outcome': 'failure'}),
        ({'path': '/v1/a b'}, {'requestPath': '/v1/a%20b?q=1'}),
        ({'path': '/v1/é'}, {'requestPath': '/v1/é'}),
        ({'path': '/v1/é'}, {'requestPath': '/v1/%C3%A9'}),
        ({'user': 'admin'}, {}),
        ({'user': 'u-1'}, {}),
        ({'project': 'p-1'}, {}),
        ({'network': '192.0.2.0/24'}, {}),
        ({'target_type': 'compute/baremetal'}, {}),
        ({'observer': 'nova'}, {'observer': {'id': 'o', 'name': 'nova'}}),
        ({'observer': 'o'}, {'observer': {'id': 'o', 'name': 'nova'}}),
        ({'observer': 'n1'}, {'observer': {'id': 'target'}}),
        ({'observer': 'admin'}, {'observer': {'id': 'initiator'}}),
        ({'observer': 'o'}, {'observer': None, 'observerId': 'o'}),
        ({'user': 'u-7'}, {'initiator': None, 'initiatorId': 'u-7'}),
    ],
)
def test_where_rules_find_what_they_ask_for(sqlite_store, conditions, changes):
    """Each key of a rule is a member of the event."""
    stored = ingest(
        sqlite_store,
        message(event('a', **changes)),
        rules=keeping(**conditions),
    )

    assert 1 == stored.left_out


@pytest.mark.parametrize(
    'path', ['/' * 600, f'/{"x/" * 300}', f'/v1?{"q" * 600}']
)
def test_rules_see_all_of_a_path(sqlite_store, path):
    """Nobody is left out by a rule for having made the path a long one."""
    rules = Keeping(
        KeepPolicy(
            'p.yaml',
            [
                Rule(Level.METADATA, {'path': Condition(('/**/secrets',))}),
                Rule(Level.NONE, {'path': Condition(('/v1',), negated=True)}),
            ],
            'hash',
        )
    )
    stored = ingest(
        sqlite_store,
        message(event('a', requestPath=f'{path}/secrets')),
        rules=rules,
    )

    assert 1 == stored.events


class Broken(Keeping):
    """Rules that cannot be asked."""

    def __init__(self):
        self._keep = None


def test_rule_that_cannot_be_asked_leaves_out_nothing(sqlite_store, caplog):
    """The event is kept, and the log says why."""
    stored = ingest(sqlite_store, *pair('a'), rules=Broken())

    assert Stored(1, 0, 0, 0) == stored
    assert 'no rule could be asked: AttributeError' in caplog.text


def test_collector_asks_its_rules(sqlite_store):
    """What it reports is what became of the messages."""
    collector = Collector(
        FakeSource(*read('a'), *pair('b')), sqlite_store, NO_READS
    )
    stored = collector.step(0)

    assert Stored(1, 0, 0, 0, 1) == stored == collector.stored
    assert ['b'] == ids(sqlite_store)


def test_ids_are_forgotten_when_nothing_comes_again(store, monkeypatch):
    """They are kept for days, and not for ever, as events may be."""
    ingest(store, *read('a'))
    retain(store, 0)
    kept = ids(store, LEFT_OUT)
    monkeypatch.setattr(purge, 'REDELIVERY', -purge.REDELIVERY)
    retain(store, 0)

    assert (['a'], []) == (kept, ids(store, LEFT_OUT))


deliveries = st.lists(
    st.tuples(st.sampled_from('abcd'), st.booleans()), max_size=12
)


@given(batches=st.lists(deliveries, max_size=4))
@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_order_and_any_redelivery(sqlite_store, batches):
    """Each end is a row or left out, once; and each message is counted."""
    empty(sqlite_store)
    store = sqlite_store
    messages = {
        (name, is_end): (ended if is_end else begun)(
            name, action='read' if name in 'ab' else 'update'
        )
        for name in 'abcd'
        for is_end in (True, False)
    }
    for batch in batches:
        ingest(store, *(messages[each] for each in batch))

    every = [each for batch in batches for each in batch]
    ends = {name for name, is_end in every if is_end}
    assert ends & {*'cd'} == {*ids(store)}
    assert ends & {*'ab'} == {*ids(store, LEFT_OUT)}
    assert {name for name, _ in every} - ends == {*ids(store, PENDING)}
    for source in rows(store, SOURCES):
        # Whatever began before its end, in another batch, waited.
        assert source['events'] == len(ids(store))
        assert source['left_out'] == len(ids(store, LEFT_OUT))
