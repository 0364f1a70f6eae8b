# SPDX-License-Identifier: Apache-2.0

"""Nothing goes in, and the example emitter prints its events."""

import json
import pathlib
import subprocess
import sys

import pytest

from tests.judge import assert_valid

SCRIPT = pathlib.Path(__file__).parents[1] / 'examples' / 'emit.py'


@pytest.fixture(scope='module')
def events():
    """The events of one run, all of them valid."""
    done = subprocess.run(
        [sys.executable, SCRIPT],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    for message in messages:
        assert 'audit.event' == message['event_type']
        assert_valid(message['payload'])
    assert "the block raised TimeoutError('no answer from the BMC')\n" == (
        done.stderr
    )
    return [message['payload'] for message in messages]


def test_changed_setting_came_through_the_command_line(events):
    """Who changed it is the user of the machine, and its tag is CLI."""
    setting = events[0]

    assert ('update', 'data/config') == (
        setting['action'],
        setting['target']['typeURI'],
    )
    assert ['endpoint?value=CLI'] == setting['tags']
    assert 'system' != setting['initiator']['id']


def test_boot_image_was_imported_by_the_system(events):
    """Two events of one id: pending, and success with what was learnt."""
    pending, final = events[1:3]

    assert pending['id'] == final['id']
    assert ['pending', 'success'] == [pending['outcome'], final['outcome']]
    assert 'system' == final['initiator']['id']
    assert '741203968' == final['attachments'][0]['content']


def test_failed_block_says_why(events):
    """The exception is the reason of the final event."""
    pending, final = events[3:5]

    assert pending['id'] == final['id']
    assert 'failure' == final['outcome']
    assert 'TimeoutError' == final['reason']['reasonCode']


def test_hardware_changes_are_monitor_events(events):
    """All three kinds of change, and all six kinds of device."""
    changes = [
        (
            event['action'],
            event['measurements'][0]['metric']['name'],
            event['measurements'][0]['result'],
            event['measurements'][0]['metric']['unit'],
        )
        for event in events[5:]
        if event['eventType'] == 'monitor'
    ]

    assert [
        ('create', 'block device', 1, 'devices'),
        ('delete', 'block device', -1, 'devices'),
        ('update', 'block device', 0, 'devices'),
        ('create', 'CPU', 32, 'cores'),
        ('delete', 'interface', -1, 'devices'),
        ('create', 'memory', 16384, 'MiB'),
        ('delete', 'memory', -8192, 'MiB'),
        ('update', 'PCI device', 0, 'devices'),
        ('create', 'USB device', 1, 'devices'),
    ] == changes
