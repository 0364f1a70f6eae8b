# SPDX-License-Identifier: Apache-2.0

"""The keys of a resource: what each does to an event."""

import pytest

from tests.resource_maps import attachments
from tests.resource_maps import HEAD_1
from tests.resource_maps import PAIR
from tests.resource_maps import play

ID = '4F5C-a'


def target(resources, method, path, **more):
    """Return the target of the final event of a request."""
    return play(resources, method, path, **more).final['target']


def type_uris(resources, **more):
    """Return the typeURIs of a collection and of an element."""
    return tuple(
        target(resources, 'GET', path, **more)['typeURI']
        for path in ('/v2/policies', f'/v2/policies/{ID}')
    )


def test_type_uri_is_made_of_the_names():
    """An element has the singular of its collection."""
    expected = ('compute/policies', 'compute/policy')

    assert expected == type_uris('policies:\n')


def test_type_uri_of_an_element_lost_its_last_character_there():
    """Without a version it is as in openstack-audit-middleware."""
    expected = ('compute/policies', 'compute/policie')

    assert expected == type_uris('policies:\n', head=HEAD_1)


def test_type_uri_is_what_the_map_says():
    """The typeURI of an element follows from that of its collection."""
    assert ('network/firewalls', 'network/firewall') == type_uris(
        'policies:\n  type_uri: network/firewalls\n'
    )
    assert ('compute/policies', 'network/rule') == type_uris(
        'policies:\n  el_type_uri: network/rule\n'
    )


def test_type_uri_of_a_child_begins_with_that_of_an_element():
    """That of a child of a singleton begins with the singleton's."""
    resources = """
    servers:
      el_type_uri: compute/node
      children:
        ports:
    limits:
      singleton: true
      children:
        rates:
    """

    assert (
        'compute/node/port'
        == target(resources, 'GET', f'/v2/servers/{ID}/ports/1')['typeURI']
    )
    assert (
        'compute/limits/rates'
        == target(resources, 'GET', '/v2/limits/rates')['typeURI']
    )


def test_api_name_is_what_stands_in_the_path():
    """The key itself is a name of CADF, and no path any more."""
    resources = 'keypairs:\n  api_name: os-keypairs\n'

    assert (
        'compute/keypairs'
        == (target(resources, 'GET', '/v2/os-keypairs')['typeURI'])
    )
    assert (
        'service/compute'
        == (target(resources, 'GET', '/v2/keypairs')['typeURI'])
    )


@pytest.mark.parametrize('spelling', ['volumes', 'os-volumes', 'my/volumes'])
def test_api_name_may_have_several_spellings(spelling):
    """One resource is meant by each, with all its rules."""
    resources = """
    volumes:
      api_name: [volumes, os-volumes, /my/volumes/]
      custom_actions: {detail: read/list/detail}
    """
    final = play(resources, 'GET', f'/v2/{spelling}/detail').final

    assert 'compute/volumes' == final['target']['typeURI']
    assert 'read/list/detail' == final['action']


def test_singleton_has_no_id():
    """GET reads it, POST updates it, and it has one typeURI."""
    resources = 'limits:\n  singleton: true\n'
    actions = {
        method: play(resources, method, '/v2/limits').final['action']
        for method in ('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE')
    }

    assert {
        'GET': 'read',
        'HEAD': 'read',
        'POST': 'update',
        'PUT': 'update',
        'PATCH': 'update',
        'DELETE': 'delete',
    } == actions
    assert (
        'compute/limits' == target(resources, 'GET', '/v2/limits')['typeURI']
    )


def test_collection_and_element_have_their_own_actions():
    """What HTTP means by a method depends on what it is done to."""
    table = {
        'POST': ('create', 'update'),
        'GET': ('read/list', 'read'),
        'HEAD': ('read/list', 'read'),
        'PUT': ('update', 'update'),
        'PATCH': ('update', 'update'),
        'DELETE': ('delete', 'delete'),
        'OPTIONS': ('unknown', 'unknown'),
        'COPY': ('unknown', 'unknown'),
        '': ('unknown', 'unknown'),
    }

    assert table == {
        method: tuple(
            play('servers:\n', method, path).final['action']
            for path in ('/v2/servers', f'/v2/servers/{ID}')
        )
        for method in table
    }


@pytest.mark.parametrize(
    ('method', 'expected'),
    [
        ('GET', 'read/get'),
        ('HEAD', 'read/get'),
        ('PUT', 'update/set'),
        ('PATCH', 'update/set'),
        ('POST', 'update/set'),
        ('DELETE', 'delete/unset'),
        ('OPTIONS', 'unknown'),
    ],
)
def test_key_of_an_element_is_attached_to_it(method, expected):
    """The action is an operation on a key."""
    resources = 'servers:\n  keys: true\n'
    final = play(resources, method, f'/v2/servers/{ID}/colour').final

    assert expected == final['action']
    assert {'key': 'colour'} == attachments(final['target'])
    assert ID == final['target']['id']
    assert 'undeclared_path?value=true' not in final['tags']


@pytest.mark.parametrize(
    ('method', 'expected'),
    [('POST', 'create/put'), ('GET', 'read/list'), ('DELETE', 'delete/unset')],
)
def test_key_of_a_collection_is_what_is_no_id(method, expected):
    """A list of keys has no suffix."""
    resources = "servers:\n  keys: true\n  id: '[0-9]+'\n"
    final = play(resources, method, '/v2/servers/colour').final

    assert expected == final['action']
    assert {'key': 'colour'} == attachments(final['target'])
    assert 'compute/servers' == final['target']['typeURI']


def test_key_is_one_segment():
    """What goes on behind it is declared nowhere."""
    final = play(
        'servers:\n  keys: true\n', 'PUT', f'/v2/servers/{ID}/a/b'
    ).final

    assert {'undeclared_path': 'a/b'} == attachments(final['target'])


def test_keys_are_there_by_default_only_without_a_version():
    """A map of version 2 says what it means."""
    path = f'/v2/servers/{ID}/colour'
    old = play('servers:\n', 'PUT', path, head=HEAD_1).final
    new = play('servers:\n', 'PUT', path).final

    assert {'key': 'colour'} == attachments(old['target'])
    assert {'undeclared_path': 'colour'} == attachments(new['target'])


def test_method_action_is_that_of_the_resource_itself():
    """It holds for the collection and for an element, not for what follows."""
    resources = """
    tokens:
      method_actions: {POST: authenticate/login, GET: authenticate}
      custom_actions: {check: read/check}
    """
    actions = [
        play(resources, method, path).final['action']
        for method, path in (
            ('POST', '/v2/tokens'),
            ('GET', '/v2/tokens/1'),
            ('PUT', '/v2/tokens/1'),
            ('GET', '/v2/tokens/1/check'),
            ('GET', '/v2/tokens/1/other'),
        )
    ]

    assert [
        'authenticate/login',
        'authenticate',
        'update',
        'read/check',
        'read',
    ] == actions


def test_method_action_null_suppresses_plain_requests():
    """Reads alone may be left out."""
    resources = 'servers:\n  method_actions: {GET: null}\n'

    assert [] == play(resources, 'GET', '/v2/servers').types
    assert [] == play(resources, 'GET', '/v2/servers/1').types
    assert PAIR == play(resources, 'PUT', '/v2/servers/1').types


@pytest.mark.parametrize(
    ('resources', 'wrapper'),
    [
        ('servers:\n', 'server'),
        ('boxes:\n  api_name: os-servers\n', None),
        ('servers:\n  api_name: servers\n  el_type_name: box\n', 'box'),
        ('servers:\n  type_name: boxes\n', 'box'),
    ],
)
def test_item_is_taken_out_of_its_wrapper(resources, wrapper):
    """The name of one item in JSON is told, or follows from that of many."""
    path = '/v2/servers'
    if wrapper is None:
        path, wrapper = '/v2/os-servers', 'server'
    answer = {wrapper: {'id': 'new', 'name': 'n'}, 'id': 'wrong'}

    assert 'new' == target(resources, 'POST', path, response=answer)['id']


def test_item_without_a_wrapper_is_the_whole_response():
    """So is one whose wrapper holds no mapping."""
    for answer in ({'id': 'new'}, {'server': 'x', 'id': 'new'}):
        assert (
            'new'
            == (
                target('servers:\n', 'POST', '/v2/servers', response=answer)[
                    'id'
                ]
            )
        )


def test_type_name_is_what_wraps_a_list():
    """A list under another name is no bulk request."""
    resources = 'servers:\n  type_name: boxes\n'
    played = play(
        resources, 'POST', '/v2/servers', response={'boxes': [{'id': 'a'}]}
    )
    other = play(
        resources, 'POST', '/v2/servers', response={'servers': [{'id': 'a'}]}
    )

    assert ['a'] == [item['target']['id'] for item in played.items]
    assert [] == other.items


def test_payloads_are_loaded_and_do_nothing_yet():
    """The events are those of a map without."""
    resources = """
    servers:
      payloads: {enabled: true, exclude: [adminPass]}
    ports:
      payloads: {enabled: false, include: [a, b]}
    """
    final = play(
        resources, 'POST', '/v2/servers', {'server': {'adminPass': 'secret'}}
    ).final

    assert 'secret' not in str(final)
