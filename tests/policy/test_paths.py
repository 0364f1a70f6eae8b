# SPDX-License-Identifier: Apache-2.0

"""Patterns and paths go in; the rules come out, and little is remembered."""

import itertools

import pytest

from cadf_audit.policy.paths import Paths
from cadf_audit.policy.rule import Condition
from tests.policy.requests import Asked


def _rules(paths, path):
    return paths.rules(Asked(path=path))


def _kept(paths):
    """Return how many steps between states the patterns hold on to."""
    seen, ahead, kept = set(), [paths._start], 0
    while ahead:
        state = ahead.pop()
        if state is not None and state not in seen:
            seen.add(state)
            steps = [state.other, *state.named.values()]
            ahead += steps
            kept += len(steps)
    return kept


@pytest.fixture
def paths():
    """Return three patterns that share places."""
    patterns = '/v1/*/detail', '/v1/servers/**', '/**/detail'
    return Paths([Condition((pattern,)) for pattern in patterns])


def test_segments_that_no_pattern_has_are_not_remembered(paths):
    """A client that makes up paths fills no memory."""
    for number in range(2000):
        _rules(paths, f'/v{number}/x{number}/servers')
        _rules(paths, f'/v1/x{number}/y{number}')

    assert _kept(paths) < 50


@pytest.mark.parametrize(
    ('path', 'rules'),
    [
        ('/v1/x/detail', 0b101),
        ('/v1/servers', 0b010),
        ('/v1/servers/detail', 0b111),
        ('/v1/servers/x/y', 0b010),
        ('/v2/detail', 0b100),
        ('/v2', 0b000),
    ],
)
def test_path_is_told_by_the_whole_of_it(paths, path, rules):
    """Other paths that came by before change nothing."""
    for other in ('/v1/a/b', '/v1/a/detail', '/v1/servers/b', '/detail/x'):
        _rules(paths, other)

    assert rules == _rules(paths, path)
    assert rules == _rules(paths, path)


def test_patterns_with_many_states_hold_on_to_few():
    """Where a path is in more ways than are kept, it is still told."""
    paths = Paths([Condition(('/**/a' + '/*' * 11,))])
    for segments in itertools.product('ab', repeat=12):
        expected = int(segments[0] == 'a')

        assert expected == _rules(paths, '/x/' + '/'.join(segments))
    assert _kept(paths) <= 1000
