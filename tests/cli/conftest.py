# SPDX-License-Identifier: Apache-2.0

"""A spool of a test's own, and the configuration of its service; trails."""

import pytest

from tests.cli.spools import config
from tests.trail.conftest import engine
from tests.trail.conftest import postgresql_template
from tests.trail.conftest import sqlite_store
from tests.trail.conftest import sqlite_template
from tests.trail.conftest import store
from tests.trail.conftest import url

# Those of a trail are the same for its commands.
__all__ = (
    'engine',
    'postgresql_template',
    'sqlite_store',
    'sqlite_template',
    'store',
    'url',
)


@pytest.fixture
def spool(tmp_path):
    """Return where a spool is to be."""
    return tmp_path / 'spool'


@pytest.fixture
def configured(tmp_path, spool):
    """Return a function that configures the service of the spool."""

    def configure(driver='noop', **more):
        return config(tmp_path / 'service.conf', spool, driver, **more)

    return configure
