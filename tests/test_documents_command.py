# SPDX-License-Identifier: Apache-2.0

"""The page about the command in, whether the command does it out."""

import os
import re
import subprocess
import sys

import pytest

from tests.harness import call
from tests.harness import environ
from tests.pages import find_block
from tests.pages import find_rows
from tests.pages import ROOT
from tests.servers.process import free_ports
from tests.test_documents_spool import messages_of
from tests.test_documents_spool import spooled

PAGE = 'command.rst'

CONF = """\
[audit]
spool_dir = {spool}
forwarder = external

[audit_middleware_notifications]
driver = noop
"""

PASTE = """\
[filter:audit]
paste.filter_factory = cadf_audit:filter_factory
"""


@pytest.fixture
def shop(tmp_path):
    """A service with a spool that three requests have left their events in."""
    for name in ('cliff', 'prometheus_client'):
        pytest.importorskip(name, reason=f'needs {name}: pip install {name}')
    spool = tmp_path / 'spool'
    (tmp_path / 'shop.conf').write_text(CONF.format(spool=spool))
    (tmp_path / 'api-paste.ini').write_text(PASTE)
    app = spooled(tmp_path)
    for _ in range(3):
        call(app, environ())
    app._audited._delivery.close()
    return tmp_path


def run(shop, block, *more, page=PAGE):
    """Run a block of a page; return what it prints."""
    commands = (
        find_block(page, block)
        .rstrip()
        .replace('/etc/shop', str(shop))
        .replace('/var/lib/shop/audit', str(shop / 'spool'))
        .replace('9464', str(free_ports(1)[0]))
    )
    commands = re.sub(
        '(?m)^cadf-audit', f'{sys.executable} -m cadf_audit.cli', commands
    )
    done = subprocess.run(
        ['sh', '-e', '-c', ' '.join([commands, *more])],
        env=os.environ | {'PYTHONPATH': str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert not done.returncode, done.stderr
    return done.stdout


def test_status(shop):
    """Each of the three ways to name the spool shows its one writer."""
    printed = run(shop, 'status')

    assert 3 == printed.count('forward-noop: 6')
    header = next(line for line in printed.splitlines() if 'pid' in line)
    columns = [cell.strip() for cell in header.strip('|').split('|')]
    assert columns == [name for name, _ in find_rows(PAGE, 'status-columns')]


def test_status_for_programs(shop):
    """The columns that are chosen come as JSON."""
    assert '"forward-noop": 6' in run(shop, 'status-json')


def test_look(shop):
    """What is printed are the notifications of the spool."""
    lines = run(shop, 'look').splitlines()

    assert len(messages_of(shop)) == sum('message_id' in x for x in lines)


def test_forward(shop):
    """With ``--once`` all goes, and the folder of the writer with it."""
    run(shop, 'forward', '--once')

    assert [] == messages_of(shop)


def test_stop(shop):
    """A spool that no configuration names any more is forwarded, and gone."""
    (shop / 'shop.conf').write_text(
        '[audit_middleware_notifications]\ndriver = noop\n'
    )

    run(shop, 'stop', page='spool.rst')

    assert not (shop / 'spool').exists()


def test_metrics(shop):
    """The page has the metrics that there are, each with its labels."""
    run(shop, 'metrics', '--once', '--metrics-textfile', str(shop / 'a.prom'))
    text = (shop / 'a.prom').read_text()

    types = dict(re.findall(r'(?m)^# TYPE (\w+) (\w+)$', text))
    labels = {
        name: re.findall(rf'(?m)^{name}(?:_sum)?{{(\w+)=', text)[:1]
        for name in types
    }
    found = {name: ''.join(keys) or 'none' for name, keys in labels.items()}
    documented = find_rows(PAGE, 'metrics-table')
    assert found == {name: label for name, label, _ in documented}


# What is typed, in the order of the table.
MISTAKES = [
    'status',
    'status --config-file {here}/empty.conf',
    'status --spool-dir {here}/nowhere',
    'forward --config-file {here}/foreign.conf',
    'forward --config-file {here}/shop.conf --paste-file {here}/log.ini',
    'forward --spool-dir {here}/spool',
    'status --paste-file {here}/api-paste.ini --filter-section other',
]


@pytest.mark.parametrize(
    ('says', 'typed'),
    list(
        zip(
            [row[0] for row in find_rows(PAGE, 'command-errors')],
            MISTAKES,
            strict=True,
        )
    ),
)
def test_mistake(says, typed, shop):
    """The command ends with what the row says."""
    (shop / 'empty.conf').touch()
    (shop / 'log.ini').write_text(PASTE + 'use_oslo_messaging = false\n')
    if 'foreign' in typed:
        if os.geteuid():
            pytest.skip('needs root: sudo make test')
        (shop / 'foreign').mkdir()
        os.chown(shop / 'foreign', 65534, 65534)
        text = CONF.format(spool=shop / 'foreign')
        (shop / 'foreign.conf').write_text(text)

    done = subprocess.run(
        [
            *(sys.executable, '-m', 'cadf_audit.cli', 'spool'),
            *typed.format(here=shop).split(),
        ],
        env=os.environ | {'PYTHONPATH': str(ROOT)},
        capture_output=True,
        text=True,
    )

    assert done.returncode in (1, 2)
    assert says in ' '.join(done.stderr.split())
