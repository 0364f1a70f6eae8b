# SPDX-License-Identifier: Apache-2.0

"""Policies and requests go in; the same decision comes out as of a judge."""

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from cadf_audit.policy.decide import Policy
from cadf_audit.policy.rule import Rule
from tests.policy import made
from tests.policy.requests import Asked
from tests.policy import slowly


@given(rules=made.POLICIES, asked=made.REQUESTS)
@settings(max_examples=1500, deadline=None)
def test_first_matching_rule_decides(rules, asked):
    """A second evaluator, which tries each rule in its turn, agrees."""
    decision = Policy(rules).decide(asked)

    assert slowly.decide(rules, asked) == decision[:2]


@given(
    rules=made.POLICIES,
    many=st.lists(made.REQUESTS, min_size=2, max_size=8),
)
@settings(max_examples=300, deadline=None)
def test_no_request_is_decided_by_another(rules, many):
    """What was found out about one request never answers for another."""
    policy = Policy(rules)
    for asked in [*many, *many]:
        assert slowly.decide(rules, asked) == policy.decide(asked)[:2]


@given(
    rules=made.POLICIES,
    facts=st.fixed_dictionaries(
        {
            'method': st.text(),
            'path': st.text(),
            'address': st.none() | st.text(),
            'action': st.text(),
            'target_type': st.text(),
            'users': st.lists(st.text()).map(tuple),
            'project': st.none() | st.text(),
            'roles': st.lists(st.text()).map(tuple),
        }
    ),
)
@settings(max_examples=300, deadline=None)
def test_whatever_a_client_sends_is_decided(rules, facts):
    """No text fails a rule, and the decision is that of a rule, or none."""
    decision = Policy(rules).decide(Asked(**facts))

    assert 0 <= decision.rule <= len(rules)


@given(rules=made.POLICIES, asked=made.REQUESTS)
@settings(max_examples=300, deadline=None)
def test_path_that_climbs_is_never_left_out(rules, asked):
    """Where a path with two dots leads, the application says."""
    asked.path += '/../x'

    assert Policy(rules).decide(asked).level > 0


@given(rules=made.POLICIES, asked=made.REQUESTS, more=made.RULES)
@settings(max_examples=300, deadline=None)
def test_rule_at_the_end_changes_nothing_before_it(rules, asked, more):
    """What a rule decided is decided, whatever stands behind it."""
    before = Policy(rules).decide(asked)
    after = Policy([*rules, more]).decide(asked)

    assert before == after or (
        before.rule == 0 and after.rule == len(rules) + 1
    )


@given(rules=made.POLICIES, asked=made.REQUESTS)
@settings(max_examples=300, deadline=None)
def test_negated_rule_matches_what_the_plain_one_does_not(rules, asked):
    """Of one key, and of a request that may be left out, one side matches."""
    if '..' in asked.path:
        return
    for rule in rules:
        for key, condition in rule.conditions.items():
            other = condition._replace(negated=not condition.negated)
            sides = [
                Policy([Rule(rule.level, {key: each})]).decide(asked).rule
                for each in (condition, other)
            ]
            assert [0, 1] == sorted(sides)
