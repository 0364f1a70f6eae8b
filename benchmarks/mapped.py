# SPDX-License-Identifier: Apache-2.0

"""Audit map and kind of request in; N such requests sent through the filter.

The map of resources is made for the size that is asked for: the resources of
the API in question, and as many others as make the number up.
"""

import argparse
import gc
import os
from pathlib import Path
import tempfile

import interaction

HEADER = """version: 2
service_type: compute/baremetal
service_name: ironic
prefix: /v1
resources:
  nodes:
    custom_id: uuid
    custom_actions:
      validate: read/validate
    children:
      bios:
      ports:
      states:
        singleton: true
        custom_actions:
          power: update/power
          provision: update/provision
      traits:
      vendor_passthru:
        singleton: true
        keys: true
      vifs:
  ports:
    custom_id: uuid
  drivers:
"""

NODE = b'{"uuid":"11111111-1111-4111-8111-111111111111","name":"n1"}'
# What is sent: method, path and body of the requests, one after the other.
KINDS = {
    'read and update': [
        ('GET', interaction.NODE, b''),
        ('PATCH', interaction.NODE, interaction.PATCH),
    ],
    'list': [('GET', '/v1/nodes', b'')],
    'create': [('POST', '/v1/nodes', b'{"name":"n1"}')],
    'action in the body': [
        ('POST', f'{interaction.NODE}/action', b'{"reboot":{}}')
    ],
    'deep': [
        ('PUT', f'{interaction.NODE}/states/provision', b'{}'),
        ('DELETE', f'{interaction.NODE}/vifs/v1', b''),
    ],
    'undeclared': [('GET', '/v1/what/is/this', b'')],
}
SERVICES = 12


def resource_map(size):
    """Return the path of a map with as many resources as asked for."""
    declared = HEADER.count(':\n') - HEADER.count('children:')
    more = [f'  others-{number}:\n' for number in range(size - declared)]
    file = Path(tempfile.mkdtemp(), 'map.yaml')
    file.write_text(HEADER + ''.join(more))
    return file


def application(environ, start_response):
    """Read the request, and answer with a node."""
    environ['wsgi.input'].read(int(environ['CONTENT_LENGTH']))
    start_response('200 OK', [('Content-Type', 'application/json')])
    return [NODE]


def build(audit_map):
    """Return the application, behind a filter with a map.

    :param audit_map: none for no filter, ini, or the number of resources
    """
    if audit_map == 'none':
        return application
    from cadf_audit import AuditMiddleware

    file = interaction.AUDIT_MAP
    if audit_map != 'ini':
        file = resource_map(int(audit_map))
    return AuditMiddleware(
        application, audit_map_file=str(file), driver='noop'
    )


def requests_of(kind):
    """Return the requests of a kind as they come off a socket."""
    requests = []
    for method, path, body in KINDS[kind]:
        headers, body = interaction.request(method, body, SERVICES)
        changed = dict(headers) | {'PATH_INFO': path.encode()}
        requests.append((list(changed.items()), body))
    return requests


def main():
    """Send the requests, and print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('map', help='none, ini, or a number of resources')
    parser.add_argument('kind', choices=[*KINDS])
    parser.add_argument('count', type=int)
    parser.add_argument('--time', action='store_true')
    args = parser.parse_args()

    interaction.prepare(os.devnull)
    app = build(args.map)
    requests = requests_of(args.kind)
    if args.time:
        interaction.take_priority()
        print(interaction.microseconds(app, requests, args.count))
        return
    gc.disable()
    interaction.send(app, requests, args.count)


if __name__ == '__main__':
    main()
