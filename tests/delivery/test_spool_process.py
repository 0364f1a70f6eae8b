# SPDX-License-Identifier: Apache-2.0

"""The spool in processes that fork, exit and are killed."""

import pytest

from cadf_audit.delivery.spool.adoption import adopt
from cadf_audit.delivery.spool.layout import writers
from tests.delivery.spooling import FINAL
from tests.delivery.spooling import messages
from tests.delivery.spooling import pairs
from tests.delivery.spooling import PENDING
from tests.delivery.spooling import recorded
from tests.delivery.spooling import run


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
