# SPDX-License-Identifier: Apache-2.0

"""What cannot be kept as an event is kept as it came, until it can be."""

import tracemalloc

import pytest
from sqlalchemy.exc import DataError

from cadf_audit.clock import utc_now
from cadf_audit.trail import collector
from cadf_audit.trail.dead_letters import list_letters
from cadf_audit.trail.dead_letters import read_letter
from cadf_audit.trail.dead_letters import replay
from cadf_audit.trail.decoding import Undecodable
from cadf_audit.trail.schema import DEAD_LETTERS
from cadf_audit.trail.schema import PENDING
from cadf_audit.trail.schema import SOURCES
from tests.trail.parts import begun
from tests.trail.parts import ended
from tests.trail.parts import ids
from tests.trail.parts import ingest
from tests.trail.parts import message
from tests.trail.parts import pair
from tests.trail.parts import rows
from tests.trail.parts import trail

ANYTHING = {
    'nothing': b'',
    'NULs': bytes(range(256)) * 4,
    'an event without an id': ended(''),
    'a broken end': ended('a')[:-1],
    'no time': ended('a', eventTime='a\0\ud800'),
    'a name that is odd': b'{"a\xf0\x9f\x98\x80\\ud800": [1, }',
    'nested': b'{"payload":' + 100_000 * b'[',
    'megabytes': 50 * 1024 * 1024 * b'x',
}


def undecodable_letters(monkeypatch, reason='the reader is old'):
    """Have no message be understood."""

    def decode(body):
        raise Undecodable(reason)

    monkeypatch.setattr(collector, 'decode', decode)


@pytest.mark.parametrize('body', ANYTHING.values(), ids=ANYTHING.keys())
def test_bytes_are_kept(store, body):
    """A dead letter is kept to the byte, and keeps back nothing else."""
    ingest(store, *pair('before'), body, *pair('after'), source='bus')

    (letter,) = list_letters(store.engine, 10)

    assert ['before', 'after'] == ids(store)
    assert body == read_letter(store.engine, letter.number)
    assert (len(body), body[:200]) == (letter.size, letter.start)
    assert 'bus' == letter.source
    assert letter.reason
    assert 60 > (utc_now() - letter.received_time).total_seconds()


def test_one_letter_for_each_message(store):
    """A message that comes again is no second dead letter."""
    ingest(store, b'one', b'one', b'two')
    ingest(store, b'two', b'one', source='other')
    ingest(store, b'three')

    assert [b'one', b'two', b'three'] == [
        bytes(row['message']) for row in rows(store, DEAD_LETTERS)
    ]


def test_list(store):
    """Dead letters are listed from the oldest on, as many as are asked for."""
    ingest(store, *(f'letter {number}'.encode() for number in range(5)))

    first = list_letters(store.engine, 2)

    assert [b'letter 0', b'letter 1'] == [each.start for each in first]
    assert 5 == len(list_letters(store.engine, 100))
    assert [] == list_letters(store.engine, 0)


def test_no_such_letter(store):
    """There are no bytes of a letter that is not there."""
    assert read_letter(store.engine, 7) is None


def test_replay_of_what_can_be_kept_by_now(store, monkeypatch):
    """Letters become rows once the reason is gone, in their order."""
    foreign = message({'a': 1}, 'image.update')
    with monkeypatch.context() as patch:
        undecodable_letters(patch)
        ingest(store, *pair('a'), b'{}', foreign, begun('b'), source='bus')
    assert ([], []) == trail(store)

    found = list(replay(store))

    assert [(1, ''), (2, ''), (3, 'it has no payload'), (4, ''), (5, '')] == (
        found
    )
    assert ([(1, 'a')], ['b']) == trail(store)
    assert 'bus' == rows(store)[0]['source']
    assert [3] == [each.number for each in list_letters(store.engine, 10)]
    assert 1 == rows(store, SOURCES)[0]['foreign']


def test_replay_of_what_is_known(store, monkeypatch):
    """A letter whose event has come meanwhile is neither letter nor row."""
    with monkeypatch.context() as patch:
        undecodable_letters(patch)
        ingest(store, *pair('a'))
    ingest(store, *pair('a'))
    before = rows(store)

    list(replay(store))

    assert before == rows(store)
    assert [] == ids(store, PENDING)
    assert [] == list_letters(store.engine, 10)


def test_replay_twice(store, monkeypatch):
    """What was replayed is not replayed again."""
    with monkeypatch.context() as patch:
        undecodable_letters(patch)
        ingest(store, *pair('a'))

    assert 2 == len(list(replay(store)))
    assert [] == list(replay(store))
    assert ([(1, 'a')], []) == trail(store)


def test_replay_of_many(store, monkeypatch):
    """A replay goes through all letters, and ends with those that stay."""
    good = [ended(f'e-{number}') for number in range(60)]
    bad = [f'bad {number}'.encode() for number in range(60)]
    with monkeypatch.context() as patch:
        undecodable_letters(patch)
        ingest(
            store,
            *(each for two in zip(bad, good, strict=True) for each in two),
        )

    found = list(replay(store))

    assert 120 == len(found)
    assert 60 == len(ids(store))
    assert 60 == len(list_letters(store.engine, 1000))


def test_replay_of_what_the_database_refuses(store, monkeypatch):
    """It stays, with that for its reason, and keeps back none of the rest."""
    with monkeypatch.context() as patch:
        undecodable_letters(patch)
        ingest(store, ended('a'), ended('bad'), ended('b'))
    ingest_batch = store.ingest

    def refuse(batch):
        if batch.rows[0]['id'] == 'bad':
            raise DataError('INSERT secret', {}, ValueError('secret'))
        return ingest_batch(batch)

    monkeypatch.setattr(store, 'ingest', refuse)

    assert [
        (1, ''),
        (2, 'the database refuses it: ValueError'),
        (3, ''),
    ] == list(replay(store))
    assert ['a', 'b'] == ids(store)
    assert [2] == [each.number for each in list_letters(store.engine, 10)]


def test_replay_of_what_is_gone_meanwhile(store, monkeypatch):
    """Two replays at the same time do each letter once."""
    with monkeypatch.context() as patch:
        undecodable_letters(patch)
        ingest(store, *pair('a'), *pair('b'))
    first = replay(store)
    begin = [next(first)]

    between = list(replay(store))

    assert [(1, '')] == begin
    assert [(2, ''), (3, ''), (4, '')] == between
    assert [] == list(first)
    assert ([(1, 'a'), (2, 'b')], []) == trail(store)


def test_replay_has_one_message_in_hand(sqlite_store):
    """Letters may be of many megabytes each, and there may be many."""
    ingest(sqlite_store, *(bytes([n]) * 5_000_000 for n in range(10)))
    tracemalloc.start()
    for _ in replay(sqlite_store):
        pass
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert 25_000_000 > most


@pytest.mark.parametrize('number', [-1, 0, 2**63, 10**30])
def test_number_that_no_letter_has(store, number):
    """It may be larger than any that a database knows."""
    assert read_letter(store.engine, number) is None


def test_replay_that_is_broken_off(store, monkeypatch):
    """A replay that was killed after the row is done again without harm."""
    with monkeypatch.context() as patch:
        undecodable_letters(patch)
        ingest(store, *pair('a'), *pair('b'))
    first = replay(store)
    next(first)
    first.close()
    ingest(store, begun('b'))

    list(replay(store))

    assert ([(1, 'a'), (2, 'b')], []) == trail(store)
    assert [] == list_letters(store.engine, 10)
