# SPDX-License-Identifier: Apache-2.0

"""What is done to a resource: named in the path, or in the body."""

import json

import pytest

from tests.resource_maps import attachments
from tests.resource_maps import HEAD
from tests.resource_maps import HEAD_1
from tests.resource_maps import play
from tests.resource_maps import short

ACTIONS = """
servers:
  id: '[0-9]+'
  custom_actions:
    detail: read/list/detail
    start: start
    stop: null
    GET:console: read/console
    POST:console: enable/console
    PUT:console: null
    actions/deactivate: disable
    "POST:*": update/*
    "DELETE:*": null
  children:
    hints:
      api_name: actions/hints
limits:
  singleton: true
  custom_actions: {reset: update/reset, "PUT:*": update/*/again}
images:
  custom_actions: {"POST:*": update/*, "PUT:upload": null}
"""


def action(method, path, body=b'', resources=ACTIONS, head=HEAD):
    """Return the action of the final event; None if there is none."""
    events = play(resources, method, path, body, head=head).events
    return events[-1]['action'] if events else None


@pytest.mark.parametrize(
    ('method', 'path', 'expected'),
    [
        ('GET', 'servers/detail', 'read/list/detail'),
        ('HEAD', 'servers/detail/', 'read/list/detail'),
        ('GET', 'servers/detail.json', 'read/list/detail'),
        ('POST', 'servers/1/start', 'start'),
        ('BREW', 'servers/1/start', 'start'),
        ('GET', 'servers/1/console', 'read/console'),
        ('POST', 'servers/1/console', 'enable/console'),
        ('PATCH', 'servers/1/console', 'update'),
        ('POST', 'servers/1/actions/deactivate', 'disable'),
        ('POST', 'servers/1/actions/other', 'update'),
        ('POST', 'servers/1/actions', 'update/actions'),
        ('POST', 'servers/1/actions/hints', 'create'),
        ('POST', 'servers/1/pause', 'update/pause'),
        ('POST', 'servers/pause', 'update/pause'),
        ('POST', 'servers/1/pause/now', 'update'),
        ('POST', 'servers/1/p%20äß*', 'update/p_20___'),
        ('PUT', 'servers/1/pause', 'update'),
        ('POST', 'limits/reset', 'update/reset'),
        ('PUT', 'limits/x', 'update/x/again'),
        ('POST', 'images/1/pause', 'update/pause'),
        ('POST', 'images/pause', 'update'),
        ('PUT', 'images/1/upload/x', 'update'),
    ],
)
def test_rest_of_the_path_names_the_action(method, path, expected):
    """A rule of the method comes first, and a wildcard last.

    Where any segment may be an id, a wildcard takes only what follows one.
    """
    assert expected == action(method, f'/v2/{path}')


@pytest.mark.parametrize(
    ('method', 'path'),
    [
        ('POST', 'servers/1/stop'),
        ('GET', 'servers/stop'),
        ('PUT', 'servers/1/console'),
        ('DELETE', 'servers/1/anything'),
        ('PUT', 'images/1/upload'),
    ],
)
def test_null_suppresses_the_pair_where_the_path_tells(method, path):
    """There is no event, and the application answers as without us."""
    request = {}

    def app(environ, start_response):
        request.update(environ)
        start_response('200 OK', [('Content-Type', 'text/plain')])
        return body

    body = [b'untouched']
    played = play(ACTIONS, method, f'/v2/{path}', b'x', app=app)

    assert [] == played.events
    assert b'untouched' == played.response.body
    assert 'cadf_audit.event' not in request
    assert 'BytesIO' == type(request['wsgi.input']).__name__


@pytest.mark.parametrize(
    'path',
    [
        '/v2/images/PUT:upload',
        '/v2/images/1/PUT:upload',
        '/v2/images/DELETE:*',
    ],
)
def test_name_that_reads_like_a_rule_hides_nothing(path):
    """A client may call an image after a rule that says null."""
    for method in ('DELETE', 'PUT', 'GET', 'POST'):
        assert action(method, path) is not None


@pytest.mark.parametrize(
    ('name', 'expected'),
    [
        ('start', 'start'),
        ('console', 'enable/console'),
        ('os-stop', 'update/os-stop'),
        ('a b/c', 'update/a_b_c'),
        ('größe\ud800', 'update/gr__e_'),
        ('x' * 5000, 'update/' + 'x' * 64),
        ('PUT:console', 'update/PUT:console'),
        ('', 'update/unknown'),
    ],
    ids=short,
)
def test_body_names_the_action(name, expected):
    """The pending event says update; the name is bounded and safe."""
    played = play(ACTIONS, 'POST', '/v2/servers/1/action', {name: {}})

    assert 'update' == played.pending['action']
    assert expected == played.final['action']
    assert '1' == played.final['target']['id']


def test_null_keeps_the_pair_where_only_the_body_tells():
    """The pending event is on its way by then."""
    for head in (HEAD, HEAD_1):
        played = play(
            ACTIONS, 'POST', '/v2/servers/1/action', {'stop': {}}, head=head
        )

        assert 'update/stop' == played.final['action']


def test_wildcard_holds_for_a_body_only_in_version_2():
    """Existing maps mean paths by it."""
    resources = 'servers:\n  custom_actions: {"POST:*": start/*}\n'
    path = '/v2/servers/1/action'

    assert 'start/x' == action('POST', path, {'x': 1}, resources)
    assert 'update/x' == action('POST', path, {'x': 1}, resources, HEAD_1)


@pytest.mark.parametrize(
    ('body', 'expected'),
    [
        ({'start': None, 'stop': None}, 'start'),
        (json.dumps({'start': {}}), 'start'),
        (json.dumps(json.dumps({'start': {}})), 'update'),
        (['start'], 'update'),
        ('start', 'update'),
        ({}, 'update'),
        (12, 'update'),
        (None, 'update'),
        (b'', 'update'),
        (b'{"start": ', 'update'),
        (b'\xff\xfe\x00', 'update'),
        (b'\xef\xbb\xbf{"start": 1}', 'start'),
        ('{"start": 1}', 'start'),
        (json.dumps({'start': 1}).encode('utf-16'), 'start'),
        (b'{"start": ' + b'[' * 5000 + b']' * 5000 + b'}', 'update'),
        (b'{"start": ' + b'9' * 6000 + b'}', 'start'),
        (b'{"start": NaN}', 'start'),
    ],
    ids=short,
)
def test_body_of_any_shape_leaves_an_event(body, expected):
    """Its first key counts, be it JSON in a JSON string; else it is update."""
    assert expected == action('POST', '/v2/servers/1/action', body)


@pytest.mark.parametrize('method', ['GET', 'PUT', 'DELETE'])
def test_only_post_has_an_action_in_its_body(method):
    """For other methods ``action`` is a name like any other."""
    resources = 'servers:\n'
    final = play(
        resources, method, '/v2/servers/1/action', {'start': {}}
    ).final

    assert {'undeclared_path': 'action'} == attachments(final['target'])


def test_rule_for_action_itself_is_one_of_the_path():
    """The map may say that no body is to be looked at."""
    resources = 'servers:\n  custom_actions: {action: update/other}\n'

    assert 'update/other' == action(
        'POST', '/v2/servers/1/action', {'start': {}}, resources
    )


def test_collection_and_singleton_may_have_an_action_in_a_body():
    """It need not stand behind an id."""
    for path in ('/v2/servers/action', '/v2/limits/action'):
        assert 'update/reset' == action('POST', path, {'reset': 1})


def test_actions_beside_names_of_several_segments_are_found():
    """A child ``actions/hints`` does not hide an action ``actions/...``."""
    assert 'disable' == action('PUT', '/v2/servers/1/actions/deactivate')
    assert 'read' == action('GET', '/v2/servers/1/actions')
