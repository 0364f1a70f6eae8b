# SPDX-License-Identifier: Apache-2.0

"""A queue that has become long: a collector eats it up as a short one."""

import contextlib
import sys
import time
import uuid

import pytest

from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.rabbit_source import RabbitSource
from cadf_audit.trail.store import Store
from tests.faults.record import LONG
from tests.faults.rig import memory
from tests.faults.rig import wait_for
from tests.servers.process import Process
from tests.trail.bus import Publisher
from tests.trail.parts import pair

MESSAGES = 1_000_000 if LONG else 20_000

#: messages after which the collector has all the memory that it needs, and
#: bytes by which it may still grow
WARM = 5_000
GROWTH = 10 * 1024 * 1024

#: how often its memory is looked at, in seconds
INTERVAL = 1 if LONG else 0.05


@pytest.fixture
def roomy(rabbitmq):
    """Give the broker memory: a long quorum queue takes more than 512 MB."""
    with rabbitmq.memory('8GB'):
        yield rabbitmq


@pytest.fixture
def source(roomy):
    """Lead to a queue in which so many messages wait."""
    url = roomy.url(roomy.add_vhost())
    topic = queue = f'topic{uuid.uuid4().hex}'
    source = f'{url}?topic={topic}&queue={queue}'
    bound = RabbitSource(source)
    bound.receive(1, 0)
    bound.close()
    publisher = Publisher(url)
    model = 'the-id-of-an-interaction'
    request, response = (each.decode() for each in pair(model))
    for _ in range(MESSAGES // 2):
        # To build each of them would take longer than to collect them.
        event_id = str(uuid.uuid4())
        publisher.publish(
            request.replace(model, event_id),
            response.replace(model, event_id),
            topic=topic,
        )
    wait_for(
        lambda: publisher.queue_length(queue) == MESSAGES,
        'the messages to lie in the queue',
        300,
    )
    publisher.close()
    return source


@contextlib.contextmanager
def collecting(url, source, directory):
    """Run a collector; the block has its process id."""
    # As a child of a shell's: the leash has others.
    process = Process(
        [
            *('/bin/sh', '-c', 'echo $$ > pid; exec "$@"', 'sh'),
            *(sys.executable, '-m', 'cadf_audit.cli', 'collect'),
            *('--connection', url, '--from', source),
        ],
        directory,
    )
    try:
        file = directory / 'pid'
        wait_for(file.exists, 'the collector')
        yield int(wait_for(file.read_text, 'the collector'))
    finally:
        process.stop()
        # Shown where the test fails: it says why the collector ended.
        print((directory / 'output.log').read_text(errors='replace'))


def watch(store, pid, events):
    """Return when how many events were there, and how much memory it took."""
    seen = []
    deadline = time.monotonic() + 120
    while not seen or seen[-1][1] < events:
        done = store.last_sequence()
        now = time.monotonic()
        if seen and done > seen[-1][1]:
            deadline = now + 120
        if now > deadline:
            raise TimeoutError(f'the collector stopped at {seen[-1]}')
        seen.append((now, done, memory(pid)))
        time.sleep(INTERVAL)
    return seen


def rate(seen):
    """Return how many messages a second were collected."""
    (begin, first, _), (end, last, _) = seen[0], seen[-1]
    return 2 * (last - first) / (end - begin)


def test_queue_that_has_become_long(
    url, source, directory, promise, trail_versions
):
    """It takes no more memory, and does not become slow at its end."""
    engine = open_engine(url)
    store = Store(engine)
    events = MESSAGES // 2
    with collecting(url, source, directory) as pid:
        seen = watch(store, pid, events)
    warm = [each for each in seen if each[1] >= WARM // 2]
    middle = (warm[0][1] + events) // 2
    # Both have the sample in the middle.
    last_half = [each for each in warm if each[1] >= middle]
    first_half = warm[: len(warm) - len(last_half) + 1]
    start, most = warm[0][2], max(each[2] for each in warm)
    rates = rate(first_half), rate(last_half)
    promise(
        'a queue that has become long is collected with as much memory as a '
        f'short one, and as fast ({engine.dialect.name})',
        f'{MESSAGES} messages, {rates[0]:.0f} and then {rates[1]:.0f} a '
        f'second, {start >> 20} and at most {most >> 20} MiB',
        events - seen[-1][1],
        **trail_versions(engine),
    )
    engine.dispose()

    assert events == seen[-1][1]
    assert most - start < GROWTH
    # Half as fast would be a queue or a table that grows on it.
    assert rates[1] > rates[0] / 2
