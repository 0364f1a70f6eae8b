# SPDX-License-Identifier: Apache-2.0

"""Rules in, an application behind them out."""

import pytest

from tests.harness import audited
from tests.policy.requests import write


@pytest.fixture
def policed(tmp_path):
    """Return a function that puts an application behind rules."""

    def build(rules, app=None, **options):
        path = str(write(tmp_path, rules))
        return audited(app, audit_policy_file=path, **options)

    return build
