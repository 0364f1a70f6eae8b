# SPDX-License-Identifier: Apache-2.0

"""What a page says of the command ``event`` in, whether it is so out."""

import csv

import pytest

from tests.pages import find_block
from tests.pages import find_rows
from tests.servers.process import free_ports
from tests.test_documents_trail import filled
from tests.test_documents_trail import Reader

PAGE = 'command.rst'


@pytest.fixture
def reader(tmp_path):
    """Somebody who follows the page, with a trail that is not empty."""
    filled(tmp_path).engine.dispose()
    return Reader(tmp_path)


def test_list_prints_what_is_shown(reader):
    """The page has the table, to the last character."""
    printed, said = reader.run(PAGE, 'event-list')

    assert find_block(PAGE, 'event-list-shown') == printed
    assert '' == said


def test_examples_can_be_typed(reader):
    """All of them, one after the other, as they stand there."""
    printed, _ = reader.run(PAGE, 'event-examples')

    assert 'admin updated node n1' in printed
    assert '| 192.0.2.7 | 2     |' in printed
    assert '| update a node' in printed


def test_export_is_a_file(reader, tmp_path):
    """With a row for each event."""
    reader.run(PAGE, 'event-export')
    with (tmp_path / 'admin.csv').open(newline='') as file:
        assert ['s', 'a'] == [row['id'] for row in csv.DictReader(file)]


def test_filters_are_those_that_there_are():
    """Each with what the help says of it."""
    from cadf_audit.trail.query.event_query import FILTERS

    documented = dict(find_rows(PAGE, 'event-filters'))

    assert {
        f'--{name.replace("_", "-")}': each.help.rstrip('.').lower()
        for name, each in FILTERS.items()
    } == {name: text.rstrip('.').lower() for name, text in documented.items()}


def test_commands_are_those_that_there_are():
    """No more, and no fewer."""
    from cadf_audit.cli.app import TRAIL_COMMANDS

    documented = {row[0] for row in find_rows(PAGE, 'event-commands-table')}

    assert {
        name for name in TRAIL_COMMANDS if name.startswith('event ')
    } == documented


# What is typed, in the order of the table.
MISTAKES = [
    ('show', 'n-1'),
    ('list', '--status', 'x'),
    ('list', '--as', 'u-1', '--owner', 'ben'),
    ('list', '--token', 'x'),
    ('list', '--url', 'http://127.0.0.1:{port}'),
]


@pytest.mark.parametrize(
    ('says', 'typed'),
    list(
        zip(
            [row[0] for row in find_rows(PAGE, 'event-errors')],
            MISTAKES,
            strict=True,
        )
    ),
)
def test_mistake(says, typed, reader, tmp_path):
    """The command ends with what the row says."""
    from tests.cli.events import run

    (port,) = free_ports(1)
    typed = [each.format(port=port) for each in typed]
    conf = ('--config-file', str(tmp_path / 'cadf-audit.conf'))
    done = run(*conf, 'event', *typed)

    assert done.status in (1, 2)
    assert says in done.err
