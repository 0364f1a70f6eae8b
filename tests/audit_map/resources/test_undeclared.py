# SPDX-License-Identifier: Apache-2.0

"""A path that the map does not declare: audited, and said to be so."""

import pytest

from tests.resource_maps import attachments
from tests.resource_maps import match
from tests.resource_maps import PAIR
from tests.resource_maps import play
from tests.resource_maps import read
from tests.resource_maps import short

TAG = 'undeclared_path?value=true'
TREE = """
servers:
  children:
    ports:
limits:
  singleton: true
"""


@pytest.mark.parametrize(
    ('path', 'type_uri', 'identifier', 'rest'),
    [
        ('/v2/x', 'service/compute', None, 'x'),
        ('/v2/x/y/z/', 'service/compute', None, 'x/y/z'),
        ('/v2/servers/1/x', 'compute/server', '1', 'x'),
        ('/v2/servers/1/x/2/y', 'compute/server', '1', 'x/2/y'),
        ('/v2/servers/1/ports/2/x', 'compute/server/port', '2', 'x'),
        ('/v2/limits/x', 'compute/limits', None, 'x'),
        ('/other', 'service/compute', None, 'other'),
    ],
)
def test_target_is_the_nearest_known_parent(path, type_uri, identifier, rest):
    """The rest is attached to it, and a tag says that there is one."""
    played = play(TREE, 'PUT', path)

    assert PAIR == played.types
    for event in played.events:
        target = event['target']
        assert type_uri == target['typeURI']
        assert (identifier or event['observer']['id']) == target['id']
        assert rest == attachments(target)['undeclared_path']
        assert TAG in event['tags']


@pytest.mark.parametrize(
    ('method', 'expected'),
    [
        ('GET', 'read'),
        ('HEAD', 'read'),
        ('POST', 'update'),
        ('PUT', 'update'),
        ('PATCH', 'update'),
        ('DELETE', 'delete'),
        ('OPTIONS', 'unknown'),
        ('PROPFIND', 'unknown'),
    ],
)
def test_action_follows_from_the_method(method, expected):
    """A POST could be anything, so it is no create."""
    for path in ('/v2/x', '/v2/servers/1/x', '/x'):
        assert expected == play(TREE, method, path).final['action']


@pytest.mark.parametrize(
    'rest',
    ['x' * 9999, '/'.join('x' * 900), 'ü' * 2000, '%ff' * 900],
    ids=short,
)
def test_rest_of_any_length_is_cut(rest):
    """An event is bounded, whatever a client asks for."""
    for path in (f'/v2/servers/1/x{rest}', f'/{rest}'):
        target = play(TREE, 'GET', path).final['target']

        assert 1024 == len(attachments(target)['undeclared_path'])


@pytest.mark.parametrize('segments', [500, 5000])
def test_path_of_any_depth_is_walked(segments):
    """It costs no stack."""
    deep = '/x' * segments

    assert deep[1:] == match(TREE, 'GET', f'/v2{deep}').rest
    assert ('servers', 'x') == (
        (found := match(TREE, 'GET', f'/v2/servers{deep}')).resource.name,
        found.id,
    )


def test_body_of_what_is_not_declared_is_not_looked_at():
    """Nothing says what could stand in it."""
    final = play(
        TREE,
        'POST',
        '/v2/servers/1/x',
        response={'server': {'id': 'wrong', 'name': 'wrong'}},
    ).final

    assert '1' == final['target']['id']
    assert 'name' not in final['target']


def test_declared_path_has_no_tag():
    """Nothing is attached to it either."""
    played = play(TREE, 'GET', '/v2/servers/1/ports')

    for event in played.events:
        assert TAG not in event['tags']
        assert 'undeclared_path' not in attachments(event['target'])


def test_map_is_the_same_after_any_request():
    """Nothing is added to it at request time."""
    audit_map, _ = read(TREE)
    before = repr(audit_map)
    for path in ('/v2/x', '/v2/servers/1/x', '/x', '/v2/servers/y/ports/z'):
        for method in ('GET', 'POST', 'BREW'):
            audit_map.match(method, path)

    assert before == repr(audit_map)
