# SPDX-License-Identifier: Apache-2.0

"""Who sees what, as the reference of questions says in, if it is so out."""

import pytest

from cadf_audit.cli.asked import operator
from tests.cli.events import run
from tests.pages import find_rows
from tests.pages import read
from tests.trail.api.asking import make_client
from tests.trail.conftest import sqlite_store
from tests.trail.conftest import sqlite_template
from tests.trail.parts import ended
from tests.trail.parts import event
from tests.trail.parts import ingest

__all__ = ('sqlite_store', 'sqlite_template')

PAGE = 'ask_reference.rst'

TOKENS = ('auditor', 'viewer', 'alice')


@pytest.mark.parametrize(
    ('number', 'sees', 'refused'),
    [
        (0, ['alice', 'of-p-1', 'to-p-1', 'of-p-2'], []),
        (1, ['alice', 'of-p-1', 'to-p-1'], ['project=p-2']),
        (2, ['alice', 'of-p-2'], ['owner=bob', 'owner=alice&owner=bob']),
    ],
)
def test_viewers(number, sees, refused, sqlite_store, tmp_path):
    """Each row of the table sees what it says, and is refused the rest."""
    (who, *_) = find_rows(PAGE, 'ask-viewers')[number]
    alice = {**event('x')['initiator'], 'id': 'u-1', 'name': 'alice'}
    bob = {**alice, 'id': 'u-2', 'name': 'bob'}
    other = {'project_id': 'p-2'}
    target = event('x')['target']
    ingest(
        sqlite_store,
        ended('alice', initiator=alice),
        ended('of-p-1', initiator=bob),
        ended(
            'to-p-1',
            initiator=bob | other,
            target={**target, 'project_id': 'p-1'},
        ),
        ended('of-p-2', initiator=alice | other),
        ended('nobody', initiator={'id': 'unknown', 'typeURI': 'unknown'}),
    )
    client = make_client(sqlite_store.engine, tmp_path, TOKENS[number])
    found = client.json('/v1/events?order=oldest')['events']

    assert ('auditor', 'audit_viewer', 'anybody')[number] in who
    assert sees == [row['id'] for row in found if row['id'] != 'nobody']
    assert (number == 0) == any(row['id'] == 'nobody' for row in found)
    for query in refused:
        assert 403 == client.get(f'/v1/events?{query}').status
    for query in ('owner=!bob', 'q=bob', 'target_id=n-1'):
        assert 200 == client.get(f'/v1/events?{query}').status
    assert (200 if number == 0 else 404) == (
        client.get('/v1/events/nobody').status
    )


@pytest.mark.parametrize(
    ('seen_as', 'sees'), [('u-1', ['a', 'b']), ('u-1@p-1', ['a', 'c'])]
)
def test_seen_as(seen_as, sees, sqlite_store, tmp_path):
    """``--as`` shows what the page says, and says who has really asked."""
    admin = event('x')['initiator']
    ingest(
        sqlite_store,
        ended('a'),
        ended('b', initiator={**admin, 'project_id': 'p-2'}),
        ended('c', initiator={**admin, 'id': 'u-2'}),
    )
    url = str(sqlite_store.engine.url)
    options = ('--order', 'oldest', '-f', 'json', '--connection', url)
    done = run('event', 'list', '--as', seen_as, *options)
    reading, *_ = run('event', 'list', '--category', 'TRAIL', *options).json

    assert f'``--as {seen_as}``' in read(PAGE)
    assert sees == [row['id'] for row in done.json]
    assert operator().user_id == reading['user_id']
