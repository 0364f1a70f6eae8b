# SPDX-License-Identifier: Apache-2.0

"""What a page says of the commands about the trail in, if it is so out."""

import os
import re
import subprocess
import sys

import pytest

from tests.pages import find_block
from tests.pages import find_rows
from tests.pages import read
from tests.pages import ROOT
from tests.test_documents_trail import cells
from tests.test_documents_trail import filled
from tests.test_documents_trail import Reader

COMMANDS = 'command.rst'


@pytest.fixture
def reader(tmp_path):
    """Somebody who follows the page."""
    return Reader(tmp_path)


@pytest.fixture
def store(tmp_path):
    """A trail that is not empty."""
    store = filled(tmp_path)
    yield store
    store.engine.dispose()


def test_commands_print_what_is_shown(reader, store, tmp_path):
    """What is open and dead is printed as the page shows it."""
    page = find_block(COMMANDS, 'pending-list')
    again = reader.commands(COMMANDS, 'pending-list').replace('600', '0')
    done = subprocess.run(
        ['sh', '-e', '-c', again], capture_output=True, text=True
    )
    letters, _ = reader.run(COMMANDS, 'dead-letter-list')
    reader.run(COMMANDS, 'dead-letter-show')
    _, said = reader.run(COMMANDS, 'dead-letter-replay', status=1)

    assert '--older-than 600' in page
    assert find_block(COMMANDS, 'pending-list-shown') == done.stdout
    assert find_block(COMMANDS, 'dead-letter-list-shown') == letters
    assert 47 == (tmp_path / 'letter').stat().st_size
    assert find_block(COMMANDS, 'dead-letter-replay-shown') == said


def test_status_has_the_rows_of_the_page(reader, store, tmp_path):
    """Each kind of row that there is has its place in the table."""
    from cadf_audit.trail.collector import sort
    from tests.trail import parts

    with (tmp_path / 'cadf-audit.conf').open('a') as file:
        file.write(f'sources = spool:{tmp_path}\n')
    parts.ingest(
        store, *parts.pair('a'), parts.message({}, 'compute.instance.update')
    )
    left_out = sort('tests', parts.pair('b'))
    left_out.rows, left_out.left_out = [], left_out.rows
    store.ingest(left_out)
    printed, _ = reader.run(COMMANDS, 'trail-status-command')
    kinds = {row[0] for row in cells(printed)[1:]}

    assert kinds == {
        row[0] for row in find_rows(COMMANDS, 'trail-status-rows')
    }


def test_tables_can_be_upgraded_and_collected_into(reader, store, tmp_path):
    """The two commands run as they stand there."""
    with (tmp_path / 'cadf-audit.conf').open('a') as file:
        file.write(f'sources = spool:{tmp_path}/spool\n')
    (tmp_path / 'spool').mkdir()

    _, said = reader.run(COMMANDS, 'db-upgrade')
    process = subprocess.run(
        ['sh', '-c', f'{reader.commands(COMMANDS, "collect").strip()} --once'],
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert 'already' in said
    assert 0 == process.returncode
    assert 'spool: 0 events' in process.stderr


class Slow:
    """A source that needs a moment for what waits, as a bus does."""

    name = 'slow'

    def __init__(self, messages):
        self._messages = messages

    def receive(self, most, seconds):
        """Deliver, if there is time."""
        return [self._messages.pop()] if seconds and self._messages else []

    def acknowledge(self):
        """Forget what was delivered."""

    def close(self):
        """Leave."""


def test_once_waits_for_a_source(store):
    """With ``--once`` what waits on a bus is collected, too."""
    from cadf_audit.trail.collector import Collector
    from tests.trail import parts

    before = store.last_sequence()
    Collector(Slow([parts.ended('b'), parts.ended('c')]), store).run(once=True)

    assert before + 2 == store.last_sequence()


# What is typed, in the order of the table.
MISTAKES = [
    'status',
    'collect',
    'status --connection sqlite:///{here}/empty.db',
    'status --connection mysql://h/d',
    'collect --config-file {here}/cadf-audit.conf --from spool:here',
    'collect --once --config-file {here}/cadf-audit.conf '
    '--from spool:{here}/foreign',
    'status --connection sqlite:////nowhere/trail.db',
]


@pytest.mark.parametrize(
    ('says', 'typed'),
    list(
        zip(
            [row[0] for row in find_rows(COMMANDS, 'trail-errors')],
            MISTAKES,
            strict=True,
        )
    ),
)
def test_mistake(says, typed, store, tmp_path):
    """The command ends with what the row says."""
    if 'foreign' in typed:
        if os.geteuid():
            pytest.skip('needs root: sudo make test')
        (tmp_path / 'foreign').mkdir()
        os.chown(tmp_path / 'foreign', 65534, 65534)

    done = subprocess.run(
        [
            *(sys.executable, '-m', 'cadf_audit.cli'),
            *typed.format(here=tmp_path).split(),
        ],
        env=os.environ | {'PYTHONPATH': str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode in (1, 2)
    assert says in ' '.join(done.stderr.split())


def test_every_command_about_the_trail_is_shown():
    """The page about the command has each of them."""
    from cadf_audit.cli.app import TRAIL_COMMANDS

    shown = ' '.join(
        block.replace('\\\n', ' ')
        for block in re.findall(
            r'(?m)^   cadf-audit --config-file \S+ (?:\\\n)?.*$',
            read(COMMANDS),
        )
    )
    words = ' '.join(shown.split())

    assert [] == [name for name in TRAIL_COMMANDS if f' {name}' not in words]
