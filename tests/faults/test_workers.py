# SPDX-License-Identifier: Apache-2.0

"""Workers that end, in every way, under load: nothing is lost with them."""

import contextlib
import functools
import os
import random
import signal
import time

import pytest

from tests.faults.load import FORKS
from tests.faults.load import Load
from tests.faults.load import MIX
from tests.faults.record import SECONDS
from tests.faults.rig import Api
from tests.faults.rig import ExternalForwarder
from tests.faults.rig import gunicorn_command
from tests.faults.rig import HOOK
from tests.faults.rig import is_drained
from tests.faults.rig import uwsgi
from tests.faults.rig import uwsgi_command
from tests.faults.rig import wait_for

FORWARDERS = ('thread', 'external')

# Workers that are there at once are killed in the middle of their work.
PRELOAD = ('--preload',)
THREADS = ('--preload', '--worker-class', 'gthread', '--threads', '8')


@pytest.fixture
def api(directory, bus):
    """A function that starts the API, and what forwards for it."""
    with contextlib.ExitStack() as stack:

        def start(*options, command=gunicorn_command, **audit):
            api = Api(
                directory,
                bus,
                functools.partial(_command, command, options),
                **audit,
            )
            stack.callback(api.stop)
            api.start()
            if audit.get('forwarder') == 'external':
                forwarder = ExternalForwarder(api)
                stack.callback(forwarder.stop)
                forwarder.start()
            return api

        yield start


def _command(command, options, port):
    return command(port, *options)


def check(verdict, promise, sentence, versions, faults=''):
    """Write the verdict down, and fail unless it is that nothing is lost."""
    missing = [*verdict.lost, *verdict.unfinished]
    tries = f'{verdict.answered} requests'
    if faults:
        tries = f'{faults}, {tries}'
    promise(sentence, tries, len(missing), **versions)

    assert [] == missing
    assert [] == verdict.surplus
    assert [] == verdict.disordered
    assert {} == verdict.reported


def kill_workers(api, seconds, pause=0.3):
    """Kill a worker again and again; return how many there were."""
    deadline = time.monotonic() + seconds
    killed = 0
    while time.monotonic() < deadline:
        if workers := api.workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(random.choice(workers), signal.SIGKILL)
                killed += 1
        time.sleep(pause)
    return killed


def wait_for_others(api, before):
    """Return when no worker is one of those before."""
    wait_for(lambda: not before.intersection(api.workers), 'new workers')


@pytest.mark.parametrize(
    ('forwarder', 'options'),
    [('thread', PRELOAD), ('external', PRELOAD), ('thread', THREADS)],
    ids=['thread', 'external', 'gthread'],
)
def test_killed_workers(api, forwarder, options, promise, versions):
    """Each request that a killed worker had begun gets its final event."""
    served = api(*options, forwarder=forwarder)
    with Load(served.port, threads=8, pause=0.005) as load:
        load.wait_for(30)
        killed = kill_workers(served, 2 * SECONDS)
        load.wait_for(30)
    threaded = options is THREADS
    verdict = served.arrived(load.requests, one_at_a_time=not threaded)

    threads = ', 8 threads each' if threaded else ''
    check(
        verdict,
        promise,
        f'kill -9 of workers{threads}, forwarder = {forwarder}: every '
        'answered request has its two events, every begun one a final event',
        versions,
        f'{killed} kills',
    )


def test_workers_of_50_requests(api, promise, versions):
    """Workers that end after 50 requests lose none of them."""
    limit = ('--max-requests', '50', '--max-requests-jitter', '10')
    served = api(*PRELOAD, *limit)
    before = set(served.workers)
    with Load(served.port) as load:
        time.sleep(SECONDS)
        wait_for_others(served, before)
        load.wait_for(30)
    verdict = served.arrived(load.requests)

    check(
        verdict,
        promise,
        '--max-requests 50: every answered request has its two events',
        versions,
    )
    assert 0 == verdict.ended_by_others


@pytest.mark.parametrize('forwarder', FORWARDERS)
def test_reload(api, forwarder, promise, versions):
    """A reload (SIGHUP) loses nothing and ends nothing early."""
    served = api(forwarder=forwarder)
    with Load(served.port) as load:
        load.wait_for(30)
        deadline = time.monotonic() + SECONDS
        reloads = 0
        while time.monotonic() < deadline or not reloads:
            before = set(served.workers)
            os.kill(served.pid, signal.SIGHUP)
            wait_for_others(served, before)
            load.wait_for(30)
            reloads += 1
    verdict = served.arrived(load.requests)

    check(
        verdict,
        promise,
        f'SIGHUP, forwarder = {forwarder}: every answered request has its '
        'two events',
        versions,
        f'{reloads} reloads',
    )
    assert 0 == verdict.ended_by_others


def test_uwsgi_that_loads_before_it_forks(api, promise, versions):
    """uWSGI forks without telling Python; each worker has its own writer."""
    if uwsgi() is None:
        pytest.skip('needs uWSGI: make uwsgi')
    served = api('--enable-threads', command=uwsgi_command)
    with Load(served.port) as load:
        load.wait_for(30)
        killed = kill_workers(served, SECONDS)
        load.wait_for(30)
    verdict = served.arrived(load.requests)

    check(
        verdict,
        promise,
        'uWSGI without lazy-apps, kill -9 of workers: every answered request '
        'has its two events, every begun one a final event',
        versions,
        f'{killed} kills',
    )


def test_workers_that_fork(api, promise, versions):
    """Children of workers, however they end, neither lose nor add events.

    Some outlive their worker, with all that they have inherited of it.
    """
    served = api(*PRELOAD)
    mix = (*FORKS, ('POST', 'fork-stay'))
    with Load(served.port, mix=mix) as load:
        load.wait_for(30)
        killed = kill_workers(served, SECONDS, 0.5)
        load.wait_for(30)
    verdict = served.arrived(load.requests)

    check(
        verdict,
        promise,
        'workers that fork children, --preload, kill -9 of workers: every '
        'answered request has its two events, every begun one a final event',
        versions,
        f'{killed} kills',
    )


@pytest.mark.parametrize(
    ('forwarder', 'options'),
    [('thread', ()), ('thread', PRELOAD), ('external', ())],
    ids=['thread', 'preload', 'external'],
)
def test_end_under_load(
    api, bus, forwarder, options, directory, promise, versions
):
    """What SIGTERM leaves in the spool goes on with the next start.

    Nobody has to send a request for that, where a hook of the server starts
    the forwarder.
    """
    file = directory / 'hook.py'
    file.write_text(HOOK)
    served = api('--config', str(file), *options, forwarder=forwarder)
    requests = []
    ends = 0
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline or not ends:
        if ends:
            served.start()
        with Load(served.port, threads=8, pause=0.005) as load:
            load.wait_for(100)
            served.terminate()
        requests += load.requests
        ends += 1
    if forwarder == 'thread':
        assert not is_drained(served.spool, bus.consumer)
    served.start(wait=False)
    verdict = served.arrived(requests)

    check(
        verdict,
        promise,
        ' '.join(['SIGTERM under load', *options])
        + f', forwarder = {forwarder}: every answered request has its two '
        'events, once the service runs again',
        versions,
        f'{ends} ends',
    )


def test_clock_that_is_set_back(api, promise, versions):
    """A clock that is set back a day changes nothing but what it says."""
    served = api()
    with Load(served.port, mix=MIX) as load:
        load.wait_for(50)
        served.clock.write_text('-86400')
        load.wait_for(50)
        kill_workers(served, SECONDS)
        load.wait_for(50)
    verdict = served.arrived(load.requests)

    check(
        verdict,
        promise,
        'the clock set back a day: every answered request has its two '
        'events, in order',
        versions,
    )
    times = [message['timestamp'] for message in served.bus.read()]
    assert times != sorted(times)
