# SPDX-License-Identifier: Apache-2.0

"""A change of a node's hardware in, the arguments of its event out."""

from typing import Any

from cadf_audit.emitting.parts import measurement
from cadf_audit.emitting.values import text_of

#: the typeURIs of what a node is made of
DEVICES = {
    'block device': 'storage/volume/block_device',
    'CPU': 'compute/cpu',
    'interface': 'network/node/interface',
    'memory': 'storage/memory',
    'PCI device': 'compute/node/pci_device',
    'USB device': 'compute/node/usb_device',
}

_CHANGES = {
    'added': ('create', 1),
    'removed': ('delete', -1),
    'updated': ('update', 0),
}


def hardware_change(
    change: str,
    device: str,
    node: Any,
    id: Any = None,
    name: str | None = None,
    amount: int | None = None,
    unit: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return the arguments for :func:`cadf_audit.emit` of a monitor event.

    ``emit(**hardware_change('added', 'memory', node, amount=16384))``: the
    measurement says by how much the node has changed. What is removed counts
    below zero.

    :param change: added, removed or updated
    :param device: a key of :data:`DEVICES`; another one is the typeURI of its
        kind
    :param node: the id of the node
    :param id: the id of the device; memory has that of the node
    :param name: the name of the device
    :param amount: how much was added or removed, or, signed, by how much it
        is more now; unset, one device
    :param unit: of what; unset, MiB for memory, else devices
    :param more: further facts of the device, such as a serial number
    """
    # Of another word it is complained where the event is built.
    action, sign = _CHANGES.get(text_of(change) or '', (change, 0))
    known = text_of(device) or ''
    if amount is None:
        amount = sign
    elif sign and type(amount) is int:
        amount = sign * abs(amount)
    if unit is None:
        unit = 'MiB' if known == 'memory' else 'devices'
    target = more | {
        'id': node if id is None else id,
        'typeURI': DEVICES.get(known, device),
        'name': device if name is None else name,
        'node_id': node,
    }
    return {
        'kind': 'monitor',
        'action': action,
        'target': target,
        'measurements': [measurement(device, amount, unit)],
    }
