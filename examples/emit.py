# SPDX-License-Identifier: Apache-2.0

"""Things happen that no HTTP request caused, and their events are printed.

python examples/emit.py
"""

import getpass
import logging
import os
import socket
import sys

from cadf_audit import Emitter
from cadf_audit.emitting import hardware_change
from cadf_audit.emitting import resource

NODE = '4b6e1f0c-2f0e-4a53-9a1f-5f1c0a6d2e11'


def change_setting(emitter):
    """A setting is changed by a command that somebody runs."""
    emitter.emit(
        'update',
        resource('maas_name', 'data/config', 'maas_name'),
        initiator=resource(
            os.getuid(),
            'data/security/account/user',
            getpass.getuser(),
            host=socket.gethostname(),
        ),
        endpoint='CLI',
        attachments={'before': 'rack', 'after': 'hall 3'},
    )


def import_boot_image(emitter):
    """A job imports a boot image: nobody in particular is the initiator."""
    image = resource('ubuntu/arm64/noble', 'data/image', 'Ubuntu 24.04')
    with emitter.activity('create', image) as activity:
        activity.add_attachment('bytes', 741203968)


def fail_to_deploy(emitter):
    """What a block raises is passed on, and stands in the final event."""
    with emitter.activity('deploy', resource(NODE, 'compute/node', 'n1')):
        raise TimeoutError('no answer from the BMC')


def look_at_hardware(emitter):
    """A look at a node finds other hardware than the last one."""
    for change, device, facts in (
        ('added', 'block device', {'id': 'sda', 'serial': 'S4EMNX0R'}),
        ('removed', 'block device', {'id': 'sdb'}),
        ('updated', 'block device', {'id': 'sda', 'firmware': '2B6Q'}),
        ('added', 'CPU', {'id': 'cpu1', 'amount': 32, 'unit': 'cores'}),
        ('removed', 'interface', {'id': '52:54:00:12:34:56'}),
        ('added', 'memory', {'amount': 16384}),
        ('removed', 'memory', {'amount': 8192}),
        ('updated', 'PCI device', {'id': '0000:01:00.0', 'driver': 'mlx5'}),
        ('added', 'USB device', {'id': '1-1.4', 'name': 'KVM'}),
    ):
        emitter.emit(**hardware_change(change, device, NODE, **facts))


def main():
    """Print the notification of each event as a line of JSON."""
    # Where the operator of a service configures a message bus or a spool,
    # the same calls go there.
    events = logging.getLogger('cadf_audit.events')
    events.addHandler(logging.StreamHandler(sys.stdout))
    events.setLevel(logging.INFO)
    emitter = Emitter(service_name='maas', use_oslo_messaging=False)
    change_setting(emitter)
    import_boot_image(emitter)
    try:
        fail_to_deploy(emitter)
    except TimeoutError as exc:
        print(f'the block raised {exc!r}', file=sys.stderr)
    look_at_hardware(emitter)


if __name__ == '__main__':
    main()
