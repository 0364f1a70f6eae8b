# SPDX-License-Identifier: Apache-2.0

"""A message that nobody can keep is a dead letter, and stops no other one."""

import sys

import pytest
from sqlalchemy.exc import DataError

from cadf_audit.notification import RESPONSE_EVENT
from cadf_audit.trail import collector as collecting
from cadf_audit.trail.collector import Collector
from cadf_audit.trail.schema import DEAD_LETTERS
from cadf_audit.trail.store import Stored
from tests.trail.parts import ended
from tests.trail.parts import event
from tests.trail.parts import ids
from tests.trail.parts import notification
from tests.trail.parts import pair
from tests.trail.parts import rows
from tests.trail.parts import trail
from tests.trail.test_collector import FakeSource


def test_row_that_the_database_refuses(store, monkeypatch):
    """It is a dead letter, and nothing of its batch waits for it."""
    ingest = store.ingest

    def refuse(batch):
        if any(row['id'] == 'bad' for row in batch.rows):
            raise DataError('INSERT', {}, ValueError('no'))
        return ingest(batch)

    monkeypatch.setattr(store, 'ingest', refuse)
    messages = [ended(f'e-{number}') for number in range(7)]
    messages.insert(3, ended('bad'))

    stored = Collector(FakeSource(*messages), store).step(0)

    assert Stored(7, 0, 0, 1) == stored
    assert [f'e-{number}' for number in range(7)] == ids(store)
    (letter,) = rows(store, DEAD_LETTERS)
    assert 'the database refuses it: ValueError' == letter['reason']


@pytest.mark.parametrize('step', ['decode', 'read'])
def test_message_over_which_we_fail(store, monkeypatch, step):
    """It is a dead letter, and nothing that comes after waits for it."""
    right = getattr(collecting, step)

    def fail(thing):
        if b'bad' in (thing if step == 'decode' else thing.text.encode()):
            raise RecursionError('of secret depth')
        return right(thing)

    monkeypatch.setattr(collecting, step, fail)
    bad = ended('bad')
    source = FakeSource(*pair('a'), bad, *pair('b'))

    Collector(source, store).step(0)

    assert ([(1, 'a'), (2, 'b')], []) == trail(store)
    (letter,) = rows(store, DEAD_LETTERS)
    assert bad == letter['message']
    assert 'it cannot be read: RecursionError' == letter['reason']


def test_event_that_is_nested_as_deeply_as_can_be_read(sqlite_store):
    """What is a little too deep for one step of it keeps nothing back."""
    path = '"requestPath": "/v1/nodes/n-1"'
    text = notification(event('deep'), RESPONSE_EVENT)
    source = FakeSource(
        *(
            text.replace(path, f'"requestPath": {"[" * n}{"]" * n}').encode()
            for n in range(sys.getrecursionlimit())[-200:]
        ),
        *pair('last'),
    )

    Collector(source, sqlite_store).step(0)

    assert ['deep', 'last'] == ids(sqlite_store)
