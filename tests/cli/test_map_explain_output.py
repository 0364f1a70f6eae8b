# SPDX-License-Identifier: Apache-2.0

"""What ``cadf-audit map explain`` prints: formats, terminals, remarks."""

import csv
import io
import json

import pytest

from cadf_audit.cli.map_explain import COLUMNS
from tests.cli.spools import run
from tests.cli.spools import said
from tests.cli.test_map_explain import MAP


@pytest.fixture
def file(tmp_path):
    """The map, in a file."""
    path = tmp_path / 'map.yaml'
    path.write_text(MAP)
    return path


def test_csv(file):
    """CSV is a row; what has parts is JSON in it."""
    done = run('map', 'explain', file, 'GET', '/v2/servers', '-f', 'csv')

    [row] = csv.DictReader(io.StringIO(done.stdout))
    assert list(COLUMNS) == list(row)
    assert ('servers', '6') == (row['rule'], row['line'])
    assert 3 == len(json.loads(row['steps']))
    assert 2 == len(json.loads(row['events']))


def test_chosen_parts_as_csv(file):
    """-c chooses columns of CSV, too."""
    done = run(
        *('map', 'explain', file, 'GET', '/v2/servers', '-f', 'csv'),
        *('-c', 'rule'),
    )

    assert ['"rule"', '"servers"'] == done.stdout.splitlines()


@pytest.mark.parametrize('form', ['table', 'value', 'shell'])
def test_no_character_acts_on_the_terminal(file, form):
    """What a path or a body has in it is shown, and never carried out."""
    evil = '\x1b]0;x\x07\x9b2J\u202e'
    done = run(
        *('map', 'explain', file, 'POST', f'/v2/servers/{evil}/action'),
        *('--body', json.dumps({'a': evil}), '-f', form),
        *('--header', f'X-User-Id: {evil}'),
    )

    assert done.stdout.replace('\n', '').isprintable()
    assert done.stderr.replace('\n', '').isprintable()
    assert 0 == done.returncode


def test_events_for_people_are_json(file):
    """Characters are escaped as JSON does."""
    done = run('map', 'explain', file, 'GET', '/v2/servers/\x7f\U000e0001\xe4')

    text = done.stdout.partition('{\n')[2].partition('\n}\n')[0]
    event = json.loads(f'{{{text}}}')
    assert '\x7f\U000e0001\xe4' == event['target']['id']
    assert '\xe4' in done.stdout


def test_method_in_small_letters(file):
    """It is told that it is taken for another, as no server does."""
    done = run('map', 'explain', file, 'get', '/v2/servers', '-c', 'rule')

    assert 'get is taken for GET' in said(done)


def test_method_that_no_rule_is_about(file):
    """A method that is none is audited, with a warning here."""
    done = run('map', 'explain', file, 'FETCH', '/v2/servers', '-c', 'rule')

    assert 'no rule of a map is about the method FETCH' in said(done)
    assert 0 == done.returncode


def test_map_without_a_version(file):
    """What differs is told, for whoever forgot it."""
    file.write_text(MAP.replace('version: 2\n', ''))

    done = run('map', 'explain', file, 'GET', '/v2/servers', '-c', 'rule')

    assert 'has no version' in said(done)
    assert 'recorded as a UUID' in done.stderr
    assert '' == said(
        run('-q', 'map', 'explain', file, 'GET', '/v2/servers', '-c', 'rule')
    )


def test_endless_body(file):
    """A file without an end is refused."""
    done = run('map', 'explain', file, 'PUT', '/v2', '--body', '@/dev/zero')

    assert '/dev/zero: longer than 16 MiB' in said(done)
    assert 2 == done.returncode
