# SPDX-License-Identifier: Apache-2.0

"""The queue in processes that fork, exit and are told to end."""

import subprocess
import sys
import textwrap

import pytest


def test_child_of_a_fork_sends_its_own_events():
    """A queue, a lock and a thread of the parent are none of the child's.

    The fork happens while the parent's queue is full of events and locked.
    """
    program = """
        from cadf_audit.delivery.memory import MemoryDelivery
        import os, sys

        class Bus:
            def notify(self, context, message, priority, retry):
                if os.getpid() == parent and not after:
                    raise ConnectionError
                name = 'parent' if os.getpid() == parent else 'child'
                print(name, message['payload']['id'], flush=True)

        parent, after = os.getpid(), []
        delivery = MemoryDelivery(lambda: [Bus()], 'svc', 100, 10**6)
        for event_id in ('p1', 'p2'):
            delivery.send('audit.http.request', {'id': event_id})
        with delivery.sender()._changed:
            child = os.fork()
        if not child:
            delivery.send('audit.http.request', {'id': 'c1'})
            sys.exit(0)
        os.waitpid(child, 0)
        after.append(True)
    """

    assert ['child c1', 'parent p1', 'parent p2'] == run(program)


def test_child_that_sends_nothing_leaves_the_queue_alone():
    """A child that exits neither waits for nor logs its parent's events."""
    program = """
        from cadf_audit.delivery.memory import MemoryDelivery
        import logging, os, sys

        class Line(logging.Handler):
            def emit(self, record):
                print('logged', flush=True)

        class Bus:
            def notify(self, context, message, priority, retry):
                if not after:
                    raise ConnectionError
                print(message['payload']['id'], flush=True)

        logging.getLogger('cadf_audit.events').addHandler(Line())
        after = []
        delivery = MemoryDelivery(lambda: [Bus()], 'svc', 100, 10**6)
        delivery.send('audit.http.request', {'id': 'p1'})
        child = os.fork()
        if not child:
            sys.exit(0)
        os.waitpid(child, 0)
        after.append(True)
    """

    assert ['p1'] == run(program)


@pytest.mark.parametrize('way', ['exit', 'exception', 'sigterm'])
def test_process_that_ends_in_order_loses_nothing(way):
    """An ordinary exit of the interpreter empties the queue."""
    program = """
        from cadf_audit.delivery.memory import MemoryDelivery
        import signal, sys, time

        class Slow:
            def notify(self, context, message, priority, retry):
                time.sleep(0.01)
                print(message['payload']['id'], flush=True)

        signal.signal(signal.SIGTERM, lambda *args: sys.exit(0))
        delivery = MemoryDelivery(lambda: [Slow()], 'svc', 100, 10**6)
        for number in range(20):
            delivery.send('audit.http.request', {'id': str(number)})
        if sys.argv[1] == 'exception':
            raise ValueError
        if sys.argv[1] == 'sigterm':
            signal.raise_signal(signal.SIGTERM)
    """

    assert [str(number) for number in range(20)] == run(program, way)


def test_second_signal_during_an_exit_loses_nothing():
    """A server's SIGTERM after that of systemd still leaves the log."""
    program = """
        from cadf_audit.delivery.memory import MemoryDelivery
        import json, logging, os, signal, sys, threading

        class Line(logging.Handler):
            def emit(self, record):
                message = json.loads(record.getMessage())
                name = message['payload'].get('measurements')
                print(name and name[0]['result'] or message['payload']['id'])

        class Away:
            def notify(self, context, message, priority, retry):
                raise ConnectionError

        logging.getLogger('cadf_audit.events').addHandler(Line())
        signal.signal(signal.SIGTERM, lambda *args: sys.exit(0))
        delivery = MemoryDelivery(lambda: [Away()], 'svc', 100, 10**6)
        for number in range(3):
            delivery.send('audit.http.request', {'id': str(number)})
        again = threading.Timer(1, os.kill, [os.getpid(), signal.SIGTERM])
        again.daemon = True
        again.start()
        signal.raise_signal(signal.SIGTERM)
    """

    assert ['0', '1', '2', '3'] == run(program)


def run(program, *arguments):
    """Run a program in a process of its own; return the lines it printed."""
    done = subprocess.run(
        [sys.executable, '-c', textwrap.dedent(program), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout.splitlines()
