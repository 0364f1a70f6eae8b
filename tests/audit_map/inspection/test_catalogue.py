# SPDX-License-Identifier: Apache-2.0

"""The table of what is audited."""

import pytest

from cadf_audit.audit_map.inspection.catalogue import catalogue
from cadf_audit.audit_map.inspection.opened import open_map
from cadf_audit.audit_map.inspection.routes import Route

MAP = """\
version: 2
service_type: compute
prefix: /v2(?:/(?P<project_id>[0-9a-f]{32}))?
resources:
  servers:
    api_name: [servers, instances]
    action_from:
      PUT:power: request:$.target
    bulk:
      DELETE: request:$.ids
    custom_actions:
      reboot: start/reboot
      PUT:power: update/power
      PUT:power/off: stop
      GET:detail: read/list/detail
      index: read/list
      hidden: null
    method_actions:
      PATCH: null
    children:
      metadata:
        singleton: true
        keys: true
        method_actions: {POST: null, PUT: null, PATCH: null, DELETE: null}
"""

KEYWORDS = """\
[custom_actions]
rescue/post = update/rescue
detail = read/list
[path_keywords]
servers = server
detail = None
[service_endpoints]
compute = service/compute
"""


@pytest.fixture
def listed(tmp_path):
    """A function that returns the rows of a map."""

    def look(text, routes=None):
        file = tmp_path / ('map.conf' if text == KEYWORDS else 'map.yaml')
        file.write_text(text)
        return [
            (each.method, each.route, each.ids, each.action, each.type_uri)
            for each in catalogue(open_map(str(file)), routes)
        ]

    return look


def named(base, ids, type_uri):
    """Return the rows of the named actions; lists are for collections."""
    power, action = f'{base}/power (body: ', f'{base}/action (body: '
    lists = [
        ('GET', f'{base}/detail', ids, 'read/list/detail', type_uri),
        ('*', f'{base}/index', ids, 'read/list', type_uri),
    ]
    return [
        ('*', f'{base}/reboot', ids, 'start/reboot', type_uri),
        ('PUT', f'{power}off)', ids, 'stop', type_uri),
        ('PUT', f'{power}any other name)', ids, 'update/power/*', type_uri),
        *(() if ids else lists),
        ('POST', f'{action}reboot)', ids, 'start/reboot', type_uri),
        ('POST', f'{action}hidden)', ids, 'update/hidden', type_uri),
        ('POST', f'{action}any other name)', ids, 'update/*', type_uri),
    ]


def test_a_map(listed):
    """All kinds of requests that a map tells apart have a row each."""
    base = '/v2[/{project_id}]/servers'
    many, one, ids = 'compute/servers', 'compute/server', ('server_id',)
    data = 'compute/server/metadata'

    assert [
        ('GET', base, (), 'read/list', many),
        ('POST', base, (), 'create', one),
        ('DELETE', base, (), 'delete', many),
        ('DELETE', f'{base} (each item)', (), 'delete', one),
        ('GET', f'{base}/{{server_id}}', ids, 'read', one),
        ('PUT', f'{base}/{{server_id}}', ids, 'update', one),
        ('DELETE', f'{base}/{{server_id}}', ids, 'delete', one),
        *named(base, (), many),
        *named(f'{base}/{{server_id}}', ids, one),
        ('GET', f'{base}/{{server_id}}/metadata', ids, 'read', data),
        *(
            (
                method,
                f'{base}/{{server_id}}/metadata/{{key}}',
                (*ids, 'key'),
                action,
                data,
            )
            for method, action in (
                ('GET', 'read/get'),
                ('PUT', 'update/set'),
                ('DELETE', 'delete/unset'),
            )
        ),
    ] == listed(MAP)


def test_routes(listed):
    """With routes, what exists is listed, and what is not audited is not."""
    routes = [
        Route('GET', '/v2/servers/{id}'),
        Route('PATCH', '/v2/servers/{id}'),
        Route('PUT', '/v2/servers/{id}/power'),
        Route('POST', '/v2/servers/{id}/action'),
        Route('PUT', '/v2/other/{name}'),
    ]

    rows = listed(MAP, routes)

    server, ids = '/v2/servers/{id}', ('id',)
    assert [
        ('GET', server, ids, 'read'),
        ('PUT', f'{server}/power (body: off)', ids, 'stop'),
        (
            'PUT',
            f'{server}/power (body: any other name)',
            ids,
            'update/power/*',
        ),
        ('POST', f'{server}/action (body: reboot)', ids, 'start/reboot'),
        ('POST', f'{server}/action (body: hidden)', ids, 'update/hidden'),
        ('POST', f'{server}/action (body: any other name)', ids, 'update/*'),
        ('PUT', '/v2/other/{name}', ('name',), 'update'),
    ] == [row[:4] for row in rows]


def test_several_prefixes(listed):
    """No row requires what another prefix does without."""
    text = MAP.replace(
        '/v2(?:/(?P<project_id>[0-9a-f]{32}))?',
        "['/v2/(?P<project_id>[0-9a-f]{32})', /v2]",
    )

    assert listed(MAP) == listed(text)


def test_upsert_and_items(listed):
    """What a PUT created, and each item of many, has a row of its own."""
    text = (
        'version: 2\nservice_type: compute\nprefix: /v1\nresources:\n'
        '  boxes:\n    upsert: true\n'
        '    custom_actions: {scrap: delete, build: create}\n'
        "    bulk: {'POST:scrap': 'request:$.ids', PUT: null}\n"
    )
    told = [
        ('POST', '/v1/boxes/scrap (each item)', 'delete', 'compute/box'),
        ('*', '/v1/boxes/build', 'create', 'compute/box'),
        ('PUT', '/v1/boxes/{box_id} (answer: 201)', 'create', 'compute/box'),
    ]

    rows = [(*row[:2], *row[3:]) for row in listed(text)]
    of_routes = [
        (*row[:2], *row[3:])
        for row in listed(
            text,
            [
                Route('POST', '/v1/boxes/scrap'),
                Route('PUT', '/v1/boxes/{box_id}'),
            ],
        )
    ]

    assert set(told) <= set(rows)
    assert {told[0], told[2]} <= set(of_routes)
    assert 4 == len(of_routes)
    assert not any('PUT' == row[0] and 'item' in row[1] for row in rows)


def test_type_of_an_action_on_a_collection(listed, tmp_path):
    """It is that of the event, which is about the collection."""
    types = {
        route: type_uri
        for method, route, _, _, type_uri in listed(MAP)
        if route.endswith('/reboot')
    }
    judge = open_map(str(tmp_path / 'map.yaml')).judge

    assert types == {
        f'/v2[/{{project_id}}]/servers{ending}': judge.judge(
            'POST', f'/v2/servers{path}'
        ).type_uri
        for ending, path in (
            ('/reboot', '/reboot'),
            ('/{server_id}/reboot', '/S1/reboot'),
        )
    }


def test_wildcards(listed):
    """A rule for any name has a row, for path and body."""
    text = (
        'version: 2\nservice_type: compute\nprefix: /v1\nresources:\n'
        '  box:\n    singleton: true\n'
        "    custom_actions: {'POST:*': start/*}\n"
    )

    rows = [row for row in listed(text) if '*' in row[3]]

    assert [
        ('POST', '/v1/box/{name}', ('name',), 'start/*', 'compute/box'),
        (
            'POST',
            '/v1/box/action (body: any other name)',
            (),
            'start/*',
            'compute/box',
        ),
    ] == rows


def test_children_of_a_map_without_a_version(listed):
    """A child is listed once though it has two paths, and no default key."""
    text = (
        'service_type: compute\nprefix: /v1\nresources:\n'
        '  servers:\n    children:\n      ports:\n'
    )

    rows = listed(text)

    assert ['/v1/servers', '/v1/servers/{server_id}/ports'] == [
        row[1] for row in rows if row[0] == 'POST'
    ]
    assert not any('{key}' in row[1] for row in rows)


def test_keywords(listed):
    """Keywords and actions have rows; an action is not listed twice."""
    many, one = 'service/compute/servers', 'service/compute/servers/server'
    ids = ('server',)

    assert [
        ('GET', '…/servers', (), 'read/list', many),
        ('POST', '…/servers', (), 'create', many),
        ('GET', '…/servers/{server}', ids, 'read', one),
        ('PUT', '…/servers/{server}', ids, 'update', one),
        ('PATCH', '…/servers/{server}', ids, 'update', one),
        ('DELETE', '…/servers/{server}', ids, 'delete', one),
        ('POST', '…/rescue', (), 'update/rescue', 'service/compute'),
        ('*', '…/detail', (), 'read/list', 'service/compute/detail'),
    ] == listed(KEYWORDS)


def test_routes_of_a_map_of_keywords(listed):
    """With routes, each has a row."""
    rows = listed(KEYWORDS, [Route('PUT', '/v1/servers/{id}/x')])

    type_uri = 'service/compute/servers/server'
    assert [('PUT', '/v1/servers/{id}/x', ('id',), 'update', type_uri)] == rows
