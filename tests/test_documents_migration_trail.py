# SPDX-License-Identifier: Apache-2.0

"""What the page about moving says is here in, whether it is out."""

import re

import pytest

from cadf_audit.cli.app import TRAIL_COMMANDS
from cadf_audit.opts import TRAIL_OPTS
from cadf_audit.trail.api.resources import read_description
from cadf_audit.trail.query.event_query import EventQuery
from cadf_audit.trail.query.event_query import FILTERS
from cadf_audit.trail.query.event_query import SINGLE
from cadf_audit.trail.query.shown import FIELDS
from cadf_audit.wording.categories import load_categories
from tests.pages import find_block
from tests.pages import find_rows
from tests.pages import parse_rows
from tests.pages import read
from tests.trail.api.asking import make_client
from tests.trail.conftest import sqlite_store
from tests.trail.conftest import sqlite_template
from tests.trail.parts import ended
from tests.trail.parts import ingest

__all__ = ('sqlite_store', 'sqlite_template')

PAGE = 'migration_panko_hermes_maas.rst'

TABLES = ('panko', 'hermes', 'maas')

#: What an answer has beside its events
AROUND = ('count', 'next_uri', 'prev_uri', 'total')

#: What these three have, of which nothing may be forgotten
THEIRS = {
    'panko': [
        *('event_type', 'start_timestamp', 'end_timestamp', 'limit'),
        *('marker', 'sort', 'raw', 'q.type', 'q.op=ne', 'q.op=lt'),
        # What Ceilometer makes of an audit event.
        *('project_id', 'user_id', 'typeURI', 'eventType', 'action'),
        *('outcome', 'requestPath', 'observer_id', 'target_id'),
        *('target_typeURI', 'target_name', 'initiator_typeURI'),
        *('initiator_id', 'initiator_name', 'initiator_host_address'),
        'reason_code',
    ],
    'hermes': [
        *('observer_type', 'source', 'target_type', 'resource_type'),
        *('target_id', 'initiator_id', 'user_name', 'initiator_type'),
        *('initiator_name', 'action', 'event_type', 'outcome'),
        *('request_path', 'search', 'time', 'offset', 'limit', 'sort'),
        *('details', 'project_id', 'domain_id', 'next', 'previous'),
        *('total', 'GET /v1/attributes/NAME', 'GET /metrics'),
    ],
    'maas': [
        *('level=AUDIT', 'owner', 'limit', 'before', 'after', 'id'),
        *('hostname', 'mac_address', 'domain', 'zone', 'pool'),
        *('agent_name', 'count', 'next_uri', 'prev_uri', 'username'),
        *('node', 'created', 'updated', 'type', 'description'),
        *('ip_address', 'user_agent', 'endpoint', 'action'),
    ],
}


def literals(table, column):
    """Return what stands as code in a column of a table, with its row."""
    text = find_block(PAGE, table).replace('``', '\0')
    return [
        (word, row[column])
        for row in parse_rows(text)
        for word in re.findall('\0([^\0]+)\0', row[column])
    ]


@pytest.mark.parametrize('table', TABLES)
def test_what_is_here(table):
    """Each parameter, field, path and command that the page names is one."""
    paths = read_description()['paths']
    parameters = {*FILTERS, *SINGLE, 'details', *FIELDS, *AROUND}

    for word, _ in literals(table, 1):
        if word.startswith('/'):
            assert word in paths
        elif word.startswith('event '):
            assert word in TRAIL_COMMANDS
        elif '=' in word:
            name, _, value = word.partition('=')
            EventQuery.parse([(name, value)])
        elif not word.startswith('"'):
            assert word in parameters


@pytest.mark.parametrize('table', TABLES)
def test_nothing_of_theirs_is_forgotten(table):
    """What one could ask there has a row."""
    told = {word for word, _ in literals(table, 0)}
    told |= {word.rpartition('=')[2] for word in told if 'field=' in word}
    told |= {word.partition('=')[0] for word in told if '=' in word}

    assert [] == [name for name in THEIRS[table] if name not in told]


def test_rows_are_whole():
    """Each row has what is there, and either what is here or a dash."""
    for table in TABLES:
        for row in find_rows(PAGE, table):
            assert 3 == len(row)
            assert row[0]
            assert row[1]


def test_a_page_in_the_manner_of_theirs(sqlite_store, tmp_path):
    """What the page says of single answers is so."""
    ingest(sqlite_store, ended('a'), ended('b'))
    client = make_client(sqlite_store.engine, tmp_path)
    page = client.json('/v1/events?limit=1')
    empty = client.json('/v1/events?owner=nobody&details=false')
    everything = client.json('/v1/events?level=AUDIT')

    assert 2 == everything['count']
    assert [] == empty['events']
    assert empty['next_uri']
    assert client.json(page['prev_uri'])['prev_uri'] is None
    assert 'total' not in page
    assert [400, 400] == [
        client.get(f'/v1/events?{query}').status
        for query in ('limit=0', 'op=query')
    ]
    shown = page['events'][0]
    assert 'NODE' == shown['type']
    assert 'NODE' in load_categories().names
    assert isinstance(shown['id'], str)
    assert isinstance(shown['sequence'], int)


def test_words_of_the_page_are_options():
    """The options that the page names are some."""
    known = {each.name for each in TRAIL_OPTS}
    named = re.findall(r'``(\w+_roles)\b', read(PAGE))

    assert named
    assert set(named) <= known
