# SPDX-License-Identifier: Apache-2.0

"""The services, each started once and only if a test asks for it."""

import pytest

from tests.servers.process import temporary_directory
from tests.services import calls_cinder
from tests.services import calls_glance
from tests.services.cinder import Cinder
from tests.services import environment
from tests.services.glance import Glance
from tests.services.inventory import Inventory
from tests.services.keystone import Keystone
from tests.services.trial import hold


@pytest.fixture(scope='session')
def keystone():
    """An Identity API of this test run's own."""
    if not environment.is_installed():
        pytest.skip('needs Keystone, Glance and Cinder: make services')
    with temporary_directory('keystone') as directory:
        service = Keystone(directory)
        yield service
        service.stop()


@pytest.fixture(scope='session')
def users(keystone):
    """Two members and an administrator of a domain, by their names."""
    domain_id = keystone.add_domain('acme')
    roles = {'alice': 'member', 'bob': 'member', 'admin': 'admin'}
    return {
        name: keystone.add_user(name, domain_id, role)
        for name, role in roles.items()
    }


@pytest.fixture(scope='session')
def inventory(keystone):
    """A small API behind auth_token, with the filter in many places."""
    with temporary_directory('inventory') as directory:
        service = Inventory(directory, keystone)
        yield service
        service.stop()


@pytest.fixture(scope='session')
def glance(keystone, users):
    """What came of the calls to Glance."""
    with temporary_directory('glance') as directory:
        database = Glance.make_database(directory)
        return hold(Glance, keystone, users, database, calls_glance.CALLS)


@pytest.fixture(scope='session')
def cinder_database(keystone):
    """An empty database of Cinder, to be copied."""
    with temporary_directory('cinder') as directory:
        yield Cinder.make_database(directory)


@pytest.fixture(scope='session')
def cinder(keystone, users, cinder_database):
    """What came of the calls to Cinder."""
    return hold(Cinder, keystone, users, cinder_database, calls_cinder.CALLS)


# First, because pytest-xdist reads the groups in the same hook.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Let one worker of pytest-xdist have the services and their tests."""
    if not config.pluginmanager.hasplugin('xdist'):
        return
    for item in items:
        if 'keystone' in getattr(item, 'fixturenames', ()):
            item.add_marker(pytest.mark.xdist_group('services'))
