# SPDX-License-Identifier: Apache-2.0

"""The API of a trail, and somebody who asks it."""

import pytest

from tests.trail.api.asking import make_client


@pytest.fixture
def client(store, tmp_path):
    """An auditor, who asks about a trail in each of the databases."""
    return make_client(store.engine, tmp_path)


@pytest.fixture
def sqlite_client(sqlite_store, tmp_path):
    """An auditor, where it does not matter which database it is."""
    return make_client(sqlite_store.engine, tmp_path)
