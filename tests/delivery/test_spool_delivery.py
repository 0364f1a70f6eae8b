# SPDX-License-Identifier: Apache-2.0

"""Events into the spool, and what becomes of them when it is broken."""

import os
import shutil
import threading

import pytest

from cadf_audit.delivery.forwarder import Forwarder
from cadf_audit.delivery import NotRecorded
from cadf_audit.delivery.spool.delivery import SpoolDelivery
from cadf_audit.delivery.spool import journal
from cadf_audit.delivery.spool.journal import FolderGoneError
from cadf_audit.delivery.spool.layout import writers
from tests.delivery.spooling import config
from tests.delivery.spooling import event
from tests.delivery.spooling import FakeDriver
from tests.delivery.spooling import FINAL
from tests.delivery.spooling import interact
from tests.delivery.spooling import messages
from tests.delivery.spooling import pairs
from tests.delivery.spooling import PENDING
from tests.delivery.spooling import recorded
from tests.delivery.spooling import run
from tests.delivery.spooling import wait_until
from tests.servers.process import need_root
from tests.servers.process import temporary_directory


@pytest.fixture
def delivery(tmp_path):
    """Return a delivery of this process; close it at the end."""
    delivery = SpoolDelivery(config(tmp_path), None)
    yield delivery
    delivery.close()


def test_nothing_is_made_before_the_first_event(tmp_path, delivery):
    """A process that serves nobody has no folder."""
    before = list(tmp_path.iterdir())
    interact(delivery, 1)

    assert [] == before
    assert pairs(1) == recorded(tmp_path)


def test_final_event_of_what_was_not_begun_is_none(tmp_path, delivery):
    """Half of a pair is worth nothing, and its loss was counted."""
    interact(delivery, 1)
    delivery.send(FINAL, event(2))

    assert pairs(1) == recorded(tmp_path)


def test_other_event_stands_for_itself(tmp_path, delivery):
    """An event that no request caused is one record."""
    delivery.send('audit.event', event(1))

    assert [('id-1', 'audit.event')] == recorded(tmp_path)


def test_loss_before_there_is_a_folder_is_told_of(tmp_path, caplog):
    """What is lost while not even a folder can be made is an event later."""
    directory = tmp_path / 'spool'
    delivery = SpoolDelivery(config(directory), None)
    for number in range(3):
        with pytest.raises(NotRecorded):
            delivery.send(PENDING, event(number))
    directory.mkdir()

    wait_until(lambda: records_of(delivery, 3))
    [folder] = writers(directory)
    delivery.close()

    [loss] = [
        each
        for each in messages(folder)
        if each['event_type'] == 'audit.event'
    ]
    assert loss['payload']['measurements'][0]['result'] >= 3
    assert 1 == caplog.text.count('takes no events (write error)')


def test_full_disk_at_start_does_not_keep_the_forwarder_from_it(tmp_path):
    """A process that cannot make its folder forwards what is there."""
    run(
        """
        meant = config(delivery._config.directory, consumers=['forward-fake'])
        interact(SpoolDelivery(meant, None), 1)
        """,
        tmp_path,
    )
    driver = FakeDriver()
    delivery = SpoolDelivery(
        # Less than the folder of a writer takes.
        config(tmp_path, max_size=1000),
        lambda tick: Forwarder(
            tmp_path, {'fake': lambda: driver}, 'svc', tick
        ),
    )

    with pytest.raises(NotRecorded):
        delivery.send(PENDING, event(2))
    wait_until(lambda: len(driver.accepted) == 2)
    delivery.close()

    assert pairs(1) == driver.taken


def test_service_that_is_not_root_on_a_disk_of_its_own():
    """A lost+found that it may not enter is nobody's concern."""
    need_root()
    program = """
        from cadf_audit.delivery.spool.layout import writers
        from cadf_audit.delivery.spool.survey import survey
        import codecs

        # What is loaded later has to be found by this user as well.
        codecs.lookup('latin-1')
        os.setuid(65534)
        interact(delivery, 1)
        print(len(list(writers(delivery._config.directory))))
        print(len(list(survey(delivery._config.directory))))
    """

    with temporary_directory('spool') as directory:
        (directory / 'lost+found').mkdir(mode=0o700)
        os.chown(directory, 65534, 65534)

        assert '1\n1\n' == run(program, directory)


@pytest.mark.parametrize('what', ['folder', 'spool'])
def test_folder_that_somebody_deletes_is_noticed(
    tmp_path, what, monkeypatch, caplog
):
    """Nothing goes into files that nobody can read any more for long."""
    monkeypatch.setattr(journal, 'LOOK_EVERY', 0)
    directory = tmp_path / 'spool'
    directory.mkdir()
    delivery = SpoolDelivery(config(directory, deny=True), None)
    interact(delivery, 1)

    shutil.rmtree(directory)
    for number in (2, 3):
        with pytest.raises(NotRecorded):
            delivery.send(PENDING, event(number))
        if what == 'folder':
            break
    directory.mkdir(exist_ok=True)
    monkeypatch.setattr('cadf_audit.delivery.spool.delivery.RETRY_FOLDER', 0)
    wait_until(lambda: records_of(delivery, 4))
    delivery.close()

    assert pairs(4) == recorded(directory)[:2]
    assert 1 == caplog.text.count('has deleted the folder of this process')


def test_each_loss_of_a_deleted_folder_is_counted(tmp_path, monkeypatch):
    """Many requests at once meet it, and none of them is lost in silence."""
    monkeypatch.setattr(journal, 'LOOK_EVERY', 0)
    directory = tmp_path / 'spool'
    directory.mkdir()
    delivery = SpoolDelivery(config(directory), None)
    interact(delivery, 1)
    delivery.send(PENDING, event('open'))
    shutil.rmtree(directory)
    directory.mkdir()
    refused = []

    def work(thread):
        for number in range(50):
            if not records_of(delivery, f'{thread}-{number}'):
                refused.append(number)

    threads = [
        threading.Thread(target=work, args=(each,)) for each in range(8)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    delivery.close()

    [folder] = writers(directory)
    told = [
        each['payload']['measurements'][0]['result']
        for each in messages(folder)
        if each['event_type'] == 'audit.event'
    ]
    assert 1 + len(refused) == sum(told)
    assert 2 * (400 - len(refused)) == len(messages(folder)) - len(told)


def test_request_that_meets_a_deleted_folder_late_is_counted(
    tmp_path, monkeypatch
):
    """Another one has made a new folder by then, which tells of both."""
    monkeypatch.setattr(journal, 'LOOK_EVERY', 0)
    directory = tmp_path / 'spool'
    directory.mkdir()
    delivery = SpoolDelivery(config(directory), None)
    interact(delivery, 1)
    process = delivery._process()
    gone = process.writer
    shutil.rmtree(directory)
    directory.mkdir()
    with pytest.raises(NotRecorded):
        delivery.send(PENDING, event(2))
    interact(delivery, 3)

    with pytest.raises(FolderGoneError):
        gone.begin('id-4', b'{}', only_reads=False)
    delivery._begin_anew(process, gone)
    delivery.close()

    [folder] = writers(directory)
    told = [
        each['payload']['measurements'][0]['result']
        for each in messages(folder)
        if each['event_type'] == 'audit.event'
    ]
    assert 2 == sum(told)
    assert pairs(3) == recorded(directory)[:2]


def test_forwarder_without_a_thread_is_started_later(tmp_path, monkeypatch):
    """A system that had no thread at the first event has one later."""
    monkeypatch.setattr('cadf_audit.delivery.spool.delivery.RETRY_THREAD', 0)
    started = []

    class Forwarding:
        def start(self):
            started.append(self)
            if len(started) == 1:
                raise RuntimeError("can't start new thread")

        def stop(self):
            """Stop."""

    delivery = SpoolDelivery(config(tmp_path), lambda tick: Forwarding())
    interact(delivery, 1, 2, 3)
    delivery.close()

    assert 2 == len(started)
    assert pairs(1, 2, 3) == recorded(tmp_path)


def records_of(delivery, number):
    """Say whether an interaction could be recorded."""
    try:
        interact(delivery, number)
    except NotRecorded:
        return False
    return True


def test_counters_that_somebody_cuts_end_no_process(tmp_path):
    """A truncated file harms only itself."""
    program = """
        interact(delivery, 1)
        [folder] = folders()
        os.truncate(folder / 'counters', 0)
        interact(delivery, 2)
        print('alive')
    """

    assert 'alive\n' == run(program, tmp_path)
    assert pairs(1, 2) == recorded(tmp_path)
