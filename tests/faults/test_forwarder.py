# SPDX-License-Identifier: Apache-2.0

"""A forwarder that ends, in every way, under load: nothing is lost with it."""

import contextlib
import os
import signal
import time

import pytest

from tests.faults.load import Load
from tests.faults.record import SECONDS
from tests.faults.rig import Api
from tests.faults.rig import ExternalForwarder
from tests.faults.rig import wait_for


@pytest.mark.parametrize(
    ('number', 'name'),
    [(signal.SIGKILL, 'kill -9'), (signal.SIGTERM, 'SIGTERM')],
    ids=['kill', 'term'],
)
def test_forwarder_that_ends(
    directory, queue, number, name, promise, versions
):
    """The next forwarder goes on where the last one was, or before that."""
    api = Api(directory, queue, forwarder='external')
    forwarder = ExternalForwarder(api, command=True)
    with contextlib.ExitStack() as stack:
        stack.callback(api.stop)
        stack.callback(forwarder.stop)
        api.start()
        forwarder.start()
        ends = 0
        with Load(api.port, pause=0.01) as load:
            deadline = time.monotonic() + SECONDS
            while time.monotonic() < deadline or not ends:
                load.wait_for(100)
                # It takes longer to start than 100 requests take.
                arrived = len(queue.messages)
                wait_for(
                    lambda n=arrived: len(queue.read()) > n, 'the forwarder'
                )
                if number == signal.SIGTERM:
                    forwarder.terminate()
                else:
                    os.kill(forwarder.pid, signal.SIGKILL)
                    forwarder.stop()
                ends += 1
                forwarder.start()
            load.wait_for(50)
        verdict = api.arrived(load.requests)
        promise(
            f'{name} of the external forwarder: every answered request has '
            'its two events',
            f'{ends} times, {verdict.answered} requests',
            len(verdict.lost),
            **versions,
        )

        assert verdict.complete, verdict
        assert [] == verdict.surplus
        assert [] == verdict.disordered
        if number == signal.SIGTERM:
            # In good order nothing has to be sent twice.
            assert 0 == verdict.duplicates


def test_broker_absent_at_start(rabbitmq, directory, queue, promise, versions):
    """An API starts without a broker, and sends when there is one."""
    api = Api(directory, queue)
    with contextlib.ExitStack() as stack:
        stack.callback(api.stop)
        with rabbitmq.outage():
            api.start()
            with Load(api.port) as load:
                time.sleep(SECONDS)
                load.wait_for(50)
        verdict = api.arrived(load.requests)
        promise(
            'broker absent at start: every answered request has its two '
            'events',
            f'{verdict.answered} requests',
            len(verdict.lost),
            **versions,
        )

        assert verdict.complete, verdict
        assert [] == verdict.surplus
        assert [] == verdict.disordered
        assert len(load.requests) == verdict.answered
