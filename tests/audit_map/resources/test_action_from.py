# SPDX-License-Identifier: Apache-2.0

"""A request whose body says more than its path: the action it names."""

import json

import pytest

from tests.resource_maps import play
from tests.resource_maps import read
from tests.resource_maps import refusal

NODES = """
nodes:
  custom_actions:
    PUT:states/power: update/power
    states/power/power off: stop
    PUT:states/power/reboot: update/reboot
    refund: disable/refund
    gone: null
  action_from:
    PUT:states/power: request:$.target
    PATCH: request:$[0].op
"""


@pytest.mark.parametrize(
    ('method', 'path', 'body', 'before', 'after'),
    [
        ('PUT', '/states/power', {'target': 'power off'}, 'power', 'stop'),
        ('PUT', '/states/power', {'target': 'reboot'}, 'power', 'reboot'),
        ('PUT', '/states/power', {'target': 'on it'}, 'power', 'power/on_it'),
        ('PUT', '/states/power', {'target': 'x' * 999}, 'power', None),
        ('PUT', '/states/power', {'target': ['a']}, 'power', 'power'),
        ('PUT', '/states/power', {'target': ''}, 'power', 'power'),
        ('PUT', '/states/power', {}, 'power', 'power'),
        ('PUT', '/states/power', b'{broken', 'power', 'power'),
        ('PUT', '/states/power', b'', 'power', 'power'),
        ('PATCH', '', [{'op': 'refund'}], '', 'disable/refund'),
        ('PATCH', '', [{'op': 'replace'}], '', 'update/replace'),
        ('PATCH', '', [{'op': 'gone'}], '', 'update/gone'),
        ('PUT', '', [{'op': 'refund'}], '', ''),
    ],
)
def test_body_tells_what_the_path_does_not(method, path, body, before, after):
    """A rule for the name counts, else the name follows the path's action."""

    def whole(action):
        if action.startswith(('stop', 'disable', 'update')):
            return action
        return f'update/{action}' if action else 'update'

    played = play(NODES, method, f'/v2/nodes/1{path}', body)
    expected = f'update/power/{"x" * 64}' if after is None else whole(after)

    assert whole(before) == played.pending['action']
    assert expected == played.final['action']


def test_body_is_read_by_the_application_alone():
    """What it does not read names no action."""

    def app(environ, start_response):
        start_response('200 OK', [('Content-Type', 'text/plain')])
        return [b'']

    body = json.dumps({'target': 'reboot'}).encode()
    played = play(NODES, 'PUT', '/v2/nodes/1/states/power', body, app=app)

    assert 'update/power' == played.final['action']


@pytest.mark.parametrize(
    ('rule', 'key', 'problem'),
    [
        ('{PUT: $.target}', 'action_from.PUT', 'is no place in the request'),
        ('{PUT: header:X-A}', 'action_from.PUT', 'is no place in the request'),
        ('{PUT: "request:x"}', 'action_from.PUT', 'is no JSON path'),
        ('[PUT]', 'action_from', 'has to be a mapping'),
    ],
)
def test_place_that_is_not_in_the_request_is_refused(rule, key, problem):
    """The answer comes too late to say what was asked."""
    error = refusal(read, f'nodes:\n  action_from: {rule}\n')

    assert f'resources.nodes.{key}' == error.key
    assert problem in error.problem


def test_method_that_is_none_is_found():
    """The finding names the nearest one."""
    _, findings = read('nodes:\n  action_from: {PTU: request:$.a}\n')

    assert 1 == len(findings)
    assert 'did you mean PUT?' in findings[0].problem
