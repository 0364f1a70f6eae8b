# SPDX-License-Identifier: Apache-2.0

"""A value goes in; whether CADF knows it comes out."""

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from pycadf import cadftaxonomy
import pytest

from cadf_audit.taxonomy import allowed_actions
from cadf_audit.taxonomy import allowed_resources
from cadf_audit.taxonomy import distinct_id
from cadf_audit.taxonomy import is_action
from cadf_audit.taxonomy import is_resource


@pytest.mark.parametrize('action', sorted(cadftaxonomy.ACTION_TAXONOMY))
def test_every_action_of_the_taxonomy_is_one(action):
    """And so is what extends it behind a slash."""
    assert is_action(action)
    assert is_action(f'{action}/os-extend')
    assert is_action(f'{action}/a/b')


@pytest.mark.parametrize('resource', sorted(cadftaxonomy.RESOURCE_TAXONOMY))
def test_every_resource_of_the_taxonomy_is_one(resource):
    """And so is what extends it behind a slash."""
    assert is_resource(resource)
    assert is_resource(f'{resource}/nodes/node')


@pytest.mark.parametrize(
    'action',
    [
        '',
        ' ',
        'None',
        'list',
        'readonly',
        'startle',
        'unknownfoo',
        'Read',
        ' read',
        'read ',
        '/read',
        'read/',
        'read//x',
        'read/x/',
        'x/read',
    ],
)
def test_what_merely_begins_like_an_action_is_none(action):
    """pycadf accepts ``startle``, for it begins with ``start``."""
    assert not is_action(action)


@pytest.mark.parametrize(
    'resource',
    [
        '',
        'None',
        'computer',
        'storage!!',
        'loadbalancer',
        'loadbalancer/pools',
        'Service/compute',
        'service/',
        'service//compute',
        '/service/compute',
    ],
)
def test_what_merely_begins_like_a_resource_is_none(resource):
    """pycadf accepts ``computer``, for it begins with ``compute``."""
    assert not is_resource(resource)


@given(
    value=st.one_of(
        st.text(),
        st.lists(
            st.one_of(
                st.sampled_from(
                    ['service', 'compute', 'read', 'list', 'unknown', '']
                ),
                st.text(max_size=3),
            ),
            max_size=5,
        ).map('/'.join),
    )
)
@settings(max_examples=100, deadline=None)
def test_pycadf_accepts_what_is_accepted_here(value):
    """We are the stricter judge, never the more lenient one."""
    assert not is_action(value) or cadftaxonomy.is_valid_action(value)
    assert not is_resource(value) or cadftaxonomy.is_valid_resource(value)


@pytest.mark.parametrize(
    ('value', 'expected'),
    [
        ('initiator', 'user:initiator'),
        ('target', 'user:target'),
        ('observer', 'observer'),
        ('Initiator', 'Initiator'),
        ('u-1', 'u-1'),
    ],
)
def test_distinct_id_is_no_reference(value, expected):
    """CADF reads two ids as references to parts of the event."""
    assert expected == distinct_id(value, 'user')


def test_refusal_names_the_nearest_and_the_roots():
    """Whoever mistyped finds the right word in the message."""
    assert "'creat' is no CADF action" in allowed_actions('creat')
    assert "did you mean 'create'?" in allowed_actions('creat')
    assert 'begin with allow, authenticate, backup' in allowed_actions('creat')
    assert "did you mean 'service/compute'?" in allowed_resources(
        'service/computer'
    )
    assert 'did you mean' not in allowed_resources('zzz')
    assert 'begin with compute, data, network' in allowed_resources('zzz')
