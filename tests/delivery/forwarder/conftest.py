# SPDX-License-Identifier: Apache-2.0

"""A spool and a forwarder of it, both at an end after the test."""

import pytest

from cadf_audit.delivery import forwarder as forwarder_module
from cadf_audit.delivery.forwarder import Forwarder
from cadf_audit.delivery import pauses
from cadf_audit.delivery.spool.delivery import SpoolDelivery
from tests.delivery.spooling import config


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    """Let nobody wait long."""
    monkeypatch.setattr(pauses, 'FIRST_PAUSE', 0.01)
    monkeypatch.setattr(pauses, 'LONGEST_PAUSE', 0.1)
    monkeypatch.setattr(forwarder_module, 'SCAN_EVERY', 0.05)


@pytest.fixture
def spool(tmp_path):
    """Return a function that makes a delivery; close it at the end."""
    made = []

    def build(**changes):
        made.append(SpoolDelivery(config(tmp_path, **changes), None))
        return made[-1]

    yield build
    for delivery in made:
        delivery.close()


@pytest.fixture
def forwarding(tmp_path):
    """Return a function that starts a forwarder; stop it at the end."""
    started = []

    def start(service=None, **drivers):
        builders = {
            name: lambda driver=driver: driver
            for name, driver in drivers.items()
        }
        started.append(Forwarder(tmp_path, builders, service))
        started[-1].start()
        return started[-1]

    yield start
    for forwarder in started:
        forwarder.stop(1)
