# SPDX-License-Identifier: Apache-2.0

"""A path goes in; the resource, its id and those above it come out."""

import pytest

from tests.resource_maps import attachments
from tests.resource_maps import HEAD
from tests.resource_maps import HEAD_1
from tests.resource_maps import match
from tests.resource_maps import play
from tests.resource_maps import read
from tests.resource_maps import short

TREE = """
servers:
  custom_actions: {detail: read/list/detail}
  children:
    interfaces:
      api_name: os-interface
      children:
        addresses:
    metadata:
      singleton: true
limits:
  singleton: true
  children:
    rates:
policies:
  api_name: qos/policies
  children:
    rules:
      api_name: [rules/limits, bandwidth]
domains:
configs:
  api_name: domains/config
  singleton: true
"""


def walked(resources, path, method='GET', head=HEAD):
    """Return name, id and rest of what a path leads to."""
    found = match(resources, method, path, head)
    name = found.resource.name if found.resource else None
    return name, found.id, found.rest


@pytest.mark.parametrize(
    ('path', 'expected'),
    [
        ('/v2/servers', ('servers', None, '')),
        ('/v2/servers/1', ('servers', '1', '')),
        ('/v2/servers/detail', ('servers', None, '')),
        ('/v2/servers/1/os-interface', ('servers/interfaces', None, '')),
        ('/v2/servers/1/os-interface/2', ('servers/interfaces', '2', '')),
        ('/v2/servers/1/metadata', ('servers/metadata', None, '')),
        ('/v2/servers/1/metadata/k', ('servers/metadata', None, 'k')),
        ('/v2/servers/1/interfaces', ('servers', '1', 'interfaces')),
        ('/v2/limits', ('limits', None, '')),
        ('/v2/limits/rates', ('limits/rates', None, '')),
        ('/v2/limits/1', ('limits', None, '1')),
        ('/v2/qos/policies', ('policies', None, '')),
        ('/v2/qos/policies/1', ('policies', '1', '')),
        ('/v2/qos/policies/1/rules/limits', ('policies/rules', None, '')),
        ('/v2/qos/policies/1/rules/limits/2', ('policies/rules', '2', '')),
        ('/v2/qos/policies/1/bandwidth/2', ('policies/rules', '2', '')),
        ('/v2/qos/policies/1/rules', ('policies', '1', 'rules')),
        ('/v2/qos/policies/1/rules/x', ('policies', '1', 'rules/x')),
        ('/v2/qos', (None, None, 'qos')),
        ('/v2/qos/', (None, None, 'qos')),
        ('/v2/qos/others/1', (None, None, 'qos/others/1')),
        ('/v2/policies', (None, None, 'policies')),
        ('/v2/domains/config', ('configs', None, '')),
        ('/v2/domains/1', ('domains', '1', '')),
        ('/v2/domains/1/config', ('domains', '1', 'config')),
        ('/v2/domains/config/x', ('configs', None, 'x')),
        ('/v2/SERVERS', (None, None, 'SERVERS')),
    ],
)
def test_path_leads_down_the_tree(path, expected):
    """A name of several segments is one name, and half of it is none."""
    assert expected == walked(TREE, path)


@pytest.mark.parametrize(
    'identifier',
    [
        *('1', 'deadbeef', '3F2504E0-4F89-41D3-9A0C-0305E82C3301', 'my.key'),
        *('m1.small', 'www.example.org.', 'größe', 'a b', 'x' * 300, '~'),
        *('detail2', 'servers', 'GET:x', '..', '*', '0' * 45, '%', 'ä\u202e'),
    ],
    ids=short,
)
def test_any_segment_may_be_an_id(identifier):
    """Names, FQDNs, upper case: version 2 does not guess by the looks."""
    found = walked(TREE, f'/v2/servers/{identifier}')

    assert ('servers', identifier, '') == found


@pytest.mark.parametrize(
    ('path', 'expected'),
    [
        ('/v2/keys/a1-f', ('keys', 'a1-f', None)),
        ('/v2/keys/A1-F', ('keys', 'A1-F', None)),
        ('/v2/keys/a1-f/x', ('keys', 'a1-f', 'x')),
        ('/v2/keys/my.key', ('keys', None, 'my.key')),
        ('/v2/keys/a1-fg', ('keys', None, 'a1-fg')),
    ],
)
def test_id_is_hexadecimal_without_a_version(path, expected):
    """So existing maps tell a key from an id; upper case counts as well."""
    found = match('keys:\n', 'GET', path, HEAD_1)

    assert expected == (found.resource.name, found.id, found.key)


@pytest.mark.parametrize(
    ('pattern', 'path', 'expected'),
    [
        ('[0-9]+', '12', ('r', '12', '')),
        ('[0-9]+', '12x', ('r', None, '12x')),
        ('[0-9]+', '12/sub', ('r/subs', None, '')),
        ('[^/]+/[^/]+', 'ns/name', ('r', 'ns/name', '')),
        ('[^/]+/[^/]+', 'ns', ('r', None, 'ns')),
        ('[^/]+/[^/]+', 'ns/name/sub', ('r/subs', None, '')),
        ('[^/]+/[^/]+', 'ns/name/x', ('r', 'ns/name', 'x')),
        ('a|a/b', 'a/b', ('r', 'a', 'b')),
        ('.+', 'a/b//c', ('r', 'a/b//c', '')),
        ('.+', 'a/sub', ('r', 'a/sub', '')),
        ('.+', 'a\nb', ('r', 'a\nb', '')),
        ('.+', 'big.json', ('r', 'big', '')),
        ('.*', '', ('r', None, '')),
        ('x?', 'y', ('r', None, 'y')),
    ],
)
def test_id_is_what_the_pattern_matches_up_to_a_slash(pattern, path, expected):
    """It may hold slashes, and one that is empty is none."""
    resources = f"""
    r:
      id: '{pattern}'
      children:
        subs:
          api_name: sub
    """

    assert expected == walked(resources, f'/v2/r/{path}')


def test_name_of_an_action_is_no_id():
    """What the map names is looked up first."""
    found = match(TREE, 'GET', '/v2/servers/detail')

    assert ('read/list/detail', None) == (found.action, found.id)


def test_ids_above_are_attached_to_the_target():
    """Each has the name and the typeURI of what it is the id of."""
    target = play(
        TREE, 'DELETE', '/v2/servers/S/os-interface/P/addresses/A'
    ).final['target']

    assert 'A' == target['id']
    assert [
        ('server_id', 'S', 'compute/server'),
        ('interface_id', 'P', 'compute/server/interface'),
    ] == [
        (each['name'], each['content'], each['typeURI'])
        for each in target['attachments']
    ]


def test_list_below_an_element_has_the_id_of_the_element():
    """There is no better one, and the service is not what was asked."""
    target = play(TREE, 'GET', '/v2/servers/S/os-interface').final['target']

    assert 'S' == target['id']
    assert 'compute/server/interfaces' == target['typeURI']
    assert {'server_id': 'S'} == attachments(target)


def test_list_at_the_top_has_the_id_and_the_name_of_the_service():
    """The observer is the same service."""
    final = play(TREE, 'GET', '/v2/servers').final

    assert {
        'id': final['observer']['id'],
        'typeURI': 'compute/servers',
        'name': 'nova',
    } == final['target']


def test_child_stands_right_behind_a_collection_only_without_a_version():
    """Existing maps address it without the id of its parent."""
    path = '/v2/servers/os-interface'

    assert ('servers/interfaces', None, '') == walked(TREE, path, head=HEAD_1)
    assert ('servers', 'os-interface', '') == walked(TREE, path)


def test_ids_above_are_not_attached_without_a_version():
    """Events of existing maps have no attachment they had not."""
    target = play(
        TREE, 'GET', '/v2/servers/a1/os-interface/b2', head=HEAD_1
    ).final['target']

    assert 'b2' == target['id']
    assert 'attachments' not in target


@pytest.mark.parametrize(
    ('identifier', 'expected'),
    [
        ('7', '00000000-0000-0000-0000-000000000007'),
        ('0', '00000000-0000-0000-0000-000000000000'),
        ('1' * 32, '1' * 32),
        ('1' * 31, None),
        ('9' * 45, '9' * 45),
        ('7f', '7f'),
    ],
)
def test_number_is_written_as_a_uuid_without_a_version(identifier, expected):
    """So it was there; what is a UUID or no 128 bits stays as it is."""
    final = play(
        'servers:\n', 'GET', f'/v2/servers/{identifier}', head=HEAD_1
    ).final

    if expected is None:
        assert 36 == len(final['target']['id'])
    else:
        assert expected == final['target']['id']


@pytest.mark.parametrize('identifier', ['initiator', 'target'])
def test_id_that_cadf_reads_as_a_reference_is_told_apart(identifier):
    """A client could hide a target behind it."""
    final = play('servers:\n', 'GET', f'/v2/servers/{identifier}').final

    assert f'target:{identifier}' == final['target']['id']


def test_id_of_any_length_is_cut():
    """An event is bounded, whatever a client asks for."""
    final = play('servers:\n', 'GET', f'/v2/servers/{"x" * 9999}').final

    assert 1024 == len(final['target']['id'])
    assert final['target']['id'].endswith('…')


def test_step_of_a_walk_is_told():
    """Each says what was seen, and by which line of the map what it means."""
    told = []
    resources = 'servers:\n  children:\n    ports:\n'

    read(resources)[0].match(
        'PUT', '/v2/servers/S/ports/P/x', lambda *step: told.append(step)
    )

    assert ['/v2', 'servers', 'S', 'ports', 'P', 'x'] == [
        seen for seen, _ in told
    ]
    assert 'line 6' in told[1][1]
    assert 'id of servers' == told[2][1]


def test_groups_of_an_id_are_its_parts():
    """The group ``id`` is the id, others are attached under their names."""
    resources = """
    blobs:
      id: '(?P<id>[^/,]+)(?:,(?P<version>[0-9]+))?'
      children:
        notes:
    """
    plain = play(resources, 'GET', '/v2/blobs/a').final['target']
    named = play(resources, 'GET', '/v2/blobs/a,7').final['target']

    assert ('a', {}) == (plain['id'], attachments(plain))
    assert ('a', {'version': '7'}) == (named['id'], attachments(named))
    assert ('blobs/notes', 'n', '') == walked(
        resources, '/v2/blobs/a,7/notes/n'
    )
