# SPDX-License-Identifier: Apache-2.0

"""A command about maps that a page shows in, whether it prints that out."""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.pages import find_block
from tests.pages import find_rows
from tests.pages import read
from tests.pages import ROOT

pytest.importorskip('cliff', reason='needs cliff: pip install cliff')

TUTORIAL = 'resource_map.rst'
PAGE = 'command.rst'

OPENAPI = {
    'openapi': '3.0.3',
    'info': {'title': 'wheels', 'version': '1'},
    'servers': [{'url': '/v1'}],
    'paths': {
        '/bikes/{id}': {
            'delete': {'responses': {'204': {'description': 'gone'}}}
        }
    },
}


@pytest.fixture
def shop(tmp_path):
    """A directory with the files that the commands of the pages name."""
    sample = (ROOT / 'etc' / 'resource_map.yaml.sample').read_text()
    for name in ('bikes.yaml', 'audit_map.yaml'):
        (tmp_path / name).write_text(sample)
    (tmp_path / 'routes.txt').write_text(find_block(TUTORIAL, 'routes'))
    (tmp_path / 'openapi.json').write_text(json.dumps(OPENAPI))
    (tmp_path / 'tests').symlink_to(ROOT / 'tests')
    return tmp_path


def run(shop, page, block):
    """Run a block of a page; return its exit status and what it prints."""
    commands = re.sub(
        '(?m)^cadf-audit',
        f'{sys.executable} -m cadf_audit.cli',
        find_block(page, block).replace('/etc/shop', str(shop)),
    )
    done = subprocess.run(
        ['sh', '-e', '-c', commands],
        cwd=shop,
        env=os.environ | {'PYTHONPATH': str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


def plain(text):
    """Return the lines of a text that hold something, in any order."""
    return sorted(line.strip() for line in text.splitlines() if line.strip())


@pytest.mark.parametrize(
    ('block', 'status'),
    [('tool-lint', 0), ('tool-explain', 0), ('tool-coverage', 1)],
)
def test_command_of_the_tutorial(block, status, shop):
    """A command prints what the tutorial shows below it."""
    shown = find_block(TUTORIAL, f'{block}-prints')

    ended, printed = run(shop, TUTORIAL, block)

    assert status == ended
    assert plain(shown) == plain(printed)


@pytest.mark.parametrize(
    ('block', 'told'),
    [
        ('map-lint', 'checked 2 maps: all is well'),
        ('map-explain', '"action": "update/reboot"'),
        ('map-explain-steps', 'rule: servers/tags'),
        ('map-explain-redacted', 'query     token: a secret'),
        ('map-coverage', 'each that changes something has an explicit rule'),
        ('map-catalogue', 'compute/server'),
    ],
)
def test_command_of_the_page(block, told, shop):
    """A command of the page about the command works as it stands there."""
    status, printed = run(shop, PAGE, block)

    assert 0 == status, printed
    assert told in printed


def test_words_of_coverage():
    """The page has the words that the command has for a route."""
    from cadf_audit.cli import map_coverage

    words = [row[0] for row in find_rows(PAGE, 'coverage-words')]

    assert sorted(map_coverage._IN_WORDS) == sorted(words)


def test_levels_of_lint():
    """The page has the levels that a problem can have."""
    from cadf_audit.audit_map.inspection import lint

    levels = [row[0] for row in find_rows(PAGE, 'lint-levels')]

    assert [lint.ERROR, lint.WARNING, lint.REMARK] == levels


def test_each_option_of_a_command_is_one():
    """The options that the page names are those of the commands."""
    from cadf_audit.cli.app import CommandLine
    from cadf_audit.cli.app import COMMANDS

    section = read(PAGE).partition('.. _map-commands:')[2]
    named = set(
        re.findall(
            r'(?<![\w-])--[a-z][a-z-]+', section.partition('When it')[0]
        )
    )
    app = CommandLine()
    known = {
        option
        for name, command in COMMANDS.items()
        if name.startswith(('map ', 'policy '))
        for action in command(app, None, name).get_parser(name)._actions
        for option in action.option_strings
    }

    assert named <= known


def test_coverage_of_the_page_about_maps(shop):
    """The command of the page about our maps finds each route covered."""
    status, printed = run(shop, 'shipped_maps.rst', 'coverage')

    assert 0 == status, printed


def test_explain_of_the_readme(shop):
    """The command of the README prints what stands below it."""
    text = (ROOT / 'README.md').read_text(encoding='utf-8')
    command = re.search(r'^cadf-audit map explain [^`]+', text, re.M)[0]
    done = subprocess.run(
        [
            *('sh', '-c'),
            command.replace(
                'cadf-audit', f'{sys.executable} -m cadf_audit.cli', 1
            ),
        ],
        cwd=shop,
        env=os.environ | {'PYTHONPATH': str(ROOT)},
        capture_output=True,
        text=True,
    )

    assert '' == done.stderr
    assert '"action": "update/reboot"' in done.stdout
