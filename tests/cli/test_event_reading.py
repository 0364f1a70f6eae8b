# SPDX-License-Identifier: Apache-2.0

"""Who asks about events, on the command line: what they see, what is known."""

import json

import pytest

from cadf_audit.cli.asked import LocalAsked
from cadf_audit.cli.asked import operator
from cadf_audit.trail.query.reader import TrailReader
from cadf_audit.trail.query.viewer import Viewer
from tests.cli.events import ids
from tests.cli.events import NUMBER
from tests.trail.parts import rows


@pytest.mark.parametrize(
    ('seen_as', 'numbers'),
    [
        ('u-1', range(0, NUMBER, 2)),
        ('ann@x@', ()),
        ('ann@p-1', range(1, NUMBER, 3)),
    ],
)
def test_as_narrows_what_is_seen(command, seen_as, numbers):
    """To what the API would show to that user: lists, counts and exports."""
    wanted = [f'e-{number}' for number in numbers]
    listed = command('list', '--order=oldest', '-f=json', '--as', seen_as)
    counted = command('count', '--by', 'kind', '-f=json', '--as', seen_as)
    exported = command('export', '--order', 'oldest', '--as', seen_as)
    shown = command('show', 'e-3', '--as', seen_as)

    assert wanted == ids(listed)
    assert len(wanted) == sum(row['count'] for row in counted.json)
    lines = exported.out.splitlines()
    assert wanted == [json.loads(line)['event']['id'] for line in lines]
    assert 1 == shown.status


def readings(store):
    """Return who read the trail, and what they asked."""
    return [
        (row['initiator_id'], json.loads(row['event'])['attachments'])
        for row in rows(store)
        if row['observer_name'] == 'cadf_audit trail'
    ]


def test_reading_is_recorded_with_who_reads(command, filled):
    """It is the user of the system, also where they look as somebody else."""
    me = operator()
    command('list', '--owner', 'ann')
    command('list', '--as', 'u-1@p-1')
    seen = command('list', '--category', 'TRAIL', '-f', 'json').json

    assert 3 == len(seen)
    assert {(me.user_id, me.user_name)} == {
        (row['user_id'], row['username']) for row in seen
    }
    first, second, _ = [
        {each['name']: each['content'] for each in attached}
        for _, attached in readings(filled)
    ]
    assert {'reading': 'list', 'query': 'owner=ann'} == first
    assert {'reading': 'list', 'query': 'as=u-1%40p-1'} == second


@pytest.mark.parametrize(
    ('said', 'user'),
    [('1234', 'uid:1234'), ('4294967295', None), ('', None), (None, None)],
)
def test_who_asks_is_who_has_logged_in(tmp_path, said, user):
    """Behind sudo too; without a login it is the user of the process."""
    login = tmp_path / 'loginuid'
    if said is not None:
        login.write_text(said)
    plain = operator(tmp_path / 'none').user_id

    assert (user or plain) == operator(login).user_id
    assert operator(login).sees_all


def test_who_may_only_read_is_answered(url, engine, filled, caplog, tmp_path):
    """That it is not recorded is said once, and nothing is."""
    reading = _only_reading(url)
    reader = TrailReader(reading, Viewer.auditor())
    asked = LocalAsked(type(filled)(reading), reader, operator())
    first, second = asked.events([]), asked.events([('owner', 'ann')])
    reading.dispose()

    assert (NUMBER, NUMBER // 2) == (first['count'], second['count'])
    assert 1 == caplog.text.count('this reading is not recorded: ')
    assert [] == readings(filled)


def _only_reading(url):
    """Return a database that takes nothing."""
    from sqlalchemy import create_engine

    from cadf_audit.trail.engine import open_engine

    if url.startswith('sqlite'):
        path = url.removeprefix('sqlite:///')
        return create_engine(f'sqlite:///file:{path}?mode=ro&uri=true')
    more = '&' if '?' in url else '?'
    option = '-c%20default_transaction_read_only%3Don'
    return open_engine(f'{url}{more}options={option}')
