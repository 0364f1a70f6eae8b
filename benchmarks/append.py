# SPDX-License-Identifier: Apache-2.0

"""A way to keep records on the disk in; how many a second it keeps out.

Each of many threads goes on when its record would survive a power cut. The
bare way does no more than that takes: it appends a line that was made
before, and one thread syncs for all that wait. The others are ours: the
spool is handed the events of requests, the filter the requests themselves.
"""

import argparse
import json
import os
from pathlib import Path
import threading
import time

from cadf_audit.delivery.encoding import encode
from cadf_audit.identifier import new_id
from cadf_audit.middleware.factory import build_delivery
from cadf_audit.middleware.settings import load_settings
from cadf_audit.notification import build_message
from cadf_audit.notification import REQUEST_EVENT
from cadf_audit.notification import RESPONSE_EVENT

from interaction import build
from interaction import prepare
from interaction import send
from interaction import take_priority
from interaction import typical_requests
from interaction import WAYS_OUT
from stages import sample_event

SERVICES = 12
# What a line of the spool has around its message.
FRAME = b'{"seq":1000000,"crc":"00000000","message":%b}\n'


class GroupCommit:
    """Appends lines to a file, one sync for all threads that wait.

    :param path: the file
    """

    def __init__(self, path):
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._lock = threading.Lock()
        self._syncing = threading.Lock()
        self._group = Group()

    def append(self, line):
        """Return when the disk has a line."""
        with self._lock:
            os.write(self._file, line)
            group = self._group
            leads, group.has_leader = not group.has_leader, True
        if not leads:
            with group.gate:
                return
        with self._syncing:
            with self._lock:
                self._group = Group()
            os.fdatasync(self._file)
        group.gate.release()


class Group:
    """Threads that wait for the same sync."""

    def __init__(self):
        self.gate = threading.Lock()
        self.gate.acquire()
        self.has_leader = False


def bare(directory):
    """Return a function that keeps two lines without a spool."""
    pending, final = (
        FRAME % encode(build_message('benchmark', event_type, event)).encode()
        for event_type, event in sample_events().items()
    )
    files = GroupCommit(directory / 'bare')

    def keep():
        files.append(pending)
        files.append(final)

    return keep


def spool(directory, way_out='power'):
    """Return a function that hands two events to the spool."""
    events = sample_events()
    delivery = build_delivery(
        load_settings(
            WAYS_OUT[way_out] | {'spool_dir': str(directory / 'spool')}
        )
    )

    own = threading.local()

    def keep():
        if not hasattr(own, 'pending'):
            # A thread has one request at a time, with an id of its own.
            own.pending = dict(events[REQUEST_EVENT], id=new_id())
            own.final = own.pending | {
                name: events[RESPONSE_EVENT][name]
                for name in ('outcome', 'reason', 'reporterchain')
            }
        delivery.send(REQUEST_EVENT, own.pending)
        delivery.send(RESPONSE_EVENT, own.final)

    return keep


def whole_filter(directory):
    """Return a function that sends a request through the filter."""
    app = build('cadf_audit', 'power', spool_dir=str(directory / 'filter'))
    requests = typical_requests(SERVICES)
    return lambda: send(app, requests, 1)


def sample_events():
    """Return the two events of a request, by event type."""
    final = sample_event()
    pending = dict(final, outcome='pending')
    for name in 'reason', 'reporterchain':
        del pending[name]
    return {REQUEST_EVENT: pending, RESPONSE_EVENT: final}


WAYS = {'bare': bare, 'spool': spool, 'filter': whole_filter}


def rate(keep, threads, seconds):
    """Return how many records the threads keep in a second."""
    counts = [0] * threads
    ready = threading.Barrier(threads + 1)
    over = threading.Event()

    def work(number):
        ready.wait()
        while not over.is_set():
            keep()
            counts[number] += 2

    workers = [
        threading.Thread(target=work, args=(number,))
        for number in range(threads)
    ]
    for worker in workers:
        worker.start()
    ready.wait()
    begin = time.perf_counter()
    time.sleep(seconds)
    done = sum(counts)
    took = time.perf_counter() - begin
    over.set()
    for worker in workers:
        worker.join()
    return done / took


def main():
    """Let the ways take turns; print the records a second of each turn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('directory', type=Path)
    parser.add_argument('--threads', type=int, default=32)
    parser.add_argument('--seconds', type=float, default=0.5)
    parser.add_argument('--rounds', type=int, default=15)
    args = parser.parse_args()
    prepare(os.devnull)
    take_priority()
    keeps = {way: begin(args.directory) for way, begin in WAYS.items()}
    rates = {way: [] for way in keeps}
    for keep in keeps.values():
        keep()
    for _round in range(args.rounds):
        # Short turns: a busy moment of the machine meets all ways.
        for way, keep in keeps.items():
            rates[way].append(rate(keep, args.threads, args.seconds))
    print(json.dumps(rates))


if __name__ == '__main__':
    main()
