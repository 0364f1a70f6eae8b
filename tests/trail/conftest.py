# SPDX-License-Identifier: Apache-2.0

"""The databases of a trail, each with its tables and nothing in them."""

import shutil

import pytest

from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.store import Store
from cadf_audit.trail.upgrade import upgrade

ENGINES = ('sqlite', 'postgresql')


@pytest.fixture(scope='session')
def sqlite_template(tmp_path_factory):
    """The file of a trail that is empty."""
    path = tmp_path_factory.mktemp('template') / 'trail.db'
    _upgrade(f'sqlite:///{path}')
    return path


@pytest.fixture(scope='session')
def postgresql_template(postgresql):
    """The name of a database with a trail that is empty."""
    database = postgresql.add_database()
    _upgrade(postgresql.url(database))
    return database


def _upgrade(url):
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()


@pytest.fixture(params=ENGINES)
def bare_url(request, tmp_path):
    """Lead to a database without any tables."""
    if request.param == 'sqlite':
        return f'sqlite:///{tmp_path}/trail.db'
    server = request.getfixturevalue('postgresql')
    return server.url(server.add_database())


@pytest.fixture(params=ENGINES)
def url(request, tmp_path):
    """Lead to a database with the tables of a trail."""
    if request.param == 'sqlite':
        path = request.getfixturevalue('sqlite_template')
        return f'sqlite:///{shutil.copy(path, tmp_path / "trail.db")}'
    template = request.getfixturevalue('postgresql_template')
    server = request.getfixturevalue('postgresql')
    return server.url(server.add_database(template))


@pytest.fixture
def engine(url):
    """A database with the tables of a trail."""
    engine = open_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine):
    """A trail that is empty."""
    return Store(engine)


@pytest.fixture
def sqlite_store(sqlite_template, tmp_path):
    """A trail in SQLite, where it does not matter which one it is."""
    path = shutil.copy(sqlite_template, tmp_path / 'trail.db')
    engine = open_engine(f'sqlite:///{path}')
    yield Store(engine)
    engine.dispose()
