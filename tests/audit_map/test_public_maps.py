# SPDX-License-Identifier: Apache-2.0

"""The audit maps that pycadf ships, loaded and used as they are."""

import json

import pytest

from cadf_audit.audit_map import load_audit_map
from tests.audit_map.public_maps import NAMES
from tests.audit_map.public_maps import public_maps
from tests.audit_map.public_requests import public_calls
from tests.audit_map.public_requests import public_catalog
from tests.harness import audit
from tests.harness import environ

CALLS = tuple(public_calls())
CATALOG = json.dumps(public_catalog())


def test_pycadf_ships_nine_maps():
    """These tests cover every map in the wheel of pycadf."""
    assert set(NAMES) == set(public_maps())


@pytest.mark.parametrize(
    ('name', 'keywords', 'actions', 'service', 'default'),
    [
        ('cinder', 8, 4, 'volumev3', None),
        ('glance', 5, 0, 'image', None),
        ('gnocchi', 10, 0, 'metric', 'metric'),
        ('heat', 21, 0, 'orchestration', None),
        ('ironic', 13, 0, 'baremetal', None),
        ('neutron', 16, 2, 'network', None),
        ('nova', 51, 8, 'compute', None),
        ('swift', 2, 0, 'object-store', None),
        ('trove', 12, 0, 'database', None),
    ],
)
def test_public_map_loads_whole(name, keywords, actions, service, default):
    """No key of a public map is lost, and none leaks in from [DEFAULT]."""
    audit_map = load_audit_map(public_maps()[name])

    assert keywords == len(audit_map.keywords)
    assert actions == len(audit_map.custom_actions)
    assert [service] == list(audit_map.service_endpoints)
    assert service == audit_map.only_service
    assert default == audit_map.target_endpoint_type


@pytest.mark.parametrize('name', NAMES)
def test_none_stands_nowhere_in_a_loaded_public_map(name):
    """The value None of the nine maps is gone once they are loaded."""
    audit_map = load_audit_map(public_maps()[name])

    assert 'None' not in audit_map.keywords.values()
    assert audit_map.target_endpoint_type != 'None'


def test_table_of_public_calls_is_large_enough():
    """The table has sixty calls at least, some of them for each map."""
    assert len(CALLS) >= 60
    assert set(NAMES) == {call.map_name for call in CALLS}


@pytest.mark.parametrize('call', CALLS, ids=str)
def test_public_call_gets_its_action_and_type_uri(call):
    """Through the whole filter, a call of a public API is told right."""
    request = environ(
        call.method,
        call.path,
        call.body,
        HTTP_HOST=f'api.example.org:{call.port}',
        HTTP_X_SERVICE_CATALOG=CATALOG,
    )

    _, pending, final = audit(
        None, request, audit_map_file=public_maps()[call.map_name]
    )

    for event in (pending, final):
        assert call.action == event['action']
        assert call.type_uri == event['target']['typeURI']
        assert call.map_name == event['target']['name']
