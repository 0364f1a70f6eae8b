# SPDX-License-Identifier: Apache-2.0

"""One row that somebody has spoilt hides none of the others."""

import csv
import io
import json
import sqlite3

import pytest
from sqlalchemy import text

from cadf_audit.trail.engine import writing
from cadf_audit.trail.query.answers import Answers
from tests.trail.parts import event
from tests.trail.query.parts import keep
from tests.trail.query.parts import reader

DEEP = '[' * 5000 + ']' * 5000

# What is JSON to PostgreSQL.
JSON = {
    'a giant number': '{"a": ' + '9' * 10_000 + '}',
    'an endless number': '{"a": 1e999, "b": [-1e999], "c": 1.5}',
    'nested deeply': DEEP,
    'a list': '[]',
    'a text': '"a"',
    'a key twice': '{"id": "a", "id": "b"}',
    'an escaped NUL': '{"a": "\\u0000"}',
    'half a character': '{"a": "\\ud800"}',
    'lines': '{\r\n"a"\t:\n1}',
    'line ends of Unicode': '{"a": "\u2028\u0085\x7f"}',
}
# What SQLite takes as well.
TEXTS = {
    'no JSON': 'x',
    'nothing': '',
    'half of it': '{"a": 1',
    'lines of no JSON': 'a\r\nb\n{"sequence": 7, "event": {}}\n',
    'no number': '{"a": NaN}',
    'no numbers': '[Infinity, -Infinity]',
    'terminal escapes': '\x1b[2J\x9b2J"',
}


def spoilt(store, value):
    """Return what answers an auditor, of a trail with such an event."""
    store = keep(store, {each: event(f'e-{each}') for each in range(1, 4)})
    change = 'UPDATE events SET event = :value WHERE sequence = 2'
    if store.engine.dialect.name == 'postgresql':
        change = change.replace(':value', 'CAST(:value AS JSON)')
    with writing(store.engine) as connection:
        connection.execute(text(change), {'value': value})
    return Answers(store, reader(store), records=False)


def check(answers):
    """See that all ways to read go on; return what is said of that event."""
    page = answers.events([('details', 'true')])
    assert [3, 2, 1] == [each['sequence'] for each in page['events']]
    one = answers.event('e-2')
    assert page['events'][1] == one
    # As the HTTP API sends it.
    assert one == json.loads(json.dumps(page, allow_nan=False))['events'][1]
    assert 'e-3' == page['events'][0]['event']['id']
    _, lines = answers.export([])
    told = ''.join(lines)
    assert told.isascii()
    assert told.replace('\n', '').isprintable()
    assert 3 == len(told.splitlines())
    _, lines = answers.export([('format', 'csv')])
    rows = csv.DictReader(io.StringIO(''.join(lines)))
    assert ['3', '2', '1'] == [row['sequence'] for row in rows]
    return one['event'], told.splitlines()


@pytest.mark.parametrize('name', JSON)
def test_any_json(store, name):
    """An event of any JSON is shown as it is, or as the text that it is."""
    shown, lines = check(spoilt(store, JSON[name]))

    if name == 'an endless number':
        assert {'a': '1e999', 'b': ['-1e999'], 'c': 1.5} == shown
    elif name in ('a giant number', 'nested deeply'):
        assert JSON[name] == shown
    else:
        assert json.loads(JSON[name]) == shown
        assert shown == json.loads(lines[1])['event']
    for line in (lines[0], lines[2]):
        assert json.loads(line)['event']['id'] in ('e-1', 'e-3')


@pytest.mark.parametrize('name', TEXTS)
def test_no_json(sqlite_store, name):
    """What is no JSON is a text, and each line of an export is JSON."""
    shown, lines = check(spoilt(sqlite_store, TEXTS[name]))

    assert TEXTS[name] == shown
    assert [3, 2, 1] == [json.loads(line)['sequence'] for line in lines]
    assert isinstance(json.loads(lines[1])['event'], str)


@pytest.mark.parametrize('value', [b'\xff\0a', 5, 1.5])
def test_no_text(sqlite_store, value):
    """What is no text is no event, and hides none."""
    check(spoilt(sqlite_store, value))


#: What no column should hold, and SQLite does
COLUMNS = {
    'no UTF-8': "initiator_name = CAST(x'ff41' AS TEXT)",
    'no text': "initiator_name = x'ff41'",
    'no UTF-8 as an event': "event = CAST(x'7bff' AS TEXT)",
    'no id': "id = x'ff'",
    'no action': "action = x'00'",
    'no time': "event_time = 'yesterday'",
    'a number for a time': 'received_time = 17',
    'bytes for a time': "end_time = x'00', event_time = x'00'",
    'no kind': 'kind_id = NULL',
    'a kind that there is not': 'kind_id = 99999',
    'no address': "address_key = x'ff', initiator_address = x'ff'",
}


@pytest.mark.parametrize('name', COLUMNS)
def test_no_column(sqlite_store, name):
    """A row whose columns hold anything hides no other, whatever is asked."""
    keep(sqlite_store, {each: event(f'e-{each}') for each in range(1, 4)})
    path = sqlite_store.engine.url.database
    with sqlite3.connect(path) as connection:
        connection.execute(
            f'UPDATE events SET {COLUMNS[name]} WHERE sequence = 2'
        )
    connection.close()
    answers = Answers(sqlite_store, reader(sqlite_store), records=False)
    told = [
        answers.events([('details', 'true'), ('total', 'true')]),
        answers.event('2'),
        answers.history('3', []),
        *(answers.attribute(each, []) for each in ('owner', 'category')),
        answers.counts([('bucket', 'day')]),
        answers.types([]),
    ]
    page, one, *_, counts, types = json.loads(json.dumps(told))
    (lines, rows) = (
        ''.join(answers.export([('format', each)])[1])
        for each in ('ndjson', 'csv')
    )

    assert [3, 2, 1] == [each['sequence'] for each in page['events']]
    assert one == page['events'][1]
    assert 3 == sum(each['count'] for each in counts['counts'])
    assert 3 == sum(each['count'] for each in types['types'])
    assert [3, 2, 1] == [
        json.loads(line)['sequence'] for line in lines.splitlines()
    ]
    assert ['3', '2', '1'] == [
        row['sequence'] for row in csv.DictReader(io.StringIO(rows))
    ]
