# SPDX-License-Identifier: Apache-2.0

"""Audit map and kind of rules in; N requests sent through the filter.

None of the rules matches, so that all of them are looked at, and the request
is recorded as without them.
"""

import argparse
import gc
import os
from pathlib import Path
import tempfile

import interaction
import mapped

KIND = 'read and update'
# What a rule of each kind looks like, by its number.
SHAPES = {
    'none': (),
    'method and path': (
        'method: [PUT, PATCH, GET], path: /v1/others-{n}/*/states/**',
    ),
    'who': (
        'user: user-{n}',
        'project: project-{n}, method: [GET, PATCH]',
        'role: role-{n}',
        'network: 10.2.{n}.0/24',
    ),
    'every key': (
        'path: /v1/others-{n}/**, method: {{not: DELETE}}',
        'path: /**/secrets-{n}',
        'user: [user-{n}, name-{n}]',
        'project: project-{n}',
        'role: {{not: [admin, member, reader]}}, path: /v1/nodes/*',
        'network: 10.2.{n}.0/24',
        'action: update/named-{n}',
        'target_type: service/storage/others-{n}',
    ),
}


def policy(kind, rules):
    """Return the path of a policy with so many rules of a kind."""
    shapes = SHAPES[kind]
    lines = [
        f'- {{level: request, {shapes[n % len(shapes)].format(n=n)}}}\n'
        for n in range(rules)
    ]
    file = Path(tempfile.mkdtemp(), 'policy.yaml')
    file.write_text('version: 1\nrules:\n' + ''.join(lines))
    return file


def build(audit_map, kind, rules):
    """Return the application, behind a filter with rules.

    :param audit_map: none for no filter, ini, or the number of resources
    """
    if audit_map == 'none':
        return mapped.application
    from cadf_audit import AuditMiddleware

    file = interaction.AUDIT_MAP
    if audit_map != 'ini':
        file = mapped.resource_map(int(audit_map))
    options = {}
    if kind != 'none':
        options['audit_policy_file'] = str(policy(kind, rules))
    return AuditMiddleware(
        mapped.application, audit_map_file=str(file), driver='noop', **options
    )


def main():
    """Send the requests, and print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('map', help='none, ini, or a number of resources')
    parser.add_argument('kind', choices=[*SHAPES])
    parser.add_argument('rules', type=int)
    parser.add_argument('count', type=int)
    parser.add_argument('--time', action='store_true')
    args = parser.parse_args()

    interaction.prepare(os.devnull)
    app = build(args.map, args.kind, args.rules)
    requests = mapped.requests_of(KIND)
    if args.time:
        interaction.take_priority()
        print(interaction.microseconds(app, requests, args.count))
        return
    gc.disable()
    interaction.send(app, requests, args.count)


if __name__ == '__main__':
    main()
