# SPDX-License-Identifier: Apache-2.0

"""A broker in trouble: all that was answered arrives afterwards."""

import contextlib
import time

import pytest

from tests.faults.bus import Bus
from tests.faults.load import Load
from tests.faults.record import SECONDS
from tests.faults.rig import Api
from tests.faults.rig import ExternalForwarder
from tests.faults.rig import gunicorn_command
from tests.servers.process import temporary_directory

FAULTS = {
    'outage': 'the broker closes its port',
    'killed': 'kill -9 of the broker',
    'ended': 'a restart of the broker',
    'frozen': 'a broker that hangs (SIGSTOP)',
    'alarmed': 'a memory alarm of the broker',
    'locked': 'a wrong password',
}


@pytest.fixture(scope='module')
def apis(durable_url):
    """An API for each kind of forwarder, and the queue of each."""
    with contextlib.ExitStack() as stack:
        apis = {}
        for forwarder in ('thread', 'external'):
            bus = Bus(durable_url, f'broker-{forwarder}')
            bus.declare()
            directory = stack.enter_context(temporary_directory('faults'))
            api = apis[forwarder] = Api(
                directory,
                bus,
                lambda port: gunicorn_command(port, '--preload'),
                forwarder=forwarder,
            )
            stack.callback(api.stop)
            api.start(wait=False)
        for api in apis.values():
            api.wait()
        external = ExternalForwarder(apis['external'])
        stack.callback(external.stop)
        external.start()
        yield apis


@pytest.mark.parametrize('fault', FAULTS)
def test_broker_in_trouble(rabbitmq, apis, fault, promise, versions):
    """Whatever the broker does, each answered request has its two events."""
    loads = {
        forwarder: Load(api.port, threads=3) for forwarder, api in apis.items()
    }
    with loads['thread'] as one, loads['external'] as other:
        one.wait_for(30)
        other.wait_for(30)
        with getattr(rabbitmq, fault)():
            time.sleep(SECONDS)
        one.wait_for(30)
        other.wait_for(30)
    for forwarder, load in loads.items():
        verdict = apis[forwarder].arrived(load.requests)
        promise(
            f'{FAULTS[fault]}, forwarder = {forwarder}: every answered '
            'request has its two events',
            f'{verdict.answered} requests',
            len(verdict.lost),
            **versions,
        )

        assert verdict.complete, verdict
        assert [] == verdict.surplus
        assert [] == verdict.disordered
        assert {} == verdict.reported
        assert len(load.requests) == verdict.answered
