# SPDX-License-Identifier: Apache-2.0

"""``cadf-audit map lint``, as an operator types it."""

import json

import pytest

from cadf_audit.audit_map.files import shipped_maps
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
        'map lint Check audit maps, and show all that is wrong with them',
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
    good, bad, old = (tmp_path / name for name in ('g.yaml', 'b.yaml', 'o.cf'))
    good.write_text(GOOD)
    bad.write_text(GOOD.replace('{nodes: }', '\n  nodes: {colour: red}'))
    old.write_text('[path_keywords]\na/b = None\n')

    done = run('map', 'lint', good, bad, old, '/no/such.yaml', '-f', 'json')

    assert [
        (str(bad), 5, 'resources.nodes.colour', 'unknown key; allowed'),
        (str(old), 2, '[path_keywords] a/b', 'never matches: a key'),
        ('/no/such.yaml', None, None, 'cannot be read: No s'),
    ] == [
        (row['file'], row['line'], row['key'], row['problem'][:20])
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


def test_no_file():
    """Without a file, the usage is shown."""
    done = run('map', 'lint')

    assert 'arguments are required: FILE' in said(done)
    assert 2 == done.returncode
