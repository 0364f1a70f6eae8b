# SPDX-License-Identifier: Apache-2.0

"""All events of a question in a file, which is whole or not there."""

import csv
import io
import json
import os
import stat

import pytest

from cadf_audit.cli.event_export import Progress
from cadf_audit.trail.query.shown import FIELDS
from tests.cli.events import happened
from tests.cli.events import NASTY
from tests.cli.events import run
from tests.trail.parts import ingest

NUMBER = 22


@pytest.fixture
def export(url, store):
    """Return a function that exports events of a trail."""
    ingest(store, *(happened(number) for number in range(NUMBER)))

    def export(*arguments):
        return run('event', 'export', '--connection', url, *arguments)

    return export


def test_file_has_each_event_as_it_came(export, tmp_path):
    """One on each line, with its place in the trail."""
    file = tmp_path / 'file'
    done = export('--order', 'oldest', '-o', str(file))
    lines = [json.loads(line) for line in file.read_text().splitlines()]

    assert (0, '') == (done.status, done.out)
    assert f'cadf-audit: 22 events in {file}\n' == done.err
    assert [*range(1, NUMBER + 1)] == [line['sequence'] for line in lines]
    assert NASTY == lines[7]['event']['target']['name']
    assert '\x1b' not in file.read_text()


def test_csv_has_the_columns_of_the_list(export, tmp_path):
    """And no formula; commas and quotes of events stay in their cells."""
    file = tmp_path / 'file.csv'
    done = export('-f', 'csv', '-o', str(file), '--owner', 'ann')
    with file.open(newline='', encoding='utf-8') as opened:
        rows = [*csv.DictReader(opened)]

    assert f'11 events in {file}' in done.err
    assert [*FIELDS] == [*rows[0]]
    assert ['n-2', 'n-0'] == [row['node'] for row in rows[:2]]
    assert not [row for row in rows if row['hostname'][:1] in '=+-@']


def test_stdout_is_the_default(export):
    """There is nothing in it but the events, and no progress either."""
    printed = export('--before', '3')

    assert [2, 1] == [
        json.loads(line)['sequence'] for line in printed.out.splitlines()
    ]
    assert 'cadf-audit: 2 events\n' == printed.err


def test_nobody_else_may_read_the_file(export, tmp_path):
    """Whatever was there before, and whoever could read that."""
    file = tmp_path / 'file'
    file.write_text('before')
    file.chmod(0o644)
    link = tmp_path / 'link'
    link.symlink_to(file)
    done = export('-o', str(link))

    assert 0 == done.status
    assert link.is_symlink()
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    assert NUMBER == len(file.read_text().splitlines())
    assert ['file', 'link'] == sorted(
        name for name in os.listdir(tmp_path) if 'trail.db' not in name
    )


class Failing:
    """A trail that breaks in the middle of an export."""

    def __init__(self, exc):
        self._exc = exc

    def __call__(self, command, parsed_args):
        """Answer for whomever was to be asked."""
        return self

    def export(self, pairs):
        """Deliver two events, and no more."""
        return 'ndjson', self._lines()

    def _lines(self):
        yield '{"sequence": 2}\n{"sequence": 1}\n'
        raise self._exc


@pytest.mark.parametrize(
    ('exc', 'status'),
    [
        (OSError(5, 'Input/output error'), 1),
        (KeyboardInterrupt(), 130),
        (ValueError('odd'), 1),
    ],
)
def test_what_is_not_whole_is_not_there(tmp_path, monkeypatch, exc, status):
    """The file that was there stays, nothing is beside it, and it is said."""
    failing = Failing(exc)
    monkeypatch.setattr(
        'cadf_audit.cli.event_command.EventCommand.asked',
        lambda *arguments: failing,
    )
    file = tmp_path / 'file'
    file.write_text('before')
    done = run('event', 'export', '-o', str(file))
    printed = run('event', 'export')

    assert status == done.status == printed.status
    assert 'it is not complete: 2 events, none is kept' in done.err
    assert 'it is not complete: 2 events, were written' in printed.err
    assert [file] == [*tmp_path.iterdir()]
    assert 'before' == file.read_text()


@pytest.mark.parametrize(
    ('name', 'problem'),
    [
        ('/dev/null', '/dev/null: it is no file; - is stdout'),
        ('.', 'it is no file; - is stdout'),
        ('/nowhere/file', 'there is no directory /nowhere'),
    ],
)
def test_what_is_no_place_for_a_file_is_refused(export, name, problem):
    """Before the question, and above all no device is replaced."""
    done = export('-o', name)

    assert 1 == done.status
    assert problem in done.err
    assert stat.S_ISCHR(os.stat('/dev/null').st_mode)


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self):
        """Say that it is one."""
        return True


@pytest.mark.parametrize(
    ('output', 'says'),
    [
        (Screen(), '\rcadf-audit: 1 event ...\rcadf-audit: 3 events ...\n'),
        (io.StringIO(), 'cadf-audit: 1 event ...\ncadf-audit: 3 events ...\n'),
    ],
)
def test_progress_is_said(monkeypatch, output, says):
    """A terminal has one line of it, a log many; a head is no event."""
    monkeypatch.setattr('cadf_audit.cli.event_export._OFTEN', 0)
    monkeypatch.setattr('cadf_audit.cli.event_export._SELDOM', 0)
    progress = Progress(output, True)
    parts = ['id\r\na\r\n', 'b\r\nc\r\n']
    watched = [*progress.watch(iter(parts), True)]
    progress.end()

    assert parts == watched
    assert says == output.getvalue()
    assert 3 == progress.number
