# SPDX-License-Identifier: Apache-2.0

"""The tutorial about asking in, whether who follows it has its answers out."""

import configparser
import json
import re
import shutil
import socket

import pytest

from tests.pages import find_block
from tests.pages import ROOT
from tests.pages import without_chance
from tests.servers.process import free_ports
from tests.servers.process import Process
from tests.servers.trail import wait_until
from tests.test_documents_trail import Reader

PAGE = 'ask.rst'


class Pupil(Reader):
    """Somebody who follows the tutorial, and serves at a port of their own.

    :param directory: the directory
    """

    def __init__(self, directory):
        super().__init__(directory)
        (self.api_port,) = free_ports(1)

    def text(self, page, block):
        """Return a block of the page, with the places of this test run."""
        text = super().text(page, block)
        text = text.replace('8788', str(self.api_port))
        return text.replace(
            '--no-auth', f'--no-auth --listen 127.0.0.1:{self.api_port}'
        )

    def keep(self, name, block):
        """Save a block of the page as a file."""
        (self._directory / name).write_text(self.text(PAGE, block))

    def start(self, block, port):
        """Run a block of the page that listens; return the process."""
        process = Process(
            ['sh', '-e', '-c', self.commands(PAGE, block)],
            self._directory,
            self._environ,
        )
        # A request would leave an event.
        assert wait_until(lambda: listens(port))
        return process


def listens(port):
    """Say whether somebody does, at a port of this machine."""
    try:
        socket.create_connection(('127.0.0.1', port)).close()
    except OSError:
        return False
    return True


@pytest.fixture
def pupil(tmp_path):
    """Somebody who follows the tutorial."""
    pytest.importorskip('flask', reason='needs flask: pip install Flask')
    if shutil.which('curl') is None:
        pytest.skip('needs curl: apt-get install curl')
    return Pupil(tmp_path)


def timeless(table):
    """Return a printed table, without its times."""
    return re.sub(r'\d{4}-\d\d-\d\dT[\d:]{8}Z', 'TIME', table)


def plain(answer):
    """Return an answer of the API without what differs each time."""
    text = re.sub(r'curl/[\d.]+', 'curl', json.dumps(answer))
    return without_chance(json.loads(text))


def test_from_nothing_to_the_first_answer(pupil, tmp_path):
    """All commands, one after the other, print what the page shows."""
    pupil.keep('shop.py', 'ask-shop')
    pupil.keep('map.yaml', 'ask-map')
    pupil.keep('trail.conf', 'ask-conf')
    shop = pupil.start('ask-run', pupil.port)
    try:
        happened, _ = pupil.run(PAGE, 'ask-happen')
    finally:
        shop.stop()
    _, collected = pupil.run(PAGE, 'ask-collect')
    answers = {
        block: pupil.run(PAGE, block)[0]
        for block in ('ask-list', 'ask-failed', 'ask-count')
    }
    api = pupil.start('ask-serve', pupil.api_port)
    try:
        curled, _ = pupil.run(PAGE, 'ask-curl')
        at_url, _ = pupil.run(PAGE, 'ask-url')
    finally:
        api.stop()

    assert find_block(PAGE, 'ask-happened').split() == happened.split()
    assert find_block(PAGE, 'ask-collected') == collected.replace(
        str(tmp_path), '/srv/shop'
    )
    for block, shown in (
        ('ask-list', 'ask-listed'),
        ('ask-failed', 'ask-failed-shown'),
        ('ask-count', 'ask-counted'),
    ):
        assert timeless(find_block(PAGE, shown)) == timeless(answers[block])
    documented = json.loads(find_block(PAGE, 'ask-curled'))
    assert plain(documented) == plain(json.loads(curled))
    assert list(documented['events'][0]) == list(
        json.loads(curled)['events'][0]
    )
    assert timeless(find_block(PAGE, 'ask-url-shown')) == timeless(at_url)


def test_program_is_short_lines_of_python():
    """The program of the page compiles."""
    program = find_block(PAGE, 'ask-shop')

    compile(program, PAGE, 'exec')
    assert max(map(len, program.splitlines())) < 80


def test_what_is_installed_is_an_extra():
    """It is one of the package, and the only one that the page needs."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / 'setup.cfg')
    extras = re.findall(r'\[(\w+)\]', find_block(PAGE, 'ask-install'))

    assert ['trail'] == extras
    assert 'trail' in setup['options.extras_require']
