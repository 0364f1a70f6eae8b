# SPDX-License-Identifier: Apache-2.0

"""A body of 2 KB in; its secrets taken out, N times.

The body is what creates a server: names, ids, times, URLs, a few sentences,
and secrets in several places. It is held against reading and writing the same
JSON, which a service does with each body anyway.
"""

import argparse
import gc
import json
import time

from interaction import take_priority

from cadf_audit.redaction import Redactor

SIZE = 2048
SERVER = {
    'name': 'web-17',
    'imageRef': '70a599e0-31e7-49b7-b260-868f441e862b',
    'flavorRef': 'm1.large',
    'availability_zone': 'nova:compute-3',
    'adminPass': 'a-password-of-some-length',
    'key_name': 'deploy',
    'user_data': 'I2Nsb3VkLWNvbmZpZwpwYXNzd29yZDogaHVudGVyMgo=' * 4,
    'metadata': {
        'owner': 'billing',
        'created': '2026-11-20T16:12:00Z',
        'contact': 'https://billing.example.com/contact?lang=en',
        'registry': 'https://robot:pull@registry.example.com/v2/',
        'note': 'Replaces web-16, which ran out of disk; see the wiki.',
        'settings': '{"cache":true,"db_password":"hunter2","pool":8}',
    },
    'networks': [
        {'uuid': 'ff608d40-75e9-48cb-b745-77bb55b5eaf2', 'tag': 'front'},
        {'uuid': '5a94c2d1-6a1b-4e1a-8f52-4b7f2bd29c7e', 'tag': 'back'},
    ],
    'security_groups': [{'name': 'default'}, {'name': 'web'}],
    'block_device_mapping_v2': [
        {
            'boot_index': 0,
            'uuid': 'fac8a9b5-34cb-4f3e-9d76-0d5a8f9fe1b0',
            'source_type': 'volume',
            'destination_type': 'volume',
            'delete_on_termination': True,
            'volume_size': 40,
        }
    ],
}


def sample():
    """Return the body."""
    document = {'server': SERVER, 'os:scheduler_hints': {}}
    hints = document['os:scheduler_hints']
    while len(json.dumps(document)) < SIZE - 60:
        number = len(hints)
        hints[f'hint_{number}'] = f'group-{number}/rack {number} of 40'
    return document


def bare(body):
    """Return what reads and writes the body, and nothing else."""
    return lambda: json.dumps(json.loads(body))


def redacting(body):
    """Return what takes the secrets out of the body, once it is read."""
    redactor = Redactor()
    document = json.loads(body)
    return lambda: redactor.document(document)


def reading(body):
    """Return what takes the secrets out of the body as a free text."""
    redactor = Redactor()
    text = body[:-1]
    return lambda: redactor.text(text)


def nothing(body):
    """Return what does nothing."""
    return lambda: None


KINDS = {
    'nothing': nothing,
    'bare': bare,
    'redacted': redacting,
    'free text': reading,
}


def main():
    """Do it as often as was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('kind', choices=KINDS)
    parser.add_argument('count', type=int)
    parser.add_argument('--time', action='store_true')
    args = parser.parse_args()
    work = KINDS[args.kind](json.dumps(sample()))
    work()
    gc.disable()
    if args.time:
        take_priority()
    begin = time.perf_counter()
    for _ in range(args.count):
        work()
    if args.time:
        print((time.perf_counter() - begin) / args.count * 1e6)


if __name__ == '__main__':
    main()
