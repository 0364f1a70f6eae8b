# SPDX-License-Identifier: Apache-2.0

"""The Oslo notifier inside the request."""

import json
import os

from oslo_messaging.notify import _impl_test
import pytest

from cadf_audit.delivery.direct import DirectDelivery
from cadf_audit.delivery.drivers import known_drivers
from tests.harness import answer
from tests.harness import audited
from tests.harness import call
from tests.harness import environ
from tests.judge import assert_valid


class FakeNotifier:
    """A notifier that remembers in which process it was built."""

    def __init__(self):
        self.pid = os.getpid()
        self.sent = []

    def info(self, context, event_type, payload):
        self.sent.append((context, event_type, payload))


class BrokenNotifier:
    """A notifier that fails."""

    def info(self, context, event_type, payload):
        """Fail as a driver of somebody else may."""
        raise ConnectionError('bus is down')


def test_event_goes_to_the_notifier_at_info():
    """The notifier gets an empty context, the type and the event."""
    notifier = FakeNotifier()

    DirectDelivery(lambda: notifier).send('audit.http.request', {'id': '1'})

    assert [({}, 'audit.http.request', {'id': '1'})] == notifier.sent


def test_real_notifier_with_the_test_driver():
    """Oslo's own test driver gets both events, valid, at priority info."""
    _impl_test.reset()

    call(audited(answer(), use_oslo_messaging=True, driver='test'), environ())

    sent = _impl_test.NOTIFICATIONS
    assert ['audit.http.request', 'audit.http.response'] == [
        message['event_type'] for _, message, _, _ in sent
    ]
    for context, message, priority, retry in sent:
        assert ({}, 'INFO', 0) == (context, priority, retry)
        assert_valid(message['payload'])


def test_pending_event_is_not_changed_afterwards():
    """Drivers that keep a reference see the pending event as it was sent."""
    _impl_test.reset()

    call(audited(answer(), use_oslo_messaging=True, driver='test'), environ())

    (_, pending, _, _), (_, final, _, _) = _impl_test.NOTIFICATIONS
    assert 'pending' == pending['payload']['outcome']
    assert 'reporterchain' not in pending['payload']
    assert 'success' == final['payload']['outcome']


def test_log_driver_of_oslo(caplog):
    """Oslo's log driver logs under the event type, as operators know it."""
    caplog.set_level('INFO', 'oslo.messaging')

    call(audited(answer(), use_oslo_messaging=True, driver='log'), environ())

    names = [record.name for record in caplog.records]
    assert [
        'oslo.messaging.notification.audit.http.request',
        'oslo.messaging.notification.audit.http.response',
    ] == names
    payload = json.loads(caplog.records[0].getMessage())['payload']
    assert 'pending' == payload['outcome']


def test_notifier_that_fails_does_not_fail_the_request(caplog):
    """The client gets its answer; the failure is logged and counted."""
    app = audited(answer())
    app._audited._delivery = DirectDelivery(BrokenNotifier)

    response = call(app, environ('DELETE', '/v1/nodes/n1'))

    assert (b'ok', None) == (response.body, response.error)
    assert 2 == app.errors
    assert 'could not send the pending event of DELETE' in caplog.text
    assert 'could not send the final event of DELETE' in caplog.text


def test_notifier_is_built_at_start():
    """What cannot be built fails when the service starts."""

    def build():
        raise ValueError('no such bus')

    with pytest.raises(ValueError, match='no such bus'):
        DirectDelivery(build)


def test_notifier_is_not_shared_across_a_fork():
    """A child makes connections of its own once its parent has used one."""
    built = []

    def build():
        built.append(FakeNotifier())
        return built[-1]

    delivery = DirectDelivery(build)
    delivery.send('audit.http.request', {})
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        delivery.send('audit.http.request', {})
        report = [notifier.pid == os.getpid() for notifier in built]
        os.write(writing, json.dumps(report).encode())
        os._exit(0)
    os.waitpid(child, 0)
    report = json.loads(os.read(reading, 100))
    os.close(reading)
    os.close(writing)
    delivery.send('audit.http.request', {})

    assert [False, True] == report
    assert 1 == len(built)


def test_drivers_that_can_be_named():
    """Oslo's drivers are known by name, but for the one that cannot load."""
    assert {'messaging', 'messagingv2', 'log', 'noop', 'test'} <= set(
        known_drivers()
    )
    assert 'routing' not in known_drivers()
