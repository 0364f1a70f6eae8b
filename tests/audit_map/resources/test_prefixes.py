# SPDX-License-Identifier: Apache-2.0

"""Where a path begins for the map, whatever stands before."""

import pytest

from tests.resource_maps import attachments
from tests.resource_maps import HEAD
from tests.resource_maps import match
from tests.resource_maps import play
from tests.resource_maps import short

PROJECT = '0123456789abcdef0123456789abcdef'

# As in the maps of nova and cinder in use, where they eat what follows.
NOVA = HEAD.replace('/v2', r'/v2\.1(?:/(?P<project_id>[0-9a-f-]*))?')
CINDER = HEAD.replace('/v2', '/v3/?(?P<project_id>[0-9a-f-]*)')

RESOURCES = """
flavors:
consoles:
attachments:
backups:
volumes:
"""


@pytest.mark.parametrize(
    ('head', 'path', 'project', 'name', 'identifier'),
    [
        (NOVA, '/v2.1/flavors', None, 'flavors', None),
        (NOVA, '/v2.1/consoles', None, 'consoles', None),
        (NOVA, '/v2.1/flavors/f1', None, 'flavors', 'f1'),
        (NOVA, f'/v2.1/{PROJECT}/flavors', PROJECT, 'flavors', None),
        (CINDER, '/v3/attachments', None, 'attachments', None),
        (CINDER, '/v3/backups/b1', None, 'backups', 'b1'),
        (CINDER, '/v3/volumes', None, 'volumes', None),
        (CINDER, f'/v3/{PROJECT}/volumes/v', PROJECT, 'volumes', 'v'),
    ],
    ids=short,
)
def test_prefix_takes_whole_segments(head, path, project, name, identifier):
    """Letters that are hex digits stay with the segment they begin."""
    found = match(RESOURCES, 'GET', path, head)

    assert name == found.resource.name
    assert identifier == found.id
    assert project == (found.project_id or None)


@pytest.mark.parametrize(
    'path', ['/v2.10/flavors', '/v2x1/flavors', '/v2.1flavors', '/x/v2.1/f']
)
def test_prefix_that_only_begins_like_a_path_is_none(path):
    """It is anchored at the start of the path, and at a slash."""
    found = match(RESOURCES, 'GET', path, NOVA)

    assert found.resource is None
    assert path.strip('/') == found.rest


def test_first_of_several_prefixes_that_matches_counts():
    """Each may name the project in its own place."""
    head = HEAD.replace(
        '/v2', "['/v1/(?P<project_id>[0-9a-f]{32})', /v1, /volume/v1, '']"
    )

    for path, project in (
        (f'/v1/{PROJECT}/volumes', PROJECT),
        ('/v1/volumes', None),
        ('/volume/v1/volumes', None),
        ('/volumes', None),
    ):
        found = match(RESOURCES, 'GET', path, head)

        assert 'volumes' == found.resource.name
        assert project == found.project_id


@pytest.mark.parametrize('prefix', ["''", '/', '/v2', '/v2/', '/v2//'])
def test_slash_at_the_end_of_a_prefix_is_optional(prefix):
    """What follows a prefix begins with one anyway."""
    path = '/v2/volumes' if 'v2' in prefix else '/volumes'
    found = match(
        RESOURCES,
        'GET',
        path,
        HEAD.replace('prefix: /v2', f'prefix: {prefix}'),
    )

    assert 'volumes' == found.resource.name


def test_project_of_the_prefix_is_that_of_the_target():
    """It is there before the application runs."""
    played = play(RESOURCES, 'GET', f'/v2.1/{PROJECT}/volumes', head=NOVA)

    assert PROJECT == played.pending['target']['project_id']
    assert PROJECT == played.final['target']['project_id']


def test_project_of_the_prefix_wins_over_that_of_the_answer():
    """What a client asked for is known before, and stays."""
    final = play(
        RESOURCES,
        'POST',
        f'/v2.1/{PROJECT}/volumes',
        head=NOVA,
        response={'volume': {'id': '1', 'project_id': 'other'}},
    ).final

    assert PROJECT == final['target']['project_id']


@pytest.mark.parametrize(
    ('answer', 'expected'),
    [
        ({'project_id': 'a', 'tenant_id': 'b'}, 'a'),
        ({'tenant_id': 'b'}, 'b'),
        ({'project_id': None, 'tenant_id': 'b'}, 'b'),
        ({'project_id': ['a']}, None),
        ({}, None),
    ],
)
def test_project_of_an_item_is_that_of_the_target(answer, expected):
    """Where no prefix tells it, the answer may."""
    final = play(
        RESOURCES, 'POST', '/v2/volumes', response={'volume': answer}
    ).final

    assert expected == final['target'].get('project_id')


@pytest.mark.parametrize(
    ('mount', 'path'),
    [('/v2', '/volumes/1'), ('/v2/volumes', '/1'), ('', '/v2/volumes/1')],
)
def test_mount_point_is_a_part_of_the_path(mount, path):
    """The map is written for what clients call."""
    played = play(RESOURCES, 'GET', path, keys={'SCRIPT_NAME': mount})

    assert '1' == played.final['target']['id']


@pytest.mark.parametrize(
    'path',
    [
        *('/v2/volumes/1/', '/v2/volumes/1//', '/v2//volumes///1'),
        *('/v2/volumes//1', '/v2/volumes/1.json', '/v2/volumes/1.json/'),
    ],
)
def test_slash_too_many_means_nothing(path):
    """Many servers and frameworks pass over it."""
    found = match(RESOURCES, 'GET', path)

    assert ('1', 'read', '') == (found.id, found.action, found.rest)


@pytest.mark.parametrize('path', ['/v2', '/v2/', '/v2//', '/v2/.json'])
def test_prefix_alone_is_the_service_itself(path):
    """It is read, and nothing of it is undeclared."""
    final = play(RESOURCES, 'GET', path).final

    assert 'read' == final['action']
    assert final['observer'] == final['target']
    assert 'undeclared_path?value=true' not in final['tags']


@pytest.mark.parametrize('path', ['/', '', '//'])
def test_root_is_the_service_itself(path):
    """No prefix matches it, and a tag says so."""
    final = play(RESOURCES, 'GET', path).final

    assert final['observer']['id'] == final['target']['id']
    assert {'undeclared_path': '/'} == attachments(final['target'])
    assert 'undeclared_path?value=true' in final['tags']
    assert 'read' == final['action']


def test_path_outside_each_prefix_is_attached_to_the_service():
    """The event says so in a tag."""
    played = play(RESOURCES, 'DELETE', '/v9/volumes/1')

    for event in (played.pending, played.final):
        assert 'delete' == event['action']
        assert {'undeclared_path': 'v9/volumes/1'} == attachments(
            event['target']
        )
        assert event['observer']['id'] == event['target']['id']
        assert 'undeclared_path?value=true' in event['tags']


def test_flags_may_stand_in_front_of_a_prefix():
    """A regular expression of an existing map may begin with them."""
    head = HEAD.replace('/v2', '(?i)/V2')

    assert (
        'servers'
        == match('servers:\n', 'GET', '/v2/servers', head=head).resource.name
    )
