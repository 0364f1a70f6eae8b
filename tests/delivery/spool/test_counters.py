# SPDX-License-Identifier: Apache-2.0

"""The numbers that survive the process."""

import errno
import json
import pathlib

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.delivery.spool import counters
from cadf_audit.delivery.spool.counters import Counters
from cadf_audit.delivery.spool.counters import read_counters
from cadf_audit.delivery.spool.losses import unreported_losses
from tests.delivery.spool.parts import Disk
from tests.delivery.spool.parts import install
from tests.delivery.spool.parts import losses
from tests.delivery.spool.parts import process
from tests.judge import assert_valid


@pytest.fixture(scope='module')
def content(tmp_path_factory):
    """Return a file of counters in which every one is another number."""
    path = tmp_path_factory.mktemp('counters') / 'counters'
    made = Counters(path, 0o600)
    for number, name in enumerate(read_counters(path), 1):
        made[name] = number * 1111
    return path.read_bytes()


def test_numbers_are_read_back(tmp_path):
    """Each number is its own, and a small one leaves no digit of a large."""
    made = Counters(tmp_path / 'counters', 0o600)
    made[counters.SEQ] = 10**18
    made[counters.SEQ] = 7
    made[counters.SHED] = 3
    known = read_counters(tmp_path / 'counters')

    assert (7, 3) == (made[counters.SEQ], made[counters.SHED])
    assert (7, 3) == (known[counters.SEQ], known[counters.SHED])
    assert {0} == {known[name] for name in known} - {7, 3}


def test_numbers_survive_a_kill(tmp_path):
    """What was counted is in the file without a call to the kernel."""
    program = """
        from cadf_audit.delivery.spool import counters
        import os, pathlib, sys
        made = counters.Counters(pathlib.Path(sys.argv[1]), 0o600)
        made[counters.SEQ] = 4711
        made[counters.DISK_FULL] = 42
        print('counted', flush=True)
        os.kill(os.getpid(), 9)
    """
    path = tmp_path / 'counters'
    with process(program, str(path)) as (running, _printed):
        running.wait(60)

    assert 4711 == read_counters(path)[counters.SEQ]
    assert 42 == read_counters(path)[counters.DISK_FULL]


def test_counting_needs_no_room(tmp_path, monkeypatch):
    """The file takes all of its room when it is made, or is not made."""
    made = Counters(tmp_path / 'counters', 0o600)
    size = (tmp_path / 'counters').stat().st_blocks
    made[counters.DISK_FULL] = 10**15
    disk = install(monkeypatch, Disk())
    disk.fail('posix_fallocate', errno.ENOSPC)

    assert size == (tmp_path / 'counters').stat().st_blocks > 0
    with pytest.raises(OSError, match='No space'):
        Counters(tmp_path / 'others', 0o600)


def test_file_is_readable_for_people(tmp_path):
    """One name and number a line."""
    Counters(tmp_path / 'counters', 0o600)[counters.SEQ] = 12
    line = (tmp_path / 'counters').read_text().splitlines()[0]

    assert ['recorded:', '12'] == line.split()


def test_missing_file_says_nothing():
    """Where there is no file, nothing was counted."""
    assert {0} == set(read_counters(pathlib.Path('/nowhere')).values())


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damaged_file_harms_only_itself(tmp_path_factory, content, data):
    """Whatever it holds, there are numbers, and events that tell them."""
    begin = data.draw(st.integers(0, 1100))
    damage = data.draw(st.binary(max_size=80) | st.just(b'9' * 70))
    path = tmp_path_factory.mktemp('counters') / 'counters'
    path.write_bytes(content[:begin] + damage + content[begin + len(damage) :])
    known = read_counters(path)
    told = [message for _why, message in unreported_losses('s', 'w', known)]

    assert set(read_counters(pathlib.Path('/nowhere'))) == set(known)
    assert all(0 <= number < 10**18 for number in known.values())
    assert len(told) == len(losses(told))


def test_loss_is_a_valid_event(tmp_path):
    """A number, a reason and a time, as CADF has them; no number, no event."""
    made = Counters(tmp_path / 'counters', 0o600)
    made[counters.SHED] = 5
    made['shed, reported'] = 2
    made[counters.SPOOL_FULL] = made['spool full, reported'] = 9
    told = [message for _why, message in unreported_losses('s', 'w', made)]
    again = [message for _why, message in unreported_losses('s', 'w', made)]

    assert [(3, 'interactions', 'shed')] == losses(told)
    assert message_ids(told) == message_ids(again)
    assert_valid(payloads(told)[0])


def message_ids(messages):
    """Return the ids of messages."""
    return [json.loads(each)['message_id'] for each in messages]


def payloads(messages):
    """Return the events of messages."""
    return [json.loads(each)['payload'] for each in messages]
