# SPDX-License-Identifier: Apache-2.0

"""Questions about events, as somebody types them who reads the database."""

import csv
import json
import re
import shlex

import pytest
import yaml

from cadf_audit.cli.event_question import typed
from cadf_audit.trail.query.event_query import FILTERS
from cadf_audit.trail.query.event_query import SINGLE
from cadf_audit.trail.query.shown import FIELDS
from tests.cli.events import happened
from tests.cli.events import ids
from tests.cli.events import NASTY
from tests.cli.events import NUMBER
from tests.cli.events import run
from tests.trail.parts import ingest


@pytest.fixture
def few(sqlite_store):
    """Return the function ``command``, where any database will do."""
    ingest(sqlite_store, *(happened(number) for number in range(NUMBER)))
    url = str(sqlite_store.engine.url)

    def event(name, *arguments):
        return run('event', name, '--connection', url, *arguments)

    event.store = sqlite_store
    return event


def cells(printed):
    """Return the rows of a table, the head first."""
    return [
        [cell.strip() for cell in line.strip('|').split('|')]
        for line in printed.splitlines()
        if line.startswith('|')
    ]


def test_table_is_for_people(command):
    """It says when, what, and how it ended, the newest first."""
    done = command('list', '--limit', '2')

    assert 0 == done.status
    head, first, second = cells(done.out)
    assert ['created', 'description', 'outcome'] == head
    assert ['2026-11-20T04:49:35Z', 'success'] == [first[0], first[2]]
    assert first[1].startswith('ben created node')
    assert 'ann deleted node n2: success, from 192.0.2.7' == second[1]


def test_programs_get_all_fields(command):
    """JSON, YAML and CSV have the same ones."""
    page = ('list', '--limit', '3')
    as_json = command(*page, '-f', 'json').json
    as_yaml = yaml.safe_load(command(*page, '-f', 'yaml').out)
    as_csv = [*csv.DictReader(command(*page, '-f', 'csv').out.splitlines())]

    assert [*FIELDS] == [*as_json[0]]
    assert as_json == as_yaml
    assert ids(command(*page, '-f', 'json')) == [x['id'] for x in as_csv]
    assert [*FIELDS] == [*as_csv[0]]


def test_columns_are_chosen(few):
    """Any field may stand in a table."""
    done = few('list', '--limit', '1', '-c', 'id', '-c', 'status')

    assert [['id', 'status'], ['e-21', '']] == cells(done.out)


def test_command_for_the_next_page_is_printed(command, url):
    """Who types what is said there gets each event once, to the last."""
    arguments = ['list', '--limit', '5', '-f', 'json', '--owner', '!nobody']
    done, seen = command(*arguments), []
    for _ in range(NUMBER):
        seen += ids(done)
        if not done.err:
            break
        said, line = done.err.strip().split(': cadf-audit ', 1)
        words = shlex.split(line)
        # A password is not said.
        words[words.index('--connection') + 1] = url
        done = run(*words)

    assert [f'e-{number}' for number in reversed(range(NUMBER))] == seen
    assert 'cadf-audit: there are older events' == said


def test_window_of_the_next_page_does_not_move(few):
    """What is said there has the time itself, and not how long ago it is."""
    done = few('list', '--limit', '1', '--from', '3650d', '--q=-', '-q')
    moved = few('list', '--limit', '1', '--from', '3650d')

    assert 0 == done.status
    assert '' == done.err
    assert '3650d' not in moved.err
    assert '+00:00 --limit 1 --before' in moved.err


def test_password_is_not_said(url, filled):
    """The command line for the next page has none."""
    url = url.replace('@', ':s3cret@')
    done = run('event', 'list', '--connection', url, '--limit', '1')

    assert 'there are older events' in done.err
    assert url.replace('s3cret', '***') in done.err


def test_total_is_said(few):
    """It is a sentence, so that a program gets events alone."""
    done = few('list', '--total', '--limit', '2', '--owner', 'ann')

    assert 'cadf-audit: 11 in all\n' in done.err


def test_nothing_is_said_to_be_nothing(few):
    """Nobody wonders whether it works."""
    done = few('list', '--owner', 'nobody')

    assert (0, 'cadf-audit: no event is like that\n') == (
        done.status,
        done.err,
    )


@pytest.mark.parametrize('name', [*FILTERS, *SINGLE])
def test_each_parameter_is_an_option(few, name):
    """Its value is read by the query, and by nobody before it."""
    option = f'--{name.replace("_", "-")}'
    help_text = ' '.join(run('event', 'list', '--help').out.split())
    done = few('list', option, *([] if name == 'total' else ['']))

    assert option in help_text
    if name == 'total':
        assert 0 == done.status
    else:
        assert 2 == done.status
        assert f"error: {option}: '' is not" in done.err


def test_filters_filter(command):
    """Different ones hold all at once, repeated ones one by one."""
    done = command(
        *('list', '-f', 'json', '--owner', 'ann', '--action', 'update'),
        *('--action', 'delete', '--target-id', '!n-1', '--order', 'oldest'),
    )

    assert ['e-2', 'e-8', 'e-14', 'e-20'] == ids(done)


def test_all_problems_are_told_at_once(few):
    """Each by the option that has to change, and the status says so."""
    done = few('list', '--status', '9', '--limit', '0', '--from', 'x')

    assert 2 == done.status
    assert ['--status', '--from', '--limit'] == re.findall(
        'cadf-audit: error: (--[a-z]+): ', done.err
    )
    assert '' == done.out


def test_what_is_no_text_is_refused(few):
    """Bytes that are not UTF-8 come to nobody's database."""
    done = few('list', '--owner', '\udcff')

    assert (2, 'cadf-audit: error: --owner: is no text of UTF-8\n') == (
        done.status,
        done.err,
    )


@pytest.mark.parametrize('form', ['table', 'value', 'csv', 'json', 'yaml'])
def test_nothing_of_an_event_acts(command, form):
    """Neither a terminal nor a spreadsheet does what an event says."""
    printed = [
        command('list', '-f', form, *arguments).out
        for arguments in ([], ['-c', 'hostname', '-c', 'id'])
    ]
    if form == 'csv':
        names = [row['hostname'] for row in _csv_rows(printed[1])]
        assert not [each for each in names if each.startswith(('=', '+'))]
    if form in ('json', 'yaml'):
        load = json.loads if form == 'json' else yaml.safe_load
        assert NASTY in [row['hostname'] for row in load(printed[0])]

    for text in printed:
        assert 'x1b' in text or '\\u001b' in text or '\\e' in text
        assert not [c for c in text if not c.isprintable() and c != '\n']


def _csv_rows(text):
    return csv.DictReader(text.splitlines())


def test_history_is_that_of_a_target(command):
    """By an event of it, or by its id; the oldest comes first."""
    by_event = command('history', 'e-4', '-f', 'json')
    by_target = command('history', '--target', 'n-1', '-f', 'json')

    assert [f'e-{number}' for number in range(1, NUMBER, 3)] == ids(by_event)
    assert by_event.json == by_target.json


def test_history_goes_on(few):
    """Where there may be more, the command line for it is said."""
    done = few('history', '--target', 'n-1', '-f', 'json', '--limit', '3')
    rest = run(*shlex.split(done.err.split(': cadf-audit ', 1)[1]))

    assert ['e-1', 'e-4', 'e-7'] == ids(done)
    assert ['e-10', 'e-13', 'e-16'] == ids(rest)


def test_show_has_the_whole_event(command):
    """For people a member on each line, for programs as it came."""
    table = command('show', 'e-7')
    by_number = command('show', '8', '-f', 'json').json

    assert 'e-7' == by_number['id'] == by_number['event']['id']
    assert NASTY == by_number['event']['target']['name']
    assert '"eventType": "activity",' in table.out
    assert 'domain_id' not in table.out
    assert not [c for c in table.out if not c.isprintable() and c != '\n']


def test_show_has_no_format_for_shells(few):
    """An event is nothing that a shell may run."""
    assert 2 == few('show', 'e-1', '-f', 'shell').status


def test_count_values_and_types(command):
    """Numbers by what one likes, over time, and the kinds that there are."""
    by = command('count', '--by', 'owner', 'outcome', '-f', 'json').json
    hours = command('count', '--by', 'owner', '--bucket', 'hour', '-f', 'csv')
    values = command('values', 'owner', '-f', 'json', '--owner', 'ann').json
    types = command('types', '-f', 'json', '--action', 'update').json

    assert {'owner': 'ann', 'outcome': 'success', 'count': 11} in by
    assert NUMBER == sum(row['count'] for row in by)
    assert '2026-11-20T04:00:00+00:00' in hours.out
    assert [{'value': 'ann', 'count': 11}] == values
    assert [('NODE', 'update/resize', 7)] == [
        (row['type'], row['action'], row['count']) for row in types
    ]


@pytest.mark.parametrize(
    ('arguments', 'status', 'problem'),
    [
        (['history'], 2, 'name either the ID of an event or --target'),
        (['history', 'e-1', '--target', 'x'], 2, 'name either the ID'),
        (['history', 'none'], 1, 'there is no event none, or none that you'),
        (['show', 'none'], 1, 'there is no event none, or none that you may'),
        (['count', '--by', 'x', 'y'], 2, "--by: 'y' is not one of owner"),
        (['count', '--bucket', 'x'], 2, "--bucket: 'x' is not one of month"),
        (['values', 'x'], 2, "NAME: 'x' is not one of owner"),
        (['list', '--category', 'x'], 2, "--category: 'x' is not one of"),
        (['list', '-c', 'x'], 1, "No recognized column names in ['x']"),
        (['list', '--as', '@p'], 2, '--as: no user stands there'),
        (
            ['list', '--as', 'u-1', '--owner', 'ben'],
            1,
            'not allowed: owner: you may see your own events only',
        ),
        (['list', '--token', 'x'], 2, '--url is missing'),
        (['list', '--url', 'http://h'], 2, 'either --url or --connection'),
    ],
)
def test_mistakes_are_one_sentence(few, arguments, status, problem):
    """What is wrong, and what is allowed."""
    done = few(*arguments)

    assert (status, '') == (done.status, done.out)
    assert problem in done.err
    assert 'Traceback' not in done.err


def test_options_of_the_trail_are_taken(few, tmp_path):
    """Its table of categories, and how long a question may take."""
    table = tmp_path / 'categories.yaml'
    table.write_text(
        'categories:\n- {category: ALL, level: INFO, label: everything}\n'
    )
    path = tmp_path / 'trail.conf'
    path.write_text(
        f'[audit_trail]\nconnection = {few.store.engine.url}\n'
        f'categories_file = {table}\nquery_timeout = 0.1\n'
    )
    conf = ('--config-file', str(path))
    done = run(*conf, 'event', 'list', '-f', 'json', '--limit', '1')
    path.write_text(path.read_text().replace(str(table), '/nowhere'))
    broken = run(*conf, 'event', 'list')

    assert 'ALL' == done.json[0]['type']
    assert f'{shlex.join(["cadf-audit", *conf])} event list' in done.err
    assert 1 == broken.status
    assert '/nowhere' in broken.err


def test_what_looks_like_an_option_can_be_typed():
    """The command line for the next page has it as a value."""
    pairs = [('q', '-x'), ('owner', "!a b'"), ('total', 'true')]

    assert ['--q=-x', '--owner', "!a b'", '--total'] == shlex.split(
        typed(pairs)
    )
