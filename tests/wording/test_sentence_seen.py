# SPDX-License-Identifier: Apache-2.0

"""One plain sentence for what a service or a monitor has seen."""

import pytest

from tests.wording.rows import END
from tests.wording.rows import QUIET
from tests.wording.rows import said
from tests.wording.rows import SERVICE


@pytest.mark.parametrize(
    ('changes', 'text'),
    [
        (
            {'target_type_uri': 'service/compute/servers/server'},
            'admin deleted a server of nova at /v2.1/servers/s-1',
        ),
        (
            {
                'target_type_uri': 'service/compute/servers/server',
                'request_path': None,
                'target_name': 'unknown',
                'target_id': 'unknown',
            },
            'admin deleted a server',
        ),
        (
            {
                'action': 'read/list',
                'target_type_uri': 'service/compute/servers/detail',
            },
            'admin listed servers',
        ),
        (
            {'action': 'read', 'target_type_uri': 'service/compute'},
            'admin read service nova',
        ),
        (
            {
                'action': 'read',
                'target_type_uri': 'service/compute/baremetal',
                'target_name': None,
            },
            'admin read service nova-id',
        ),
        (
            {'target_type_uri': 'service/bss/order', 'observer_id': 'o-1'},
            'admin deleted order nova',
        ),
    ],
)
def test_target_is_the_service(changes, text):
    """The name of the service is not taken for that of what it manages."""
    assert f'{text}: success (204){END}' == said(SERVICE, changes)


@pytest.mark.parametrize(
    ('changes', 'text'),
    [
        (
            {
                'action': 'create',
                'target_type_uri': 'storage/memory',
                'target_id': 'n1',
                'target_name': 'dimm0',
            },
            'memory dimm0 of node n1 was added',
        ),
        (
            {
                'action': 'delete',
                'target_type_uri': 'storage/memory',
                'target_id': 'n1',
                'target_name': 'memory',
            },
            'memory of node n1 was removed',
        ),
        (
            {
                'action': 'delete',
                'target_type_uri': 'storage/volume/block_device',
                'target_name': 'sda',
            },
            'block device sda was removed',
        ),
        (
            {
                'action': 'update',
                'target_type_uri': 'compute/cpu',
                'target_id': 'unknown',
                'target_name': None,
                'outcome': 'failure',
                'reason_code': 'E1',
            },
            'a CPU was updated: failure (E1)',
        ),
        (
            {'action': 'monitor', 'initiator_address': '10.0.0.1'},
            'node n1 was monitored, from 10.0.0.1',
        ),
        (
            {'action': 'update/xyz'},
            'update/xyz happened to node n1',
        ),
        (
            {'action': 'delete', 'target_type_uri': 'compute/servers'},
            'servers of n1 were removed',
        ),
        (
            {
                'action': 'monitor',
                'outcome': 'failure',
                'reason_code': 'spool full',
                'target_type_uri': 'service/oss/monitoring',
                'target_id': 'nova-api',
                'target_name': 'nova-api',
                'observer_id': 'target',
            },
            'events of nova-api were lost: failure (spool full)',
        ),
    ],
)
def test_what_was_seen(changes, text):
    """A monitor event says what happened, whoever saw it."""
    assert text == said(QUIET, changes)
