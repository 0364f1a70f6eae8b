# SPDX-License-Identifier: Apache-2.0

"""An end for what a dead writer began, said once, or twice the same."""

import errno
import json
import logging

import pytest

from cadf_audit.delivery.spool import adoption
from cadf_audit.delivery.spool import counters
from cadf_audit.delivery.spool import layout
from tests.delivery.spool.parts import adopt_and_drain
from tests.delivery.spool.parts import die
from tests.delivery.spool.parts import Disk
from tests.delivery.spool.parts import drain
from tests.delivery.spool.parts import final
from tests.delivery.spool.parts import install
from tests.delivery.spool.parts import interact
from tests.delivery.spool.parts import kinds
from tests.delivery.spool.parts import losses
from tests.delivery.spool.parts import make_writer
from tests.delivery.spool.parts import once
from tests.delivery.spool.parts import pairs
from tests.delivery.spool.parts import pending
from tests.delivery.spool.parts import segment_paths
from tests.delivery.spool.parts import shorten
from tests.delivery.spool.parts import started_together
from tests.judge import assert_valid

ONE = '6f5dd3e4-760c-4fe0-83bf-76e35a737eec'
TWO = '7f5dd3e4-760c-4fe0-83bf-76e35a737eec'


def dead_writer(directory, *event_ids, **changes):
    """Return the folder of a writer that died over these requests."""
    writer = make_writer(directory, **changes)
    interact(writer, 'done')
    for event_id in event_ids:
        writer.begin(event_id, pending(event_id), False)
    die(writer)
    return writer.folder


def events(messages):
    """Return the events in messages."""
    return [json.loads(each)['payload'] for each in messages]


def test_what_was_begun_gets_a_valid_end(tmp_path):
    """Outcome unknown, because the worker ended; said by a relay."""
    folder = dead_writer(tmp_path, ONE, TWO)
    messages = adopt_and_drain(folder)
    begun, ends = events(messages)[2:4], events(messages)[4:]

    assert [*pairs('done'), *pairs(ONE)[:1], *pairs(TWO)[:1]] == kinds(
        messages[:4]
    )
    assert [pairs(ONE)[1], pairs(TWO)[1]] == kinds(messages[4:])
    for pending_event, event in zip(begun, ends, strict=True):
        assert_valid(event)
        assert 'unknown' == event.pop('outcome')
        assert {
            'reasonType': 'cadf_audit',
            'reasonCode': 'worker ended',
        } == event.pop('reason')
        (step,) = event.pop('reporterchain')
        assert ('relay', {'id': 'target'}) == (step['role'], step['reporter'])
        pending_event.pop('outcome')
        assert pending_event == event


def test_end_is_a_message_of_the_same_service(tmp_path):
    """On the bus it looks like what the worker would have sent."""
    folder = dead_writer(tmp_path, ONE)
    message = json.loads(adopt_and_drain(folder)[-1])

    assert 'svc' == message['publisher_id']
    assert 'INFO' == message['priority']
    assert 'audit.http.response' == message['event_type']


def test_living_writer_is_not_adopted(tmp_path):
    """Nobody ends what goes on."""
    writer = make_writer(tmp_path)
    writer.begin(ONE, pending(ONE), False)
    before = adoption.adopt(writer.folder), adoption.last_record(writer.folder)
    writer.end(ONE, final(ONE), shorten)
    die(writer)

    assert (False, None) == before
    assert pairs(ONE) == kinds(adopt_and_drain(writer.folder))


def test_writer_that_ended_well_has_nothing_open(tmp_path, caplog):
    """A worker that stopped in good order is adopted without a word."""
    writer = make_writer(tmp_path)
    interact(writer, ONE)
    writer.close()
    with caplog.at_level(logging.WARNING):
        messages = adopt_and_drain(writer.folder)

    assert pairs(ONE) == kinds(messages)
    assert '' == caplog.text


def test_adoption_is_once(tmp_path):
    """Who comes later finds it done."""
    folder = dead_writer(tmp_path, ONE)

    assert [True, True, True] == [adoption.adopt(folder) for _each in range(3)]
    assert 4 == adoption.last_record(folder)
    assert 4 == len(drain(folder))


def test_open_request_of_an_old_segment_is_found(tmp_path):
    """Also when the segment that it began in was deleted long ago."""
    writer = make_writer(tmp_path, segment_size=1500)
    writer.begin(ONE, pending(ONE), False)
    interact(writer, *map(str, range(20)))
    drain(writer.folder)
    left = len(segment_paths(writer.folder))
    die(writer)
    messages = adopt_and_drain(writer.folder)

    assert 1 == left
    assert pairs(ONE)[1] == kinds(messages)[-1]
    assert 'unknown' == events(messages)[-1]['outcome']


def test_room_that_was_not_used_comes_back_first(tmp_path):
    """A full disk may have no other for the ends."""
    folder = dead_writer(tmp_path, ONE)
    before = segment_paths(folder)[0].stat().st_size
    adoption.adopt(folder)
    first, second = segment_paths(folder)

    assert before > 60000
    assert b'\n' == first.read_bytes()[-1:]
    assert first.stat().st_size + second.stat().st_size < 4000


def test_torn_record_is_told_of(tmp_path):
    """What the power cut in half is set aside, and its request ended."""
    folder = dead_writer(tmp_path, ONE, TWO)
    (path,) = segment_paths(folder)
    content = path.read_bytes().rstrip(b'\0')
    path.write_bytes(content[:-100])
    messages = adopt_and_drain(folder)

    assert [(1, 'pieces', 'damaged'), (1, 'records', 'missing')] == losses(
        messages
    )
    assert pairs(ONE)[1] in kinds(messages)
    assert [] == [each for each in kinds(messages) if each[0] == TWO]


def test_lost_page_at_the_end_is_told_of(tmp_path):
    """The counters know how many records there were."""
    folder = dead_writer(tmp_path, ONE)
    (path,) = segment_paths(folder)
    first = path.read_bytes().index(b'\n') + 1
    path.write_bytes(path.read_bytes()[:first] + bytes(5000))
    messages = adopt_and_drain(folder)

    assert [(2, 'records', 'missing')] == losses(messages)
    # Its final event was in the lost page.
    assert pairs('done') == sorted(
        each for each in kinds(messages) if each[1] != 'audit.event'
    )


def test_second_adopter_says_the_same(tmp_path, monkeypatch):
    """Whoever was killed over it, its ends and those of the next agree."""
    folder = dead_writer(tmp_path, ONE, TWO)
    (folder / 'notes.txt').write_text('mine')
    writer = counters.Counters(folder / 'new', 0o600)
    writer[counters.SHED] = 3
    (folder / 'new').rename(folder / layout.COUNTERS)
    disk = install(monkeypatch, Disk())
    # The ends are written; that they are is not noted.
    disk.fail('fdatasync', errno.EIO, after=1)
    with pytest.raises(OSError, match='Input'):
        adoption.adopt(folder)
    written = len(segment_paths(folder))
    disk.heal()
    messages = adopt_and_drain(folder)

    assert 2 == written
    assert len(messages) > len(once(messages))
    assert sorted([*pairs('done'), *pairs(ONE), *pairs(TWO)]) == sorted(
        each for each in kinds(once(messages)) if each[1] != 'audit.event'
    )
    assert [
        (1, 'files', 'foreign file'),
        (3, 'interactions', 'shed'),
    ] == losses(once(messages))


def test_full_disk_is_tried_again(tmp_path, monkeypatch):
    """An adoption that fails leaves all as it was for the next try."""
    folder = dead_writer(tmp_path, ONE)
    disk = install(monkeypatch, Disk())
    for call in ('write', 'fdatasync'):
        disk.fail(call, errno.ENOSPC)
        with pytest.raises(OSError, match='No space'):
            adoption.adopt(folder)

        assert adoption.last_record(folder) is None
        disk.heal()

    assert [*pairs('done'), *pairs(ONE)] == kinds(adopt_and_drain(folder))


def test_adopters_in_several_processes_agree(tmp_path):
    """All begin at the same moment; the ends are written once."""
    folders = [dead_writer(tmp_path, ONE, TWO) for _each in range(20)]
    program = """
        from cadf_audit.delivery.spool.adoption import adopt
        import pathlib, sys
        folders = sorted(pathlib.Path(sys.argv[1]).iterdir())
        print('ready', flush=True)
        sys.stdin.readline()
        while not all([adopt(folder) for folder in folders]):
            pass
    """
    with started_together(5, program, str(tmp_path)) as running:
        codes = [each.wait(60) for each in running]
    found = [kinds(drain(folder)) for folder in folders]

    assert [0] * 5 == codes
    assert [sorted([*pairs('done'), *pairs(ONE), *pairs(TWO)])] * 20 == [
        sorted(each) for each in found
    ]


def test_foreign_file_is_set_aside_and_told_of(tmp_path, caplog):
    """Whatever lies in the folder is kept for people, and blocks nobody."""
    folder = dead_writer(tmp_path)
    (folder / 'notes.txt').write_text('mine')
    (folder / 'directory').mkdir()
    (folder / 'directory' / 'file').write_text('mine too')
    messages = adopt_and_drain(folder)
    aside = tmp_path / layout.SET_ASIDE

    assert [(2, 'files', 'foreign file')] == losses(messages)
    assert 'mine' == (aside / f'{folder.name}.notes.txt').read_text()
    assert (aside / f'{folder.name}.directory' / 'file').exists()
    assert 2 == caplog.text.count('does not belong')
    for event in events(messages)[2:]:
        assert_valid(event)
    assert not folder.exists()


@pytest.mark.parametrize('content', [b'', b'x', b'-1', b'9' * 30, b'9' * 5000])
@pytest.mark.parametrize(
    'name', [layout.COUNTERS, layout.WRITER_FILE, layout.ADOPTED]
)
def test_damaged_file_blocks_no_adoption(tmp_path, name, content):
    """All records and all ends come, whichever file is damaged."""
    folder = dead_writer(tmp_path, ONE)
    (folder / name).write_bytes(content)
    messages = adopt_and_drain(folder)

    assert [*pairs('done'), *pairs(ONE)] == [
        each for each in kinds(messages) if each[1] != 'audit.event'
    ]


def test_counters_from_nowhere_hide_no_end(tmp_path):
    """A damaged number is told of as a loss, and delays nothing."""
    folder = dead_writer(tmp_path, ONE)
    path = folder / layout.COUNTERS
    content = path.read_bytes().split(b'\n')
    path.write_bytes(
        b'\n'.join(
            line[:-18] + b'9' * 18 if line else line for line in content
        )
    )
    messages = adopt_and_drain(folder)

    assert [*pairs('done'), *pairs(ONE)] == [
        each for each in kinds(messages) if each[1] != 'audit.event'
    ]
    assert 'missing' in [why for _number, _unit, why in losses(messages)]


def test_message_of_nobody_ends_nothing(tmp_path):
    """A record with a check sum that is no event of ours is passed on."""
    writer = make_writer(tmp_path)
    strange = [
        b'7',
        b'[]',
        b'{"event_type":"audit.http.request"}',
        b'{"event_type":"audit.http.request","payload":[]}',
        b'{"event_type":"audit.http.request","payload":{"id":[]}}',
        b'{"event_type":"audit.http.request","payload":{"id":"x"}}',
        b'no JSON',
    ]
    for message in strange:
        writer.add(message)
    die(writer)

    assert strange == adopt_and_drain(writer.folder)
