# SPDX-License-Identifier: Apache-2.0

"""What waits at sources is counted, and nobody hangs over it."""

import threading
import time
import uuid

import pytest

from cadf_audit.trail.rabbit_source import RabbitSource
from cadf_audit.trail.sources import SourceError
from cadf_audit.trail import waiting
from cadf_audit.trail.waiting import count_waiting
from cadf_audit.trail.waiting import Waiting
from tests.servers.process import free_ports


class FakeSource:
    """A source that says how much waits.

    :param name: its name
    :param answer: what it does when it is asked
    """

    def __init__(self, name, answer):
        self.name = name
        self.waiting = answer


def raising(error):
    """Return what fails when it is asked."""

    def answer():
        raise error

    return answer


def test_each_source_is_asked():
    """What one of them does not know is known of the others."""
    sources = [
        FakeSource('a', lambda: 3),
        FakeSource('b', raising(SourceError('b: away'))),
        FakeSource('c', raising(KeyError('x'))),
        FakeSource('a', lambda: 0),
    ]

    assert [
        Waiting('a', 3),
        Waiting('b', problem='b: away'),
        Waiting('c', problem="c: KeyError('x')"),
        Waiting('a', 0),
    ] == count_waiting(sources)


def test_nothing_is_asked():
    """Without a source nothing waits."""
    assert [] == count_waiting([])


def test_source_that_hangs(monkeypatch):
    """It is given up after a while, and all others have answered."""
    monkeypatch.setattr(waiting, 'PATIENCE', 0.2)
    answer = threading.Event()
    sources = [FakeSource('a', answer.wait), FakeSource('b', lambda: 1)]

    counted = count_waiting(sources)
    answer.set()

    assert [
        Waiting('a', problem='a: no answer within 0.2 seconds'),
        Waiting('b', 1),
    ] == counted


def test_broker_that_is_not_there():
    """It is named without its password."""
    (port,) = free_ports(1)
    source = RabbitSource(f'rabbit://u:s3cret@127.0.0.1:{port}/v')
    ((number, problem),) = [
        (each.number, each.problem) for each in count_waiting([source])
    ]

    assert number is None
    assert f'rabbit://127.0.0.1:{port}/v?queue=cadf_audit: Conn' in problem
    assert 's3cret' not in problem


@pytest.mark.parametrize('trouble', ['frozen', 'locked'])
def test_broker_in_trouble(rabbitmq, bus_url, monkeypatch, trouble):
    """A broker that says nothing, or no, does not keep anybody."""
    monkeypatch.setattr(waiting, 'PATIENCE', 5)
    source = RabbitSource(f'{bus_url}?queue={uuid.uuid4().hex}')
    with getattr(rabbitmq, trouble)():
        begin = time.monotonic()
        (counted,) = count_waiting([source])
        took = time.monotonic() - begin

    assert counted.number is None
    assert source.name in counted.problem
    # The machine may be busy; the broker would be silent for ever.
    assert 30 > took
