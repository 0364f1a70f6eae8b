# SPDX-License-Identifier: Apache-2.0

"""What the command says of policies, as an operator types it."""

import csv
import io
import json

import pytest

from tests.cli.spools import run
from tests.cli.spools import said

POLICY = """\
version: 1
rules:
- {level: none, method: [GET, HEAD]}
- {level: request, action: update}
- {level: response, method: GET, path: /v2/servers}
"""

MAP = """\
version: 2
service_type: compute
prefix: /v2
policy:
  rules:
  - {level: request, target_type: compute/server, method: PUT}
  - {level: none, user: 'alice'}
  - {level: response, action: update/start}
resources:
  servers:
    custom_actions: {start: update/start}
    method_actions: {PATCH: ~}
"""

CASES = """\
- {request: GET /v2/servers, level: response}
- {request: PUT /v2/servers/1, level: request}
- request: POST /v2/servers/1/start
  user: [a-1, alice]
  level: response
"""


@pytest.fixture
def files(tmp_path):
    """A policy, a map with one, and cases."""
    for name, text in (
        ('policy.yaml', POLICY),
        ('map.yaml', MAP),
        ('cases.yaml', CASES),
    ):
        (tmp_path / name).write_text(text)
    return tmp_path


def rows(done):
    """Return the rows of CSV that were printed."""
    return [list(row.values()) for row in _reader(done)]


def _reader(done):
    return csv.DictReader(io.StringIO(done.stdout))


# map lint


def test_lint(files):
    """A policy is checked as a map is, and so is the policy of a map."""
    names = [files / 'policy.yaml', files / 'map.yaml']
    done = run('map', 'lint', *names, '-f', 'csv')

    [row] = rows(done)
    assert [str(names[0]), '5', 'remark', 'rules[2]'] == row[:4]
    assert 'the rule in line 3 decides before' in row[4]
    assert 1 == done.returncode


def test_lint_of_errors(files):
    """All errors are shown at once, with their lines."""
    for name in ('policy.yaml', 'map.yaml'):
        path = files / name
        text = path.read_text().replace('level: none', 'level: non')
        path.write_text(text.replace('level: response', 'levl: response'))

        done = run('map', 'lint', path, '-f', 'csv')

        found = [(row[2], row[4].partition(' (')[0]) for row in rows(done)]
        assert ('error', "'non' is no level") in found
        assert ('error', 'unknown key') in found
        assert 1 == done.returncode


def test_lint_with_the_configuration(files):
    """What the options hide is told where they can be read."""
    (files / 'a.conf').write_text('[audit]\nignore_req_list = HEAD\n')

    done = run(
        *('map', 'lint', files / 'policy.yaml', '-f', 'csv'),
        *('--config-file', files / 'a.conf'),
    )

    problems = [row[4] for row in rows(done)]
    assert problems[0].startswith('ignore_req_list (HEAD) always wins')
    assert 2 == len(problems)


# map explain


def test_explain(files):
    """The rule of the policy that decides has its file and line."""
    path = files / 'map.yaml'
    done = run('map', 'explain', path, 'PUT', '/v2/servers/1', '-f', 'json')

    assert {
        'level': 'request',
        'file': str(path),
        'rule': 1,
        'line': 6,
    } == json.loads(done.stdout)['policy']


def test_explain_for_people(files):
    """It stands below the rule of the map; what is left out has no event."""
    path = files / 'policy.yaml'
    done = run('map', 'explain', 'nova', 'GET', '/v2/servers', *_by(path))

    assert f'level: none, by rule 1 of {path}, line 3' in done.stdout
    assert 'This request is not audited' in done.stdout

    done = run('map', 'explain', 'nova', 'DELETE', '/v2/servers/1', *_by(path))
    assert f'level: metadata, by no rule of {path}' in done.stdout


def _by(path):
    return '--policy', path


def test_explain_by_who_asks(files):
    """Headers tell who asks, as they tell the filter."""
    done = run(
        *('map', 'explain', files / 'map.yaml', 'GET', '/v2/servers'),
        *('--header', 'X-User-Name: alice', '-f', 'json'),
    )

    assert 7 == json.loads(done.stdout)['policy']['line']


def test_explain_without_a_policy():
    """Where there is none, nothing is said of one."""
    done = run('map', 'explain', 'nova', 'GET', '/v2/servers', '-f', 'json')

    assert None is json.loads(done.stdout)['policy']
    done = run('map', 'explain', 'nova', 'GET', '/v2/servers')
    assert 'level:' not in done.stdout


def test_explain_by_two_policies(files):
    """A filter takes one, and so does this."""
    done = run(
        *('map', 'explain', files / 'map.yaml', 'GET', '/v2'),
        *_by(files / 'policy.yaml'),
    )

    assert 'has a policy itself' in said(done)
    assert 2 == done.returncode


# policy test


def test_cases(files):
    """What is not as expected is shown, with the rule, and the status is 1."""
    done = run(
        *('policy', 'test', files / 'policy.yaml'),
        *('--cases', files / 'cases.yaml', '-f', 'csv'),
    )

    assert [
        ['1', 'GET /v2/servers', 'response', 'none', 'rule 1, line 3'],
        [
            *('3', 'POST /v2/servers/1/start', 'response', 'request'),
            'rule 2, line 4',
        ],
    ] == rows(done)
    assert 'tried 3 cases: 2 not as expected' in said(done)
    assert 1 == done.returncode


def test_cases_with_a_map(files):
    """A map says the actions; --all shows what is as expected, too."""
    done = run(
        *('policy', 'test', files / 'map.yaml', '--all'),
        *('--cases', files / 'cases.yaml', '-f', 'csv'),
    )

    assert [
        ('metadata', 'no rule'),
        ('request', 'rule 1, line 6'),
        ('none', 'rule 2, line 7'),
    ] == [tuple(row[3:]) for row in rows(done)]


def test_what_is_left_out_by_others(files):
    """The options and the map leave out before a rule is asked."""
    (files / 'a.conf').write_text('[audit]\nignore_req_list = PUT\n')
    (files / 'cases.yaml').write_text(
        '- {request: PATCH /v2/servers/1, level: none}\n'
        '- {request: PUT /v2/servers/1, level: none}\n'
    )

    done = run(
        *('policy', 'test', files / 'map.yaml', '--all', '-f', 'csv'),
        *('--cases', files / 'cases.yaml', '--config-file', files / 'a.conf'),
    )

    assert [
        'the audit map: no event',
        'ignore_req_list or ignore_path_list',
    ] == [row[4] for row in rows(done)]
    assert 0 == done.returncode


def test_user_of_a_case_is_an_id_and_a_name(files):
    """Either of both fits, whichever stands first."""
    (files / 'cases.yaml').write_text(
        '- {request: GET /v2, user: [x, alice], level: none}\n'
        '- {request: GET /v2, user: [alice, x], level: none}\n'
        '- {request: GET /v2, user: [x, y], level: metadata}\n'
    )

    done = run(
        *('policy', 'test', files / 'map.yaml'),
        *('--cases', files / 'cases.yaml'),
    )

    assert 0 == done.returncode


@pytest.mark.parametrize(
    ('text', 'problem'),
    [
        ('', 'the file is empty'),
        ('[]', 'has no case'),
        ('a: b', 'has to be a list of cases'),
        ('- {request: GET, level: none}', 'line 1, [0].request: has to be'),
        ('- {request: GET /}', 'the key level is missing'),
        ('- {level: none}', 'the key request is missing'),
        ('- {request: GET /, level: all}', "'all' is no level; allowed are"),
        ('- {request: GET /, level: none, usr: a}', 'did you mean user?'),
        ('- {request: GET /, level: none, level: none}', 'twice'),
    ],
)
def test_wrong_cases(text, problem, files):
    """What cannot be tried is one sentence, and the status is 1."""
    (files / 'cases.yaml').write_text(text)

    done = run(
        *('policy', 'test', files / 'policy.yaml'),
        *('--cases', files / 'cases.yaml'),
    )

    assert f'error: cases {files}/cases.yaml' in said(done)
    assert problem in said(done)
    assert 1 == done.returncode


def test_what_is_no_policy(files):
    """A map without a policy, and a wrong policy, are told."""
    (files / 'policy.yaml').write_text('version: 1\nrules: [{level: x}]\n')
    for name, problem in (
        ('nova', 'is an audit map that has no policy'),
        (files / 'policy.yaml', "'x' is no level"),
        ('/no/such.yaml', 'cannot be read'),
    ):
        done = run('policy', 'test', name, '--cases', files / 'cases.yaml')
        assert problem in said(done)
        assert 1 == done.returncode
