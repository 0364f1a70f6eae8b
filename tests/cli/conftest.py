# SPDX-License-Identifier: Apache-2.0

"""A spool of a test's own, and the configuration of its service; trails."""

import pytest

from tests.cli.events import happened
from tests.cli.events import NUMBER
from tests.cli.events import run
from tests.cli import policies
from tests.cli.spools import config
from tests.trail.conftest import engine
from tests.trail.conftest import postgresql_template
from tests.trail.conftest import sqlite_store
from tests.trail.conftest import sqlite_template
from tests.trail.conftest import store
from tests.trail.conftest import url
from tests.trail.parts import ingest

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


@pytest.fixture
def filled(store):
    """A trail with a few events."""
    ingest(store, *(happened(number) for number in range(NUMBER)))
    return store


@pytest.fixture
def command(url, filled):
    """Return a function that runs a command about events of the trail."""

    def event(name, *arguments):
        return run('event', name, '--connection', url, *arguments)

    return event


@pytest.fixture
def files(tmp_path):
    """A policy, a map with one, and cases."""
    for name, text in (
        ('policy.yaml', policies.POLICY),
        ('map.yaml', policies.MAP),
        ('cases.yaml', policies.CASES),
    ):
        (tmp_path / name).write_text(text)
    return tmp_path
