# SPDX-License-Identifier: Apache-2.0

"""Facts of many clients go in; the memory of them stays small and right."""

import pytest

from cadf_audit.policy.index import Networks
from cadf_audit.policy.index import Seen
from cadf_audit.policy.index import Together
from cadf_audit.policy.index import Word
from cadf_audit.policy.index import Words
from cadf_audit.policy.rule import Condition
from tests.policy.requests import Asked

# One rule for each key, as bits: the first rule is the lowest one.
_FIRST, _SECOND, _THIRD, _FOURTH = 1, 2, 4, 8


def _alone(number, value):
    """Return the conditions of four rules, of which one has one."""
    conditions = [None] * 4
    conditions[number] = Condition((value,))
    return conditions


@pytest.fixture
def together():
    """Return what four rules say, each of which is about another key."""
    return Together(
        {
            'user': Words('user', _alone(0, 'alice')),
            'project': Word('project', _alone(1, 'p1')),
            'role': Words('role', _alone(2, 'admin')),
            'network': Networks(_alone(3, '10.0.0.0/8')),
        }
    )


@pytest.mark.parametrize(
    ('facts', 'rules'),
    [
        ({'users': ('bob',)}, _SECOND | _THIRD | _FOURTH),
        ({'project': 'p2'}, _FIRST | _THIRD | _FOURTH),
        ({'roles': ('reader',)}, _FIRST | _SECOND | _FOURTH),
        ({'address': '192.0.2.1'}, _FIRST | _SECOND | _THIRD),
        ({'address': None}, _FIRST | _SECOND | _THIRD),
        ({'users': ('bob', 'alice')}, _FIRST | _SECOND | _THIRD | _FOURTH),
    ],
)
def test_memory_of_one_client_is_not_that_of_another(together, facts, rules):
    """Who differs in one fact only gets an answer of their own."""
    known = {
        'users': ('alice',),
        'project': 'p1',
        'roles': ('admin',),
        'address': '10.1.2.3',
    }

    for _ in range(2):
        assert 15 == together.rules(Asked(**known))
        assert rules == together.rules(Asked(**known | facts))


def test_memory_of_many_clients_is_bounded():
    """However many clients there are, about a thousand are remembered."""
    seen = Seen()
    for number in range(5000):
        seen.keep((f'user-{number}', 'p1', ('reader',)), number)

    assert len(seen) <= 1024
    assert 4999 == seen['user-4999', 'p1', ('reader',)]


@pytest.mark.parametrize(
    'fact',
    [
        'x' * 600,
        ('alice', 'p1', ('x' * 600,)),
        ('alice', 'p1', tuple(f'role-{number}' for number in range(100))),
    ],
    ids=['text', 'long role', 'many roles'],
)
def test_memory_holds_nothing_long(fact):
    """What a client made long is answered and not remembered."""
    seen = Seen()

    assert 5 == seen.keep(fact, 5)
    assert not seen
