# SPDX-License-Identifier: Apache-2.0

"""Which rule of a map a route of an API falls to."""

import pytest

from cadf_audit.audit_map.inspection.coverage import cover
from cadf_audit.audit_map.inspection.opened import open_map
from cadf_audit.audit_map.inspection.routes import Route

STRICT = """\
version: 2
service_type: compute
prefix:
  - /v2/(?P<project_id>[0-9a-f]{32})
  - /v2
resources:
  servers:
    custom_actions:
      POST:reboot: start/reboot
      detail: read/list/detail
      'PUT:*': update/*
      hidden: null
    method_actions:
      PATCH: null
    children:
      metadata:
        singleton: true
        keys: true
      ports:
        id: '[A-Z]{2}[0-9]'
        children:
          rules:
            id: '[xyz]'
  4711:
  files:
    id: .+
  options:
    api_name: domains/config
    id: '[a-z]+/[0-9]+'
"""

OLD = """\
service_type: compute
prefix: /v2
resources:
  servers:
    children:
      tags:
        keys: true
"""

KEYWORDS = """\
[custom_actions]
detail = read/list
rescue/post = update/rescue
[path_keywords]
servers = server
limits = None
[service_endpoints]
compute = service/compute
"""


@pytest.fixture
def covered(tmp_path):
    """A function that returns what a map says of one route."""

    def look(text, method, path):
        ending = 'conf' if text.startswith('[') else 'yaml'
        file = tmp_path / f'map.{ending}'
        file.write_text(text)
        [one] = cover(open_map(str(file)), [Route(method, path)])
        return one

    return look


@pytest.mark.parametrize(
    ('method', 'path', 'by', 'action', 'rule', 'line'),
    [
        ('GET', '/v2/servers', 'explicit', 'read/list', 'servers', 7),
        ('GET', '/v2/{p}/servers/{id}', 'explicit', 'read', 'servers', 7),
        (
            'POST',
            '/v2/servers/{id}/reboot',
            'explicit',
            'start/reboot',
            'servers: custom_actions POST:reboot',
            9,
        ),
        (
            'GET',
            '/v2/servers/detail',
            'explicit',
            'read/list/detail',
            'servers: custom_actions detail',
            10,
        ),
        (
            'PUT',
            '/v2/servers/{id}/x',
            'explicit',
            'update/x',
            'servers: custom_actions PUT:*',
            11,
        ),
        (
            'GET',
            '/v2/servers/hidden',
            'suppressed',
            '',
            'servers: custom_actions hidden',
            12,
        ),
        (
            'PATCH',
            '/v2/servers/{id}',
            'suppressed',
            '',
            'servers: method_actions PATCH',
            14,
        ),
        (
            'POST',
            '/v2/servers/{id}/action',
            'explicit',
            'update',
            'servers: named by the body',
            7,
        ),
        (
            'DELETE',
            '/v2/servers/{id}/metadata/{key}',
            'explicit',
            'delete/unset',
            'servers/metadata: keys',
            18,
        ),
        (
            'PUT',
            '/v2/servers/{id}/ports/{port}',
            'explicit',
            'update',
            'servers/ports',
            19,
        ),
        (
            'PUT',
            '/v2/{p}/servers/{id}/ports/{port}/rules/{rule}',
            'explicit',
            'update',
            'servers/ports/rules',
            22,
        ),
        ('DELETE', '/v2/4711/{id}', 'explicit', 'delete', '4711', 24),
        ('PUT', '/v2/files/{name:path}', 'explicit', 'update', 'files', 25),
        (
            'PUT',
            '/v2/domains/config/{group}/{option}',
            'explicit',
            'update',
            'options',
            27,
        ),
        ('POST', '/v2/servers/{id}/what', 'nothing', 'update', 'servers', 7),
        ('POST', '/v2/what/{id}', 'nothing', 'update', '', None),
        ('POST', '/v1/servers', 'nothing', 'update', '', None),
        ('GET', '/v2', 'default', 'read', 'prefix', 3),
        ('PURGE', '/v2/servers/{id}', 'default', 'unknown', 'servers', 7),
    ],
)
def test_a_map_of_version_2(covered, method, path, by, action, rule, line):
    """By is the kind of the rule, and the rule has its line."""
    found = covered(STRICT, method, path).verdict

    assert (by, action, rule, line) == (
        found.by,
        found.action,
        found.rule.text,
        found.rule.line,
    )


@pytest.mark.parametrize(
    ('method', 'path', 'by'),
    [
        ('GET', '/v2/servers/{id}', 'explicit'),
        ('PUT', '/v2/servers/{id}/lock', 'default'),
        ('PUT', '/v2/servers/{id}/tags/{id}/x', 'explicit'),
        ('PUT', '/v2/servers/{id}/x/y', 'nothing'),
    ],
)
def test_a_map_without_a_version(covered, method, path, by):
    """A key that nobody wrote down is a default, and no rule."""
    assert by == covered(OLD, method, path).verdict.by


@pytest.mark.parametrize(
    ('method', 'path', 'by', 'action', 'rule', 'line'),
    [
        ('GET', '/servers', 'explicit', 'read/list', 'servers', 5),
        ('PUT', '/v2/servers/{id}', 'explicit', 'update', 'servers', 5),
        ('GET', '/servers/detail', 'explicit', 'read/list', 'detail', 2),
        ('POST', '/x/rescue', 'explicit', 'update/rescue', 'rescue/post', 3),
        ('POST', '/servers/{id}/x', 'default', 'update', 'servers', 5),
        ('PUT', '/limits/{id}', 'default', 'update', 'limits', 6),
        ('GET', '/limits', 'explicit', 'read/list', 'limits', 6),
        ('PUT', '/servers/{x:path}', 'default', 'update', 'servers', 5),
        ('POST', '/x/{id}', 'nothing', 'update', '', None),
        ('POST', '/servers/{id}/action', 'explicit', 'update', 'body', None),
    ],
)
def test_a_map_of_keywords(covered, method, path, by, action, rule, line):
    """A keyword at the end of a path, or before the id there, is a rule."""
    found = covered(KEYWORDS, method, path).verdict

    assert (by, action, line) == (found.by, found.action, found.rule.line)
    assert found.rule.text.endswith(rule)


@pytest.mark.parametrize(
    ('method', 'path', 'missing'),
    [
        ('GET', '/v2/what', False),
        ('HEAD', '/v2/what', False),
        ('OPTIONS', '/v2/what', False),
        ('POST', '/v2/what', True),
        ('PURGE', '/v2/what', True),
        ('DELETE', '/v2/servers/{id}', False),
        ('PATCH', '/v2/servers/{id}', False),
    ],
)
def test_what_is_missing(covered, method, path, missing):
    """Only what changes something has to have a rule."""
    assert missing == covered(STRICT, method, path).missing


@pytest.mark.parametrize('text', [STRICT, KEYWORDS])
def test_no_placeholder_is_a_word_of_the_map(covered, text):
    """What stands for an id is no name that the map knows."""
    word = covered(text, 'GET', '/v2/servers/{id}').path.rpartition('/')[2]
    text = text.replace('servers', f'"{word}"').replace('detail', word)
    text = text.replace('"', '') if 'version' not in text else text

    found = covered(text, 'GET', f'/v2/{word}/{{id}}')

    assert found.path.startswith(f'/v2/{word}/')
    assert not found.path.endswith(word)
