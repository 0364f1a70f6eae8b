# SPDX-License-Identifier: Apache-2.0

"""The rules of a start go in; an event, if they are others, comes out."""

import contextlib
import json
import threading

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy import insert

from cadf_audit.clock import utc_now
from cadf_audit.policy.level import Level
from cadf_audit.policy.rule import Rule
from cadf_audit.trail.engine import writing
from cadf_audit.trail import keep_change
from cadf_audit.trail.keep_change import tell_change
from cadf_audit.trail.keeping import KeepPolicy
from cadf_audit.trail.schema import POLICIES
from tests.judge import assert_valid
from tests.trail.parts import rows

FIRST = KeepPolicy('/etc/first.yaml', [Rule(Level.NONE)], 'hash-1')
OTHER = KeepPolicy('/etc/other.yaml', [Rule(Level.NONE)] * 2, 'hash-2')


def told(store):
    """Return the action, the hash and the last one of each event."""
    events = [json.loads(row['event']) for row in rows(store)]
    for event in events:
        assert_valid(event)
    return [
        (
            event['action'],
            event['reason']['policyId'],
            event['attachments'][1]['content'],
        )
        for event in events
    ]


def test_each_change_is_an_event(store):
    """A start with other rules, or without them, is told of once."""
    starts = [None, FIRST, FIRST, OTHER, None, None, FIRST, OTHER, FIRST]
    changed = [tell_change(store, each) for each in starts]

    assert [
        ('enable', 'hash-1', 'none'),
        ('update', 'hash-2', 'hash-1'),
        ('disable', 'none', 'hash-2'),
        ('enable', 'hash-1', 'none'),
        ('update', 'hash-2', 'hash-1'),
        ('update', 'hash-1', 'hash-2'),
    ] == told(store)
    assert len(told(store)) == changed.count(True)


def test_what_the_event_says(store):
    """It is a decision about others, and names the file and its rules."""
    tell_change(store, OTHER)

    (row,) = rows(store)
    event = json.loads(row['event'])
    assert ('control', 'audit.event') == (row['kind'], row['event_type'])
    assert '/etc/other.yaml' == event['target']['name']
    assert {'rules': '2', 'last_policy': 'none'} == {
        each['name']: each['content'] for each in event['attachments']
    }


def test_start_that_is_stopped_before_it_remembers(store, monkeypatch):
    """The next one says the same, which is one event."""

    def die(*_):
        raise OperationalError('', {}, OSError())

    monkeypatch.setattr(keep_change, '_remember', die)
    with pytest.raises(OperationalError):
        tell_change(store, FIRST)
    monkeypatch.undo()
    tell_change(store, FIRST)
    tell_change(store, FIRST)

    assert [('enable', 'hash-1', 'none')] == told(store)


def test_two_collectors_that_remember_at_once(store):
    """The second one finds that it is done, and goes on."""
    with writing(store.engine) as connection:
        connection.execute(
            insert(POLICIES).values(
                name='collector', digest='hash-1', changed_time=utc_now()
            )
        )
        other = threading.Thread(
            target=keep_change._remember, args=(store, 'hash-1')
        )
        with watched_threads() as raised:
            other.start()
            other.join(0.5)
            waited = other.is_alive()
            connection.commit()
            other.join(30)

    assert waited
    assert [] == raised
    assert ['hash-1'] == [row['digest'] for row in rows(store, POLICIES)]


@contextlib.contextmanager
def watched_threads():
    """Note what threads raise."""
    raised = []
    hook, threading.excepthook = threading.excepthook, raised.append
    try:
        yield raised
    finally:
        threading.excepthook = hook


def test_two_collectors_that_start_at_once(store, monkeypatch):
    """They say the same, which is one event, and both remember it."""
    remember = keep_change._remember

    def slower(*arguments):
        monkeypatch.undo()
        tell_change(store, FIRST)
        remember(*arguments)

    monkeypatch.setattr(keep_change, '_remember', slower)
    tell_change(store, FIRST)

    assert [('enable', 'hash-1', 'none')] == told(store)
    assert not tell_change(store, FIRST)
