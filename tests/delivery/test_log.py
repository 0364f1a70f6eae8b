# SPDX-License-Identifier: Apache-2.0

"""The log as the way out."""

import json
import logging
import re

import pytest

from cadf_audit.delivery.log import LogDelivery
from cadf_audit.delivery.log import warn_if_silent
from tests.harness import answer
from tests.harness import audited
from tests.harness import call
from tests.harness import environ
from tests.harness import event_log
from tests.harness import EVENTS


def test_event_is_one_line_of_json(caplog):
    """No line break of a client makes a second line."""
    request = environ(HTTP_USER_AGENT='a\nb\xe2\x80\xa8c\x85')

    with caplog.at_level(logging.INFO, 'cadf_audit.events'):
        call(audited(answer()), request)

    lines = [record.getMessage() for record in caplog.records]
    assert 2 == len(lines)
    for line in lines:
        assert [line] == line.splitlines()
        assert line.isascii()
        agent = json.loads(line)['payload']['initiator']['host']['agent']
        assert agent.startswith('a\nb')


def test_line_holds_the_message_of_a_notification():
    """A line of the log can be read as what the bus would have carried."""
    with event_log() as log:
        call(audited(answer(), service_name='svc'), environ())
        log.pair()

    first, second = log.messages
    assert [
        'message_id',
        'publisher_id',
        'event_type',
        'priority',
        'payload',
        'timestamp',
    ] == list(first)
    assert ('svc', 'INFO') == (first['publisher_id'], first['priority'])
    assert first['message_id'] != second['message_id']
    assert re.fullmatch(
        r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}', first['timestamp']
    )


def test_logger_without_a_handler_is_a_warning(caplog):
    """The right level alone shows nothing to anybody."""
    logger = logging.Logger('lonely', logging.INFO)

    warn_if_silent(logger)

    assert 'lonely drops what comes at INFO' in caplog.text


def test_log_driver_of_a_silent_logger_is_a_warning(caplog):
    """The log driver of Oslo writes to a logger of its own."""
    audited(use_oslo_messaging=True, driver='log')

    assert 'oslo.messaging.notification drops what' in caplog.text


@pytest.mark.parametrize(
    ('level', 'expected'),
    [(logging.WARNING, True), (logging.INFO, False), (logging.DEBUG, False)],
)
def test_logger_that_is_switched_off_is_a_warning(level, expected, caplog):
    """Events that nobody will see are said to be so at start."""
    before = EVENTS.level
    EVENTS.setLevel(level)
    try:
        LogDelivery('svc')
    finally:
        EVENTS.setLevel(before)

    assert expected == ('drops what comes at INFO' in caplog.text)
