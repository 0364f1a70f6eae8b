# SPDX-License-Identifier: Apache-2.0

"""How far a consumer has come, in a file."""

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.delivery.spool.cursor import Cursor
from cadf_audit.delivery.spool.cursor import encode_progress
from cadf_audit.delivery.spool.cursor import Position
from cadf_audit.delivery.spool.cursor import Progress
from cadf_audit.delivery.spool.cursor import read_progress
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.process import lock
from tests.delivery.spool.parts import drain
from tests.delivery.spool.parts import interact
from tests.delivery.spool.parts import kinds
from tests.delivery.spool.parts import make_writer
from tests.delivery.spool.parts import pairs

POSITION = Position(21, 1234, 5)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=300))
def test_file_keeps_its_size(error):
    """It can be written on a full disk, whatever it has to say."""
    assert 1024 == len(encode_progress(Progress(POSITION, error, 'now')))


def test_progress_comes_back(tmp_path):
    """A long error leaves nothing behind in the file."""
    path = tmp_path / 'cursor'
    path.write_bytes(encode_progress(Progress()))
    cursor = Cursor(path, lock(path))
    cursor.progress = Progress(POSITION, 'ä' * 300, '2026-11-20T00:00:00')
    cursor.save()
    cursor.progress = Progress(POSITION)
    cursor.save()
    cursor.close()
    cursor.close()

    assert Progress(POSITION) == read_progress(path)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damaged_file_is_none(tmp_path_factory, data):
    """A flipped bit never lets a consumer pass what it has not got."""
    path = tmp_path_factory.mktemp('cursor') / 'cursor'
    content = bytearray(encode_progress(Progress(POSITION, 'TimeoutError')))
    place = data.draw(st.integers(0, 200))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)

    assert read_progress(path) in (None, Progress(POSITION, 'TimeoutError'))


@pytest.mark.parametrize('content', [b'', b'\0' * 1024, b'x' * 5000, None])
def test_consumer_with_a_damaged_cursor_begins_again(tmp_path, content):
    """Records come twice rather than never."""
    writer = make_writer(tmp_path)
    interact(writer, '1', '2')
    before = kinds(drain(writer.folder))
    path = writer.folder / layout.CURSORS / 'forward-fake'
    if content is None:
        path.write_bytes(path.read_bytes()[:100])
    else:
        path.write_bytes(content)
    after = kinds(drain(writer.folder))
    again = kinds(drain(writer.folder))
    writer.close()

    assert pairs('1', '2') == before == after
    assert [] == again
