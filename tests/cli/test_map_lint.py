# SPDX-License-Identifier: Apache-2.0

"""``cadf-audit map lint``, as an operator types it."""

import json
import os
import pathlib
import subprocess

import pytest

from cadf_audit.audit_map.files import shipped_maps
from tests.cli.spools import COMMAND
from tests.cli.spools import run
from tests.cli.spools import said

GOOD = 'version: 2\nservice_type: compute\nprefix: /v1\nresources: {nodes: }\n'


def test_help_of_all():
    """--help speaks of spool and map, and lists the commands of both."""
    text = ' '.join(run('--help').stdout.split())

    assert 'its spool' in text
    assert 'its audit map' in text
    for line in (
        'map catalogue Show all kinds of requests that are audited by an',
        'map coverage Show which routes of an API an audit map has rules for',
        'map explain Show what an audit map makes of a request, step by step',
        'map lint Check audit maps and policies, and show all that is wrong',
        'policy test Hold a policy against a table of requests',
        'spool status Show what waits in the spool',
    ):
        assert line in text


def test_help():
    """--help says what is checked, and that maps have names."""
    done = run('map', 'lint', '--help')

    assert 'rules that do nothing' in ' '.join(done.stdout.split())
    assert 'the bare name of a map' in ' '.join(done.stdout.split())
    assert '--spool-dir' not in done.stdout


def test_shipped_maps():
    """The maps of the package are clean, and several go in one run."""
    done = run('map', 'lint', *shipped_maps(), '-f', 'json')

    number = len(shipped_maps())
    assert [] == json.loads(done.stdout)
    assert f'checked {number} maps: all is well' in said(done)
    assert 0 == done.returncode


def test_findings(tmp_path):
    """Each file has its findings, with line and key, and the status is 1."""
    names = ('g.yaml', 'b.yaml', 'o.cf')
    good, bad, old = (str(tmp_path / name) for name in names)
    for file, text in (
        (good, GOOD),
        (bad, GOOD.replace('{nodes: }', '\n  nodes: {colour: red}')),
        (old, '[path_keywords]\na/b = None\n'),
    ):
        pathlib.Path(file).write_text(text)

    done = run('map', 'lint', good, bad, old, '/no/such.yaml', '-f', 'json')

    assert [
        (bad, 5, 'error', 'resources.nodes.colour', 'unknown key; allowed'),
        (old, 2, 'warning', '[path_keywords] a/b', 'never matches: a key'),
        ('/no/such.yaml', None, 'error', None, 'cannot be read: No s'),
    ] == [
        (*list(row.values())[:4], row['problem'][:20])
        for row in json.loads(done.stdout)
    ]
    assert 'checked 4 maps: 3 problems' in said(done)
    assert 1 == done.returncode


@pytest.mark.parametrize('form', ['table', 'csv', 'yaml', 'value'])
def test_formats(tmp_path, form):
    """Findings come in any format, and in columns that are chosen."""
    file = tmp_path / 'map.yaml'
    file.write_text(GOOD.replace('compute', 'kompute'))

    done = run('map', 'lint', file, '-f', form, '-c', 'line', '-c', 'problem')

    assert 'is no CADF typeURI' in done.stdout
    assert str(file) not in done.stdout
    assert 1 == done.returncode


def test_warnings_of_a_map_without_a_version(tmp_path):
    """What only warns at start ends with status 1 as well."""
    file = tmp_path / 'map.yaml'
    file.write_text(GOOD.replace('version: 2\n', 'colour: red\n'))

    done = run('map', 'lint', file)

    assert 'unknown key' in done.stdout
    assert 1 == done.returncode


def test_nothing_found(tmp_path):
    """Without a finding, nothing is printed; -q has nothing to say."""
    file = tmp_path / 'map.yaml'
    file.write_text(GOOD)

    for arguments in (('-q', 'map', 'lint', file), ('map', 'lint', file)):
        done = run(*arguments)
        assert '' == done.stdout
        assert 0 == done.returncode
        assert ('-q' in arguments) == ('' == said(done))


def test_map_without_a_version(tmp_path):
    """What differs is told, and is no finding."""
    file = tmp_path / 'map.yaml'
    file.write_text(GOOD.replace('version: 2\n', ''))

    done = run('map', 'lint', file)

    assert f'{file} has no version' in said(done)
    assert 'write version: 2' in done.stderr
    assert '' == done.stdout
    assert 0 == done.returncode


def test_no_character_acts_on_the_terminal(tmp_path):
    """What a map has in it is shown, and never carried out."""
    file = tmp_path / 'map\x1b.yaml'
    file.write_text(GOOD.replace('nodes', '"\\e[2J"'))

    for form in ('table', 'csv', 'value'):
        done = run('map', 'lint', file, '/no/\x9b', '-f', form)
        assert done.stdout.replace('\n', '').isprintable()
        assert done.stderr.replace('\n', '').isprintable()


@pytest.mark.parametrize(
    ('name', 'text', 'problem'),
    [
        ('bikes.conf', GOOD, 'looks like a resource map: call it .yaml'),
        ('x.conf', 'nonsense\n', 'stands before the first [section]'),
    ],
)
def test_name_that_misleads(tmp_path, name, text, problem):
    """The ending of a file says what it holds, so it has to be right."""
    file = tmp_path / name
    file.write_text(text)

    done = run('map', 'lint', file, '-f', 'json')

    [row] = json.loads(done.stdout)
    assert row['problem'].endswith(problem)


@pytest.mark.parametrize(
    ('name', 'problem'),
    [
        ('nova.yaml', 'the map of this package is called nova'),
        ('nov', 'of this name (did you mean nova?); the maps'),
        ('/dev/zero', 'is longer than 16 MiB'),
    ],
)
def test_name_that_is_none(tmp_path, name, problem):
    """A name that is nearly one is led to it, and all have an end."""
    done = run('map', 'lint', name, '-f', 'json')

    [row] = json.loads(done.stdout)
    assert problem in row['problem']
    assert 1 == done.returncode


def test_closed_stdout(tmp_path):
    """Where nobody wants the rows, the exit status still tells."""
    file = tmp_path / 'map.yaml'
    file.write_text(GOOD.replace('compute', 'kompute'))

    done = subprocess.run(
        ['sh', '-c', '"$@" >&-', 'sh', *COMMAND, 'map', 'lint', file],
        check=False,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
    )

    assert 'checked 1 map: 1 problem' in said(done)
    assert 1 == done.returncode


@pytest.mark.parametrize(
    'arguments', [('catalogue', 'nova'), ('lint', '/no/such')]
)
def test_full_stdout(arguments):
    """What cannot be written is one sentence, be it much or little."""
    with open('/dev/full', 'w') as full:
        done = subprocess.run(
            [*COMMAND, 'map', *arguments],
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
        )

    assert 'No space left on device' in said(done)
    assert 1 == done.returncode


def test_terminal_that_has_no_such_character(tmp_path):
    """It gets an escape."""
    file = tmp_path / 'map.conf'
    file.write_text('[path_keywords]\nnodes = node\n')

    done = run(
        *('map', 'catalogue', file, '-f', 'value'),
        env=os.environ | {'PYTHONIOENCODING': 'ascii'},
    )

    assert '\\u2026/nodes' in done.stdout
    assert 0 == done.returncode


def test_no_file():
    """Without a file, the usage is shown."""
    done = run('map', 'lint')

    assert 'arguments are required: FILE' in said(done)
    assert 2 == done.returncode
