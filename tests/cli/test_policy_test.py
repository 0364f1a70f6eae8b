# SPDX-License-Identifier: Apache-2.0

"""Policies and cases go into ``cadf-audit policy test``; rows come out."""

import pytest

from tests.cli.policies import POLICY
from tests.cli.policies import rows
from tests.cli.spools import run
from tests.cli.spools import said


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


def test_cases_of_a_collector(files):
    """What is kept is held against the table as levels are."""
    (files / 'policy.yaml').write_text(
        POLICY + 'keep:\n- {keep: false, status: 2xx, action: read}\n'
    )
    (files / 'cases.yaml').write_text(
        '- {request: GET /a, action: read, status: 204, keep: true}\n'
        '- {request: GET /b, action: read, status: 204, keep: false}\n'
        '- {request: PUT /c, action: read, status: 404, keep: false,'
        ' level: none}\n'
    )
    done = run(
        *('policy', 'test', files / 'policy.yaml', '-f', 'csv'),
        *('--cases', files / 'cases.yaml'),
    )

    assert [
        ['1', 'GET /a', 'kept', 'left out', 'keep rule 1, line 7'],
        ['3', 'PUT /c', 'none', 'metadata', 'no rule'],
        ['3', 'PUT /c', 'left out', 'kept', 'no keep rule'],
    ] == rows(done)
    assert 'tried 3 cases: 3 not as expected' in said(done)


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
        ('- {request: G(T /, level: none}', 'has to be METHOD /path'),
        ('- {request: GET /, level: none, user: [a, b, c]}', 'or both'),
        ('- {request: GET /, level: none, user: ~}', 'has to be a text'),
        ('- {request: GET /, level: none, role: "a,b"}', 'has a comma'),
        ('- {request: GET /, level: none, address: 10.1.2}', 'is no address'),
        ('- {request: GET /, level: none, action: reed}', 'is no CADF action'),
        ('- {request: GET /, level: none, target_type: x}', 'no CADF typeURI'),
        ('- {request: GET /, keep: true, status: 2xx}', 'no status code'),
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
