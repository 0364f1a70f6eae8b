# SPDX-License-Identifier: Apache-2.0

"""An emitter whose events are kept, and what a test mostly says of one."""

import contextlib

from cadf_audit import Emitter
from cadf_audit.emitting import resource
from tests.harness import event_log
from tests.judge import assert_valid

NODE = resource('n-1', 'compute/node', 'rack 3')


def emitter(**options):
    """Return an emitter with the log as way out."""
    return Emitter(**{'use_oslo_messaging': False, **options})


@contextlib.contextmanager
def emitting(**options):
    """Give an emitter and the list of its events, all of them valid."""
    events = []
    with event_log() as log:
        yield emitter(**options), events
    for message in log.messages:
        assert 'audit.event' == message['event_type']
        assert_valid(message['payload'])
        events.append(message['payload'])


def emitted(*args, **facts):
    """Return the one event of a call of emit."""
    with emitting() as (each, events):
        event_id = each.emit(*args, **facts)
    (event,) = events

    assert event_id == event['id']

    return event
