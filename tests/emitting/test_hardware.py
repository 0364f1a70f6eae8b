# SPDX-License-Identifier: Apache-2.0

"""A change of a node's hardware in, its monitor event out."""

import pytest

from cadf_audit.emitting.hardware import DEVICES
from cadf_audit.emitting import hardware_change
from tests.emitting.emitters import emitted

CHANGES = {
    'added': ('create', 1),
    'removed': ('delete', -1),
    'updated': ('update', 0),
}


@pytest.mark.parametrize('device', DEVICES)
@pytest.mark.parametrize('change', CHANGES)
def test_each_change_of_each_device_has_an_event(device, change, caplog):
    """A monitor event of the system says what changed, on which node."""
    event = emitted(**hardware_change(change, device, 'n-1', id='d-1'))
    action, result = CHANGES[change]
    (measured,) = event['measurements']

    assert '' == caplog.text
    assert ('monitor', action) == (event['eventType'], event['action'])
    assert 'system' == event['initiator']['id']
    assert ('d-1', device) == (event['target']['id'], event['target']['name'])
    assert ('node_id', 'n-1') == (
        event['target']['attachments'][0]['name'],
        event['target']['attachments'][0]['content'],
    )
    assert (device, result) == (measured['metric']['name'], measured['result'])


@pytest.mark.parametrize(
    ('change', 'amount', 'result'),
    [
        ('added', 16384, 16384),
        ('removed', 16384, -16384),
        ('removed', -16384, -16384),
        ('updated', -2048, -2048),
    ],
)
def test_memory_is_a_signed_number_of_mebibytes(change, amount, result):
    """What is removed counts below zero; memory has the id of its node."""
    event = emitted(**hardware_change(change, 'memory', 'n', amount=amount))
    (measured,) = event['measurements']

    assert result == measured['result']
    assert 'MiB' == measured['metric']['unit']
    assert 'n' == event['target']['id']


def test_further_facts_of_a_device_are_recorded():
    """A serial number, say, is an attachment of the device."""
    event = emitted(
        **hardware_change('added', 'CPU', 'n', id='c', model='M', unit='cores')
    )
    attached = {
        e['name']: e['content'] for e in event['target']['attachments']
    }

    assert {'node_id': 'n', 'model': 'M'} == attached
    assert 'cores' == event['measurements'][0]['metric']['unit']


def test_wrong_words_are_unknown(caplog):
    """A change or a device of another name does not raise."""
    event = emitted(**hardware_change('lost', 'moon', 'n', amount='much'))

    assert 'unknown' == event['action']
    assert 'unknown' == event['measurements'][0]['metric']['name']
    assert 'compute/node' == event['target']['typeURI']
    assert 'a measurement needs' in caplog.text
