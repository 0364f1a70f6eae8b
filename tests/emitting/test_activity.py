# SPDX-License-Identifier: Apache-2.0

"""A block of code in, two events of one id out, however the block ends."""

import asyncio
import concurrent.futures
import os
import sys

import pytest

from cadf_audit.emitting import measurement
from cadf_audit.emitting import resource
from tests.emitting.emitters import emitter
from tests.emitting.emitters import emitting
from tests.emitting.emitters import NODE
from tests.emitting.test_any_arguments import Hostile


class OurError(Exception):
    """What a block raises; its text may hold a secret."""


class SecretiveType(type):
    """A class that does not tell what it is called."""

    def __getattribute__(cls, name):
        """Return anything but that."""
        if name in ('__qualname__', '__module__'):
            raise ArithmeticError
        return super().__getattribute__(name)


class SecretiveError(Exception, metaclass=SecretiveType):
    """An exception of such a class."""


class OddlyPlacedError(Exception):
    """An exception of a module that nobody can write down."""

    __module__ = 'a\ud800'


def outcomes(events):
    """Return outcome and reason code of each event."""
    return [
        (each['outcome'], each.get('reason', {}).get('reasonCode'))
        for each in events
    ]


def test_block_is_a_pending_and_a_final_event():
    """Both have the id of the activity, and differ in outcome and chain."""
    with (
        emitting() as (each, events),
        each.activity('deploy', NODE, tags={'job': '7'}) as activity,
    ):
        pass
    pending, final = events
    (step,) = final['reporterchain']

    assert activity.id == pending['id'] == final['id']
    assert [('pending', None), ('success', None)] == outcomes(events)
    assert ('modifier', pending['observer']) == (
        step['role'],
        step['reporter'],
    )
    assert pending == {
        name: value
        for name, value in (final | {'outcome': 'pending'}).items()
        if name != 'reporterchain'
    }


def test_reporter_is_the_observer_by_its_name():
    """Where an observer runs is said of it once, or pycadf loses it."""
    observer = resource('o-1', 'service', 'rack', host='192.0.2.1', rack='7')
    with (
        emitting() as (each, events),
        each.activity('deploy', NODE, observer=observer),
    ):
        pass
    (step,) = events[1]['reporterchain']

    assert {'address': '192.0.2.1'} == events[1]['observer']['host']
    assert {'id': 'o-1', 'typeURI': 'service', 'name': 'rack'} == (
        step['reporter']
    )


def test_pending_event_is_there_when_the_block_begins():
    """The pending event is sent before the first line of the block."""
    each = emitter()
    sent = []
    each._delivery = Recorder(sent)
    with each.activity('deploy', NODE):
        before = list(sent)

    assert [('pending', False)] == before
    assert [('pending', False), ('success', True)] == sent


class Recorder:
    """A way out that notes what it is told."""

    def __init__(self, sent):
        self._sent = sent

    def send(self, event_type, event, ends=False):
        """Note the outcome, and whether it is an end."""
        self._sent.append((event['outcome'], ends))


@pytest.mark.parametrize(
    ('error', 'outcome'),
    [
        (
            OurError('hunter2'),
            ('failure', 'tests.emitting.test_activity.OurError'),
        ),
        (ValueError('hunter2'), ('failure', 'ValueError')),
        (KeyboardInterrupt(), ('failure', 'KeyboardInterrupt')),
        (
            asyncio.CancelledError(),
            ('failure', 'asyncio.exceptions.CancelledError'),
        ),
        (SystemExit(2), ('failure', 'SystemExit')),
        (SystemExit('no such node'), ('failure', 'SystemExit')),
        (SystemExit(0), ('success', None)),
        (SystemExit(), ('success', None)),
        (SystemExit(False), ('success', None)),
        # Python ends with 1 there.
        (SystemExit(''), ('failure', 'SystemExit')),
        (SystemExit(Hostile()), ('failure', 'SystemExit')),
        (OddlyPlacedError(), ('failure', 'a?.OddlyPlacedError')),
        (GeneratorExit(), ('unknown', 'GeneratorExit')),
    ],
)
def test_exception_passes_and_decides(error, outcome):
    """It is raised as it was, and its class, not its text, is the reason."""
    with (
        emitting() as (each, events),
        pytest.raises(type(error)) as caught,
        each.activity('deploy', NODE),
    ):
        raise error

    assert error is caught.value
    assert 0 == each.errors
    assert outcome == outcomes(events)[1]
    assert 'hunter2' not in str(events)


def test_exception_whose_class_tells_nothing():
    """It is passed on as it was, and the block has failed all the same."""
    with emitting() as (each, events):
        try:
            with each.activity('deploy', NODE):
                raise SecretiveError
        except Exception as exc:
            # Whoever reports a failure of a test asks it for its name.
            passed = type(exc) is SecretiveError

    assert passed
    assert ('failure', 'unknown') == outcomes(events)[1]


def test_generator_that_nobody_exhausts_is_unknown():
    """A block that is left through the close of its generator has an end."""

    def work(each):
        with each.activity('deploy', NODE):
            yield

    with emitting() as (each, events):
        steps = work(each)
        next(steps)
        steps.close()

    assert ['pending', 'unknown'] == [each['outcome'] for each in events]


def test_facts_are_added_in_between():
    """What is said within the block stands in the final event only."""
    with (
        emitting() as (each, events),
        each.activity('create', NODE, attachments={'first': 1}) as activity,
    ):
        activity.set_target(resource('n-2', 'compute/node', 'new'))
        activity.add_attachment('second', {'a': 2})
        activity.add_attachment('password', 'hunter2')
        activity.add_tag('job', '7')
        activity.set_outcome('failure')
        activity.set_reason('no disk')
    pending, final = events

    assert 'n-1' == pending['target']['id']
    assert ['first'] == [each['name'] for each in pending['attachments']]
    assert {'id': 'n-2', 'typeURI': 'compute/node', 'name': 'new'} == (
        final['target']
    )
    assert [('first', '1'), ('second', '{"a":2}'), ('password', '***')] == [
        (each['name'], each['content']) for each in final['attachments']
    ]
    assert 'job?value=7' in final['tags']
    assert ('failure', 'no disk') == outcomes(events)[1]


def test_misuse_leaves_the_target_as_it_was(caplog):
    """A target without an id replaces none; a senseless outcome is unknown."""
    with emitting() as (each, events), each.activity('deploy', NODE) as block:
        block.set_target(None)
        block.set_outcome('done')

    assert events[0]['target'] == events[1]['target']
    assert 'unknown' == events[1]['outcome']
    assert 'the target has no id' in caplog.text


def test_exception_wins_over_what_was_said():
    """A block that says success and raises has failed, for its reason."""

    def work(each):
        with each.activity('deploy', NODE) as activity:
            activity.set_outcome('success')
            activity.set_reason('out of disks')
            raise OurError

    with emitting() as (each, events), pytest.raises(OurError):
        work(each)

    assert ('failure', 'out of disks') == outcomes(events)[1]


def test_what_comes_too_late_is_a_warning(caplog):
    """After the block, and in a second one, nothing is recorded."""
    with emitting() as (each, events):
        with each.activity('deploy', NODE) as activity:
            pass
        activity.set_outcome('failure')
        with activity:
            pass

    assert [('pending', None), ('success', None)] == outcomes(events)
    assert f'after its end of the activity {activity.id}' in caplog.text
    assert 'begin twice of the activity' in caplog.text
    assert 'test_activity.py, line ' in caplog.text


def test_activity_adds_a_bounded_number_of_facts(caplog):
    """The 65th tag is left out, and a warning says so."""
    with (
        emitting() as (each, events),
        each.activity('deploy', NODE) as activity,
    ):
        for number in range(65):
            activity.add_tag('n', number)

    assert 1 + 64 == len(events[1]['tags'])
    assert 'adds at most 64 tags' in caplog.text


@pytest.mark.parametrize(
    ('kind', 'facts'),
    [
        ('control', {'reason': 'policy'}),
        ('monitor', {'measurements': [measurement('a', 1, 'b')]}),
    ],
)
def test_activity_of_another_kind(kind, facts):
    """Both events have the kind, and what it needs."""
    with (
        emitting() as (each, events),
        each.activity('allow', NODE, kind=kind, **facts),
    ):
        pass

    assert [kind] * 2 == [each['eventType'] for each in events]


def test_activities_within_each_other_and_in_threads():
    """Each has its own id, its own end and its own facts."""
    with emitting() as (each, events):

        def work(number):
            with each.activity('deploy', NODE) as outer:
                with each.activity('start', NODE) as inner:
                    inner.add_tag('n', number)
                outer.add_tag('n', number)
            return outer.id, inner.id

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            ids = list(pool.map(work, range(50)))
    finals = {e['id']: e for e in events if e['outcome'] == 'success'}

    assert 200 == len(events)
    for number, pair in enumerate(ids):
        for event_id in pair:
            both = [e['outcome'] for e in events if e['id'] == event_id]
            assert ['pending', 'success'] == both
            assert f'n?value={number}' == finals[event_id]['tags'][-1]


def test_child_that_leaves_through_the_block_ends_nothing():
    """Of a fork within the block, only the parent writes the final event."""
    with emitting() as (each, events):
        read, write = os.pipe()
        with each.activity('deploy', NODE) as activity:
            child = os.fork()
            if not child:
                each._delivery = Pipe(write)
                activity.__exit__(None, None, None)
                os._exit(0)
            os.waitpid(child, 0)
        os.close(write)
        told = os.read(read, 1)
        os.close(read)

    assert b'' == told
    assert [('pending', None), ('success', None)] == outcomes(events)


class Pipe:
    """A way out that tells the parent process of what it was given."""

    def __init__(self, file):
        self._file = file

    def send(self, event_type, event, ends=False):
        """Tell of an event."""
        os.write(self._file, b'x')


def test_block_that_returns_early_succeeds():
    """Return, break and continue are no exceptions."""

    def work(each):
        for _ in range(2):
            with each.activity('deploy', NODE):
                continue
        with each.activity('start', NODE):
            return sys.exception()

    with emitting() as (each, events):
        work(each)

    assert ['pending', 'success'] * 3 == [e['outcome'] for e in events]
