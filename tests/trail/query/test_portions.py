# SPDX-License-Identifier: Apache-2.0

"""However long events are, there is room in memory for those that are read."""

import json

import pytest
from sqlalchemy import cast
from sqlalchemy import Text

from cadf_audit.trail.query.answers import Answers
from cadf_audit.trail.query.event_query import EventQuery
from cadf_audit.trail.query import portions
from cadf_audit.trail.schema import EVENTS
from tests.trail.parts import event
from tests.trail.query.parts import exported
from tests.trail.query.parts import keep
from tests.trail.query.parts import reader
from tests.trail.query.test_recording import page_at

MIB = 1024 * 1024

# The third one has no room beside any other.
LENGTHS = [1, 3, 9, 3, 3, 1, 1]


@pytest.fixture
def long(store):
    """A trail of long events, of so many MiB each."""
    return keep(
        store,
        {
            number: event(
                f'e-{number}',
                attachments=[{'name': 'long', 'content': 'x' * length * MIB}],
            )
            for number, length in enumerate(LENGTHS, 1)
        },
    )


@pytest.fixture(autouse=True)
def room(monkeypatch):
    """Let a decoder pass what is longer than a bus would deliver."""
    monkeypatch.setattr('cadf_audit.trail.decoding.LONGEST_MESSAGE', 16 * MIB)


def walk(answers, page, name):
    """Return which events stand on each page from there on."""
    pages = [[each['sequence'] for each in page['events']]]
    while page[name] and pages[-1]:
        page = page_at(answers, page[name])
        pages.append([each['sequence'] for each in page['events']])
    return pages


def test_page_ends_early(long):
    """A page of whole events has at most eight MiB, or one event."""
    answers = Answers(long, reader(long), records=False)
    newest = answers.events([('details', 'true')])
    oldest = answers.events([('details', 'true'), ('order', 'oldest')])
    polled = answers.events([('details', 'true'), ('after', '1')])

    assert [[7, 6, 5], [4], [3], [2, 1]] == walk(answers, newest, 'prev_uri')
    assert [[1, 2], [3], [4, 5, 6], [7], []] == walk(
        answers, oldest, 'next_uri'
    )
    # What is newer than a cursor is met from there on.
    assert [[2], [3], [6, 5, 4], [7], []] == walk(answers, polled, 'next_uri')
    assert 3 == newest['count']
    assert 7 == answers.events([])['count']


def test_page_within_a_window(long):
    """Between two cursors as well, each event is met once."""
    answers = Answers(long, reader(long), records=False)
    ends = [('details', 'true'), ('after', '1'), ('before', '7')]
    newest = answers.events(ends)
    oldest = answers.events([*ends, ('order', 'oldest')])

    assert [[6, 5, 4], [3], [2]] == walk(answers, newest, 'prev_uri')[:3]
    assert [[2], [3], [4, 5, 6], []] == walk(answers, oldest, 'next_uri')


def test_export_reads_few_long_events_at_once(long, monkeypatch):
    """All of them are there, each once, in steps of eight MiB or one event."""
    monkeypatch.setattr(portions, '_FEW', 1)
    line = cast(EVENTS.c.event, Text)
    steps = [
        [row.sequence for row in rows]
        for rows in reader(long).export(EventQuery(), [], line)
    ]
    _, lines = Answers(long, reader(long), records=False).export([])
    found = exported(lines)

    # The event that fills a step is a part of it.
    assert [[7, 6, 5, 4], [3], [2, 1]] == steps
    assert [7, 6, 5, 4, 3, 2, 1] == [number for number, _ in found]
    assert [length * MIB for length in reversed(LENGTHS)] == [
        len(each['attachments'][0]['content']) for _, each in found
    ]


def test_short_events_are_read_at_once(store):
    """A page and a step of them are as large as ever."""
    keep(store, {each: event(f'e-{each}') for each in range(1, 1102)})
    answers = Answers(store, reader(store), records=False)
    page = answers.events([('details', 'true'), ('limit', '1000')])
    _, lines = answers.export([])

    assert 1000 == page['count']
    assert json.loads(json.dumps(page)) == page
    assert [1101] == [piece.count('\n') for piece in lines]
