# SPDX-License-Identifier: Apache-2.0

"""The page about the tables in, whether the tables are like that out."""

import re
import sqlite3

import pytest

from tests.pages import find_block
from tests.pages import find_rows
from tests.pages import read
from tests.test_documents_trail import filled

TABLES = 'trail_schema.rst'


@pytest.fixture
def store(tmp_path):
    """A trail that is not empty."""
    store = filled(tmp_path)
    yield store
    store.engine.dispose()


def tables():
    """Return the tables of the trail, by name."""
    from cadf_audit.trail.schema import METADATA

    return METADATA.tables


@pytest.mark.parametrize(
    'table',
    ['events', 'pending', 'dead_letters', 'sequence', 'sources', 'observers'],
)
def test_columns(table):
    """The page has the columns of a table, with their types, and no other."""
    from sqlalchemy.dialects.postgresql import dialect as postgresql
    from sqlalchemy.dialects.sqlite import dialect as sqlite

    types = {(row[1], row[2]): row[0] for row in find_rows(TABLES, 'types')}
    expected = []
    for column in tables()[table].columns:
        kind = types[
            column.type.compile(sqlite()), column.type.compile(postgresql())
        ]
        if column.primary_key:
            kind += ', key'
        elif column.unique:
            kind += ', unique'
        elif not column.nullable:
            kind += ', always'
        expected.append((column.name, kind))

    documented = [(name, kind) for name, kind, _ in find_rows(TABLES, table)]
    assert sorted(expected) == sorted(documented)


def test_tables():
    """The page has a section for each table, and for no other."""
    sections = re.findall(r'(?m)^([a-z_]+)\n=+$', read(TABLES))

    assert sorted(tables()) == sorted(sections)


def test_indexes():
    """The page lists the indexes that there are."""
    found = {
        index.name: ', '.join(column.name for column in index.columns)
        for table in tables().values()
        for index in table.indexes
    }
    lines = find_block(TABLES, 'indexes').splitlines()

    assert found == dict(line.split(maxsplit=1) for line in lines)


QUERIES = [
    name
    for name in re.findall(
        r'\.\. code-block:: sql\n   :name: (\S+)', read(TABLES)
    )
    if name != 'grant'
]


@pytest.mark.parametrize('name', QUERIES)
def test_queries_of_the_page_find_something(name, store, tmp_path):
    """Each SELECT of the page runs, with no more than the right to read."""
    if '->' in find_block(TABLES, name) and sqlite3.sqlite_version_info < (
        3,
        38,
    ):
        pytest.skip('needs SQLite 3.38: a newer Python has one')
    trail = sqlite3.connect(f'file:{tmp_path}/trail.db?mode=ro', uri=True)
    # Whatever day it is when this runs, it is there by then.
    text = re.sub(
        r"< '2026-11-20'", "< '2999-01-01'", find_block(TABLES, name)
    )
    try:
        rows = trail.execute(text, {'last': 0}).fetchall()
    finally:
        trail.close()

    assert rows


def test_follower_gets_each_row_once(store, tmp_path):
    """The query of the page, with the last number, finds what is new."""
    from tests.trail import parts

    text = find_block(TABLES, 'follow-query')
    trail = sqlite3.connect(f'file:{tmp_path}/trail.db?mode=ro', uri=True)
    first = trail.execute(text, {'last': 0}).fetchall()
    parts.ingest(store, parts.ended('later'))
    second = trail.execute(text, {'last': first[-1][0]}).fetchall()
    trail.close()

    assert [1, 2] == [sequence for sequence, _ in first]
    assert [3] == [sequence for sequence, _ in second]
