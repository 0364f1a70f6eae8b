# SPDX-License-Identifier: Apache-2.0

"""Whether the process of a writer lives."""

import pathlib

import pytest

from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.process import encode_writer
from cadf_audit.delivery.spool.process import is_alive
from cadf_audit.delivery.spool.process import is_locked
from cadf_audit.delivery.spool.process import is_own
from cadf_audit.delivery.spool.process import lock
from cadf_audit.delivery.spool.process import read_writer
from tests.delivery.spool.parts import die
from tests.delivery.spool.parts import make_writer
from tests.delivery.spool.parts import process

# Makes a writer, prints its folder, and waits.
WRITER = """
    import pathlib, sys
    from tests.delivery.spool.parts import make_writer
    writer = make_writer(pathlib.Path(sys.argv[1]))
"""
WAIT = """
    print(writer.folder, flush=True)
    sys.stdin.read()
"""

# A child that holds everything open that its parent had.
FORK = """
    import os
    if not os.fork():
        sys.stdin.read()
        os._exit(0)
"""


def change(folder, **changes):
    """Let a writer be another one than its files say."""
    path = folder / layout.WRITER_FILE
    path.write_bytes(encode_writer({**read_writer(folder), **changes}))


def test_writer_of_another_process_lives_until_it_is_killed(tmp_path):
    """A process that was not yet waited for is dead all the same."""
    with process(WRITER + WAIT, str(tmp_path)) as (running, printed):
        folder = pathlib.Path(printed)
        before = is_alive(folder)
        running.kill()
        # Not wait(): that would bury it.
        running.stdout.read()

        assert before
        assert not is_own(folder)
        assert not is_alive(folder)


def test_child_that_holds_the_lock_does_not_keep_the_writer_alive(tmp_path):
    """A lock lives as long as any process that has inherited it."""
    program = WRITER + FORK + WAIT
    with process(program, str(tmp_path)) as (running, printed):
        folder = pathlib.Path(printed)
        before = is_alive(folder)
        running.kill()
        running.wait(60)

        assert before
        assert is_locked(folder / layout.WRITER_LOCK)
        assert not is_alive(folder)


def test_own_writer_lives(tmp_path):
    """A writer of this process is alive, and its own, until it closes."""
    writer = make_writer(tmp_path)
    before = is_alive(writer.folder), is_own(writer.folder)
    writer.close()

    assert (True, True) == before
    assert not is_alive(writer.folder)


@pytest.mark.parametrize(
    ('changes', 'alive'),
    [
        ({}, True),
        # Another process got the same id later.
        ({'started': '1'}, False),
        # Nobody has it any more.
        ({'pid': 2**22 + 1}, False),
        ({'boot_id': 'another'}, False),
        ({'pid': None, 'started': None, 'boot_id': None}, False),
        # Its process id means nothing here, so the lock alone counts.
        ({'pid_namespace': 'pid:[1]', 'pid': 1, 'started': '1'}, True),
    ],
)
def test_lock_that_is_held_is_not_enough(tmp_path, changes, alive):
    """What the writer says of itself has to fit a process that is there."""
    writer = make_writer(tmp_path)
    change(writer.folder, **changes)
    found = is_alive(writer.folder)
    die(writer)

    assert alive == found
    assert not is_alive(writer.folder)


@pytest.mark.parametrize('content', [b'', b'{', b'[]', b'\xff', b'{}'])
def test_damaged_writer_file_leaves_the_lock_to_judge(tmp_path, content):
    """Nobody takes a living writer's folder for a flipped bit."""
    writer = make_writer(tmp_path)
    (writer.folder / layout.WRITER_FILE).write_bytes(content)
    found = is_alive(writer.folder)
    die(writer)

    assert found
    assert not is_alive(writer.folder)


def test_who_asks_takes_no_lock_away(tmp_path):
    """To ask whether a lock is held does not hold it."""
    path = tmp_path / 'lock'
    path.touch()

    assert not is_locked(path)
    assert lock(path) is not None
    assert is_locked(path)
    assert lock(path) is None
    assert lock(tmp_path / 'nowhere') is None
