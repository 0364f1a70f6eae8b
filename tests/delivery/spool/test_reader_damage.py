# SPDX-License-Identifier: Apache-2.0

"""Any damage to segments, and what is still delivered of them.

Each byte of a segment knows where it stood before the damage, so that it can
be told which records were touched.
"""

import contextlib
import pathlib
import tempfile

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.delivery.spool import adoption
from cadf_audit.delivery.spool.cursor import Position
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.reader import Damage
from cadf_audit.delivery.spool.reader import Found
from cadf_audit.delivery.spool.reader import Missing
from cadf_audit.delivery.spool.reader import Reader
from cadf_audit.delivery.spool.record import parse_record
from tests.delivery.spool.parts import die
from tests.delivery.spool.parts import interact
from tests.delivery.spool.parts import make_writer
from tests.delivery.spool.parts import MEMORY
from tests.delivery.spool.parts import pending

garbage = st.binary(min_size=1, max_size=60) | st.sampled_from(
    [
        b'\n',
        b'\n\n\n',
        b'}\n',
        bytes(50),
        b'{"seq":1,"crc":"00000000","message":{}}\n',
        b'{"seq":1,"crc":"0000',
    ]
)


class Written:
    """What a real writer wrote: its segments, and the last number."""

    def __init__(self, folder):
        self.segments = {
            first: (folder / layout.segment_name(first)).read_bytes()
            for first in layout.segments(folder)
        }
        self.last = adoption.last_record(folder)


@pytest.fixture(scope='module')
def written(tmp_path_factory):
    """Return what a writer left that was killed and adopted."""
    writer = make_writer(tmp_path_factory.mktemp('spool'), segment_size=2500)
    writer.begin('open', pending('open'), False)
    interact(writer, *map(str, range(12)))
    die(writer)
    adoption.adopt(writer.folder)
    return Written(writer.folder)


def harm(data, content):
    """Return pairs of a byte and its old place after some damage."""
    cells = list(zip(content, range(len(content)), strict=True))
    for _each in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, max(0, len(cells) - 1)))
        what = data.draw(st.sampled_from(['flip', 'write', 'cut', 'insert']))
        if what == 'flip' and cells:
            bit = 1 << data.draw(st.integers(0, 7))
            cells[place] = cells[place][0] ^ bit, None
        elif what == 'write':
            new = [(byte, None) for byte in data.draw(garbage)]
            cells[place : place + len(new)] = new
        elif what == 'cut':
            # The tail, or a part in the middle.
            length = data.draw(st.sampled_from([1, 30, 700, 10**6]))
            del cells[place : place + length]
        elif what == 'insert':
            cells[place:place] = [(byte, None) for byte in data.draw(garbage)]
    return cells


def untouched(first, content, cells):
    """Return the records of the lines that stand there as they stood."""
    places = {old: new for new, (_byte, old) in enumerate(cells)}
    begin, found = 0, []
    for line in content.splitlines(keepends=True):
        # A newline that has gone touches none of the two lines.
        olds = range(begin, begin + len(line) - 1)
        news = [places.get(old) for old in olds]
        if None not in news and news[-1] - news[0] == len(news) - 1:
            found.append((first, parse_record(line[:-1]).message))
        begin += len(line)
    return found


def whole(first, content):
    """Return all records of a segment, by its name and their messages."""
    lines = content.splitlines()
    return [(first, parse_record(line).message) for line in lines]


def delivered(items):
    """Return the records among items."""
    return [
        (each.after.segment, each.message)
        for each in items
        if isinstance(each, Found)
    ]


def read_all(folder, begin, last):
    """Return all items; more than there can be is an endless loop."""
    items = []
    with contextlib.closing(Reader(folder, begin)) as reader:
        while more := reader.read(last):
            items += more
            assert len(items) < 10000
    return items


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damage_touches_only_what_it_touches(written, data):
    """All else is delivered in order, and what is not is counted.

    Nothing raises, nothing waits, nothing is made up. A consumer that is
    killed in between, and begins at its cursor, gets it too.
    """
    expected, everything = [], []
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        folder = pathlib.Path(name)
        for first, content in written.segments.items():
            everything += whole(first, content)
            fate = data.draw(st.sampled_from(['whole', 'harmed', 'gone']))
            path = folder / layout.segment_name(first)
            if fate == 'whole':
                path.write_bytes(content)
                expected += whole(first, content)
            elif fate == 'harmed':
                cells = harm(data, content)
                path.write_bytes(bytes(byte for byte, _old in cells))
                expected += untouched(first, content, cells)
        (folder / 'notes.txt').write_bytes(data.draw(garbage))
        items = read_all(folder, Position(1), written.last)
        cut = data.draw(st.integers(0, len(items)))
        resumed = items[:cut]
        resumed += read_all(
            folder, items[cut - 1].after if cut else Position(1), written.last
        )

    found = delivered(items)
    missing = sum(each.number for each in items if isinstance(each, Missing))
    # Damage to nothing but the number of a record loses nothing of it.
    touched = set(everything) - set(expected)

    assert expected == [each for each in found if each not in touched]
    assert found == [each for each in everything if each in found]
    assert len(everything) == len(found) + missing
    assert set(found) == set(delivered(resumed))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damage_is_the_same_for_every_reader(written, data):
    """Each consumer sets the same pieces aside, under the same names."""
    first = data.draw(st.sampled_from(list(written.segments)))
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        folder = pathlib.Path(name)
        for number, content in written.segments.items():
            if number == first:
                cells = harm(data, content)
                content = bytes(byte for byte, _old in cells)
            (folder / layout.segment_name(number)).write_bytes(content)
        readings = [
            read_all(folder, Position(1), written.last) for _each in range(2)
        ]
        pieces = [each for each in readings[0] if isinstance(each, Damage)]
        raw = (folder / layout.segment_name(first)).read_bytes()

    assert readings[0] == readings[1]
    for each in pieces:
        begin = each.at.offset

        assert each.content == raw[begin : begin + len(each.content)]
