# SPDX-License-Identifier: Apache-2.0

"""Rules go in; those that never match come out."""

import dataclasses

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.policy.decide import Policy
from cadf_audit.policy.document import load_policy
from cadf_audit.policy.earlier import Earlier
from cadf_audit.policy.level import Level
from cadf_audit.policy.overlaps import covered_rules
from cadf_audit.policy.overlaps import hidden_rules
from cadf_audit.policy.overlaps import is_covered
from cadf_audit.policy.paths import covers
from cadf_audit.policy.rule import Condition
from cadf_audit.policy.rule import Rule
from tests.policy import made
from tests.policy.requests import write


@given(rules=st.lists(made.RULES, min_size=1, max_size=5), asked=made.REQUESTS)
@settings(max_examples=800, deadline=None)
def test_covered_rule_never_decides(rules, asked):
    """Of what is told to never match, no request is decided."""
    if '..' in asked.path:
        return
    number = Policy(rules).decide(asked).rule
    covered = [id(rule) for rule, _ in covered_rules(rules)]

    assert not number or id(rules[number - 1]) not in covered


@given(rules=st.lists(made.RULES, min_size=2, max_size=8))
@settings(max_examples=800, deadline=None)
def test_no_rule_that_covers_another_is_overlooked(rules):
    """To look at each pair, one after the other, finds the same."""
    slowly = [
        next((n for n in range(number) if is_covered(rules[n], rule)), None)
        for number, rule in enumerate(rules)
    ]
    lined = [dataclasses.replace(r, line=n) for n, r in enumerate(rules)]
    told = {rule.line: text for rule, text in covered_rules(lined)}

    assert slowly == [
        next((n for n in range(8) if f' line {n} ' in told.get(m, '')), None)
        for m in range(len(rules))
    ]


def test_many_rules_take_no_time():
    """Of ten thousand rules that have nothing in common, none is compared."""
    rules = [
        Rule(
            Level.NONE,
            {
                'path': Condition((f'/v1/x{number}/**',)),
                'user': Condition(('a', 'b')),
                'method': Condition(('GET',), negated=True),
            },
            number,
        )
        for number in range(10_000)
    ]
    before = Earlier()

    for number, rule in enumerate(rules):
        assert [] == before.covering(rule)
        before.add(number, rule)


@given(rule=made.RULES)
@settings(max_examples=200, deadline=None)
def test_rule_covers_itself(rule):
    """Whatever a rule says, the same once more says nothing."""
    assert is_covered(rule, rule)


@pytest.mark.parametrize(
    ('wide', 'narrow', 'expected'),
    [
        ('/**', '/', True),
        ('/**', '/a/b', True),
        ('/a/**', '/a', True),
        ('/a/*', '/a/b', True),
        ('/a/*', '/a/*', True),
        ('/a/*', '/a/**', False),
        ('/a/*', '/a', False),
        ('/*', '/**', False),
        ('/**/b', '/a/**/b', True),
        ('/**/b', '/**/b/c', False),
        ('/a/**', '/**', False),
        ('/**/*', '/a', True),
    ],
)
def test_patterns(wide, narrow, expected):
    """A pattern covers another one if it matches all that that one does."""
    assert expected is covers(wide, narrow)


def test_long_patterns_take_no_time():
    """What could be tried in many ways is tried once."""
    assert not covers('/**/a' * 100 + '/b', '/**/a' * 100 + '/c')


@pytest.mark.parametrize(
    ('first', 'second', 'expected'),
    [
        ('method: GET', 'method: GET', True),
        ('method: [GET, PUT]', 'method: GET, path: /a', True),
        ('method: GET', 'method: [GET, PUT]', False),
        ('method: GET', 'path: /a', False),
        ('method: {not: PUT}', 'method: GET', True),
        ('method: {not: PUT}', 'method: {not: [PUT, GET]}', True),
        ('method: {not: [PUT, GET]}', 'method: {not: PUT}', False),
        ('method: GET', 'method: {not: PUT}', False),
        ('role: {not: admin}', 'role: member', False),
        ('user: {not: a}', 'user: b', False),
        ('action: update', 'action: update/x', True),
        ('action: update/x', 'action: update', False),
        ('action: {not: update/x}', 'action: update', False),
        ('network: 10.0.0.0/8', 'network: 10.1.0.0/16', True),
        ('network: 10.1.0.0/16', 'network: 10.0.0.0/8', False),
        ('network: "::/0"', 'network: 10.0.0.0/8', False),
        ('path: {not: /a}', 'path: /b', False),
    ],
)
def test_rules(first, second, expected, tmp_path):
    """A rule is covered if all of its requests are those of an earlier one."""
    path = write(
        tmp_path,
        f'- {{level: none, {first}}}\n- {{level: request, {second}}}\n',
    )
    rules = load_policy(str(path)).rules

    assert expected is bool(list(covered_rules(rules)))


@pytest.mark.parametrize(
    ('rule', 'methods', 'paths', 'problem'),
    [
        ('method: GET', ['get'], [], 'never matches: ignore_req_list (GET)'),
        ('method: [GET, PUT]', ['GET'], [], 'ignore_req_list (GET) always wi'),
        ('method: {not: GET}', ['GET'], [], None),
        ('method: GET', ['HEAD', ''], ['', '/x'], None),
        ('user: a', [], ['*'], 'never matches: ignore_path_list (*)'),
        ('path: /a', [], ['/a'], 'ignore_path_list (/a) always wins, so'),
        ('path: /a', [], ['/a*'], 'never matches: ignore_path_list (/a*)'),
        ('path: /a/b', [], ['/a/*'], 'never matches: ignore_path_list (/a/*)'),
        ('path: /a/*', [], ['/a/*'], 'never matches'),
        ('path: /a/**', [], ['/a/*'], 'ignore_path_list (/a/*) always wins'),
        ('path: /a/**', [], ['/a*'], 'never matches'),
        ('path: /**', [], ['/a'], 'ignore_path_list (/a) always wins, so'),
        ('path: [/a, /b]', [], ['/a'], 'ignore_path_list (/a) always wins'),
        ('path: /b', [], ['/a*', '/b/c'], None),
    ],
)
def test_what_the_options_hide(rule, methods, paths, problem, tmp_path):
    """A rule about what the options leave out is told of, with the option."""
    path = write(tmp_path, f'- {{level: request, {rule}}}\n')
    rules = load_policy(str(path)).rules

    found = [text for _, text in hidden_rules(rules, methods, paths)]

    assert bool(problem) == bool(found)
    assert problem is None or found[0].startswith(problem)
