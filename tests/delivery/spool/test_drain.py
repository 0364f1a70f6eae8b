# SPDX-License-Identifier: Apache-2.0

"""What a consumer gets of a writer, and what is deleted when."""

import errno
import json
import logging
import os
import pathlib

import pytest

from cadf_audit.delivery.spool import adoption
from cadf_audit.delivery.spool.cursor import read_progress
from cadf_audit.delivery.spool.drain import Drain
from cadf_audit.delivery.spool.drain import register
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.process import lock
from tests.delivery.spool.parts import adopt_and_drain
from tests.delivery.spool.parts import CONSUMER
from tests.delivery.spool.parts import die
from tests.delivery.spool.parts import Disk
from tests.delivery.spool.parts import drain
from tests.delivery.spool.parts import install
from tests.delivery.spool.parts import interact
from tests.delivery.spool.parts import kinds
from tests.delivery.spool.parts import losses
from tests.delivery.spool.parts import make_writer
from tests.delivery.spool.parts import pairs
from tests.delivery.spool.parts import process
from tests.delivery.spool.parts import segment_paths
from tests.judge import assert_valid

TEN = tuple(map(str, range(10)))


def begin(folder, consumer=CONSUMER):
    """Return a consumer at work."""
    return Drain.begin(folder, consumer)


def damage(path, place=100):
    """Flip a bit."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def test_consumer_goes_on_where_it_was(tmp_path):
    """What was saved is passed, for whoever comes next."""
    writer = make_writer(tmp_path)
    interact(writer, '1', '2')
    first = begin(writer.folder)
    due = first.read()
    first.advance(due[1].after)
    first.close()
    rest = drain(writer.folder)
    writer.close()

    assert pairs('1') == kinds(each.message for each in due[:2])
    assert pairs('2') == kinds(rest)


def test_killed_consumer_gets_what_it_did_not_save_again(tmp_path):
    """Twice rather than never."""
    writer = make_writer(tmp_path)
    interact(writer, '1', '2')
    first = begin(writer.folder)
    due = first.read()
    first.advance(due[0].after)
    first.save()
    first.advance(due[2].after)
    first.abandon()
    rest = drain(writer.folder)
    writer.close()

    assert [pairs('1')[1], *pairs('2')] == kinds(rest)


def test_what_was_read_and_not_passed_is_read_again(tmp_path):
    """A new connection begins with what the old one had in hand."""
    writer = make_writer(tmp_path)
    interact(writer, '1')
    at_work = begin(writer.folder)
    before = at_work.read()
    at_work.rewind()
    after = at_work.read()
    at_work.close()
    writer.close()

    assert before == after


def test_one_at_a_time_is_at_work(tmp_path):
    """Order is kept because nobody else sends meanwhile."""
    writer = make_writer(tmp_path, consumers=(CONSUMER, 'other'))
    first = begin(writer.folder)
    second, other = begin(writer.folder), begin(writer.folder, 'other')
    first.close()
    third = begin(writer.folder)
    writer.close()

    assert second is None
    assert other is not None
    assert third is not None
    for each in (other, third):
        each.close()


def test_consumer_without_a_cursor_gets_nothing(tmp_path):
    """Only who is registered is waited for."""
    writer = make_writer(tmp_path)
    writer.close()

    assert begin(writer.folder, 'stranger') is None


def test_segment_goes_when_every_cursor_has_passed_it(tmp_path):
    """And not before."""
    writer = make_writer(
        tmp_path, segment_size=2500, consumers=(CONSUMER, 'slow')
    )
    interact(writer, *TEN)
    everything = segment_paths(writer.folder)
    drain(writer.folder)
    after_one = segment_paths(writer.folder)
    drain(writer.folder, 'slow')
    after_both = segment_paths(writer.folder)
    writer.close()

    assert len(everything) > 2
    assert everything == after_one
    assert everything[-1:] == after_both


def test_slow_consumer_keeps_what_it_has_not_got(tmp_path):
    """The slowest decides what is deleted."""
    writer = make_writer(
        tmp_path, segment_size=2500, consumers=(CONSUMER, 'slow')
    )
    interact(writer, *TEN)
    everything = segment_paths(writer.folder)
    slow = begin(writer.folder, 'slow')
    for due in slow.read():
        slow.advance(due.after)
    for due in slow.read()[:1]:
        slow.advance(due.after)
    slow.close()
    drain(writer.folder)
    left = segment_paths(writer.folder)
    rest = drain(writer.folder, 'slow')
    writer.close()

    assert everything[1:] == left
    assert TEN[-1] == kinds(rest)[-1][0]


def test_without_consumers_nothing_is_deleted(tmp_path):
    """Somebody else reads the spool, and has not said who it is yet."""
    writer = make_writer(tmp_path, consumers=(), segment_size=2500)
    interact(writer, *TEN)
    die(writer)
    adoption.adopt(writer.folder)
    before = segment_paths(writer.folder)
    register(tmp_path, 'late', 0o700)
    late = kinds(drain(writer.folder, 'late'))

    assert len(before) > 2
    assert pairs(*TEN) == late
    assert not writer.folder.exists()


def test_folder_goes_when_all_of_it_was_passed(tmp_path):
    """Nothing is left of a writer that ended."""
    writer = make_writer(tmp_path, consumers=(CONSUMER, 'slow'))
    interact(writer, '1')
    die(writer)
    first = kinds(adopt_and_drain(writer.folder))
    before = writer.folder.exists()
    second = kinds(drain(writer.folder, 'slow'))

    assert pairs('1') == first == second
    assert before
    assert [] == list(tmp_path.iterdir())


def test_writer_that_recorded_nothing_leaves_nothing(tmp_path):
    """A process that served nobody is forgotten."""
    writer = make_writer(tmp_path)
    die(writer)

    assert [] == adopt_and_drain(writer.folder)
    assert [] == list(tmp_path.iterdir())


def test_living_writer_keeps_its_folder(tmp_path):
    """Who has got all there is waits for more."""
    writer = make_writer(tmp_path)
    interact(writer, '1')
    drain(writer.folder)
    interact(writer, '2')
    rest = drain(writer.folder)
    writer.close()

    assert pairs('2') == kinds(rest)
    assert writer.folder.exists()


def test_folder_whose_deletion_was_cut_short_goes_later(tmp_path):
    """A consumer that was killed at the end leaves nothing for ever."""
    writer = make_writer(tmp_path)
    interact(writer, '1')
    die(writer)
    adoption.adopt(writer.folder)
    at_work = begin(writer.folder)
    at_work.advance(at_work.read()[-1].after)
    # Somebody else holds the folder at that moment.
    held = lock(writer.folder / layout.ADOPTION_LOCK)
    at_work.read()
    at_work.abandon()
    before = writer.folder.exists()
    os.close(held)
    later = begin(writer.folder)

    assert before
    assert later is None
    assert not writer.folder.exists()


def test_consumer_that_comes_later_begins_with_what_is_there(tmp_path):
    """What others have passed before is not missing for it."""
    writer = make_writer(tmp_path, segment_size=2500)
    interact(writer, *TEN)
    drain(writer.folder)
    register(tmp_path, 'late', 0o700)
    interact(writer, 'x')
    messages = drain(writer.folder, 'late')
    second = make_writer(tmp_path)
    interact(second, 'y')
    for each in (writer, second):
        each.close()

    assert [] == losses(messages)
    assert pairs('x') == kinds(messages)[-2:]
    assert pairs('y') == kinds(drain(second.folder, 'late'))


def test_registering_again_changes_nothing(tmp_path):
    """A consumer keeps its place."""
    writer = make_writer(tmp_path)
    interact(writer, '1')
    drain(writer.folder)
    register(tmp_path, CONSUMER, 0o700)
    rest = drain(writer.folder)
    writer.close()

    assert [] == rest


def test_error_is_noted_for_people(tmp_path):
    """What keeps a consumer from going on, and since when; until it does."""
    writer = make_writer(tmp_path)
    interact(writer, '1')
    path = writer.folder / layout.CURSORS / CONSUMER
    at_work = begin(writer.folder)
    due = at_work.read()
    at_work.blocked('ConnectionError')
    first = read_progress(path)
    at_work.blocked('TimeoutError')
    second = read_progress(path)
    at_work.advance(due[0].after)
    at_work.save()
    third = read_progress(path)
    at_work.close()
    writer.close()

    assert 'ConnectionError' == first.error
    assert ('TimeoutError', first.error_time) == second[1:]
    assert ('', '') == third[1:]


def test_damage_is_set_aside_told_and_passed(tmp_path, caplog):
    """One piece, one file, one event; what follows is delivered."""
    writer = make_writer(tmp_path, consumers=(CONSUMER, 'slow'))
    interact(writer, *TEN)
    die(writer)
    adoption.adopt(writer.folder)
    (path,) = segment_paths(writer.folder)[:1]
    line = path.read_bytes().splitlines(keepends=True)[0]
    damage(path)
    with caplog.at_level(logging.ERROR):
        first = drain(writer.folder)
        second = drain(writer.folder, 'slow')
    (piece,) = (tmp_path / layout.SET_ASIDE).iterdir()

    assert [(1, 'pieces', 'damaged'), (1, 'records', 'missing')] == losses(
        first
    )
    assert pairs(*TEN)[1:] == [
        each for each in kinds(first) if each[1] != 'audit.event'
    ]
    # The same events, whoever sends them.
    assert ids(first) == ids(second)
    assert len(line) == len(piece.read_bytes())
    assert f'{writer.folder.name}.1.0.damaged' == piece.name
    assert '0o600' == oct(piece.stat().st_mode & 0o777)
    assert 1 == caplog.text.count('could not be used')
    assert 'update' not in caplog.text
    for message in first:
        if b'monitor' in message:
            assert_valid(json.loads(message)['payload'])


def ids(messages):
    """Return the ids of messages, and of their events."""
    read = map(json.loads, messages)
    return [(each['message_id'], each['payload']['id']) for each in read]


def test_damage_that_cannot_be_set_aside_blocks_nobody(
    tmp_path, monkeypatch, caplog
):
    """On a full disk the loss is told of all the same."""
    writer = make_writer(tmp_path)
    interact(writer, *TEN)
    die(writer)
    adoption.adopt(writer.folder)
    damage(segment_paths(writer.folder)[0])
    install(monkeypatch, Disk()).fail('write', errno.ENOSPC)
    messages = drain(writer.folder)

    assert [(1, 'pieces', 'damaged'), (1, 'records', 'missing')] == losses(
        messages
    )
    assert 'cannot be set aside (No space left on device)' in caplog.text


@pytest.mark.parametrize('gone', [0, 1, -2, -1])
def test_deleted_segment_is_told_of(tmp_path, gone):
    """As many records as were in it, wherever it was."""
    writer = make_writer(tmp_path, segment_size=2500)
    interact(writer, *TEN)
    writer.close()
    adoption.adopt(writer.folder)
    path = segment_paths(writer.folder)[gone]
    number = len(path.read_bytes().splitlines())
    path.unlink()
    messages = drain(writer.folder)

    assert [(number, 'records', 'missing')] == losses(messages)
    assert 20 - number == len(messages) - 1
    assert not writer.folder.exists()


def test_segments_are_deleted_after_their_cursors_are_safe(
    tmp_path, monkeypatch
):
    """A power cut does not take a cursor back behind what was deleted."""
    calls = []

    class Watched(Disk):
        def fdatasync(self, file):
            calls.append(len(segment_paths(writer.folder)))

    writer = make_writer(tmp_path, segment_size=2500)
    interact(writer, *TEN)
    number = len(segment_paths(writer.folder))
    install(monkeypatch, Watched())
    drain(writer.folder)
    writer.close()

    assert list(range(number, 1, -1)) == calls


def test_two_processes_never_drain_the_same_at_once(tmp_path):
    """The lock is between processes, and ends with them."""
    program = """
        from cadf_audit.delivery.spool.drain import Drain
        import pathlib, sys
        at_work = Drain.begin(pathlib.Path(sys.argv[1]), 'forward-fake')
        print(len(at_work.read()), flush=True)
        sys.stdin.read()
    """
    writer = make_writer(tmp_path)
    interact(writer, '1')
    folder = str(writer.folder)
    with process(program, folder) as (running, printed):
        during = begin(pathlib.Path(folder))
        running.kill()
        running.wait(60)
    after = kinds(drain(writer.folder))
    writer.close()

    assert '2' == printed
    assert during is None
    assert pairs('1') == after
