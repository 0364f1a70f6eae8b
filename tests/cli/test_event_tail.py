# SPDX-License-Identifier: Apache-2.0

"""The last events and those that come, as somebody watches them."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading

import pytest
from sqlalchemy import text

from cadf_audit.cli.event_tail import json_line
from cadf_audit.cli.event_tail import line
from cadf_audit.trail.engine import writing
from tests.cli.events import api
from tests.cli.events import happened
from tests.cli.events import NASTY
from tests.cli.events import run
from tests.cli.events import served
from tests.servers.process import free_ports
from tests.trail.parts import ingest
from tests.trail.parts import rows

SOON = 60


class Watched:
    """A process of ``event tail``, and the lines that it writes.

    :param process: the process
    """

    def __init__(self, process):
        self.process = process
        self._lines = {}
        for pipe in (process.stdout, process.stderr):
            self._lines[pipe] = queue.Queue()
            threading.Thread(target=self._read, args=(pipe,)).start()

    def _read(self, pipe):
        with contextlib.suppress(ValueError):
            for each in pipe:
                self._lines[pipe].put(each.rstrip('\n'))

    def shown(self, number):
        """Return the next lines, as soon as they are there."""
        lines = self._lines[self.process.stdout]
        return [lines.get(timeout=SOON) for _ in range(number)]

    def said(self):
        """Return the next line of stderr, as soon as it is there."""
        return self._lines[self.process.stderr].get(timeout=SOON)

    def is_silent(self):
        """Say whether nothing was said and shown beside that."""
        return all(lines.empty() for lines in self._lines.values())


@pytest.fixture
def watch():
    """Return a function that runs a tail."""
    with contextlib.ExitStack() as stack:

        def start(*arguments):
            process = stack.enter_context(
                subprocess.Popen(
                    [
                        # A test run in the background ignores Ctrl-C, and
                        # would hand that on.
                        *('env', '--default-signal=INT'),
                        *(sys.executable, '-m', 'cadf_audit.cli'),
                        *('event', 'tail', '--interval', '0.1', *arguments),
                    ],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    env=os.environ | {'CADF_AUDIT_TOKEN': 't-auditor'},
                )
            )
            stack.callback(process.kill)
            return Watched(process)

        yield start


def ids(lines):
    """Return the ids of events that were printed as JSON."""
    return [json.loads(each)['id'] for each in lines]


def test_last_ones_are_shown_and_then_what_comes(store, url, watch):
    """In the order in which they came, each once, until Ctrl-C."""
    ingest(store, *(happened(number) for number in range(8)))
    tail = watch('--connection', url, '-n', '3', '-f', 'json')
    first = tail.shown(3)
    ingest(store, happened(8))
    second = tail.shown(1)
    ingest(store, *(happened(number) for number in range(9, 12)))
    third = tail.shown(3)
    tail.process.send_signal(signal.SIGINT)

    assert 0 == tail.process.wait(SOON)
    assert [f'e-{number}' for number in range(5, 12)] == ids(
        first + second + third
    )
    assert tail.is_silent()


def test_it_begins_where_there_is_nothing(sqlite_store, watch):
    """With an empty trail, with filters, and with none of the last ones."""
    url = str(sqlite_store.engine.url)
    empty = watch('--connection', url, '-f', 'json', '--owner', 'ben')
    # It has asked once its question is recorded.
    _wait_for_readings(sqlite_store, 1)
    ingest(sqlite_store, *(happened(number) for number in range(3)))
    first = empty.shown(1)
    new = watch('--connection', url, '-f', 'json', '-n', '0')
    _wait_for_readings(sqlite_store, 2)
    ingest(sqlite_store, happened(3))

    assert ['e-1'] == ids(first)
    assert ['e-3'] == ids(new.shown(1))
    assert ['e-3'] == ids(empty.shown(1))


def _wait_for_readings(store, number):
    def are_there():
        found = [row for row in rows(store) if row['action'] == 'read']
        return len(found) >= number

    for _ in range(SOON * 20):
        if are_there():
            return
        threading.Event().wait(0.05)
    raise AssertionError(f'not read {number} times')


def test_following_is_recorded_once(sqlite_store, watch):
    """And not each time that it asks."""
    tail = watch('--connection', str(sqlite_store.engine.url), '-f', 'json')
    for number in range(4):
        ingest(sqlite_store, happened(number))
        tail.shown(1)

    assert 1 == len(
        [row for row in rows(sqlite_store) if row['action'] == 'read']
    )


def test_it_ends_when_nobody_reads(sqlite_store, watch):
    """Also while nothing comes."""
    ingest(sqlite_store, happened(1))
    process = subprocess.run(
        [
            *('sh', '-c', '"$@" | head -n 1', 'sh'),
            *(sys.executable, '-m', 'cadf_audit.cli', 'event', 'tail'),
            *('--connection', str(sqlite_store.engine.url)),
        ],
        capture_output=True,
        text=True,
        timeout=SOON,
    )

    assert 'ben resized node n1' in process.stdout
    assert '' == process.stderr


def test_it_waits_for_an_api_that_is_away(sqlite_store, watch):
    """It says so once, and what comes meanwhile is shown."""
    (port,) = free_ports(1)
    ingest(sqlite_store, happened(1))
    with served(api(sqlite_store.engine), port) as url:
        tail = watch('--url', url, '-f', 'json')
        first = tail.shown(1)
    away = tail.said()
    ingest(sqlite_store, happened(2))
    with served(api(sqlite_store.engine), port):
        second = tail.shown(1)
        back = tail.said()
        tail.process.send_signal(signal.SIGINT)

        assert 0 == tail.process.wait(SOON)
    assert ['e-1', 'e-2'] == ids(first + second)
    assert f'cadf-audit: warning: {url}: Connection refused' in away
    assert 'cadf-audit: it goes on' == back
    assert tail.is_silent()


def test_it_waits_for_a_database_that_is_away(url, store, watch):
    """Here for one that has lost its connection, or its table."""
    ingest(store, happened(1))
    tail = watch('--connection', url, '-f', 'json')
    first = tail.shown(1)
    if store.engine.dialect.name == 'sqlite':
        _rename(store, 'events', 'gone')
        away = tail.said()
        _rename(store, 'gone', 'events')
        assert 'no such table' in away
        assert 'waiting for it' in away
        assert 'cadf-audit: it goes on' == tail.said()
    else:
        with store.engine.connect() as connection:
            connection.execute(
                text(
                    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity '
                    'WHERE pid <> pg_backend_pid() AND datname = '
                    'current_database()'
                )
            )
    ingest(store, happened(2))

    assert ['e-1', 'e-2'] == ids(first + tail.shown(1))


def _rename(store, old, new):
    with writing(store.engine) as connection:
        connection.execute(text(f'ALTER TABLE {old} RENAME TO {new}'))


def test_what_does_not_pass_ends_it(sqlite_store, monkeypatch):
    """A question that cannot be asked, or a token that nobody knows."""
    monkeypatch.setenv('CADF_AUDIT_TOKEN', 'other')
    tail = ('event', 'tail')
    database = ('--connection', str(sqlite_store.engine.url))
    with served(api(sqlite_store.engine)) as url:
        unknown = run(*tail, '--url', url)
    bad = run(*tail, *database, '--status', 'x')

    assert (1, 2) == (unknown.status, bad.status)
    assert 'does not know this token' in unknown.err
    assert "--status: 'x' is not a status" in bad.err


def test_line_is_one_and_harmless():
    """Whatever stands in an event."""
    shown = {
        'created': '2026-11-20T04:49:35.184211+00:00',
        'description': f'a\n{NASTY}',
    }

    assert '2026-11-20T04:49:35Z  a\\x0a' == line(shown)[:27]
    assert line(shown).isprintable()
    assert json_line(shown).isascii()
    assert json_line(shown).isprintable()
    assert shown == json.loads(json_line(shown))


@pytest.mark.parametrize(
    ('arguments', 'problem'),
    [
        (['--interval', '0'], "'0' is not 0.1 to 3600 (seconds)"),
        (['--interval', 'nan'], "'nan' is not 0.1 to 3600 (seconds)"),
        (['--interval', 'x'], "'x' is not 0.1 to 3600 (seconds)"),
        (['-n', '1001'], "'1001' is not 0 to 1000"),
        (['-n', '-1'], "'-1' is not 0 to 1000"),
    ],
)
def test_numbers_have_bounds(arguments, problem):
    """What is allowed is said."""
    done = run('event', 'tail', *arguments)

    assert 2 == done.status
    assert problem in done.err
