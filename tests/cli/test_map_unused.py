# SPDX-License-Identifier: Apache-2.0

"""``cadf-audit map explain`` tells what of a request it could not use."""

import pytest

from tests.cli.test_map_explain import explained
from tests.cli.test_map_explain import MAP


@pytest.fixture
def file(tmp_path):
    """The map, in a file."""
    path = tmp_path / 'map.yaml'
    path.write_text(MAP)
    return path


@pytest.mark.parametrize(
    ('body', 'reason'),
    [
        ('', '(there is no --body)'),
        ('[]', 'a JSON object, whose first key is the name'),
        ('{}', 'a JSON object, whose first key is the name'),
        ('"x"', '(this is no JSON)'),
        ('{', '(this is no JSON)'),
        (f'{{"{"x" * 65536}": 1}}', '(it is longer than 65536 bytes)'),
    ],
    ids=['none', 'list', 'empty', 'text', 'broken', 'long'],
)
def test_body_without_a_name(file, body, reason):
    """A body that names nothing is told, with the reason."""
    found = explained(file, 'POST', '/v2/servers/S1/action', '--body', body)

    part, meaning = found['steps'][-1].values()
    assert 'request' == part
    assert meaning.startswith('names no action: ')
    assert meaning.endswith(reason)
    assert 'update' == found['events'][-1]['payload']['action']


UNUSED = [
    (
        ('PUT', '/v2/servers/S1/power', '--body', '{"to": "off"}'),
        'request',
        'names no action: no text at $.target',
    ),
    (
        ('POST', '/v2/servers', '--status', '201', '--response', '{"server"'),
        'response',
        'is not read: it is no JSON',
    ),
    (
        (
            *('POST', '/v2/servers', '--status', '201', '--response', '{}'),
            *('--response-header', 'Content-Type: text/html'),
        ),
        'response',
        'is not read: its content type is text/html, not application/json',
    ),
    (
        (
            *('POST', '/v2/servers', '--status', '201', '--response', '{}'),
            *('--response-header', 'Content-Encoding: gzip'),
        ),
        'response',
        'is not read: its content-encoding is gzip',
    ),
    (
        ('POST', '/v2/servers', '--status', '409', '--response', '{}'),
        'response',
        'is not read: it is about a failure',
    ),
    (
        ('GET', '/v2/servers', '--response', '{}'),
        'response',
        'is not read: no rule needs it: read_response does not name GET',
    ),
    (
        ('POST', '/v2/servers', '--status', '201', '--response', '{"x": 1}'),
        'id',
        "none found: looked for 'id' in 'server' of the response, else in "
        'all of it',
    ),
    (
        ('POST', '/v2/keypairs', '--status', '201'),
        'id',
        'none found: looked for the header location of the response',
    ),
    (
        ('DELETE', '/v2/servers', '--body', '{"id": []}'),
        'request',
        "no list at $['the ids'][0]: no item has an event",
    ),
]


@pytest.mark.parametrize(('arguments', 'part', 'meaning'), UNUSED)
def test_what_is_of_no_use(file, arguments, part, meaning):
    """What was given, and what is missing, is told as a step."""
    found = explained(file, *arguments)

    assert {'part': part, 'meaning': meaning} in found['steps']


@pytest.mark.parametrize(
    'arguments',
    [
        ('POST', '/v2/servers', '--status', '201'),
        ('PUT', '/v2/servers/S1'),
        ('DELETE', '/v2/servers', '--body', '{"the ids": [["a"]]}'),
    ],
)
def test_what_is_of_use(file, arguments):
    """Of what was used nothing more is said."""
    response = '{"server": {"id": "S1"}}'
    if 'DELETE' not in arguments:
        arguments += ('--response', response)

    steps = explained(file, *arguments)['steps']

    assert {'request', 'response', 'id'}.isdisjoint(
        step['part'] for step in steps
    )
