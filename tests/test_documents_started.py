# SPDX-License-Identifier: Apache-2.0

"""The page of the first five minutes in, followed word by word, its end out.

The commands run as they stand there, but for the port, and for the install:
the virtual environment of the page is the one of this test run.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.pages import find_block
from tests.pages import find_json
from tests.pages import read
from tests.pages import ROOT
from tests.pages import without_chance
from tests.servers.process import free_ports
from tests.servers.process import Process

PAGE = 'getting_started.rst'


class Reader:
    """Somebody who follows the page, in an empty directory.

    :param directory: the directory
    """

    def __init__(self, directory):
        self._directory = directory
        self._port = free_ports(1)[0]
        self.trail = directory / 'audit.log'
        (directory / 'venv').symlink_to(sys.prefix)
        self._environ = os.environ | {'PYTHONPATH': str(ROOT)}

    def save(self, name, block):
        """Save a block of the page as a file."""
        (self._directory / name).write_text(find_block(PAGE, block))

    def run(self, block):
        """Run a block of the page; return what it prints."""
        done = subprocess.run(
            ['sh', '-e', '-c', self._commands(block)],
            cwd=self._directory,
            env=self._environ,
            capture_output=True,
            text=True,
        )
        assert not done.returncode, done.stderr
        return done.stdout

    @contextlib.contextmanager
    def serving(self, block):
        """Run the block of the page that serves, as long as it is needed."""
        process = Process(
            ['sh', '-e', '-c', self._commands(block)],
            self._directory,
            self._environ,
        )
        try:
            process.wait_for(
                self._port, b'GET /healthcheck HTTP/1.0\r\n\r\n', b'HTTP/1'
            )
            yield
        finally:
            process.stop()

    def _commands(self, block):
        return re.sub(r'\b5000\b', str(self._port), find_block(PAGE, block))


@pytest.fixture
def reader(tmp_path):
    """Somebody who follows the page."""
    if shutil.which('curl') is None:
        pytest.skip('needs curl: apt-get install curl')
    return Reader(tmp_path)


def test_five_minutes(reader):
    """The commands of the page give what the page shows."""
    reader.save('shop.py', 'shop-1')
    with reader.serving('run'):
        reader.run('ask-1')
        # Waiting for the server has left an event too.
        waited = 'read /healthcheck failure unknown unknown\n'
        first = reader.run('read-trail').replace(waited, '')

    reader.save('shop.py', 'shop-2')
    reader.save('shop_audit_map.conf', 'shop-map')
    with reader.serving('run-again'):
        reader.run('ask-2')
        second = reader.run('read-trail')
        lines = reader.trail.read_text().splitlines()

    assert find_block(PAGE, 'trail-1') == first
    assert find_block(PAGE, 'trail-2') == second
    event = json.loads(lines[3])['payload']
    agent = event['initiator']['host']['agent']
    documented = find_json(PAGE, 'shop-event')
    documented['initiator']['host']['agent'] = agent
    assert agent.startswith('curl/')
    assert without_chance(documented) == without_chance(event)


def test_marked_lines_are_the_new_ones():
    """The marked lines of the second program are not in the first one."""
    marked = re.search(r':emphasize-lines: (\S+)', read(PAGE))[1]
    numbers = set()
    for part in marked.split(','):
        first, _, last = part.partition('-')
        numbers |= set(range(int(first), int(last or first) + 1))
    known = find_block(PAGE, 'shop-1').splitlines()
    program = find_block(PAGE, 'shop-2').splitlines()

    new = {
        number
        for number, line in enumerate(program, start=1)
        if line and line not in known
    }
    assert new == {number for number in numbers if program[number - 1]}


def test_programs_are_python_that_is_formatted_as_the_rest():
    """The programs of the page compile and have short lines."""
    for block in ('shop-1', 'shop-2'):
        program = find_block(PAGE, block)

        compile(program, block, 'exec')
        assert max(map(len, program.splitlines())) < 80
