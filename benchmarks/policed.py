# SPDX-License-Identifier: Apache-2.0

"""Audit map and kind of rules in; N requests sent through the filter.

No rule matches, or the last one alone, so that all of them are looked at. The
request is recorded as without them.
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
        'network: 10.{high}.{low}.0/24',
    ),
    'every key': (
        'path: /v1/others-{n}/**, method: {{not: DELETE}}',
        'path: /**/secrets-{n}',
        'user: [user-{n}, name-{n}]',
        'project: project-{n}',
        'role: {{not: [admin, member, reader]}}, path: /v1/nodes/*',
        'network: 10.{high}.{low}.0/24',
        'action: update/named-{n}',
        'target_type: service/storage/others-{n}',
    ),
}
SHAPES['worst order'] = SHAPES['every key']
# In the worst order the one that decides comes last, and needs every fact.
LAST = (
    '- {level: metadata, path: /v1/nodes/*, method: [GET, PATCH], '
    'user: admin, project: {not: project-1}, role: reader, '
    'network: 10.0.0.0/8, action: [read, update], '
    'target_type: {not: unknown}}\n'
)
# Enough of them that none comes twice.
STRANGERS = 200


def policy(kind, rules):
    """Return the path of a policy with so many rules of a kind."""
    shapes = SHAPES[kind]
    lines = []
    for n in range(rules):
        shape = shapes[n % len(shapes)]
        conditions = shape.format(n=n, high=2 + n // 256, low=n % 256)
        lines.append(f'- {{level: request, {conditions}}}\n')
    if kind == 'worst order':
        lines[-1] = LAST
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


def strangers(requests):
    """Return requests each of which is from somebody else, elsewhere."""
    return [
        (
            [
                *requests[number % 2][0],
                ('REMOTE_ADDR', f'10.1.200.{number}'.encode()),
                ('HTTP_X_USER_ID', f'{number:032x}'.encode()),
            ],
            requests[number % 2][1],
        )
        for number in range(STRANGERS)
    ]


def main():
    """Send the requests, and print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('map', help='none, ini, or a number of resources')
    parser.add_argument('kind', choices=[*SHAPES])
    parser.add_argument('rules', type=int)
    parser.add_argument('who', choices=['same', 'strangers'])
    parser.add_argument('count', type=int)
    parser.add_argument('--time', action='store_true')
    args = parser.parse_args()

    interaction.prepare(os.devnull)
    app = build(args.map, args.kind, args.rules)
    requests = mapped.requests_of(KIND)
    if args.who == 'strangers':
        requests = strangers(requests)
    if args.time:
        interaction.take_priority()
        print(interaction.microseconds(app, requests, args.count))
        return
    gc.disable()
    interaction.send(app, requests, args.count)


if __name__ == '__main__':
    main()
