# SPDX-License-Identifier: Apache-2.0

"""The tables of a database are those of this version, or it is told."""

import threading

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
import pytest
from sqlalchemy import inspect
from sqlalchemy import text

from cadf_audit.exceptions import OptionError
from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.engine import writing
from cadf_audit.trail.schema import METADATA
from cadf_audit.trail.store import Store
from cadf_audit.trail.upgrade import check_schema
from cadf_audit.trail.upgrade import SchemaError
from cadf_audit.trail.upgrade import upgrade
from tests.trail.parts import ids
from tests.trail.parts import ingest
from tests.trail.parts import pair

# No class of the package's own is compared, what it stands for is.
OPTIONS = {'compare_type': True, 'compare_server_default': True}


@pytest.fixture
def bare(bare_url):
    """A database without any tables."""
    engine = open_engine(bare_url)
    yield engine
    engine.dispose()


def test_upgraded_tables_are_those_of_the_code(engine):
    """What the migrations make is what the code reads and writes."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=OPTIONS)
        differences = compare_metadata(context, METADATA)

    assert [] == differences


def test_constraints_of_the_tables(engine):
    """Ids and sequences are unique, and nothing refers to anything."""
    found = inspect(engine)

    unique = {
        table: [
            each['column_names']
            for each in found.get_unique_constraints(table)
        ]
        for table in ('events', 'dead_letters')
    }
    assert {'events': [['id']], 'dead_letters': [['digest']]} == unique
    assert ['sequence'] == found.get_pk_constraint('events')[
        'constrained_columns'
    ]
    for table in METADATA.tables:
        assert [] == found.get_foreign_keys(table)


def test_upgrade_twice(bare):
    """A second upgrade finds nothing to do, and leaves what is there."""
    first = upgrade(bare)
    store = Store(bare)
    ingest(store, *pair('a'))

    second = upgrade(bare)

    assert (None, first[1]) == first
    assert (first[1], first[1]) == second
    check_schema(bare)
    assert ['a'] == ids(store)


def test_no_tables(bare):
    """A database without tables is told apart, with what to do."""
    with pytest.raises(SchemaError, match=r'no tables .* db upgrade'):
        check_schema(bare)


def test_older_revision(engine, monkeypatch):
    """Tables of a known revision that is not the newest are to be upgraded."""
    monkeypatch.setattr('cadf_audit.trail.upgrade._newest', lambda: '0004')

    with pytest.raises(
        SchemaError, match=r'revision 0003.* needs 0004.*db up'
    ):
        check_schema(engine)


def test_newer_tables(engine):
    """Tables of a newer version are told apart, with what to do."""
    _change_revision(engine, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(
        SchemaError, match=r'9999.* newer .*upgrade cadf_audit'
    ):
        check_schema(engine)


def _change_revision(engine, statement):
    with writing(engine) as connection:
        connection.execute(text(statement))


def test_failed_upgrade_leaves_nothing(bare):
    """An upgrade that fails half-way leaves no tables behind."""
    with writing(bare) as connection:
        # The last of the tables, as somebody else has it.
        connection.execute(text('CREATE TABLE sequence (other INTEGER)'))

    with pytest.raises(Exception, match=r'already exists'):
        upgrade(bare)

    assert 'events' not in inspect(bare).get_table_names()


@pytest.mark.parametrize(
    'url',
    [
        'sqlite://',
        'sqlite:///:memory:',
        'sqlite:///trail.db',
        'sqlite:///srv/trail.db',
        'postgresql://user:s3@h:cret/d',
        'mysql://u@h/d',
        'nonsense',
        'nonsense://h/d',
        '',
    ],
)
def test_url_of_no_trail(url):
    """What keeps no trail is refused, with what is allowed."""
    with pytest.raises(
        OptionError, match=r'connection.*sqlite:////absolute'
    ) as caught:
        open_engine(url)
    assert 'cret' not in str(caught.value)
    assert 's3' not in str(caught.value)


@pytest.mark.parametrize(
    ('url', 'driver'),
    [
        ('sqlite+aiosqlite:////srv/trail.db', 'pysqlite'),
        ('postgresql+asyncpg://h/d', 'psycopg'),
    ],
)
def test_url_that_names_another_driver(url, driver):
    """What other services speak to a database with is not needed here."""
    engine = open_engine(url)

    assert driver == engine.driver


def test_looking_makes_no_file(tmp_path):
    """A wrong path is told, and is not a database from then on."""
    path = tmp_path / 'wrong.db'

    with pytest.raises(SchemaError, match=f'no file {path}.*db upgrade'):
        check_schema(open_engine(f'sqlite:///{path}'))
    assert not path.exists()


@pytest.mark.parametrize('check', [check_schema, upgrade])
def test_tables_of_another_program(engine, check):
    """They may have several revisions, as those of Neutron have."""
    _change_revision(engine, "UPDATE alembic_version SET version_num = 'a'")
    _change_revision(engine, "INSERT INTO alembic_version VALUES ('b')")

    with pytest.raises(SchemaError, match=r'a, b.* or of another program'):
        check(engine)


def test_upgrade_of_newer_tables(engine):
    """They are left as they are, and it is told why."""
    _change_revision(engine, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(SchemaError, match=r'9999.*upgrade cadf_audit'):
        upgrade(engine)


def test_two_upgrades_at_once(bare):
    """Whoever comes second, as on another machine, finds all done."""
    barrier = threading.Barrier(4)
    before = []

    def run():
        engine = open_engine(bare.url)
        barrier.wait(30)
        before.append(upgrade(engine)[0])
        engine.dispose()

    # Without a lock they wait for each other for ever.
    threads = [threading.Thread(target=run, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert (4, 1) == (len(before), before.count(None))
    check_schema(bare)
