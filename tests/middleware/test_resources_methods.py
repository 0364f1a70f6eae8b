# SPDX-License-Identifier: Apache-2.0

"""Which rule counts, where several could."""

import pytest

from tests.resource_maps import attachments
from tests.resource_maps import play

RESOURCES = """
servers:
  id: '[0-9]+'
  action_from:
    POST:action: request:$.type
    PUT:power: request:$.to
  custom_actions:
    GET:position: null
    GET:stats: read/stats
    GET:*: read/*
    PUT:power: update
    os-foo:bar: null
    DELETE:x: delete/x
  method_actions:
    GET: read/server
  upsert: true
  custom_id: [header:X-Id, header:Location]
  read_response: []
  children:
    disks:
"""

UNDECLARED = 'undeclared_path?value=true'


@pytest.mark.parametrize(
    ('path', 'expected'),
    [
        ('/v2/servers/1/position', None),
        ('/v2/servers/1/stats', 'read/stats'),
        ('/v2/servers/1/other', 'read/other'),
        ('/v2/servers/1', 'read/server'),
    ],
)
def test_head_follows_the_rules_of_get(path, expected):
    """It announces what GET answers."""
    played = play(RESOURCES, 'HEAD', path)

    assert expected == (played.events[-1]['action'] if played.events else None)


@pytest.mark.parametrize('method', ['DELETE', 'OPTIONS', 'POST'])
def test_path_that_is_declared_for_another_method_is_declared(method):
    """A preflight of a browser is nothing that an operator has to look at."""
    final = play(RESOURCES, method, '/v2/servers/1/stats').final

    assert UNDECLARED not in final['tags']
    assert 'undeclared_path' not in attachments(final['target'])
    assert '1' == final['target']['id']


def test_place_of_the_name_wins_over_the_first_key():
    """The map says where the name stands."""
    body = {'when': 1, 'type': 'reboot'}
    final = play(RESOURCES, 'POST', '/v2/servers/1/action', body).final

    assert 'update/reboot' == final['action']


@pytest.mark.parametrize(
    ('body', 'expected'),
    [({'to': 'on'}, 'update/on'), ({'to': 'DELETE:x'}, 'update/DELETE:x')],
)
def test_name_in_a_body_is_no_rule_of_another_method(body, expected):
    """A client cannot choose a rule by writing its method."""
    final = play(RESOURCES, 'PUT', '/v2/servers/1/power', body).final

    assert expected == final['action']


def test_upsert_counts_beside_other_rules():
    """A resource may have named actions as well."""
    final = play(RESOURCES, 'PUT', '/v2/servers/1', status='201 Made').final

    assert 'create' == final['action']


def test_odd_method_is_no_part_of_a_rule():
    """Else a client could hide behind the rule of an action."""
    played = play(RESOURCES, 'os-foo', '/v2/servers/1/bar')

    assert 'unknown' == played.final['action']


@pytest.mark.parametrize(
    ('status', 'headers', 'expected'),
    [
        ('201 Made', [('X-Id', 'a')], 'a'),
        ('202 Taken', [('Location', '/v2/servers/b')], 'b'),
        ('302 Found', [('Location', '/login?next=/x')], 'unknown'),
        ('409 Conflict', [('X-Id', 'a')], 'unknown'),
    ],
)
def test_header_tells_the_id_without_a_look_at_the_body(
    status, headers, expected
):
    """A redirect leads to something else."""
    final = play(
        *(RESOURCES, 'POST', '/v2/servers'),
        status=status,
        headers=headers,
        response={'id': 'c'},
    ).final

    assert expected == final['target']['id']
