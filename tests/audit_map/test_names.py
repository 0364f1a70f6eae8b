# SPDX-License-Identifier: Apache-2.0

"""The name of many things goes in; the name of one of them comes out."""

import pytest

from cadf_audit.audit_map.names import one_of
from cadf_audit.audit_map.names import wrapper_of


@pytest.mark.parametrize(
    ('plural', 'expected'),
    [
        ('servers', 'server'),
        ('policies', 'policy'),
        ('addresses', 'address'),
        ('statuses', 'status'),
        ('batches', 'batch'),
        ('boxes', 'box'),
        ('flushes', 'flush'),
        ('images', 'image'),
        ('caches', 'cach'),
        ('status', 'status'),
        ('access', 'access'),
        ('metadata', 'metadata'),
        ('s', 's'),
        ('', ''),
        ('compute/qos/policies', 'compute/qos/policy'),
    ],
)
def test_one_of_many_has_the_english_singular(plural, expected):
    """The ending of a plural tells, and a word without one stays."""
    assert expected == one_of(plural, english=True)


@pytest.mark.parametrize(
    ('plural', 'expected'),
    [('servers', 'server'), ('policies', 'policie'), ('metadata', 'metadat')],
)
def test_one_of_many_lost_its_last_character_there(plural, expected):
    """Maps of openstack-audit-middleware count on it, right or wrong."""
    assert expected == one_of(plural, english=False)


@pytest.mark.parametrize(
    ('api_name', 'expected'),
    [
        ('servers', 'servers'),
        ('os-server-groups', 'server_groups'),
        ('os_networks', 'networks'),
        ('qos/policy-rules', 'policy_rules'),
        ('cos-things', 'cos_things'),
    ],
)
def test_wrapper_is_what_json_calls_a_segment(api_name, expected):
    """JSON has ``_`` for ``-``, and drops the ``os-`` of extensions."""
    assert expected == wrapper_of(api_name)
