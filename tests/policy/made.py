# SPDX-License-Identifier: Apache-2.0

"""Policies and requests as hypothesis makes them up.

Few words, so that rules and requests have to do with each other.
"""

from hypothesis import strategies as st

from cadf_audit.policy.level import Level
from cadf_audit.policy.rule import Condition
from cadf_audit.policy.rule import Rule
from tests.policy.requests import Asked

_SEGMENTS = ('a', 'b', 'ä', 'c.json')
_NETWORKS = (
    '10.0.0.0/8',
    '10.1.0.0/16',
    '10.1.2.3/32',
    '0.0.0.0/0',
    '2001:db8::/32',
    '::/0',
)
_ADDRESSES = (
    '10.1.2.3',
    '10.2.0.1',
    '192.0.2.7',
    '::ffff:10.1.2.3',
    '2001:db8::1',
    'localhost',
    '',
)
_TYPES = ('service', 'service/compute', 'service/compute/x', 'storage')
_ACTIONS = ('read', 'read/list', 'update', 'update/x', 'updates')


def _patterns(segments, stars):
    return st.lists(st.sampled_from(segments + stars), max_size=4).map(
        lambda each: '/' + '/'.join(each)
    )


def _some(values):
    return st.lists(st.sampled_from(values), min_size=1, max_size=2)


_VALUES = {
    'method': _some(('GET', 'POST', 'PUT')),
    'path': st.lists(
        _patterns(_SEGMENTS, ('*', '**')), min_size=1, max_size=2
    ),
    'user': _some(('u1', 'u2', 'alice')),
    'project': _some(('p1', 'p2')),
    'role': _some(('admin', 'reader')),
    'network': _some(_NETWORKS),
    'action': _some(_ACTIONS[:4]),
    'target_type': _some(_TYPES),
}

CONDITIONS = {
    key: st.builds(Condition, values.map(tuple), negated=st.booleans())
    for key, values in _VALUES.items()
}

RULES = st.builds(
    Rule,
    st.sampled_from(Level),
    st.fixed_dictionaries({}, optional=CONDITIONS),
)

POLICIES = st.lists(RULES, max_size=6)

REQUESTS = st.builds(
    Asked,
    method=st.sampled_from(('GET', 'POST', 'HEAD')),
    path=_patterns(_SEGMENTS, ('..', '', '*')).map(
        lambda path: path.encode().decode('latin-1')
    ),
    users=st.lists(st.sampled_from(('u1', 'alice', 'u3')), max_size=2).map(
        tuple
    ),
    project=st.sampled_from(('p1', 'p3', None)),
    roles=st.lists(st.sampled_from(('admin', 'reader', 'x')), max_size=2).map(
        tuple
    ),
    address=st.sampled_from(_ADDRESSES),
    action=st.sampled_from(_ACTIONS),
    target_type=st.sampled_from(_TYPES),
)
