# SPDX-License-Identifier: Apache-2.0

"""The commands about the trail, as an operator types them."""

import csv
import datetime
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from cadf_audit.clock import utc_now
from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.store import Store
from cadf_audit.trail.upgrade import upgrade
from tests.cli.spools import recorded
from tests.harness import environ
from tests.servers.process import free_ports
from tests.trail.parts import begun
from tests.trail.parts import ended
from tests.trail.parts import ingest
from tests.trail.parts import message
from tests.trail.parts import pair
from tests.trail.parts import rows


def run(*arguments, **options):
    """Run cadf-audit to its end."""
    return subprocess.run(
        [sys.executable, '-m', 'cadf_audit.cli', *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        **options,
    )


@pytest.fixture
def url(tmp_path):
    """Lead to a database without tables."""
    return f'sqlite:///{tmp_path}/trail.db'


@pytest.fixture
def store(url):
    """A trail that is empty."""
    engine = open_engine(url)
    upgrade(engine)
    yield Store(engine)
    engine.dispose()


@pytest.fixture
def spool(tmp_path):
    """A spool with a pair in it."""
    return recorded(
        tmp_path / 'spool',
        environ('DELETE', '/v2.1/servers/s1', HTTP_X_USER_NAME='ann'),
    )


def test_tables_are_made_once(url):
    """Who says it again is told that all is well."""
    first = run('db', 'upgrade', '--connection', url)
    again = run('db', 'upgrade', '--connection', url)

    assert 0 == first.returncode == again.returncode
    assert 'made the tables of the trail' in first.stderr
    assert 'already' in again.stderr


def test_spool_is_collected_into_rows(store, url, spool):
    """No server at all is needed."""
    done = run(
        *('collect', '--connection', url, '--from', f'spool:{spool}', '--once')
    )

    assert (0, '') == (done.returncode, done.stdout)
    told = '1 event, 0 pending events, 0 duplicates, 0 dead letters'
    assert f'spool:{spool}: {told}' in done.stderr
    (row,) = rows(store)
    assert ('delete', 's1', 'success') == (
        row['action'],
        row['target_id'],
        row['outcome'],
    )


def test_options_of_a_file_are_taken(store, url, spool, tmp_path):
    """The connection and the sources may stand there."""
    path = tmp_path / 'trail.conf'
    path.write_text(
        f'[audit_trail]\nconnection = {url}\nsources = spool:{spool}\n'
    )
    done = run('--config-file', str(path), 'collect', '--once')

    assert 0 == done.returncode
    assert 1 == len(rows(store))


def test_collector_ends_in_good_order_at_a_signal(store, url, spool):
    """What it has in hand is finished first."""
    with subprocess.Popen(
        [
            *(sys.executable, '-m', 'cadf_audit.cli', 'collect'),
            *('--connection', url, '--from', f'spool:{spool}'),
        ]
    ) as process:
        deadline = time.monotonic() + 60
        while not rows(store) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(60)
    assert 1 == len(rows(store))


def test_status_counts_what_is_there(store, url):
    """Rows, sources, what is open, dead letters and observers."""
    ingest(store, *pair('a'), begun('b'), message({}), source='s')
    done = run('status', '--connection', url, '-f', 'json')

    told = {
        (row['what'], row['name']): row['number']
        for row in json.loads(done.stdout)
    }
    assert 1 == told['trail', 'events']
    assert 1 == told['source, events', 's']
    assert 1 == told['open', 'pending']
    assert 1 == told['open', 'dead letters']


def test_status_tells_how_late_events_come(store, url):
    """By the newest event of a source; of nothing else there is a lag."""
    now = utc_now()
    times = [
        (now - datetime.timedelta(seconds=each)).isoformat()
        for each in (9000, 500)
    ]
    ingest(store, ended('a', eventTime=times[0]), source='s')
    ingest(store, ended('b', eventTime=times[1]), source='s')
    ingest(store, ended('c', eventTime=times[0]), source='t')
    # What comes again, or is no event, says nothing of it.
    ingest(store, ended('a', eventTime=times[0]), source='s')
    ingest(store, message({}), source='s')
    ingest(store, message({}), source='without')
    done = run('status', '--connection', url, '-f', 'json')

    told = {
        (row['what'], row['name']): row['lag']
        for row in json.loads(done.stdout)
    }
    assert 500 <= told.pop(('source, events', 's')) < 600
    assert 500 <= told.pop(('source, duplicates', 's')) < 600
    assert 500 <= told.pop(('source, dead letters', 's')) < 600
    assert 9000 <= told.pop(('source, events', 't')) < 9100
    assert {None} == set(told.values())


def sources_of(tmp_path, url, *sources):
    """Return the options that name sources."""
    path = tmp_path / 'trail.conf'
    text = f'[audit_trail]\nconnection = {url}\n'
    path.write_text(f'{text}sources = {",".join(sources)}\n')
    return '--config-file', str(path)


def waiting(printed):
    """Return what waits, by the name of the source."""
    return {
        row['name']: row['number']
        for row in json.loads(printed)
        if row['what'] == 'source, waiting'
    }


def test_status_counts_what_waits(store, url, spool, tmp_path):
    """What was collected waits no longer."""
    options = sources_of(tmp_path, url, f'spool:{spool}')
    before = run(*options, 'status', '-f', 'json')
    run(*options, 'collect', '--once')
    after = run(*options, 'status', '-f', 'json')
    unasked = run('status', '--connection', url, '-f', 'json')

    assert '' == before.stderr == after.stderr
    assert {f'spool:{spool}': 2} == waiting(before.stdout)
    assert {f'spool:{spool}': 0} == waiting(after.stdout)
    assert {} == waiting(unasked.stdout)


def test_status_where_nobody_knows_what_waits(store, url, spool, tmp_path):
    """It says so, and why, and all else that it knows."""
    ingest(store, *pair('a'))
    (port,) = free_ports(1)
    broker = f'rabbit://127.0.0.1:{port}/v'
    options = sources_of(
        tmp_path,
        url,
        broker.replace('//', '//u:s3cret@'),
        f'spool:{spool}',
        'spool:/nowhere',
    )
    shown = run(*options, 'status', '-f', 'csv')
    told = run(*options, 'status', '-f', 'json')

    assert 0 == shown.returncode == told.returncode
    rows = list(csv.DictReader(shown.stdout.splitlines()))
    assert ('trail', '1') == (rows[0]['what'], rows[0]['number'])
    assert [
        (f'{broker}?queue=cadf_audit', 'unknown'),
        (f'spool:{spool}', '2'),
        ('spool:/nowhere', 'unknown'),
    ] == [
        (row['name'], row['number'])
        for row in rows
        if row['what'] == 'source, waiting'
    ]
    assert [None, 2, None] == list(waiting(told.stdout).values())
    assert f'unknown: {broker}?queue=cadf_audit: Connection' in shown.stderr
    assert 'unknown: /nowhere: No such file or directory' in shown.stderr
    assert 's3cret' not in shown.stderr + shown.stdout


def test_status_counts_no_observers(store, url):
    """Of each it says when it was heard of, and for people no number."""
    ingest(store, *pair('a'))
    done = run('status', '--connection', url, '-f', 'csv')

    (row,) = [
        row
        for row in csv.DictReader(done.stdout.splitlines())
        if row['what'] == 'observer'
    ]
    assert ('svc', '', '') == (row['name'], row['number'], row['lag'])
    assert '' != row['age']


def test_what_has_no_end_is_listed(store, url):
    """An operator looks for who began what."""
    ingest(store, *pair('a'), begun('b'))
    done = run('pending', 'list', '--connection', url, '-f', 'json')

    assert ['b'] == [row['id'] for row in json.loads(done.stdout)]


def test_dead_letters_are_listed_shown_and_tried_again(store, url):
    """Their bytes are those that came."""
    ingest(store, b'{"x":', *pair('a'))
    listed = run('dead-letter', 'list', '--connection', url, '-f', 'json')
    (letter,) = json.loads(listed.stdout)
    shown = run(
        *('dead-letter', 'show', '--connection', url, str(letter['number']))
    )
    again = run('dead-letter', 'replay', '--connection', url)

    assert '' == listed.stderr
    assert 5 == letter['bytes']
    assert '{"x":' == shown.stdout
    assert 1 == again.returncode
    assert 'kept 0 messages, 1 message left' in again.stderr


def test_list_says_that_there_is_more(store, url):
    """Whoever sees the oldest ones knows that they are not all."""
    ingest(store, b'1', b'2', b'3')
    listed = run(
        *('dead-letter', 'list', '--connection', url),
        *('--limit', '2', '-f', 'json'),
    )

    assert 2 == len(json.loads(listed.stdout))
    assert 'there are more than these 2' in listed.stderr


def test_error_of_the_database_names_it(tmp_path):
    """Nobody has to guess which file it is about."""
    path = tmp_path / 'text.db'
    path.write_text('no database at all' * 10)
    done = run('status', '--connection', f'sqlite:///{path}')
    away = run(
        *('status', '--connection'),
        'postgresql://u:s3cret@127.0.0.1:1/d?password=s3cret',
    )

    assert f'file is not a database (sqlite:///{path})' in done.stderr
    assert '(postgresql://u:***@127.0.0.1:1/d)' in away.stderr
    assert 's3cret' not in away.stderr


@pytest.mark.parametrize(
    ('arguments', 'status', 'problem'),
    [
        (['status'], 2, 'name the database with --connection URL'),
        (['collect'], 2, 'name what to collect from with --from'),
        (
            ['status', '--connection', 'mysql://h/d'],
            1,
            'a trail is not kept in mysql',
        ),
        (
            ['status', '--connection', 'x'],
            1,
            'allowed is sqlite:////absolute/path',
        ),
        (
            ['collect', '--connection', 'URL', '--from', 'kafka://h'],
            1,
            "'kafka://h' is no source; allowed are spool:/absolute/path",
        ),
        (
            ['collect', '--connection', 'URL', '--from', 'spool:x'],
            1,
            'allowed are spool:/absolute/path',
        ),
        (
            ['collect', '--connection', 'URL', '--from', 'amqp://u:s3cret@h'],
            1,
            "'amqp:***@h' is no source",
        ),
        (['dead-letter', 'show', '--connection', 'URL', '5'], 1, 'no dead'),
        (
            ['dead-letter', 'list', '--connection', 'URL', '--limit', '0'],
            2,
            "'0' is not 1 to 1000",
        ),
        (
            ['dead-letter', 'list', '--connection', 'URL', '--limit', 'x'],
            2,
            "'x' is not 1 to 1000",
        ),
        (
            ['pending', 'list', '--connection', 'URL', '--limit', '1001'],
            2,
            "'1001' is not 1 to 1000",
        ),
        (
            ['pending', 'list', '--connection', 'URL', '--older-than', '-5'],
            2,
            "'-5' is not 0 to",
        ),
        (
            ['--config-file', '/nowhere', 'status'],
            1,
            '/nowhere',
        ),
    ],
)
def test_mistakes_are_one_sentence(store, url, arguments, status, problem):
    """What is wrong, where, and what is allowed."""
    done = run(*[url if each == 'URL' else each for each in arguments])

    assert status == done.returncode
    assert problem in done.stderr
    assert 'Traceback' not in done.stderr
    assert 's3cret' not in done.stderr


def test_database_without_tables_says_what_to_run(url):
    """It is not made by accident."""
    done = run('status', '--connection', url)

    assert 1 == done.returncode
    assert 'run cadf-audit db upgrade' in done.stderr


def test_missing_library_is_named(tmp_path):
    """Whoever has the extra "cli" alone is told what to install."""
    (tmp_path / 'sqlalchemy.py').write_text(
        'raise ModuleNotFoundError("no", name="sqlalchemy")\n'
    )
    path = f'{tmp_path}{os.pathsep}{os.environ.get("PYTHONPATH", "")}'
    environment = os.environ | {'PYTHONPATH': path}
    done = run('status', env=environment)
    other = run('--help', env=environment)

    assert 1 == done.returncode
    assert 'needs sqlalchemy' in done.stderr
    assert 'cadf_audit[trail]' in done.stderr
    assert 0 == other.returncode
