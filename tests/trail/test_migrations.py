# SPDX-License-Identifier: Apache-2.0

"""What a migration fills in is what a collector would have written."""

from alembic import command
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy import table

from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.engine import writing
from cadf_audit.trail.schema import ANCESTORS
from cadf_audit.trail.schema import EVENTS
from cadf_audit.trail.schema import HOURS
from cadf_audit.trail.schema import KINDS
from cadf_audit.trail.schema import TAGS
from cadf_audit.trail.store import Store
from cadf_audit.trail.upgrade import _config
from cadf_audit.trail.upgrade import upgrade
from tests.trail.parts import ended
from tests.trail.parts import ingest
from tests.trail.parts import rows

# What came with 0002.
NEW = ('kind_id', 'address_key')

EVENTS_OF_ALL_KINDS = [
    ended('plain'),
    ended('tagged', tags=['slow', 'slow', 'endpoint?value=UI', 'a\0b', 7]),
    ended('long tag', tags=['é' * 600]),
    ended('no tags', tags={'not': 'a list'}),
    ended('IPv6', initiator={'id': 'u', 'host': {'address': '2001:DB8::7'}}),
    ended('nowhere', initiator={'id': 'u', 'host': {'address': 'here'}}),
    ended('deep', action='update/resize/confirm', eventTime='1999-12-31'),
    ended('late', eventTime='2026-11-20T04:59:59.999999+00:00'),
    ended('odd', action='//', target={'id': 't', 'typeURI': '/a//b/'}),
    ended('bare', eventType=None, target={'id': 't'}),
]


def test_fill_from_events(bare_url, tmp_path):
    """A trail of the first version gets what one of today has."""
    today = open_engine(f'sqlite:///{tmp_path}/today.db')
    upgrade(today)
    store = Store(today)
    ingest(store, *EVENTS_OF_ALL_KINDS)
    engine = open_engine(bare_url)
    _upgrade_to_first(engine)
    old = [each.name for each in EVENTS.columns if each.name not in NEW]
    with store.engine.connect() as source, writing(engine) as target:
        found = source.execute(select(*(EVENTS.c[name] for name in old)))
        target.execute(
            insert(table('events', *(EVENTS.c[name]._copy() for name in old))),
            [dict(row) for row in found.mappings()],
        )

    upgrade(engine)

    migrated = Store(engine)
    for each in (HOURS, TAGS):
        assert rows(store, each) == rows(migrated, each)
    assert _kinds(store) == _kinds(migrated)
    assert _events(store) == _events(migrated)
    engine.dispose()
    today.dispose()


def _upgrade_to_first(engine):
    config = _config()
    with writing(engine) as connection:
        config.attributes['connection'] = connection
        command.upgrade(config, '0001')


def _kinds(store):
    """Return the kinds with what is above them; numbers may differ."""
    return {
        (each['digest'], each['kind'], each['action'], above['ancestor'])
        for each in rows(store, KINDS)
        for above in rows(store, ANCESTORS)
        if above['kind_id'] == each['id']
    }


def _events(store):
    digests = {each['id']: each['digest'] for each in rows(store, KINDS)}
    return [{**row, 'kind_id': digests[row['kind_id']]} for row in rows(store)]
