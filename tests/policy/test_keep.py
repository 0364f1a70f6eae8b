# SPDX-License-Identifier: Apache-2.0

"""Rules of a collector go in; what they keep, or an error, comes out."""

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.exceptions import PolicyError
from cadf_audit.policy.decide import Policy
from cadf_audit.policy.document import load_policy
from cadf_audit.policy.keep import Ended
from cadf_audit.policy.keep import Keep
from cadf_audit.policy.level import Level
from cadf_audit.policy.overlaps import covered_rules
from cadf_audit.policy.rule import Condition
from cadf_audit.policy.rule import Rule
from tests.policy.requests import Asked
from tests.policy import slowly

OUTCOMES = ('success', 'failure', 'unknown')
STATUSES = ('200', '204', '404', '503', '2xx', '4xx')


def write(directory, rules, more=''):
    """Return the path of a file with rules of a collector."""
    path = directory / 'policy.yaml'
    path.write_text(f'version: 1\n{more}keep:\n{rules}')
    return str(path)


def keeps(directory, rules, **facts):
    """Say whether the rules of a file keep an event."""
    return Keep(load_policy(write(directory, rules)).keep).keeps(
        Ended(**facts)
    )


@pytest.mark.parametrize(
    ('condition', 'facts', 'matches'),
    [
        ('outcome: success', {'outcome': 'success'}, True),
        ('outcome: success', {'outcome': 'failure'}, False),
        ('outcome: [failure, unknown]', {'outcome': 'unknown'}, True),
        ('outcome: {not: success}', {'outcome': 'failure'}, True),
        ('outcome: {not: success}', {'outcome': 'success'}, False),
        ('status: 404', {'status': '404'}, True),
        ('status: 404', {'status': '403'}, False),
        ('status: 4xx', {'status': '404'}, True),
        ('status: 4XX', {'status': '404'}, True),
        ('status: 4xx', {'status': '504'}, False),
        ('status: {not: [2xx, 304]}', {'status': '304'}, False),
        ('status: {not: [2xx, 304]}', {'status': '302'}, True),
        ('status: 4xx', {}, False),
        ('status: 4xx', {'status': '4 many'}, False),
        ('status: 4xx', {'status': '40'}, False),
        ('status: 4xx', {'status': '4ab'}, False),
        ('observer: nova', {'observers': ('id-1', 'nova')}, True),
        ('observer: id-1', {'observers': ('id-1', 'nova')}, True),
        ('observer: nova', {'observers': ('id-1', None)}, False),
        ('user: ann', {'users': ('u-1', 'ann')}, True),
        ('project: p-1', {'project': 'p-1'}, True),
        ('network: 10.0.0.0/8', {'address': '10.1.2.3'}, True),
        ('network: 10.0.0.0/8', {'address': None}, False),
        ('action: read', {'action': 'read/list'}, True),
        ('target_type: service', {'target_type': 'service/compute'}, True),
        ('path: /v1/**', {'path': '/v1/nodes'}, True),
        ('path: /v1/**', {'path': '/v1/../v2'}, False),
    ],
)
def test_what_a_rule_matches(tmp_path, condition, facts, matches):
    """A rule leaves out the events of which its condition holds."""
    kept = keeps(tmp_path, f'- {{keep: false, {condition}}}\n', **facts)

    assert matches is not kept


def test_first_rule_that_matches_decides(tmp_path):
    """What stands above wins, and what no rule is about is kept."""
    rules = (
        '- {keep: true, status: 5xx}\n'
        '- {keep: false, action: read}\n'
        '- {keep: true, action: read}\n'
    )

    assert keeps(tmp_path, rules, action='read', status='500')
    assert not keeps(tmp_path, rules, action='read', status='200')
    assert keeps(tmp_path, rules, action='create', status='200')


conditions = st.fixed_dictionaries(
    {},
    optional={
        'outcome': st.builds(
            Condition,
            st.lists(st.sampled_from(OUTCOMES), min_size=1).map(tuple),
            st.booleans(),
        ),
        'status': st.builds(
            Condition,
            st.lists(st.sampled_from(STATUSES), min_size=1).map(tuple),
            st.booleans(),
        ),
        'observer': st.builds(
            Condition,
            st.lists(st.sampled_from('ab'), min_size=1).map(tuple),
            st.booleans(),
        ),
        'action': st.builds(
            Condition,
            st.lists(
                st.sampled_from(('read', 'read/list', 'update')), min_size=1
            ).map(tuple),
            st.booleans(),
        ),
    },
)
policies = st.lists(
    st.builds(Rule, st.sampled_from((Level.NONE, Level.METADATA)), conditions),
    max_size=6,
)
events = st.builds(
    Ended,
    outcome=st.sampled_from((*OUTCOMES, 'odd', '')),
    status=st.sampled_from((*STATUSES[:4], '', 'xx', 'odd')),
    observers=st.tuples(st.sampled_from(('a', 'c', None)), st.just('b')),
    action=st.sampled_from(('read', 'read/list', 'reader', 'update', '')),
)


def _status(value, ended):
    if value.endswith('xx'):
        return (
            len(ended.status) == 3
            and ended.status.isdigit()
            and ended.status[0] == value[0]
        )
    return ended.status == value


FITS = {
    **slowly.FITS,
    'outcome': lambda value, ended: value == ended.outcome,
    'status': _status,
    'observer': lambda value, ended: value in ended.observers,
}


@given(rules=policies, ended=events)
@settings(deadline=None)
def test_any_rules_and_any_event(rules, ended):
    """A second evaluator, which tries each rule in its turn, agrees."""
    expected = True
    for rule in rules:
        if all(
            any(FITS[key](value, ended) for value in condition.values)
            != condition.negated
            for key, condition in rule.conditions.items()
        ):
            expected = rule.level is not Level.NONE
            break

    assert Keep(rules).keeps(ended) == expected


@given(rules=policies, ended=events)
@settings(deadline=None)
def test_rules_of_which_it_is_told_that_they_never_match(rules, ended):
    """None of them decides about any event."""
    never = [id(rule) for rule, _ in covered_rules(rules)]
    number = Policy(rules).decide(ended).rule

    assert not number or id(rules[number - 1]) not in never


@pytest.mark.parametrize(
    ('rules', 'problem'),
    [
        ('- {outcome: success}\n', r'keep\[0\]: .*keep is missing.* false'),
        ('- {keep: no way}\n', r'keep\[0\]\.keep: .* true or false'),
        ('- {keep: "false"}\n', r'true or false.*take the quotes away'),
        ('- {keep: false, level: none}\n', r'\.level: unknown key'),
        ('- {keep: false, method: GET}\n', r'\.method: unknown key.*path'),
        ('- {keep: false, role: x}\n', r'\.role: unknown key'),
        ('- {keep: false, outcome: ok}\n', r"'ok' is no outcome.*success"),
        ('- {keep: false, outcome: pending}\n', r"'pending' is no outcome"),
        ('- {keep: false, status: 20}\n', r"'20' is no status.* 2xx"),
        ('- {keep: false, status: 600}\n', r"'600' is no status"),
        ('- {keep: false, status: 2x}\n', r"'2x' is no status"),
        ('- {keep: false, status: []}\n', r'the list is empty'),
        ('  x: y\n', 'keep: has to be a list of rules'),
        ('- {keep: false, outcome: ok}\n- {keep: 1}\n', 'and 1 more'),
    ],
)
def test_rules_that_are_wrong(tmp_path, rules, problem):
    """The error says the line, the key and what is allowed."""
    path = write(tmp_path, rules)

    with pytest.raises(PolicyError, match=problem) as caught:
        load_policy(path)

    assert path == caught.value.path
    assert caught.value.line in (2, 3, 4)


def test_file_for_both(tmp_path):
    """The rules of a filter and of a collector do not see each other."""
    more = 'rules:\n- {level: none, method: GET}\n'
    document = load_policy(
        write(tmp_path, '- {keep: false, action: read}\n', more)
    )
    decided = Policy(document.rules).decide(Asked(action='read', method='PUT'))

    assert Level.METADATA is decided.level
    assert (1, 1) == (len(document.rules), len(document.keep))


def test_file_for_neither(tmp_path):
    """A file without any rules is an error."""
    path = tmp_path / 'policy.yaml'
    path.write_text('version: 1\n')

    with pytest.raises(PolicyError, match='rules is missing'):
        load_policy(str(path))
