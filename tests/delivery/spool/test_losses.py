# SPDX-License-Identifier: Apache-2.0

"""What a writer could not record, and who is told of it."""

import errno
import json
import logging

import pytest

from cadf_audit.delivery.spool import counters
from cadf_audit.delivery.spool import journal
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool import losses as losses_module
from tests.delivery.spool.parts import adopt_and_drain
from tests.delivery.spool.parts import begin_all
from tests.delivery.spool.parts import count
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
from tests.delivery.spool.parts import other
from tests.delivery.spool.parts import pairs
from tests.delivery.spool.parts import pending
from tests.delivery.spool.parts import PENDING
from tests.delivery.spool.parts import records
from tests.delivery.spool.parts import shorten
from tests.judge import assert_valid

MEGABYTE = 1024 * 1024


@pytest.fixture
def disk(monkeypatch):
    """Return a disk that can fail."""
    return install(monkeypatch, Disk())


def test_losses_are_counted_and_told(tmp_path, monkeypatch, caplog):
    """As many as were lost, since when, and why; once, and no payload."""
    monkeypatch.setattr(losses_module, 'QUIET', 0)
    writer = make_writer(tmp_path, max_size=MEGABYTE)
    begun = begin_all(writer)
    for _each in range(4):
        with pytest.raises(OSError, match='No space'):
            writer.begin('secret', pending('secret'), False)
    counted = count(writer, counters.SPOOL_FULL)
    for event_id in begun:
        writer.end(event_id, final(event_id), shorten)
    writer.report_losses()
    writer.report_losses()
    writer.close()
    messages = drain(writer.folder)
    (told,) = [
        json.loads(each)['payload'] for each in messages if b'monitor' in each
    ]

    assert 5 == counted
    assert [(5, 'interactions', 'spool full')] == losses(messages)
    assert_valid(told)
    assert told['tags'][0].startswith('since?value=20')
    assert 1 == caplog.text.count('takes no events (spool full)')
    assert 'secret' not in caplog.text


def test_burst_that_goes_on_is_not_told_of_yet(tmp_path):
    """One event says it all, once nothing was lost for a while."""
    writer = make_writer(tmp_path)
    writer.lost_before(3, 'disk full', 1)
    writer.report_losses()
    before = kinds(records(writer.folder))
    writer.close()

    assert [] == before
    assert [(3, 'interactions', 'disk full')] == losses(drain(writer.folder))


def test_losses_that_nobody_could_be_told_of_are_told_by_the_adopter(
    tmp_path,
):
    """A killed process takes no loss with it."""
    writer = make_writer(tmp_path)
    interact(writer, '1')
    writer.lost_before(2, 'disk full', 1)
    die(writer)

    assert [(2, 'interactions', 'disk full')] == losses(
        adopt_and_drain(writer.folder)
    )


def test_what_only_reads_is_left_out_first(tmp_path):
    """From four fifths on it is not recorded, in whole pairs, and counted."""
    writer = make_writer(tmp_path, max_size=MEGABYTE)
    taken = []
    for number in range(3000):
        event_id = str(number)
        if writer.begin(event_id, pending(event_id), True):
            taken.append(event_id)
        writer.end(event_id, final(event_id), shorten)
    used = layout.usage(tmp_path)
    written = writer.begin('w', pending('w'), False)
    writer.end('w', final('w'), shorten)
    shed = count(writer, counters.SHED)
    writer.close()
    messages = drain(writer.folder)

    assert written
    assert 0.7 * MEGABYTE < used < 0.85 * MEGABYTE
    assert 3000 == len(taken) + shed
    assert [(shed, 'interactions', 'shed')] == losses(messages)
    assert pairs(*taken, 'w') == [
        each for each in kinds(messages) if each[1] != 'audit.event'
    ]


def test_deny_leaves_nothing_out(tmp_path):
    """With ``deny`` a request that only reads is refused, not left out."""
    writer = make_writer(tmp_path, max_size=MEGABYTE, deny=True)
    begin_all(writer)
    with pytest.raises(OSError, match='No space'):
        writer.begin('r', pending('r'), True)
    die(writer)

    assert (0, 2) == (
        count(writer, counters.SHED),
        count(writer, counters.REFUSED),
    )
    assert (2, 'requests', 'refused') in losses(adopt_and_drain(writer.folder))


@pytest.mark.parametrize(
    ('error', 'reason'),
    [(errno.ENOSPC, 'disk full'), (errno.EIO, 'write error')],
)
@pytest.mark.parametrize('power', [False, True])
def test_reason_is_what_the_disk_said(
    tmp_path, disk, error, reason, power, monkeypatch
):
    """A full disk is not a broken one."""
    monkeypatch.setattr(journal, 'PAUSE', 0)
    writer = make_writer(tmp_path, power=power)
    for call in ('pwrite', 'posix_fallocate'):
        disk.fail(call, error)
    for event_id in ('1', '2'):
        with pytest.raises(OSError, match=r'No space|Input'):
            writer.begin(event_id, pending(event_id), False)
        writer.end(event_id, final(event_id), shorten)
    disk.heal()
    interact(writer, '3')
    writer.close()
    messages = drain(writer.folder)

    assert [(2, 'interactions', reason)] == losses(messages)
    assert pairs('3') == kinds(messages)[:2]


def test_other_event_that_is_lost_is_counted(tmp_path, disk):
    """Whoever emits it is told, and so is the auditor."""
    writer = make_writer(tmp_path)
    interact(writer, '1')
    disk.fail('pwrite', errno.EIO)
    with pytest.raises(OSError, match='Input'):
        writer.add(other('2'))
    disk.heal()
    writer.close()

    assert [(1, 'interactions', 'write error')] == losses(drain(writer.folder))


def test_message_that_no_reader_would_read_is_refused(tmp_path):
    """A message of megabytes is counted; a final one is made shorter."""
    writer = make_writer(tmp_path)
    with pytest.raises(OSError, match='too long'):
        writer.begin('1', pending('1', 'x' * 5 * MEGABYTE), False)
    writer.begin('2', pending('2'), False)
    writer.end('2', final('2', 'x' * 5 * MEGABYTE), shorten)
    writer.close()
    messages = drain(writer.folder)

    assert pairs('2') == kinds(messages)[:2]
    assert [(1, 'interactions', 'write error')] == losses(messages)


def test_disk_that_cannot_sync_is_told_of_once(tmp_path, disk, caplog):
    """With ``allow`` requests go on, and the log says so, not for each."""
    writer = make_writer(tmp_path, power=True)
    interact(writer, '0')
    disk.fail('fdatasync', errno.EIO)
    with caplog.at_level(logging.ERROR):
        interact(writer, *map(str, range(1, 6)))
        writer.add(other('x'))
    disk.heal()
    die(writer)
    found = kinds(adopt_and_drain(writer.folder))

    assert 1 == caplog.text.count('cannot sync')
    assert [*pairs(*map(str, range(6))), ('x', 'audit.event')] == found


def test_deny_refuses_what_cannot_be_synced(tmp_path, disk):
    """With ``deny`` and ``power``, no request runs without a safe record."""
    writer = make_writer(tmp_path, power=True, deny=True)
    interact(writer, '0')
    disk.fail('fdatasync', errno.EIO)
    for number in range(1, 51):
        event_id = str(number)
        with pytest.raises(OSError, match=r'sync|Input'):
            writer.begin(event_id, pending(event_id), False)
    still_open = len(writer._open)
    disk.heal()
    die(writer)
    messages = adopt_and_drain(writer.folder)
    begun = [each for each, kind in kinds(once(messages)) if kind == PENDING]

    assert [(50, 'requests', 'refused')] == losses(messages)
    # One was written before the disk was known to fail. It is ended like
    # what a dead process began.
    assert 1 == still_open
    assert ['0', '1'] == begun
    assert sorted(pairs('0', '1')) == sorted(
        each for each in kinds(once(messages)) if each[1] != 'audit.event'
    )
