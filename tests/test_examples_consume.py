# SPDX-License-Identifier: Apache-2.0

"""Requests go in, and the example consumer prints their events."""

import json
import pathlib
import signal
import subprocess
import sys
import threading

from cadf_audit import AuditMiddleware
from tests.harness import answer
from tests.harness import call
from tests.harness import environ

SCRIPT = pathlib.Path(__file__).parents[1] / 'examples' / 'consume.py'


def test_consumer_prints_both_events(bus_url, topic):
    """Each event is one line of JSON, and Ctrl-C ends the consumer."""
    app = AuditMiddleware(
        answer(status='404 Not Found'),
        driver='messagingv2',
        transport_url=bus_url,
        topics=topic,
        service_name='compute',
    )
    call(app, environ(path='/v2/servers/1'))
    # A test run in the background ignores Ctrl-C, and would hand that on.
    command = ['env', '--default-signal=INT', sys.executable, SCRIPT]

    with subprocess.Popen(
        [*command, bus_url, topic], stdout=subprocess.PIPE, text=True
    ) as consumer:
        watchdog = threading.Timer(30, consumer.kill)
        watchdog.start()
        lines = [consumer.stdout.readline() for _ in range(2)]
        consumer.send_signal(signal.SIGINT)
        rest, _ = consumer.communicate()
        watchdog.cancel()

    first, second = map(json.loads, lines)
    assert 'audit.http.request' == first['event_type']
    assert 'audit.http.response' == second['event_type']
    assert 'pending' == first['payload']['outcome']
    assert 'failure' == second['payload']['outcome']
    assert 'compute' == first['publisher_id'] == second['publisher_id']
    assert '' == rest
    assert 0 == consumer.returncode
