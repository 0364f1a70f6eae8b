# SPDX-License-Identifier: Apache-2.0

"""What the command says of itself, and of an operator's mistakes."""

from importlib import metadata
import subprocess
import sys

import pytest

from cadf_audit import cli
from tests.cli.spools import config
from tests.cli.spools import record
from tests.cli.spools import rows
from tests.cli.spools import run
from tests.cli.spools import said
from tests.cli.spools import service

BLOCKED = """\
import sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] == {package!r}:
            raise ModuleNotFoundError('blocked', name=name)

sys.meta_path.insert(0, Finder())
from cadf_audit.cli import main
sys.exit(main(['spool', 'status']))
"""


@pytest.mark.parametrize(
    ('package', 'name'),
    [('cliff', 'cliff'), ('prometheus_client', 'prometheus-client')],
)
def test_without_the_extra(package, name):
    """Where the extra is not installed, one sentence says how to get it."""
    done = subprocess.run(
        [sys.executable, '-c', BLOCKED.format(package=package)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert f"cadf-audit needs {name}: pip install 'cadf_audit[cli]'\n" == (
        done.stderr
    )
    assert 1 == done.returncode


def test_entry_point():
    """Installing the package makes the command cadf-audit."""
    points = metadata.distribution('cadf_audit').entry_points
    (point,) = points.select(group='console_scripts', name='cadf-audit')

    assert cli.main is point.load()


def test_version():
    """--version names the command and the version of the package."""
    done = run('--version')

    assert f'cadf-audit {metadata.version("cadf_audit")}\n' == done.stdout
    assert 0 == done.returncode


def test_help_names_the_commands():
    """--help lists the commands with a line each."""
    done = run('--help')

    for line in (
        'spool cat      Print the records of the spool as events',
        'spool forward  Forward the records of the spool to the drivers',
        'spool status   Show what waits in the spool',
        'spool verify   Read everything in the spool, and show what is wrong',
    ):
        assert line in done.stdout
    assert 0 == done.returncode


def test_help_of_a_command():
    """--help behind a command is about that command."""
    done = run('spool', 'status', '--help')

    assert done.stdout.startswith('usage: cadf-audit spool status')
    assert '--spool-dir DIR' in done.stdout
    assert 0 == done.returncode


@pytest.mark.parametrize(
    ('arguments', 'problem'),
    [
        ([], 'name a command: spool status, spool cat'),
        (['spool', 'status'], 'name the spool with --spool-dir DIR'),
        (['spool', 'status', '--colour'], 'unrecognized arguments: --colour'),
        (
            ['spool', 'cat', '--filter-section', 'x', '--spool-dir', '/'],
            '--filter-section needs --paste-file FILE',
        ),
        (
            ['spool', 'forward', '--spool-dir', '/'],
            'name it with --config-file FILE or --paste-file FILE',
        ),
        (
            ['spool', 'forward', '--metrics-port', 'http'],
            "'http' is no port; allowed are 1 to 65535",
        ),
    ],
)
def test_wrong_usage(arguments, problem):
    """A command line that makes no sense ends with status 2 and why."""
    done = run(*arguments)

    assert problem in said(done)
    assert 2 == done.returncode


def test_unknown_command():
    """A command that is not there ends with those that are."""
    done = run('spool', 'stats')

    assert '  spool status\n' in done.stdout
    assert 2 == done.returncode


@pytest.mark.parametrize(
    ('arguments', 'problem'),
    [
        ('status --spool-dir /no/such', 'no spool directory /no/such'),
        ('cat --spool-dir /no/such', 'no spool directory /no/such'),
        ('verify --spool-dir /etc/passwd', '/etc/passwd cannot be read'),
        ('status --config-file /no/such', '--config-file /no/such: no such'),
        ('forward --paste-file /no/such', 'paste file /no/such: No such'),
    ],
)
def test_nothing_there(arguments, problem):
    """What was named and is not there is named again."""
    done = run('spool', *arguments.split())

    assert problem in said(done)
    assert 1 == done.returncode


@pytest.mark.parametrize(
    ('text', 'problem'),
    [
        ('', 'option spool_dir is not set'),
        ('[audit]\nspool_dir = /no/such', 'no spool directory /no/such'),
        ('[audit]\nspool_mode = 0777', 'option spool_mode'),
        ('audit', 'audit'),
        (
            '[audit]\nspool_dir = /s\nforwarder = thread',
            'option forwarder: thread needs',
        ),
    ],
)
def test_wrong_configuration(tmp_path, text, problem):
    """A configuration that cannot be used is named, with what is wrong."""
    file = tmp_path / 'service.conf'
    file.write_text(text)

    done = run('--config-file', file, 'spool', 'status')

    assert str(file) in said(done)
    assert problem in done.stderr
    assert 1 == done.returncode


def test_options_stand_on_either_side(tmp_path):
    """--spool-dir means the same before and behind the command."""
    spool = tmp_path / 'spool'
    record(service(spool), '/a')

    before = run('--spool-dir', spool, 'spool', 'status', '-c', 'records')
    behind = run('spool', 'status', '-c', 'records', '--spool-dir', spool)

    assert '2' in before.stdout
    assert before.stdout == behind.stdout


def test_configuration_as_the_filter_reads_it(tmp_path):
    """A paste section wins over files, and --spool-dir over both."""
    spools = [tmp_path / name for name in ('file', 'paste', 'option')]
    for number, spool in enumerate(spools, 1):
        record(service(spool), *['/a'] * number)
    file = config(tmp_path / 'service.conf', spools[0])
    paste = tmp_path / 'paste.ini'
    paste.write_text(
        '[filter:trail]\n'
        'paste.filter_factory = cadf_audit:filter_factory\n'
        'spool_dir = %(here)s/paste\n'
    )
    options = ['--config-file', file]

    found = []
    for more in (
        [],
        ['--paste-file', paste, '--filter-section', 'trail'],
        ['--spool-dir', spools[2]],
    ):
        options += more
        done = run('spool', 'status', *options, '-f', 'value', '-c', 'records')
        found.append(int(done.stdout))

    assert [2, 4, 6] == found


def test_a_filter_that_is_switched_off(tmp_path):
    """What waits is shown though enabled = false, as it has to go."""
    spool = tmp_path / 'spool'
    record(service(spool), '/a')
    file = config(tmp_path / 'service.conf', spool)
    file.write_text(file.read_text() + '\n[audit]\nenabled = false\n')

    done = run('--config-file', file, 'spool', 'status', '-f', 'json')

    assert 1 == len(rows(spool))
    assert '"records": 2' in done.stdout


def test_traceback_on_demand():
    """--debug shows where an error comes from."""
    done = run('--debug', '--spool-dir', '/no/such', 'spool', 'status')

    assert 'Traceback' in done.stderr
    assert 1 == done.returncode
