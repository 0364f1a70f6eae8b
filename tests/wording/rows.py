# SPDX-License-Identifier: Apache-2.0

"""The columns of an event, as sentences are made of them."""

from cadf_audit.wording.sentence import sentence

EVENT = {
    'kind': 'activity',
    'action': 'delete',
    'outcome': 'success',
    'reason_code': '204',
    'initiator_id': 'u-1',
    'initiator_name': 'admin',
    'initiator_address': '10.1.200.129',
    'target_id': 'n-1',
    'target_name': 'n1',
    'target_type_uri': 'compute/baremetal/node',
    'observer_id': 'o-1',
    'observer_name': 'ironic',
    'request_path': '/v1/nodes/n-1',
}
#: What no request caused
QUIET = {
    'kind': 'monitor',
    'reason_code': None,
    'initiator_id': 'system',
    'initiator_name': 'system',
    'initiator_address': None,
    'request_path': None,
}
#: As keystonemiddleware writes it: the target is the service
SERVICE = {
    'target_id': 'nova-id',
    'target_name': 'nova',
    'observer_id': 'target',
    'request_path': '/v2.1/servers/s-1',
}
END = ', from 10.1.200.129'


def said(*bases, **changes):
    """Return the sentence of an event that differs from the usual one."""
    row = EVENT.copy()
    for each in (*bases, changes):
        row |= each
    return sentence(row)
