# SPDX-License-Identifier: Apache-2.0

"""A test run meets skips, and reports them or refuses them."""

import os
import subprocess
import sys

import pytest

PYTEST = (sys.executable, '-m', 'pytest', '-p', 'tests.conftest')

TESTS = """\
import pytest

def test_server():
    pytest.skip('needs Teapot: apt-get install teapot')

@pytest.mark.skip(reason='needs Teapot: apt-get install teapot')
def test_marked():
    pass

@pytest.mark.xfail
def test_known_failure():
    assert False
"""

FILE = "import pytest; pytest.importorskip('no_such_module')"

REFUSED = 'needs Teapot: apt-get install teapot; CADF_AUDIT_NO_SKIP=1 allows'


def run(directory, *arguments, no_skip):
    """Return the exit status and the output of a test run of its own."""
    (directory / 'pytest.ini').write_text('[pytest]\n')
    result = subprocess.run(
        [*PYTEST, *arguments],
        cwd=directory,
        env={
            **os.environ,
            'CADF_AUDIT_NO_SKIP': no_skip,
            'PYTEST_ADDOPTS': '--color=no',
            'PYTHONPATH': os.pathsep.join(sys.path),
        },
        capture_output=True,
        text=True,
    )
    return result.returncode, result.stdout


def test_summary_tells_what_is_missing(tmp_path):
    """The summary says what to install, and how many tests wait for it."""
    (tmp_path / 'test_teapot.py').write_text(TESTS)

    status, output = run(tmp_path, no_skip='')

    assert pytest.ExitCode.OK == status
    assert '2 skipped: needs Teapot: apt-get install teapot\n' in output


@pytest.mark.parametrize('workers', ['0', '1'])
def test_skipped_tests_are_refused(tmp_path, workers):
    """With CADF_AUDIT_NO_SKIP=1 a skipped test fails and says why."""
    (tmp_path / 'test_teapot.py').write_text(TESTS)

    status, output = run(tmp_path, '-n', workers, no_skip='1')

    assert pytest.ExitCode.TESTS_FAILED == status
    assert '1 failed, 1 xfailed, 1 error in ' in output
    assert REFUSED in output


def test_skipped_file_is_refused(tmp_path):
    """With CADF_AUDIT_NO_SKIP=1 a file that skips itself fails."""
    (tmp_path / 'test_file.py').write_text(FILE)

    status, output = run(tmp_path, no_skip='1')

    assert pytest.ExitCode.INTERRUPTED == status
    assert 'CADF_AUDIT_NO_SKIP=1 allows no skip' in output
