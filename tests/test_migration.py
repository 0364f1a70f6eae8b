# SPDX-License-Identifier: Apache-2.0

"""A row of the page about keystonemiddleware goes in, played with two filters.

What each of them tells has to stand in its cell of the row.
"""

import copy

from keystonemiddleware import audit as their_audit
import pytest

import cadf_audit
from tests.harness import answer
from tests.migration.cases import ask
from tests.migration.cases import CASES
from tests.migration.setups import set_up
from tests.migration.setups import SETUPS
from tests.migration.side_by_side import AUDIT_MAP
from tests.migration.side_by_side import said
from tests.migration.side_by_side import see_ours
from tests.migration.side_by_side import see_theirs
from tests.migration.side_by_side import watch_ours
from tests.migration.side_by_side import watch_theirs
from tests.pages import find_rows

PAGE = 'migration.rst'

PLAYED = CASES | SETUPS


def rows_of(tables):
    """Return the rows of tables: table, what, and the two cells."""
    return [
        (table, *row[:3]) for table in tables for row in find_rows(PAGE, table)
    ]


@pytest.mark.parametrize('table', PLAYED)
def test_every_row_is_played(table):
    """A table of the page has the rows that are tested, and no other."""
    assert [row[0] for row in find_rows(PAGE, table)] == list(PLAYED[table])


@pytest.mark.parametrize(
    ('table', 'what', 'theirs', 'ours'),
    rows_of(CASES),
)
def test_filters_differ_as_the_page_says(table, what, theirs, ours, tmp_path):
    """Each filter tells what stands in its cell of the row."""
    case = CASES[table][what]
    audit_map = tmp_path / 'map.conf'
    audit_map.write_text(AUDIT_MAP.replace(*case.replace))

    told = [
        case.tell(
            see(
                case.app,
                case.request(),
                case.serve,
                audit_map_file=str(audit_map),
            )
        )
        for see in (see_theirs, see_ours)
    ]

    assert told[0] != told[1]
    assert said(told[0], theirs), told
    assert said(told[1], ours), told


@pytest.mark.parametrize(
    ('table', 'what', 'theirs', 'ours'),
    rows_of(SETUPS),
)
def test_setups_differ_as_the_page_says(
    table, what, theirs, ours, tmp_path, caplog
):
    """Each filter starts, or audits, as its cell of the row says."""
    setup = SETUPS[table][what]
    told = []
    for module, watch in (
        (their_audit, watch_theirs),
        (cadf_audit, watch_ours),
    ):
        started = set_up(setup, module.filter_factory, watch, tmp_path)
        started.warnings = caplog.text
        told.append(setup.tell(started))
        caplog.clear()

    assert told[0] != told[1]
    assert said(told[0], theirs), told
    assert said(told[1], ours), told


def without_what_differs(event):
    """Return an event without what the page says is different."""
    event = copy.deepcopy(event)
    for key in ('id', 'eventTime', 'tags'):
        del event[key]
    del event['initiator']['credential']['token']
    for step in event.get('reporterchain', ()):
        del step['reporterTime']
    return event


def test_nothing_else_differs(tmp_path):
    """A request that nothing is wrong with has the same events."""
    audit_map = tmp_path / 'map.conf'
    audit_map.write_text(AUDIT_MAP)
    urls = {
        'adminURL': 'http://admin:8774/v2.1',
        'internalURL': 'http://internal:8774/v2.1',
        'publicURL': 'http://api:8774/v2.1',
    }
    catalog = [
        {'type': 'image', 'name': 'glance', 'endpoints': [{'id': 'ep-0'}]},
        {
            'type': 'compute',
            'name': 'nova',
            'endpoints': [{'id': 'ep-1', **urls}],
        },
    ]
    request = ask(
        'POST',
        '/servers/7/action',
        b'{"reboot": {"type": "SOFT"}}',
        catalog,
        SCRIPT_NAME='/v2.1',
        QUERY_STRING='dry_run=1',
        HTTP_HOST='api:8774',
        HTTP_X_AUTH_TOKEN='gAAAAABsecret',
        HTTP_X_USER_ID='4c3f6a0d7d1e4b7c9a52c1e3d0a8b6f4',
        HTTP_X_USER_NAME='alice',
        HTTP_X_PROJECT_ID='9e1b2d7c5f3a4e60b8d4c7a1f2e3d5b6',
        HTTP_X_IDENTITY_STATUS='Confirmed',
        **{
            'openstack.request_id': 'req-1',
            'openstack.global_request_id': 'req-2',
        },
    )

    theirs, ours = (
        see(answer(), request(), audit_map_file=str(audit_map))
        for see in (see_theirs, see_ours)
    )

    assert theirs.types == ours.types
    for theirs_event, ours_event in zip(
        theirs.events, ours.events, strict=True
    ):
        assert without_what_differs(theirs_event) == without_what_differs(
            ours_event
        )
    assert 'update/reboot' == ours.final['action']
    assert 'nova' == ours.final['target']['name']
