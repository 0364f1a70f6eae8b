# SPDX-License-Identifier: Apache-2.0

"""A map with a policy goes into the filter; the events come out."""

import pytest

from cadf_audit.exceptions import AuditMapError
from cadf_audit.exceptions import OptionError
from tests.harness import audited
from tests.harness import environ
from tests.policy.requests import levels
from tests.policy.requests import write

MAP = """\
version: 2
service_type: compute
prefix: /v1
{}resources:
  servers:
    custom_actions: {{start: update/start}}
"""


def test_policy_in_a_map(tmp_path):
    """A resource map holds a policy, whose rules see what the map says."""
    path = tmp_path / 'map.yaml'
    path.write_text(
        MAP.format(
            'policy:\n  rules:\n'
            '  - {level: none, action: update/start}\n'
            '  - {level: none, target_type: compute/servers, method: GET}\n'
        )
    )
    made = audited(audit_map_file=str(path))

    assert [0, 0, 2, 2] == levels(
        made,
        environ('POST', '/v1/servers/1/start'),
        environ('GET', '/v1/servers'),
        environ('POST', '/v1/servers'),
        environ('GET', '/v1/servers/1'),
    )


def test_policy_beside_a_map_of_keywords(policed, tmp_path):
    """Rules of a file see what an INI map says of action and target."""
    path = tmp_path / 'map.conf'
    path.write_text(
        '[custom_actions]\nreboot/post = start/reboot\n'
        '[path_keywords]\nservers = server\n'
    )
    made = policed(
        '- {level: none, action: start}\n- {level: none, action: read/list}\n',
        audit_map_file=str(path),
    )

    assert [0, 0, 2, 2] == levels(
        made,
        environ('POST', '/v1/servers/1/reboot'),
        environ('GET', '/v1/servers'),
        environ('POST', '/v1/servers'),
        environ('GET', '/v1/servers/1'),
    )


def test_policy_of_a_map_is_checked(tmp_path):
    """An error in it is one of the map, with its line and key."""
    path = tmp_path / 'map.yaml'
    path.write_text(MAP.format('policy:\n  rules:\n  - {level: x}\n'))

    with pytest.raises(AuditMapError) as caught:
        audited(audit_map_file=str(path))

    assert f'audit map {path}, line 6, policy.rules[0].level' in str(
        caught.value
    )


def test_key_that_stands_twice_in_the_policy_of_a_map(tmp_path):
    """It would take rules away, and so it is an error as in a file."""
    path = tmp_path / 'map.yaml'
    path.write_text(
        MAP.format('policy:\n  rules: [{level: none}]\n  rules: []\n')
    )

    with pytest.raises(AuditMapError, match=r'line 6, policy.rules: .*twice'):
        audited(audit_map_file=str(path))


def test_two_policies(tmp_path):
    """A map with a policy and a file of its own are an error."""
    path = tmp_path / 'map.yaml'
    path.write_text(MAP.format('policy: {rules: []}\n'))
    rules = str(write(tmp_path, '- level: none\n'))

    with pytest.raises(
        OptionError, match=r'audit_policy_file.*line 4.*one of'
    ):
        audited(audit_map_file=str(path), audit_policy_file=rules)


def test_map_without_a_version_has_no_policy(tmp_path):
    """A key that was read over would be a policy that does nothing."""
    path = tmp_path / 'map.yaml'
    text = MAP.format('policy: {rules: []}\n').replace('version: 2\n', '')
    path.write_text(text)

    with pytest.raises(AuditMapError, match=r'policy: .*write version: 2'):
        audited(audit_map_file=str(path))


def test_method_that_a_query_names(tmp_path):
    """A parameter that stands in for the method does so for a rule."""
    path = tmp_path / 'map.yaml'
    path.write_text(
        MAP.format(
            'method_parameter: _method\n'
            'policy:\n  rules: [{level: none, method: GET}]\n'
        )
    )
    made = audited(audit_map_file=str(path))

    assert [0, 2] == levels(
        made,
        environ(path='/v1/servers/1'),
        environ(path='/v1/servers/1', QUERY_STRING='_method=delete'),
    )
