# SPDX-License-Identifier: Apache-2.0

"""What is read of a folder while it is written, and afterwards."""

import contextlib
import pathlib

import pytest

from cadf_audit.delivery.spool.cursor import Position
from cadf_audit.delivery.spool.layout import segment_name
from cadf_audit.delivery.spool import reader as reader_module
from cadf_audit.delivery.spool.reader import Damage
from cadf_audit.delivery.spool.reader import Found
from cadf_audit.delivery.spool.reader import Missing
from cadf_audit.delivery.spool.reader import Reader
from cadf_audit.delivery.spool.record import encode_record
from tests.delivery.spool.parts import process
from tests.delivery.spool.parts import read_items
from tests.delivery.spooling import wait_until


def line(number, size=20):
    """Return the line of a record."""
    return encode_record(number, b'{"n":"%d%s"}' % (number, b'x' * size))


@pytest.fixture
def folder(tmp_path):
    """Return a function that writes a segment, with room behind it."""

    def write(first, *parts, room=100):
        path = tmp_path / segment_name(first)
        path.write_bytes(b''.join(parts) + bytes(room))
        return path

    write.path = tmp_path
    return write


def brief(items):
    """Return items in short: a number, or what else was found."""
    return [
        each.seq
        if isinstance(each, Found)
        else (type(each).__name__, getattr(each, 'number', None))
        for each in items
    ]


def test_records_come_in_order(folder):
    """Segment after segment, and nothing of the room behind them."""
    folder(1, line(1), line(2))
    folder(3, line(3))

    assert [1, 2, 3] == brief(read_items(folder.path))
    assert [1, 2, 3] == brief(read_items(folder.path, 3))


def test_folder_without_segments_holds_nothing(folder):
    """A writer that has recorded nothing is no damage."""
    assert [] == read_items(folder.path)
    assert [] == read_items(folder.path, 0)


@pytest.mark.parametrize('size', [10, 300 * 1024, 2 * 1024 * 1024])
def test_record_is_whole_whatever_its_size(folder, size):
    """A record may be longer than what is read at once."""
    folder(1, line(1), line(2, size), line(3))

    assert [1, 2, 3] == brief(read_items(folder.path))


def test_large_segment_is_read_in_slices(folder):
    """What is in memory is a part of the segment, and all of it is read."""
    folder(1, *(line(number, 1000) for number in range(1, 2001)))
    with contextlib.closing(Reader(folder.path)) as reader:
        first = len(reader.read())

    assert 100 < first < 400
    assert list(range(1, 2001)) == brief(read_items(folder.path))


@pytest.mark.parametrize('cut', range(0, 40, 7))
def test_half_a_line_is_waited_for(folder, cut):
    """A line that is being written is not there yet."""
    whole = line(2)
    path = folder(1, line(1), whole[:cut])
    with contextlib.closing(Reader(folder.path)) as reader:
        before = brief([*reader.read(), *reader.read()])
        path.write_bytes(line(1) + whole)
        after = brief(reader.read())

    assert ([1], [2]) == (before, after)


def test_end_that_is_seen_before_its_beginning_is_no_damage(folder):
    """A page that was read before another one was written says nothing."""
    torn = bytes(10) + line(2)[10:]
    path = folder(1, line(1), torn, line(3))
    with contextlib.closing(Reader(folder.path)) as reader:
        before = brief(reader.read())
        path.write_bytes(line(1) + line(2) + line(3))
        after = brief(reader.read())

    assert ([1], [2, 3]) == (before, after)


def test_damage_in_front_of_others_is_reported_while_the_writer_lives(folder):
    """Who looks twice and sees the same takes it for what it is."""
    folder(1, line(1), b'x' * 30 + b'\n', b'y\n', line(3))
    with contextlib.closing(Reader(folder.path)) as reader:
        items = [*reader.read(), *reader.read()]

    assert [1, ('Damage', None), 3] == brief(items)
    assert b'x' * 30 + b'\ny\n' == items[1].content


def test_damage_at_the_end_is_reported_after_a_while(folder, monkeypatch):
    """A damaged line is not waited for for ever."""
    folder(1, line(1), b'x' * 30 + b'\n')
    with contextlib.closing(Reader(folder.path)) as reader:
        soon = brief([*reader.read(), *reader.read(), *reader.read()])
        monkeypatch.setattr(reader_module, '_SETTLE', 0)
        later = brief(reader.read())

    assert ([1], [('Damage', None)]) == (soon, later)


def test_torn_end_of_an_ended_writer_is_damage(folder):
    """Nobody will write the rest."""
    folder(1, line(1), line(2)[:20])

    assert [1, ('Damage', None), ('Missing', 1)] == brief(
        read_items(folder.path, 2)
    )


def test_position_goes_on_where_it_was(folder):
    """A reader that begins at any record gives what follows it."""
    folder(1, line(1), line(2))
    folder(3, line(3), line(4))
    found = read_items(folder.path, 4)
    for number, item in enumerate(found, 1):
        with contextlib.closing(Reader(folder.path, item.after)) as reader:
            rest = brief([*reader.read(4), *reader.read(4), *reader.read(4)])

        assert list(range(number + 1, 5)) == rest


def test_nobody_passes_a_record_with_another_one(folder):
    """A killed consumer gets again what shares a line with what it has."""
    joined = line(2)[:-1] + b'\x0b' + line(3)
    folder(1, line(1), joined, line(4))
    items = read_items(folder.path, 4)
    again = []
    for item in items[1:3]:
        with contextlib.closing(Reader(folder.path, item.after)) as reader:
            again.append(brief(reader.read(4)))

    assert [1, ('Damage', None), 2, 3, 4] == brief(items)
    assert [[('Damage', None), 2, 3, 4]] * 2 == again
    assert 0 == sum(isinstance(each, Missing) for each in items)


@pytest.mark.parametrize(
    ('begin', 'gone', 'expected'),
    [
        (Position(1), [1], [('Missing', 2), 3, 4, 5, 6]),
        (Position(1), [3], [1, 2, ('Missing', 2), 5, 6]),
        (Position(1), [5], [1, 2, 3, 4, ('Missing', 2)]),
        (Position(1), [1, 3], [('Missing', 4), 5, 6]),
        (Position(1), [1, 3, 5], [('Missing', 6)]),
        (Position(3, len(line(3)), 1), [3], [('Missing', 1), 5, 6]),
        # Who joins later begins with what there is.
        (Position(0), [1], [3, 4, 5, 6]),
        (Position(0), [1, 3, 5], []),
    ],
)
def test_deleted_segment_is_missing(folder, begin, gone, expected):
    """Each record that was in it is counted, unless it was passed."""
    for first in (1, 3, 5):
        if first not in gone:
            folder(first, line(first), line(first + 1))
    with contextlib.closing(Reader(folder.path, begin)) as reader:
        items = []
        while more := reader.read(6):
            items += more

    assert expected == brief(items)


def test_number_is_not_trusted(folder):
    """A flipped bit in a number loses nothing."""
    folder(1, line(1), line(2).replace(b'"seq":2', b'"seq":9'), line(3))

    assert [1, 9, 3] == brief(read_items(folder.path, 3))


def test_segment_that_is_written_anew_is_read_on(folder):
    """A disk that could not sync gets the same records once more."""
    path = folder(1, line(1), line(2))
    with contextlib.closing(Reader(folder.path)) as reader:
        before = brief(reader.read())
        path.unlink()
        folder(1, line(1), line(2), line(3))
        folder(4, line(4))
        after = brief([*reader.read(), *reader.read()])

    assert ([1, 2], [3, 4]) == (before, after)


def test_what_is_no_line_at_all_does_not_fill_the_memory(folder):
    """Megabytes without a newline are damage, piece by piece."""
    monster = b'x' * 40 * 1024 * 1024
    folder(1, line(1), monster, b'\n', line(2))
    items = read_items(folder.path, 2)
    pieces = [each for each in items if isinstance(each, Damage)]

    assert [1, 2] == [each.seq for each in items if isinstance(each, Found)]
    assert len(monster) + 1 == sum(len(each.content) for each in pieces)
    assert max(len(each.content) for each in pieces) < len(monster)


def test_hole_is_passed_when_the_writer_goes_on(folder):
    """A lost page is as long as it is."""
    folder(1, line(1), bytes(5000), line(3))
    items = read_items(folder.path, 3)

    assert [1, ('Damage', None), 3, ('Missing', 1)] == brief(items)


@pytest.mark.parametrize('power', [False, True])
def test_reader_follows_a_writer(tmp_path, power):
    """Read while it is written: in order, and nothing looks damaged."""
    program = """
        import pathlib, sys
        from tests.delivery.spool.parts import *
        writer = make_writer(
            pathlib.Path(sys.argv[1]), segment_size=200000, power=True,
        )
        print(writer.folder, flush=True)
        for number in range(int(sys.argv[2])):
            event_id, padding = str(number), 'x' * (number * 97 % 9000)
            writer.begin(event_id, pending(event_id, padding), False)
            writer.end(event_id, final(event_id), shorten)
        sys.stdin.read()
    """
    number = 500
    if not power:
        program = program.replace('power=True', 'power=False')
        number = 4000
    items = []
    with process(program, str(tmp_path), str(number)) as (_running, printed):
        reader = Reader(pathlib.Path(printed))

        def follow():
            while more := reader.read():
                items.extend(more)
            return len(items) >= 2 * number

        with contextlib.closing(reader):
            wait_until(follow)

    assert list(range(1, 2 * number + 1)) == brief(items)
