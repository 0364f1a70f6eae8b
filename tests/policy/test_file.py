# SPDX-License-Identifier: Apache-2.0

"""A policy file goes in; the level of a request, or an error, comes out."""

import tracemalloc

import pytest

from cadf_audit.exceptions import PolicyError
from cadf_audit.policy.decide import Policy
from cadf_audit.policy.document import load_policy
from cadf_audit.policy.document import rules_digest
from tests.policy.requests import Asked
from tests.policy.requests import decide
from tests.policy.requests import Reluctant
from tests.policy.requests import write


@pytest.mark.parametrize(
    ('rule', 'facts', 'matches'),
    [
        ('method: GET', {}, True),
        ('method: get', {}, True),
        ('method: POST', {}, False),
        ('method: [POST, GET]', {}, True),
        ('method: {not: GET}', {}, False),
        ('method: {not: [POST, PUT]}', {}, True),
        ('path: /', {}, True),
        ('path: /v1', {'path': '/v1'}, True),
        ('path: /v1', {'path': '/v1/'}, True),
        ('path: /v1', {'path': '//v1'}, True),
        ('path: /v1', {'path': '/v1.json'}, True),
        ('path: /v1', {'path': '/v1.json/'}, True),
        ('path: /v1.json', {'path': '/v1.json'}, True),
        ('path: /v1', {'path': '/V1'}, False),
        ('path: /v1', {'path': '/v1/x'}, False),
        ('path: /v1/*', {'path': '/v1/x'}, True),
        ('path: /v1/*', {'path': '/v1'}, False),
        ('path: /v1/*', {'path': '/v1/x/y'}, False),
        ('path: /v1/**', {'path': '/v1'}, True),
        ('path: /v1/**', {'path': '/v1/x/y'}, True),
        ('path: /v1/**', {'path': '/v10'}, False),
        ('path: /**/x', {'path': '/x'}, True),
        ('path: /**/x', {'path': '/a/x/b/x'}, True),
        ('path: /**/x', {'path': '/a/x/b'}, False),
        ('path: /**/x/*/y/**', {'path': '/x/x/1/y'}, True),
        ('path: /a.b', {'path': '/axb'}, False),
        ('path: /a(b)+', {'path': '/a(b)+'}, True),
        ('path: /a(b)+', {'path': '/abb'}, False),
        ('path: /v1', {'path': '/v1;x=1'}, False),
        ('path: /v1', {'path': '/v1/.'}, False),
        ('path: /v1/*', {'path': '/v1/*'}, True),
        ('path: /e\u0301', {'path': '/\xc3\xa9'}, False),
        ('path: /ä', {'path': '/\xc3\xa4'}, True),
        ('path: {not: /v1/**}', {'path': '/v2'}, True),
        ('action: update', {'action': 'update'}, True),
        ('action: update', {'action': 'update/power'}, True),
        ('action: update/power', {'action': 'update'}, False),
        ('action: read', {'action': 'reads'}, False),
        ('action: [create, delete]', {'action': 'delete'}, True),
        ('target_type: service/compute', {}, True),
        ('target_type: service', {}, True),
        ('target_type: storage', {}, False),
        ('user: u1', {'users': ('u1', 'alice')}, True),
        ('user: alice', {'users': ('u1', 'alice')}, True),
        ('user: alice', {}, False),
        ('user: 17', {'users': ('17',)}, True),
        ('user: {not: alice}', {}, True),
        ('user: {not: alice}', {'users': ('u1', 'alice')}, False),
        ('project: p1', {'project': 'p1'}, True),
        ('project: {not: [p1, p2]}', {'project': 'p2'}, False),
        ('role: Admin', {'roles': ('member', 'admin')}, True),
        ('role: {not: admin}', {'roles': ('member', 'admin')}, False),
        ('network: 192.0.2.0/24', {}, True),
        ('network: 192.0.2.7', {}, True),
        ('network: 192.0.2.8', {}, False),
        ('network: 192.0.2.0/24', {'address': '::ffff:192.0.2.7'}, True),
        ('network: 2001:db8::/32', {'address': '2001:db8::1%eth0'}, True),
        ('network: 0.0.0.0/0', {'address': '2001:db8::1'}, False),
        ('network: 0.0.0.0/0', {'address': None}, False),
        ('network: {not: 10.0.0.0/8}', {'address': 'unix:'}, True),
        ('network: "::ffff:192.0.2.0/120"', {}, True),
        ('network: "::ffff:192.0.2.7"', {}, True),
        ('network: "::ffff:0:0/96"', {}, True),
        ('network: "::ffff:0:0/96"', {'address': '2001:db8::1'}, False),
        ('network: "::/0"', {}, False),
        ('network: "::/0"', {'address': '::ffff:192.0.2.7'}, False),
        ('network: 192.0.2.0/255.255.255.0', {}, True),
        ('method: GET, path: /v1', {'path': '/v2'}, False),
        ('method: GET, path: /v2', {'path': '/v2'}, True),
    ],
)
def test_key(rule, facts, matches, tmp_path):
    """Lists are or, keys are and, not is none of them."""
    level, _ = decide(tmp_path, f'- {{level: request, {rule}}}\n', **facts)

    assert ('request' if matches else 'metadata') == level


def test_first_match_wins(tmp_path):
    """A rule further down has nothing to say, and no rule is metadata."""
    rules = """\
    - {level: none, method: GET, path: /status}
    - {level: response, method: GET}
    - {level: request, method: [GET, PUT]}
    """

    assert ('none', 1) == decide(tmp_path, rules, path='/status')
    assert ('response', 2) == decide(tmp_path, rules)
    assert ('request', 3) == decide(tmp_path, rules, method='PUT')
    assert ('metadata', 0) == decide(tmp_path, rules, method='DELETE')


def test_rule_without_a_key_matches_all(tmp_path):
    """A last rule can say what is so for all the rest."""
    assert ('none', 1) == decide(tmp_path, '- level: none\n', method='ODD')


@pytest.mark.parametrize(
    'path', ['/public/../admin', '/public/..', '/..', '/public/a/../..']
)
def test_path_that_climbs_is_never_left_out(path, tmp_path):
    """Where it leads, the application says; a further rule may record more."""
    rules = """\
    - {level: none, path: /public/**}
    - {level: none}
    - {level: request}
    """

    assert ('request', 3) == decide(tmp_path, rules, path=path)


def test_nothing_is_asked_for_without_need(tmp_path):
    """What no rule asks for in time is not worked out."""
    path = write(
        tmp_path,
        """\
        - {level: none, method: POST, user: alice, action: read}
        - {level: request, path: /v1}
        - {level: none, target_type: service, role: admin}
        """,
    )
    policy = Policy(load_policy(str(path)).rules)
    asked = Reluctant(
        *('users', 'roles', 'project', 'address', 'action', 'target_type'),
        path='/v1',
    )

    assert 2 == policy.decide(asked).rule


@pytest.mark.parametrize(('number', 'length'), [(20_000, 40), (1_000, 10_000)])
def test_what_clients_choose_is_not_kept(number, length, tmp_path):
    """Neither many facts nor long ones are remembered: memory is bounded."""
    path = write(
        tmp_path,
        """\
        - {level: none, network: 10.0.0.0/8}
        - {level: none, action: read/list, target_type: compute}
        - {level: none, user: a, project: p, role: r}
        - {level: none, role: {not: r}, network: 10.0.0.0/8}
        """,
    )
    policy = Policy(load_policy(str(path)).rules)

    tracemalloc.start()
    try:
        for each in range(number):
            fact = f'read/list{each}/'.ljust(length, 'x')
            policy.decide(
                Asked(
                    users=(fact, 'a'),
                    project='p' if each % 2 else fact,
                    roles=(fact,),
                    address=fact,
                    action=fact,
                    target_type=fact,
                )
            )
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept < 1024 * 1024


def test_line_of_the_rule(tmp_path):
    """A decision names the line in which its rule begins."""
    path = write(tmp_path, '- level: none\n  method: POST\n- level: request\n')
    policy = Policy(load_policy(str(path)).rules)

    assert 5 == policy.decide(Reluctant()).line


@pytest.mark.parametrize(
    ('rules', 'line', 'key', 'problem'),
    [
        ('- {method: GET}', 3, 'rules[0]', 'the key level is missing'),
        ('- {level: all}', 3, 'rules[0].level', 'none, metadata, request, re'),
        ('- {level: ~}', 3, 'rules[0].level', 'is no level'),
        ('- {level: NONE}', 3, 'rules[0].level', 'did you mean none?'),
        ('- {level: none, paht: /}', 3, 'rules[0].paht', 'mean path?'),
        ('- level: none\n  user: []', 4, 'rules[0].user', 'list is empty'),
        ('- {level: none, user: ""}', 3, 'rules[0].user', 'not empty'),
        ('- {level: none, user: ~}', 3, 'rules[0].user', 'has to be a text'),
        ('- {level: none, user: {is: x}}', 3, 'rules[0].user', '{not: ...}'),
        (
            '- {level: none, user: {not: x, is: y}}',
            *(3, 'rules[0].user', '{not: ...}'),
        ),
        (
            '- {level: none, user: {not: {not: x}}}',
            3,
            'rules[0].user.not',
            'text',
        ),
        ('- {level: none, path: v1}', 3, 'rules[0].path', 'with a slash'),
        ('- {level: none, path: /v1/}', 3, 'rules[0].path', 'write /v1/**'),
        ('- {level: none, path: /v1*}', 3, 'rules[0].path', 'whole segment'),
        ('- {level: none, path: "/{id}"}', 3, 'rules[0].path', 'write *'),
        ('- {level: none, path: "/a?b"}', 3, 'rules[0].path', 'before the ?'),
        ('- {level: none, path: /a%20b}', 3, 'rules[0].path', 'not its %XX'),
        ('- {level: none, path: /a/../b}', 3, 'rules[0].path', 'segment ..'),
        ('- {level: none, path: "/:id"}', 3, 'rules[0].path', 'not :id'),
        ('- {level: none, path: "!/a"}', 3, 'rules[0].path', '{not: /a}'),
        ('- {level: none, path: "^/a"}', 3, 'rules[0].path', 'regular expr'),
        ('- {level: none, path: /a.*}', 3, 'rules[0].path', 'regular expr'),
        ('- {level: none, path: /a/.+}', 3, 'rules[0].path', 'regular expr'),
        ('- {level: none, path: /a$}', 3, 'rules[0].path', 'regular expr'),
        ('- {level: none, path: "/[ab]"}', 3, 'rules[0].path', 'regular'),
        ('- {level: none, path: "/(a|b)"}', 3, 'rules[0].path', 'regular'),
        ('- {level: none, path: "/\\\\d"}', 3, 'rules[0].path', 'regular'),
        ('- {level: none, method: "!GET"}', 3, 'rules[0].method', '{not: GET'),
        ('- {level: none, user: "*"}', 3, 'rules[0].user', 'leave the key'),
        ('- {level: none, role: "**"}', 3, 'rules[0].role', 'leave the key'),
        ('- {level: none, role: "a, b"}', 3, 'rules[0].role', '[a, b]'),
        ('- {level: none, action: update/*}', 3, 'rules[0].action', 'a star'),
        (
            '- {level: none, target_type: compute/*}',
            *(3, 'rules[0].target_type', 'without a star'),
        ),
        (
            '- {level: none, network: fe80::1%eth0}',
            *(3, 'rules[0].network', 'a zone does not count'),
        ),
        (
            '- {level: none, network: 10.0.0.1-10.0.0.9}',
            *(3, 'rules[0].network', 'allowed are networks'),
        ),
        (
            '- {level: none, method: "*"}',
            3,
            'rules[0].method',
            'leave the key',
        ),
        ('- {level: none, method: G T}', 3, 'rules[0].method', 'no method'),
        ('- {level: none, action: reed}', 3, 'rules[0].action', "'read'"),
        (
            '- {level: none, target_type: compyte}',
            *(3, 'rules[0].target_type', "'compute'"),
        ),
        (
            '- {level: none, network: 10.1.0.0/8}',
            *(3, 'rules[0].network', 'host bits set; allowed are networks'),
        ),
        ('- level: none\n  level: request', 4, 'rules[0].level', 'twice'),
        ('- none', 3, 'rules[0]', 'has to be a mapping'),
        ('  level: none', 2, 'rules', 'has to be a list of rules'),
    ],
)
def test_error(rules, line, key, problem, tmp_path):
    """An error names the file, the line, the key, and what is allowed."""
    path = write(tmp_path, rules)

    with pytest.raises(PolicyError) as caught:
        load_policy(str(path))

    error = caught.value
    assert (str(path), key) == (error.path, error.key)
    assert problem in error.problem
    assert error.line in (line, line + 1)
    assert f'policy {path}, line {error.line}, {key}: ' in str(error)


@pytest.mark.parametrize(
    ('text', 'problem'),
    [
        ('', 'the file is empty'),
        ('rules: []', 'the key version is missing: version: 1'),
        ('version: 2\nrules: []', 'allowed is 1'),
        ('version: [1]\nrules: []', 'allowed is 1'),
        ('version: ~\nrules: []', 'version: is no version'),
        ('version: 1\nrule: []', 'rule: unknown key .did you mean rules?'),
        ('version: 1\npolicy: {rules: []}', 'policy: unknown key; allowed'),
        ('version: 1', 'the key rules is missing'),
        ('version: 1\nrules: []\nmore: 1', 'unknown key; allowed are version'),
        ('- level: none', 'has to be a mapping'),
        ('{', 'this is no YAML'),
        ('version: 1\nrules: &a\n- *a', 'deeper|mapping|alias'),
    ],
)
def test_file_that_is_none(text, problem, tmp_path):
    """What is no policy is said in one sentence."""
    path = tmp_path / 'policy.yaml'
    path.write_text(text)

    with pytest.raises(PolicyError, match=problem.replace('[', r'\[')):
        load_policy(str(path))


def test_file_that_is_not_there():
    """A file that cannot be read is an error at start."""
    with pytest.raises(PolicyError, match='cannot be read: No such file'):
        load_policy('/no/such/policy.yaml')


def test_number_of_errors(tmp_path):
    """The first error says how many there are, and who shows them."""
    path = write(tmp_path, '- {level: x}\n- {level: y, path: z}\n')

    with pytest.raises(PolicyError, match='and 2 more: cadf-audit map lint'):
        load_policy(str(path))


def test_digest(tmp_path):
    """The hash is that of what the rules say, not of how they say it."""

    def digest(rules, *more):
        document = load_policy(str(write(tmp_path, rules)))
        return rules_digest(document.rules, *more)

    first = digest('- {level: none, method: [GET, PUT]}\n')
    assert first == digest('# why\n- method: [put, get]\n  level: none\n')
    assert first != digest('- {level: none, method: GET}\n')
    assert first != digest('- {level: none, method: {not: [GET, PUT]}}\n')
    assert first != digest('- {level: request, method: [GET, PUT]}\n')
    assert digest('- level: none\n', ('HEAD',)) != digest('- level: none\n')
