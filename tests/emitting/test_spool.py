# SPDX-License-Identifier: Apache-2.0

"""An emitter with a spool: what was begun has an end, whatever happens."""

import concurrent.futures
import errno
import json
import logging
import os
import random

import pytest

from cadf_audit import AuditMiddleware
from cadf_audit.delivery.spool.adoption import adopt
from cadf_audit.delivery.spool.counters import WRITE_ERROR
from cadf_audit.delivery.spool.layout import writers
from cadf_audit.delivery.spool.room import Room
from cadf_audit.emitting import resource
from tests.delivery.spool.parts import Disk
from tests.delivery.spool.parts import install
from tests.delivery.spooling import messages
from tests.delivery.spooling import run
from tests.emitting.emitters import emitter
from tests.emitting.emitters import NODE
from tests.harness import answer
from tests.harness import call
from tests.harness import environ
from tests.judge import assert_valid

BEGIN = """
from cadf_audit import Emitter
from cadf_audit.emitting import resource
import os, signal, sys, threading, time

NODE = resource('n-1', 'compute/node', 'rack 3')
emitter = Emitter(spool_dir=sys.argv[1], forwarder='none', service_name='svc')
"""


@pytest.fixture
def disk(monkeypatch):
    """Return a disk that can fail."""
    return install(monkeypatch, Disk())


def spooled(directory):
    """Return the events in a spool, all of them valid, in their order."""
    found = [
        each for folder in writers(directory) for each in messages(folder)
    ]
    for each in found:
        assert 'audit.event' == each['event_type']
        assert_valid(each['payload'])
    return [each['payload'] for each in found]


def told(events):
    """Return id, outcome and reason code of each event."""
    return [
        (
            each['id'],
            each['outcome'],
            each.get('reason', {}).get('reasonCode'),
        )
        for each in events
    ]


def test_killed_process_has_an_unknown_end(tmp_path):
    """Whoever adopts it ends what was open, with audit.event, once."""
    output = run(
        BEGIN
        + """
with emitter.activity('deploy', NODE) as done:
    emitter.emit('read', NODE)
with emitter.activity('deploy', NODE, tags={'job': '7'}) as activity:
    activity.add_tag('late', 'lost')
    print(done.id, activity.id, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
""",
        tmp_path,
    )
    done, killed = output.split()
    [folder] = writers(tmp_path)

    assert adopt(folder)
    assert adopt(folder)
    events = spooled(tmp_path)
    ends = [each for each in events if each['id'] == killed]
    assert [
        (killed, 'pending', None),
        (killed, 'unknown', 'worker ended'),
    ] == told(ends)
    assert ends[0]['tags'] == ends[1]['tags']
    assert [(done, 'pending', None), (done, 'success', None)] == told(
        [each for each in events if each['id'] == done]
    )
    assert 5 == len(events)


def test_activity_that_outlives_a_rotation_is_followed(tmp_path):
    """Its pending event is carried on, and its end is found."""
    run(
        BEGIN.replace('service_name', 'segment_size=65536, service_name')
        + """
with emitter.activity('deploy', NODE) as activity:
    for number in range(500):
        emitter.emit('update', NODE)
    os.kill(os.getpid(), signal.SIGKILL)
""",
        tmp_path,
    )
    [folder] = writers(tmp_path)
    adopt(folder)
    events = spooled(tmp_path)

    assert ['deploy'] == [
        e['action'] for e in events if e['outcome'] == 'unknown'
    ]
    assert 500 == sum(e['action'] == 'update' for e in events)


@pytest.mark.parametrize('seed', range(5))
def test_killed_at_any_moment(tmp_path, seed):
    """Each begun activity has one final event; no emit is kept in half."""
    seconds = random.Random(seed).uniform(0.01, 0.3)
    run(
        BEGIN
        + f"""
def work():
    while True:
        with emitter.activity('deploy', NODE):
            emitter.emit('read', NODE)

for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
time.sleep({seconds})
os.kill(os.getpid(), signal.SIGKILL)
""",
        tmp_path,
    )
    for folder in writers(tmp_path):
        adopt(folder)
    # A pending event is written again at a rotation.
    begun = {e['id'] for e in spooled(tmp_path) if e['outcome'] == 'pending'}
    ended = [
        e['id']
        for e in spooled(tmp_path)
        if e['action'] == 'deploy' and e['outcome'] != 'pending'
    ]

    assert begun
    assert sorted(begun) == sorted(ended)


def test_process_that_exits_within_the_block(tmp_path):
    """Of a thread that the exit stops, the end is unknown as well."""
    run(
        BEGIN
        + """
def work():
    with emitter.activity('deploy', NODE):
        begun.set()
        time.sleep(60)

begun = threading.Event()
threading.Thread(target=work, daemon=True).start()
begun.wait()
""",
        tmp_path,
    )
    [folder] = writers(tmp_path)
    adopt(folder)

    assert ['pending', 'unknown'] == [
        each['outcome'] for each in spooled(tmp_path)
    ]


def test_forked_processes_record_into_folders_of_their_own(tmp_path):
    """One emitter, made before the fork, serves parent and children."""
    run(
        BEGIN
        + """
emitter.emit('read', NODE)
children = []
for _ in range(3):
    child = os.fork()
    if not child:
        with emitter.activity('deploy', NODE):
            pass
        os._exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
emitter.emit('read', NODE)
""",
        tmp_path,
    )
    counts = sorted(len(messages(folder)) for folder in writers(tmp_path))
    spooled(tmp_path)

    assert [2, 2, 2, 2] == counts


def test_threads_share_a_writer(tmp_path):
    """Many threads at once lose nothing, and mix nothing up."""
    each = emitter(spool_dir=str(tmp_path), forwarder='none')

    def work(number):
        with each.activity('deploy', NODE) as activity:
            activity.set_target(resource(number, 'compute/node'))
            each.emit('read', NODE)
        return activity.id

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(work, range(200)))
    events = spooled(tmp_path)
    ends = {e['id']: e for e in events if 'reporterchain' in e}

    assert 600 == len(events)
    assert [str(n) for n in range(200)] == [
        ends[event_id]['target']['id'] for event_id in ids
    ]


def test_activity_that_could_not_begin_has_no_end(tmp_path, disk):
    """It is lost as a whole, counted once, and the block runs."""
    each = emitter(spool_dir=str(tmp_path), forwarder='none')
    each.emit('update', NODE)
    disk.fail('pwrite', errno.ENOSPC)
    with each.activity('deploy', NODE) as activity:
        disk.heal()
        ran = True
    each._delivery.close()
    events = spooled(tmp_path)

    assert ran
    assert 0 == each.errors
    assert activity.id not in {event['id'] for event in events}
    (loss,) = (e for e in events if e['eventType'] == 'monitor')
    assert 1 == loss['measurements'][0]['result']


def test_end_has_its_room_on_a_full_disk(tmp_path, disk):
    """A long final event is made short, and stays valid."""
    each = emitter(spool_dir=str(tmp_path), forwarder='none')
    with each.activity('deploy', NODE) as activity:
        activity.set_outcome('failure')
        activity.set_reason('\U0001f600' * 1000)
        for number in range(64):
            activity.add_attachment('long', f'{number:01000}')
        disk.fail('posix_fallocate', errno.ENOSPC)
        fill(each)
    pending, *others, final = spooled(tmp_path)

    assert {'update'} == {event['action'] for event in others}
    assert pending['id'] == final['id']
    assert 'failure' == final['outcome']
    assert ('\U0001f600' * 9 + '…') == final['reason']['reasonCode']
    assert 'attachments' not in final


def fill(each):
    """Emit until the writer has no room left."""
    lost = each._delivery._processes[os.getpid()].writer._losses
    while not lost.pending:
        each.emit('update', NODE)


@pytest.mark.parametrize('kind', ['activity', 'emit'])
def test_what_the_disk_never_took_is_counted(tmp_path, disk, kind):
    """With power, an event may wait for the disk, and the process may end."""
    each = emitter(
        spool_dir=str(tmp_path), forwarder='none', spool_durability='power'
    )
    each.emit('update', NODE)
    writer = each._delivery._processes[os.getpid()].writer
    for name in ('pwrite', 'posix_fallocate', 'fdatasync'):
        disk.fail(name, errno.EIO)
    if kind == 'emit':
        each.emit('update', NODE)
    else:
        each.activity('update', NODE).__enter__()
    each._delivery.close()

    assert 1 == writer._counters[WRITE_ERROR]


def test_reading_activity_that_is_shed_has_no_end(tmp_path, monkeypatch):
    """In a spool that runs full, what only reads is left out as a whole."""
    each = emitter(spool_dir=str(tmp_path), forwarder='none')
    monkeypatch.setattr(Room, 'shedding', lambda self: True)
    with each.activity('read', NODE):
        pass
    with each.activity('update', NODE):
        pass

    assert ['update', 'update'] == [e['action'] for e in spooled(tmp_path)]


def test_nothing_is_refused(tmp_path, disk):
    """With on_failure = deny the block runs, and what is lost counts as lost.

    There is no request that could be refused.
    """
    each = emitter(
        spool_dir=str(tmp_path), forwarder='none', on_failure='deny'
    )
    each.emit('update', NODE)
    disk.fail('pwrite', errno.EIO)
    with each.activity('update', NODE):
        disk.heal()
    each._delivery.close()
    (loss,) = (e for e in spooled(tmp_path) if e['eventType'] == 'monitor')

    assert 'write error' == loss['reason']['reasonCode']


def test_emitter_and_filter_share_a_spool(tmp_path):
    """Both of one process write into one directory, in folders of theirs."""
    options = {'spool_dir': str(tmp_path), 'forwarder': 'none'}
    call(AuditMiddleware(answer(), **options), environ())
    emitter(**options).emit('update', NODE)
    kinds = sorted(
        [each['event_type'] for each in messages(folder)]
        for folder in writers(tmp_path)
    )

    assert [
        ['audit.event'],
        ['audit.http.request', 'audit.http.response'],
    ] == kinds


def test_order_is_that_of_the_calls(tmp_path):
    """What a thread says one after the other stands so in the spool."""
    each = emitter(spool_dir=str(tmp_path), forwarder='none')
    ids = []
    for _ in range(20):
        ids.append(each.emit('update', NODE))
        with each.activity('deploy', NODE) as activity:
            ids.append(activity.id)
            ids.append(each.emit('read', NODE))
        ids.append(activity.id)

    assert ids == [event['id'] for event in spooled(tmp_path)]


def test_unfinished_activities_are_told_of(tmp_path, caplog):
    """Whoever adopts the process says how many had no end."""
    run(
        BEGIN
        + """
emitter.activity('deploy', NODE).__enter__()
os.kill(os.getpid(), signal.SIGKILL)
""",
        tmp_path,
    )
    [folder] = writers(tmp_path)
    with caplog.at_level(logging.WARNING):
        adopt(folder)

    assert 'ended within 1 of its requests or activities' in caplog.text
    assert json.loads((folder / 'adopted').read_text()) == 2
