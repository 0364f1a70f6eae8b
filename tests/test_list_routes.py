# SPDX-License-Identifier: Apache-2.0

"""The script that lists the routes of a service, without the service."""

import importlib.util
import subprocess
import sys

import pytest

from tests.cli.spools import ROOT


def test_service_that_is_not_installed():
    """It is one sentence, and says what to do."""
    if importlib.util.find_spec('nova'):
        pytest.skip('needs no nova: pip uninstall nova')

    done = subprocess.run(
        [sys.executable, ROOT / 'tools' / 'list_routes.py', 'nova'],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert 'Traceback' not in done.stderr
    assert 'pip install nova' in done.stderr
    assert 1 == done.returncode
