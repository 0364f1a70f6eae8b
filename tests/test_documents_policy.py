# SPDX-License-Identifier: Apache-2.0

"""The page about policies in, whether the filter does what it says out."""

import re

import pytest
import yaml

from cadf_audit.exceptions import PolicyError
from cadf_audit.policy.change import NOT_REMEMBERED
from cadf_audit.policy.document import LEVELS
from cadf_audit.policy.document import load_policy
from cadf_audit.policy.rule import KEEP_KEYS
from cadf_audit.policy.rule import KEYS
from cadf_audit.trail.settings import load_trail_settings
from tests.cli.spools import run
from tests.harness import audited
from tests.harness import call
from tests.harness import environ
from tests.harness import event_log
from tests.pages import find_block
from tests.pages import find_rows
from tests.pages import read

PAGE = 'policy.rst'
RECIPES = [
    name
    for name in re.findall(r'(?m)^   :name: (recipe-[\w-]+)$', read(PAGE))
    if not name.endswith('-cases')
]


def written(directory, block):
    """Return the path of a file that holds a block of the page."""
    path = directory / f'{block}.yaml'
    path.write_text(find_block(PAGE, block))
    return path


def test_number_of_recipes():
    """There are as many as the page says, and each has its cases."""
    assert 10 == len(RECIPES) == len(set(RECIPES))
    assert 'Ten recipes' in read(PAGE)


@pytest.mark.parametrize('name', [*RECIPES, 'first'])
def test_recipe(name, tmp_path):
    """All requests behind a recipe are recorded as they say."""
    policy = written(tmp_path, name)
    cases = written(tmp_path, 'cases' if name == 'first' else f'{name}-cases')

    done = run('policy', 'test', policy, '--cases', cases)

    assert '' == done.stdout
    assert 'all as expected' in done.stderr
    assert 0 == done.returncode


@pytest.mark.parametrize('name', [*RECIPES, 'first'])
def test_recipe_has_no_problem(name, tmp_path):
    """Each rule of the page does something."""
    done = run('map', 'lint', written(tmp_path, name))

    assert ('', 0) == (done.stdout, done.returncode)


@pytest.mark.parametrize('name', RECIPES)
def test_recipe_in_the_filter(name, tmp_path):
    """The filter leaves out what a recipe leaves out, and nothing else."""
    app = audited(
        audit_policy_file=str(written(tmp_path, name)),
        identity_source='headers',
    )
    for case in yaml.safe_load(find_block(PAGE, f'{name}-cases')):
        if 'action' in case or 'target_type' in case:
            continue
        method, path = case['request'].split()
        user, roles = case.get('user', ''), case.get('role', '')
        keys = {
            'HTTP_X_USER_ID': user if isinstance(user, str) else user[0],
            'HTTP_X_PROJECT_ID': case.get('project', ''),
            'HTTP_X_ROLES': roles
            if isinstance(roles, str)
            else ','.join(roles),
            'REMOTE_ADDR': case.get('address', '192.0.2.7'),
        }
        with event_log() as log:
            call(app, environ(method, path, **keys))
        kinds = [message['event_type'] for message in log.messages]
        assert (case['level'] != 'none') == ('audit.http.request' in kinds)


def test_rules_of_a_collector(tmp_path):
    """They do what the page says, and nothing is wrong with them."""
    policy = written(tmp_path, 'keep-rules')
    cases = written(tmp_path, 'keep-cases')

    done = run('policy', 'test', policy, '--cases', cases)
    linted = run('map', 'lint', policy)

    assert ('', 'tried 5 cases: all as expected') == (
        done.stdout,
        done.stderr.partition(': ')[2].strip(),
    )
    assert ('', 0) == (linted.stdout, linted.returncode)


def test_configuration_of_a_collector(tmp_path):
    """The collector takes the file that the page names."""
    path = tmp_path / 'trail.conf'
    path.write_text(find_block(PAGE, 'keep-option'))

    found = load_trail_settings([str(path)]).audit_policy_file

    assert '/etc/cadf-audit/policy.yaml' == found


def test_policy_in_a_map(tmp_path):
    """The map of the page has a policy, by which a request is left out."""
    app = audited(audit_map_file=str(written(tmp_path, 'in-a-map')))
    with event_log() as log:
        call(app, environ(path='/v1/status'))
        call(app, environ(path='/v1/orders'))

    assert ['control', 'activity', 'activity'] == [
        event['eventType'] for event in log.events
    ]


def test_error(tmp_path):
    """The error of the page is the one that a policy causes."""
    path = tmp_path / 'policy.yaml'
    path.write_text('version: 1\nrules:\n- {level: none, path: /v1*}\n')

    with pytest.raises(PolicyError) as caught:
        load_policy(str(path))

    shown = find_block(PAGE, 'wrong').strip()
    assert shown == str(caught.value).replace(
        str(path), '/etc/shop/policy.yaml'
    )


def test_tables():
    """The tables have the levels, the keys and the actions that there are."""
    assert list(LEVELS) == [row[0] for row in find_rows(PAGE, 'levels')]
    assert list(KEYS) == [row[0] for row in find_rows(PAGE, 'keys')]
    own = [row[0] for row in find_rows(PAGE, 'keep-keys')]
    assert own == [each for each in KEEP_KEYS if each not in KEYS]
    assert ['enable', 'update', 'disable'] == [
        row[0] for row in find_rows(PAGE, 'changes')
    ]
    assert NOT_REMEMBERED in read(PAGE)


@pytest.mark.parametrize(
    ('key', 'example'), [(row[0], row[2]) for row in find_rows(PAGE, 'keys')]
)
def test_examples_of_keys(key, example, tmp_path):
    """What the table shows for a key is accepted, and negated as well."""
    path = tmp_path / 'policy.yaml'
    path.write_text(
        f'version: 1\nrules:\n- {{level: none, {key}: {example}}}\n'
        f'- {{level: none, {key}: {{not: {example}}}}}\n'
    )

    rules = load_policy(str(path)).rules

    assert [False, True] == [rule.conditions[key].negated for rule in rules]


def test_command(tmp_path):
    """The command of the page tries the policy of the page."""
    command = find_block(PAGE, 'policy-test').split()
    words = [word.replace('/etc/shop', str(tmp_path)) for word in command]
    (tmp_path / 'policy.yaml').write_text(find_block(PAGE, 'first'))
    (tmp_path / 'cases.yaml').write_text(find_block(PAGE, 'cases'))

    done = run(*words[1:])

    assert 'tried 4 cases: all as expected' in done.stderr


@pytest.mark.parametrize(
    ('key', 'example'),
    [(row[0], row[2]) for row in find_rows(PAGE, 'keep-keys')],
)
def test_examples_of_keys_of_a_collector(key, example, tmp_path):
    """What the table shows for a key is accepted."""
    path = tmp_path / 'policy.yaml'
    path.write_text(
        f'version: 1\nkeep:\n- {{keep: false, {key}: {example}}}\n'
    )

    (rule,) = load_policy(str(path)).keep

    assert key in rule.conditions
