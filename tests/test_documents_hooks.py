# SPDX-License-Identifier: Apache-2.0

"""The hooks of the page about the spool in, what they start out.

The server gets no request: only the hook can make it forward.
"""

import os
import pathlib
import shutil
import sys

import pytest

from cadf_audit.delivery.spool import layout
from tests.pages import find_block
from tests.pages import ROOT
from tests.servers.process import free_ports
from tests.servers.process import Process
from tests.servers.trail import wait_until
from tests.servers.wsgi import GUNICORN
from tests.servers.wsgi import skip_if_missing
from tests.test_documents_spool import die_within_a_request

PAGE = 'spool.rst'

SHOP = """\
import pathlib
from tests.test_documents_spool import spooled
here = pathlib.Path(__file__).parent
application = spooled(here, driver='noop', forwarder='thread')
"""


def gunicorn(directory, *options):
    """Return the command of a gunicorn with the hook of the page."""
    skip_if_missing('gunicorn')
    (directory / 'hook.py').write_text(find_block(PAGE, 'hook-gunicorn'))
    return [*GUNICORN, *options, '--config=hook.py', '--bind']


def uwsgi(directory, hook, *options):
    """Return the command of a uWSGI whose module ends with a hook."""
    skip_if_missing('uwsgi')
    beside = pathlib.Path(sys.executable).with_name('uwsgi')
    with (directory / 'shop.py').open('a') as module:
        module.write(find_block(PAGE, hook))
    return [
        *(str(beside) if beside.exists() else shutil.which('uwsgi'),),
        *('--master', '--need-app', '--home', sys.prefix, *options),
        *('--enable-threads', '--module', 'shop', '--http-socket'),
    ]


SERVERS = {
    'gunicorn': lambda directory: gunicorn(directory),
    'gunicorn-preload': lambda directory: gunicorn(directory, '--preload'),
    'uwsgi': lambda directory: uwsgi(directory, 'hook-uwsgi'),
    'uwsgi-lazy-apps': lambda directory: uwsgi(
        directory, 'hook-uwsgi-lazy', '--lazy-apps'
    ),
}


@pytest.mark.parametrize('name', SERVERS)
def test_hook(name, tmp_path):
    """An API that nobody asks for anything forwards what was left over."""
    (tmp_path / 'shop.py').write_text(SHOP)
    command = SERVERS[name](tmp_path)
    die_within_a_request(tmp_path)
    (port,) = free_ports(1)
    command.append(f'127.0.0.1:{port}')
    if 'gunicorn' in name:
        command.append('shop:application')
    left = list(layout.writers(tmp_path / 'spool'))

    path = os.pathsep.join([str(ROOT), str(tmp_path)])
    process = Process(command, tmp_path, {'PYTHONPATH': path})
    try:
        emptied = wait_until(
            lambda: not list(layout.writers(tmp_path / 'spool'))
        )
    finally:
        process.stop()

    assert 1 == len(left)
    assert emptied, (tmp_path / 'output.log').read_text()
