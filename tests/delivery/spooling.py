# SPDX-License-Identifier: Apache-2.0

"""A spool of a test's own, and a driver that can be away."""

import json
import subprocess
import sys
import textwrap
import threading
import time

from cadf_audit.delivery.spool.folder import SpoolConfig
from cadf_audit.delivery.spool.layout import writers
from cadf_audit.delivery.spool.reader import Found
from cadf_audit.delivery.spool.reader import Reader

PENDING = 'audit.http.request'
FINAL = 'audit.http.response'


def config(directory, **changes):
    """Return what an operator decided, in a directory that is there."""
    values = {
        'directory': directory,
        'mode': 0o700,
        'max_size': 64 * 1024 * 1024,
        'segment_size': 1024 * 1024,
        'segment_age': 3600,
        'power': False,
        'deny': False,
        'service': 'svc',
        'consumers': ('forward-fake',),
    }
    return SpoolConfig(**{**values, **changes})


def event(number, action='update', **more):
    """Return an event that tells its number."""
    return {
        'id': f'id-{number}',
        'action': action,
        'observer': {'id': 'target'},
        **more,
    }


def interact(delivery, *numbers):
    """Record both events of interactions."""
    for number in numbers:
        delivery.send(PENDING, event(number))
        delivery.send(FINAL, event(number, outcome='success'))


class FakeDriver:
    """A driver whose bus can be away, or hang."""

    def __init__(self):
        self.accepted = []
        self.refusals = 0
        self.error = None
        self.open = threading.Event()
        self.open.set()

    def notify(self, context, message, priority, retry):
        """Take a message, unless the bus is away."""
        self.open.wait(60)
        if self.error:
            self.refusals += 1
            raise self.error
        self.accepted.append(message)

    @property
    def taken(self):
        """Return what was accepted, as pairs of an id and a type."""
        return [
            (each['payload']['id'], each['event_type'])
            for each in self.accepted
        ]


def pairs(*numbers):
    """Return the ids and types of the events of whole interactions."""
    return [
        (f'id-{number}', kind)
        for number in numbers
        for kind in (PENDING, FINAL)
    ]


def wait_until(condition):
    """Return once a condition holds; fail if it does not within seconds."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def messages(folder):
    """Return the messages in the folder of a writer."""
    reader = Reader(folder)
    found = []
    while items := reader.read():
        found += [each for each in items if isinstance(each, Found)]
    reader.close()
    return [json.loads(each.message) for each in found]


def recorded(directory):
    """Return the ids and types of all events in a spool."""
    return [
        (each['payload']['id'], each['event_type'])
        for folder in writers(directory)
        for each in messages(folder)
    ]


PROLOGUE = """
from cadf_audit.delivery.spool.delivery import SpoolDelivery
import os, pathlib, sys
from tests.delivery.spooling import *

def folders():
    return [each for each in pathlib.Path(sys.argv[1]).iterdir()
            if each.name not in ('consumers', 'set-aside')]

delivery = SpoolDelivery(config(pathlib.Path(sys.argv[1])), None)
"""


def run(program, directory, *arguments):
    """Run a program in a process of its own; return what it printed."""
    done = subprocess.run(
        [
            sys.executable,
            *('-W', 'ignore', '-c', PROLOGUE + textwrap.dedent(program)),
            directory,
            *arguments,
        ],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout


def run_alone(program, *arguments):
    """Run a program in a process of its own, with nothing made for it."""
    subprocess.run(
        [sys.executable, '-c', textwrap.dedent(program), *arguments],
        check=False,
        timeout=60,
    )
