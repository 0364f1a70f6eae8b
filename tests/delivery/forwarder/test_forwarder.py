# SPDX-License-Identifier: Apache-2.0

"""From the records of a spool to a driver that takes them."""

import os
import threading
import time


from cadf_audit.delivery.forwarder import Forwarder
from cadf_audit.delivery import lane
from cadf_audit.delivery.spool.delivery import SpoolDelivery
from cadf_audit.delivery.spool.layout import writers
from tests.delivery.spooling import config
from tests.delivery.spooling import FakeDriver
from tests.delivery.spooling import interact
from tests.delivery.spooling import pairs
from tests.delivery.spooling import run_alone
from tests.delivery.spooling import wait_until


def test_records_arrive_in_order(spool, forwarding):
    """What a writer recorded first arrives first, once."""
    driver = FakeDriver()
    interact(spool(), *range(20))

    forwarding(fake=driver)
    wait_until(lambda: len(driver.accepted) == 40)

    assert pairs(*range(20)) == driver.taken


def test_record_stays_until_the_driver_accepts_it(spool, forwarding):
    """While the bus is away nothing is lost, and nothing is skipped."""
    driver = FakeDriver()
    driver.error = ConnectionError('away')
    interact(spool(), 1, 2)

    forwarding(fake=driver)
    wait_until(lambda: driver.refusals > 3)
    driver.error = None
    wait_until(lambda: len(driver.accepted) == 4)

    assert pairs(1, 2) == driver.taken


def test_drivers_do_not_wait_for_each_other(spool, forwarding):
    """A driver gets everything while another one hangs."""
    well, hung = FakeDriver(), FakeDriver()
    hung.open.clear()
    interact(spool(consumers=('forward-well', 'forward-hung')), *range(5))

    forwarding(well=well, hung=hung)
    wait_until(lambda: len(well.accepted) == 10)
    hung.open.set()
    wait_until(lambda: len(hung.accepted) == 10)

    assert pairs(*range(5)) == well.taken == hung.taken


def test_cursor_goes_on_where_it_was(spool, forwarding):
    """A forwarder that is started again repeats nothing after a good end."""
    first, second = FakeDriver(), FakeDriver()
    delivery = spool()
    interact(delivery, 1, 2)

    forwarder = forwarding(fake=first)
    wait_until(lambda: len(first.accepted) == 4)
    forwarder.stop()
    interact(delivery, 3)
    forwarding(fake=second)
    wait_until(lambda: second.accepted)

    assert pairs(1, 2) == first.taken
    wait_until(lambda: pairs(3) == second.taken)


def test_dead_writer_is_ended_and_removed(tmp_path, forwarding):
    """A request that its process did not survive has the outcome unknown."""
    program = """
        from cadf_audit.delivery.spool.delivery import SpoolDelivery
        import os, pathlib, signal, sys
        from tests.delivery.spooling import *

        delivery = SpoolDelivery(config(pathlib.Path(sys.argv[1])), None)
        interact(delivery, 1)
        delivery.send(PENDING, event(2))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    run_alone(program, tmp_path)
    driver = FakeDriver()

    forwarding(fake=driver)
    wait_until(lambda: not list(writers(tmp_path)))

    assert [*pairs(1), *pairs(2)] == driver.taken
    final = driver.accepted[-1]['payload']
    assert 'unknown' == final['outcome']
    assert 'worker ended' == final['reason']['reasonCode']
    assert 'relay' == final['reporterchain'][0]['role']


def test_thread_leaves_other_services_alone(spool, forwarding, tmp_path):
    """The forwarder of a service sends nothing of another one."""
    program = """
        from cadf_audit.delivery.spool.delivery import SpoolDelivery
        import pathlib, sys
        from tests.delivery.spooling import *

        for service in ('svc', 'other'):
            settings = config(pathlib.Path(sys.argv[1]), service=service)
            interact(SpoolDelivery(settings, None), service)
    """
    run_alone(program, tmp_path)
    driver = FakeDriver()

    forwarding('svc', fake=driver)
    wait_until(lambda: len(list(writers(tmp_path))) == 1)
    # As long as several looks take.
    time.sleep(0.5)

    assert pairs('svc') == driver.taken
    assert 1 == len(list(writers(tmp_path)))


def test_external_forwarder_takes_what_was_meant_for_nobody(spool, forwarding):
    """A spool without a driver is forwarded once somebody forwards it."""
    driver = FakeDriver()
    interact(spool(consumers=()), 1)

    forwarding(fake=driver)
    wait_until(lambda: len(driver.accepted) == 2)

    assert pairs(1) == driver.taken


def test_two_forwarders_share_the_work(spool, forwarding):
    """Two forwarders of one directory send each record once."""
    first, second = FakeDriver(), FakeDriver()
    interact(spool(), *range(10))

    forwarding(fake=first)
    forwarding(fake=second)
    wait_until(lambda: len(first.accepted) + len(second.accepted) == 20)

    assert sorted(pairs(*range(10))) == sorted(first.taken + second.taken)


def test_many_living_writers_have_their_turn(tmp_path, forwarding):
    """More writers than are drained at once are all forwarded."""
    made = [
        SpoolDelivery(config(tmp_path), None)
        for _each in range(3 * lane.MOST_DRAINS)
    ]
    for number, delivery in enumerate(made):
        interact(delivery, number)
    driver = FakeDriver()

    forwarding(fake=driver)
    wait_until(lambda: len(driver.accepted) == 2 * len(made))
    interact(made[-1], 'again')
    wait_until(lambda: len(driver.accepted) == 2 * len(made) + 2)
    for delivery in made:
        delivery.close()

    assert {number for number, _kind in pairs(*range(len(made)), 'again')} == {
        number for number, _kind in driver.taken
    }


def test_records_of_another_service_are_told_of(tmp_path, forwarding, caplog):
    """A service that was renamed hears of what its old name left."""
    program = """
        from cadf_audit.delivery.spool.delivery import SpoolDelivery
        import pathlib, sys
        from tests.delivery.spooling import *

        settings = config(pathlib.Path(sys.argv[1]), service='gunicorn')
        interact(SpoolDelivery(settings, None), 1)
    """
    run_alone(program, tmp_path)

    forwarding('uwsgi', fake=FakeDriver())
    wait_until(lambda: 'processes of gunicorn have left' in caplog.text)
    time.sleep(0.3)

    assert 1 == caplog.text.count('processes of gunicorn have left')


def test_segments_are_deleted_once_they_were_forwarded(
    spool, forwarding, tmp_path
):
    """A writer that goes on keeps no segment that every driver has."""
    delivery = spool(segment_size=64 * 1024)
    interact(delivery, *range(400))
    [folder] = writers(tmp_path)
    before = len(list(folder.glob('*.jsonl')))

    forwarding(fake=FakeDriver())
    wait_until(lambda: len(list(folder.glob('*.jsonl'))) == 1)

    assert before > 2


def test_what_a_power_cut_could_take_is_not_forwarded(
    tmp_path, monkeypatch, forwarding
):
    """The bus is told of nothing that the disk may not have kept."""
    delivery = SpoolDelivery(config(tmp_path, power=True), None)
    interact(delivery, 1)
    sync = os.fdatasync
    syncing, go_on = threading.Event(), threading.Event()

    def slow(file):
        if threading.current_thread() is request:
            syncing.set()
            go_on.wait(30)
        sync(file)

    request = threading.Thread(target=interact, args=(delivery, 2))
    monkeypatch.setattr(os, 'fdatasync', slow)
    request.start()
    syncing.wait(30)
    driver = FakeDriver()
    forwarding(fake=driver)
    wait_until(lambda: len(driver.accepted) == 2)
    time.sleep(0.5)
    early = driver.taken
    go_on.set()
    request.join()
    wait_until(lambda: len(driver.accepted) == 4)
    delivery.close()

    assert pairs(1) == early
    assert pairs(1, 2) == driver.taken


def test_two_filters_in_one_process_forward_both(tmp_path):
    """Each filter of a process has its records sent, whoever sends them."""
    driver = FakeDriver()
    deliveries = [
        SpoolDelivery(
            config(tmp_path),
            lambda tick: Forwarder(
                tmp_path, {'fake': lambda: driver}, 'svc', tick
            ),
        )
        for _each in range(2)
    ]
    for number, delivery in enumerate(deliveries):
        interact(delivery, number)
    wait_until(lambda: len(driver.accepted) == 4)
    for delivery in deliveries:
        delivery.close()

    assert sorted(pairs(0, 1)) == sorted(driver.taken)
