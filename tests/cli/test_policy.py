# SPDX-License-Identifier: Apache-2.0

"""What the commands about maps say of policies, as an operator types it."""

import json

import pytest

from tests.cli.policies import MAP
from tests.cli.policies import rows
from tests.cli.spools import run
from tests.cli.spools import said


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


def test_lint_of_a_key_that_stands_there_twice(files):
    """Rules that another key hides are told, in a map as well."""
    path = files / 'map.yaml'
    path.write_text(
        MAP.replace(
            'resources:',
            '  rules: [{level: none, level: none}]\nresources:',
            1,
        )
    )

    done = run('map', 'lint', path, '-f', 'csv')

    assert [
        ['policy.rules', 'the key stands there twice; keep one'],
        ['policy.rules[0].level', 'the key stands there twice; keep one'],
    ] == [row[3:] for row in rows(done)]


@pytest.mark.parametrize(
    ('name', 'text', 'key'),
    [
        ('policy.conf', 'version: 1\nrules: [{level: x}]\n', 'rules[0].level'),
        ('policy', '# a\nversion: 1\nrules: [{level: x}]\n', 'rules[0].level'),
        ('a.yaml', 'version: 1\nrule: [{level: none}]\n', 'rule'),
        ('a.yaml', 'version: 1\npolicy: {rules: []}\n', 'policy'),
        ('a.yaml', 'rules: [{level: none}]\n', ''),
        (
            'a.json',
            '{"version": 1, "rules": [{"level": 1}]}',
            'rules[0].level',
        ),
    ],
)
def test_lint_knows_a_policy(name, text, key, tmp_path):
    """Whatever it is called, and though it is wrong."""
    (tmp_path / name).write_text(text)

    done = run('map', 'lint', tmp_path / name, '-f', 'csv')

    assert [('error', key)] == [(row[2], row[3]) for row in rows(done)]
    assert 'checked 1 file: 1 problem' in said(done)


def test_lint_of_rules_beside_a_policy(files):
    """A map stays one, though rules have lost their indentation."""
    path = files / 'map.yaml'
    path.write_text(MAP.replace('  rules:\n', 'rules:\n', 1))

    done = run('map', 'lint', path, '-f', 'csv')

    assert ['policy', 'rules'] == sorted(row[3] for row in rows(done))
    assert 'checked 1 map: 2 problems' in said(done)


def test_lint_with_the_configuration(files):
    """What the options hide is told where they can be read."""
    (files / 'a.conf').write_text('[audit]\nignore_req_list = HEAD, PUT\n')

    done = run(
        *('map', 'lint', files / 'map.yaml', '-f', 'csv'),
        *_with(files / 'a.conf'),
    )
    assert 'never matches: ignore_req_list (PUT)' in done.stdout
    done = run(
        *('map', 'lint', files / 'policy.yaml', '-f', 'csv'),
        *_with(files / 'a.conf'),
    )

    problems = [row[4] for row in rows(done)]
    assert problems[0].startswith('ignore_req_list (HEAD) always wins')
    assert 2 == len(problems)
    # Nobody asks where the events of the service go.
    assert 'notification driver' not in said(done)


@pytest.mark.parametrize(
    'command',
    [
        ('map', 'lint', 'nova'),
        ('map', 'explain', 'nova', 'GET', '/v2'),
        ('policy', 'test', 'policy.yaml', '--cases', 'cases.yaml'),
    ],
)
def test_section_of_no_file(command, files):
    """A configuration that is half named is not read over."""
    done = run(
        *(
            files / each if each.endswith('.yaml') else each
            for each in command
        ),
        *('--filter-section', 'audit'),
    )

    assert '--filter-section needs --paste-file FILE' in said(done)
    assert 2 == done.returncode


def _with(path):
    return '--config-file', path


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
        'option': None,
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
