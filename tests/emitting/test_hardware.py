# SPDX-License-Identifier: Apache-2.0

"""A change of a node's hardware in, its monitor event out."""

import pytest

from cadf_audit.emitting.hardware import DEVICES
from cadf_audit.emitting import hardware_change
from tests.emitting.emitters import emitted
from tests.emitting.test_any_arguments import Hostile
from tests.emitting.test_any_arguments import HostileText

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
    assert 'unknown' == event['target']['typeURI']
    assert "'lost' is no CADF action" in caplog.text
    assert "'moon' is no CADF typeURI" in caplog.text
    assert 'a measurement needs' in caplog.text


def test_device_of_another_kind_says_which():
    """Whatever CADF knows may be added and removed, a fan for example."""
    event = emitted(**hardware_change('removed', 'compute/fan', 'n', id='f-1'))

    assert 'compute/fan' == event['target']['typeURI']
    assert -1 == event['measurements'][0]['result']


@pytest.mark.parametrize(
    'said',
    [
        {'change': ['added']},
        {'device': {}},
        {'node': Hostile()},
        {'unit': '\ud800'},
        {'device': HostileText('memory')},
        {'change': HostileText('added'), 'name': Hostile()},
        {'node_id': 'other', 'type_uri': 'other', 'typeURI': 'compute/cpu'},
    ],
    ids=range(7),
)
def test_nothing_raises(said):
    """Whatever is said of a change, it is one valid event."""
    said = {'change': 'added', 'device': 'memory', 'node': 'n', **said}

    assert emitted(**hardware_change(**said))


def test_node_is_the_one_that_was_named():
    """A fact of its own of that name does not hide it."""
    event = emitted(**hardware_change('added', 'CPU', 'n', node_id='other'))

    assert [('node_id', 'n')] == [
        (each['name'], each['content'])
        for each in event['target']['attachments']
    ]
