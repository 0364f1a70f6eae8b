# SPDX-License-Identifier: Apache-2.0

"""Writers of a test's own, what they record, and what is read of it."""

import contextlib
import json
import os
import subprocess
import sys
import textwrap

from cadf_audit.delivery.spool import adoption
from cadf_audit.delivery.spool.counters import read_counters
from cadf_audit.delivery.spool.drain import Drain
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.reader import Found
from cadf_audit.delivery.spool.reader import Reader
from cadf_audit.delivery.spool.writer import Writer
from cadf_audit.notification import build_message
from tests.delivery.spooling import config
from tests.delivery.spooling import FINAL
from tests.delivery.spooling import PENDING

CONSUMER = 'forward-fake'

# Where thousands of files are made and synced, if there is such a place.
MEMORY = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None

_RESOURCE = {'id': 'r-1', 'typeURI': 'data/security/account', 'name': 'r'}


def pending(event_id, padding=''):
    """Return the message of a pending event, valid but for its id."""
    return _line(
        PENDING,
        {
            'typeURI': 'http://schemas.dmtf.org/cloud/audit/1.0/event',
            'eventType': 'activity',
            'id': event_id,
            'eventTime': '2026-11-20T04:49:35.184211+00:00',
            'action': 'update',
            'outcome': 'pending',
            'observer': {'id': 'target'},
            'initiator': _RESOURCE,
            'target': _RESOURCE,
            'requestPath': f'/{padding}',
        },
    )


def final(event_id, padding=''):
    """Return the message of a final event."""
    return _line(FINAL, {'id': event_id, 'requestPath': f'/{padding}'})


def other(event_id):
    """Return the message of an event that stands for itself."""
    return _line('audit.event', {'id': event_id})


def shorten(message):
    """Return a final event that is hardly longer than the pending one."""
    event_id = json.loads(message)['payload']['id']
    return _line(FINAL, {'id': event_id, 'short': 'yes'})


def _line(event_type, event):
    message = build_message('svc', event_type, event)
    return json.dumps(message, separators=(',', ':')).encode()


def make_writer(directory, **changes):
    """Return a writer in a directory that is there."""
    changes.setdefault('consumers', (CONSUMER,))
    return Writer(config(directory, **changes))


def begin_all(writer, padding=''):
    """Begin interactions until no more are taken; return their ids."""
    begun = []
    while True:
        event_id = f'fill-{len(begun)}'
        try:
            writer.begin(event_id, pending(event_id, padding), False)
        except OSError:
            return begun
        begun.append(event_id)


def count(writer, reason):
    """Return how often a writer has counted a loss."""
    return read_counters(writer.folder / layout.COUNTERS)[reason]


def interact(writer, *event_ids):
    """Record both events of interactions."""
    for event_id in event_ids:
        writer.begin(event_id, pending(event_id), False)
        writer.end(event_id, final(event_id), shorten)


def kinds(messages):
    """Return messages as pairs of the id of the event and its type."""
    return [
        (each['payload']['id'], each['event_type'])
        for each in map(json.loads, messages)
    ]


def pairs(*event_ids):
    """Return what whole interactions are, one after the other."""
    return [(each, kind) for each in event_ids for kind in (PENDING, FINAL)]


def losses(messages):
    """Return what the monitor events say: how many, of what, and why."""
    events = [json.loads(each)['payload'] for each in messages]
    return [
        (
            each['measurements'][0]['result'],
            each['measurements'][0]['metric']['unit'],
            each['reason']['reasonCode'],
        )
        for each in events
        if each.get('eventType') == 'monitor'
    ]


def read_items(folder, last=None):
    """Return all that is read in a folder now."""
    with contextlib.closing(Reader(folder)) as reader:
        items = []
        while more := reader.read(last):
            items += more
        return items


def records(folder, last=None):
    """Return the messages that are read in a folder, once each."""
    found = read_items(folder, last)
    assert all(isinstance(each, Found) for each in found)
    return once(each.message for each in found)


def once(messages):
    """Return messages without those that were there before."""
    return list(
        {json.loads(each)['message_id']: each for each in messages}.values()
    )


def drain(folder, consumer=CONSUMER):
    """Return all that a consumer gets, and let it pass it."""
    at_work = Drain.begin(folder, consumer)
    messages = []
    while due := at_work.read():
        for each in due:
            messages.append(each.message)
            at_work.advance(each.after)
    at_work.close()
    return messages


def die(writer):
    """Leave a writer as a kill leaves it."""
    writer.abandon()


def adopt_and_drain(folder, consumer=CONSUMER):
    """Return what is delivered of a writer that died."""
    assert adoption.adopt(folder)
    return drain(folder, consumer)


def segment_paths(folder):
    """Return the segments of a folder in their order."""
    return [
        folder / layout.segment_name(first)
        for first in layout.segments(folder)
    ]


def only_folder(directory):
    """Return the folder of the one writer there is."""
    (folder,) = layout.writers(directory)
    return folder


@contextlib.contextmanager
def process(program, *arguments):
    """Run a program until the end of the block; it may print a line first.

    :returns: the process, and what it has printed
    """
    command = [sys.executable, '-c', textwrap.dedent(program), *arguments]
    running = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield running, running.stdout.readline().strip()
    finally:
        running.stdin.close()
        running.kill()
        running.wait(60)
        running.stdout.close()


class Disk:
    """The module ``os`` with a disk that can fail.

    :param calls: the names of the calls that fail when :attr:`error` is set,
        each after so many times more
    """

    def __init__(self):
        self.plan = {}
        self.called = []

    def fail(self, name, error, after=0, times=10**9):
        """Let a call fail from some time on, and then for so many times."""
        self.plan[name] = [error, after, times]

    def heal(self):
        """Let nothing fail any more."""
        self.plan.clear()

    def __getattr__(self, name):
        real = getattr(os, name)
        if not callable(real) or isinstance(real, type):
            return real

        def call(*arguments, **named):
            self.called.append(name)
            plan = self.plan.get(name)
            if plan is not None:
                if plan[1] > 0:
                    plan[1] -= 1
                elif plan[2] > 0:
                    plan[2] -= 1
                    raise OSError(plan[0], os.strerror(plan[0]))
            return real(*arguments, **named)

        return call


MODULES = ('segment', 'journal', 'layout', 'counters', 'cursor')


def install(monkeypatch, disk):
    """Put a disk below the parts of the spool that write."""
    for name in MODULES:
        module = f'cadf_audit.delivery.spool.{name}.os'
        monkeypatch.setattr(module, disk, raising=False)
    return disk


@contextlib.contextmanager
def started_together(count, program, *arguments):
    """Run a program in many processes, until the end of the block.

    Each prints a line when it is ready, and then reads one to begin.

    :returns: the processes
    """
    with contextlib.ExitStack() as stack:
        running = []
        for _each in range(count):
            each = subprocess.Popen(
                [sys.executable, '-c', textwrap.dedent(program), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            stack.enter_context(each)
            stack.callback(each.kill)
            running.append(each)
        for each in running:
            each.stdout.readline()
        for each in running:
            each.stdin.write('go\n')
            each.stdin.flush()
        yield running
