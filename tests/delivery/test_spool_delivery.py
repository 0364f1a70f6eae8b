# SPDX-License-Identifier: Apache-2.0

"""Events into the spool, in processes that fork, exit and are killed."""

import json
import os
import shutil
import subprocess
import sys
import textwrap

import pytest

from cadf_audit.delivery.forwarder import Forwarder
from cadf_audit.delivery import NotRecorded
from cadf_audit.delivery.spool.adoption import adopt
from cadf_audit.delivery.spool.delivery import SpoolDelivery
from cadf_audit.delivery.spool import journal
from cadf_audit.delivery.spool.layout import writers
from cadf_audit.delivery.spool.reader import Found
from cadf_audit.delivery.spool.reader import Reader
from tests.delivery.spooling import config
from tests.delivery.spooling import event
from tests.delivery.spooling import FakeDriver
from tests.delivery.spooling import FINAL
from tests.delivery.spooling import interact
from tests.delivery.spooling import pairs
from tests.delivery.spooling import PENDING
from tests.delivery.spooling import wait_until
from tests.servers.process import temporary_directory


@pytest.fixture
def delivery(tmp_path):
    """Return a delivery of this process; close it at the end."""
    delivery = SpoolDelivery(config(tmp_path), None)
    yield delivery
    delivery.close()


def messages(folder):
    """Return the messages in the folder of a writer."""
    reader = Reader(folder)
    found = []
    while items := reader.read():
        found += [each for each in items if isinstance(each, Found)]
    reader.close()
    return [json.loads(each.message) for each in found]


def recorded(directory):
    """Return the ids and types of all events in a spool."""
    return [
        (each['payload']['id'], each['event_type'])
        for folder in writers(directory)
        for each in messages(folder)
    ]


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
    if os.geteuid():
        pytest.skip('needs root: sudo make test')
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


def test_child_of_a_fork_has_a_writer_of_its_own(tmp_path):
    """Parent and child write to two folders, at the same time."""
    program = """
        import os, sys
        interact(delivery, 'parent')
        child = os.fork()
        interact(delivery, 'child' if not child else 'again')
        if not child:
            sys.exit()
        os.waitpid(child, 0)
    """

    run(program, tmp_path)

    assert 2 == len(list(writers(tmp_path)))
    assert sorted(
        [*pairs('parent'), *pairs('again'), *pairs('child')]
    ) == sorted(recorded(tmp_path))


@pytest.mark.parametrize(
    'fork',
    [
        'child = os.fork()\nif not child:\n    report()\n    os._exit(0)\n'
        'os.waitpid(child, 0)',
        'process = multiprocessing.get_context("fork").Process(target=report)'
        '\nprocess.start()\nprocess.join()',
        'subprocess.run([sys.executable, "-c", REPORT], close_fds=False)',
    ],
    ids=['fork', 'multiprocessing', 'subprocess'],
)
def test_descriptors_are_not_inherited(tmp_path, fork):
    """A child holds no file of the spool open, and no lock."""
    program = f"""
import multiprocessing, os, subprocess, sys
REPORT = '''
for number in range(3, 200):
    try:
        print(os.readlink(f"/proc/self/fd/{{number}}"), flush=True)
    except OSError:
        pass
'''
def report():
    exec(REPORT)
delivery.send(PENDING, event(1))
{fork}
"""

    output = run(program, tmp_path)

    assert str(tmp_path) not in output
    assert pairs(1)[:1] == recorded(tmp_path)


def test_child_that_leaves_through_the_filter_ends_nothing(tmp_path):
    """A child that a request forks writes no second final event."""
    program = """
        from cadf_audit import AuditMiddleware
        import os, sys
        from tests.harness import call, environ

        def app(environ, start_response):
            child = os.fork()
            if not child:
                sys.exit()
            os.waitpid(child, 0)
            start_response('200 OK', [])
            return [b'ok']

        call(AuditMiddleware(app, spool_dir=sys.argv[1]), environ())
    """

    run(program, tmp_path)
    folders = list(writers(tmp_path))

    assert 1 == len(folders)
    kinds = [each['event_type'] for each in messages(folders[0])]
    assert [PENDING, FINAL] == kinds


def test_killed_process_keeps_what_it_recorded(tmp_path):
    """kill -9 loses nothing that a request has recorded."""
    program = """
        import os, signal
        interact(delivery, *range(50))
        os.kill(os.getpid(), signal.SIGKILL)
    """

    run(program, tmp_path)

    assert pairs(*range(50)) == recorded(tmp_path)


def test_child_that_outlives_its_parent_does_not_keep_it_alive(tmp_path):
    """A dead writer is adopted though a child of it runs on."""
    program = """
        import os, signal, time
        delivery.send(PENDING, event(1))
        if not os.fork():
            os.close(1)
            time.sleep(20)
            os._exit(0)
        os.kill(os.getpid(), signal.SIGKILL)
    """

    run(program, tmp_path)
    [folder] = writers(tmp_path)

    assert adopt(folder)
    assert pairs(1) == recorded(tmp_path)


@pytest.mark.parametrize('server', ['has loaded it', 'loads it afterwards'])
def test_start_forwards_what_was_left(tmp_path, server):
    """A server's hook starts to forward before there is a request."""
    run(
        """
        meant = config(delivery._config.directory, consumers=['forward-log'])
        interact(SpoolDelivery(meant, None), 1)
        """,
        tmp_path,
    )
    program = """
        from cadf_audit import AuditMiddleware
        import cadf_audit.delivery
        import sys, time

        if sys.argv[2] == 'loads it afterwards':
            cadf_audit.delivery.start()
        kept = AuditMiddleware(
            lambda environ, start_response: [],
            spool_dir=sys.argv[1],
            driver='log',
            service_name='svc',
        )
        if sys.argv[2] == 'has loaded it':
            cadf_audit.delivery.start()
        while any(os.path.isdir(each) for each in folders()):
            time.sleep(0.05)
        print('sent')
    """

    output = run(program, tmp_path, server)

    assert 'sent\n' == output
    assert [] == recorded(tmp_path)


@pytest.mark.parametrize(
    'patch',
    [
        'import eventlet; eventlet.monkey_patch()',
        'import gevent.monkey; gevent.monkey.patch_all()',
    ],
    ids=['eventlet', 'gevent'],
)
def test_patched_threads_are_refused_with_the_reason(tmp_path, patch):
    """A filter with threads that are none does not start, and says why."""
    pytest.importorskip(
        patch.split()[1].partition('.')[0].rstrip(';'),
        reason='needs eventlet and gevent: pip install eventlet gevent',
    )
    program = f"""
{patch}
from cadf_audit import AuditMiddleware
from cadf_audit.exceptions import OptionError
import sys
from tests.harness import answer, call, environ
options = dict(spool_dir=sys.argv[1], driver='log', service_name='svc')
try:
    AuditMiddleware(answer(), **options)
except OptionError as exc:
    print(exc)
call(AuditMiddleware(answer(), forwarder='external', **options), environ())
"""

    output = run(program, tmp_path)

    assert 'forwarder: thread cannot work here' in output
    assert 'has replaced the threads' in output
    assert 'cadf-audit spool forward' in output
    assert 2 == len(recorded(tmp_path))


def test_threads_that_are_patched_after_the_start(tmp_path):
    """Nothing is forwarded then, and the log says where the events are."""
    pytest.importorskip('gevent', reason='needs gevent: pip install gevent')
    program = """
        import logging, sys
        logging.basicConfig(stream=sys.stdout)
        from cadf_audit import AuditMiddleware
        from tests.harness import answer, call, environ
        audited = AuditMiddleware(
            answer(), spool_dir=sys.argv[1], driver='log', service_name='svc'
        )
        import gevent.monkey
        gevent.monkey.patch_all()
        call(audited, environ())
    """

    output = run(program, tmp_path)

    assert 'gevent has replaced the threads of this process' in output
    assert 2 == len(recorded(tmp_path))


PROLOGUE = """
from cadf_audit.delivery.spool.delivery import SpoolDelivery
import os, pathlib, sys
from tests.delivery.spooling import *

def folders():
    return [each for each in pathlib.Path(sys.argv[1]).iterdir()
            if each.name not in ('consumers', 'set-aside')]

delivery = SpoolDelivery(config(pathlib.Path(sys.argv[1])), None)
"""


def run(program, directory, *arguments):
    """Run a program in a process of its own; return what it printed."""
    done = subprocess.run(
        [
            sys.executable,
            *('-W', 'ignore', '-c', PROLOGUE + textwrap.dedent(program)),
            directory,
            *arguments,
        ],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout
