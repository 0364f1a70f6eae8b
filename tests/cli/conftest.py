# SPDX-License-Identifier: Apache-2.0

"""A spool of a test's own, and the configuration of its service."""

import pytest

from tests.cli.spools import config


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
