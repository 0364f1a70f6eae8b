# SPDX-License-Identifier: Apache-2.0

"""A PostgreSQL of the test run's own, and the URLs that lead to it."""

import contextlib
import itertools
import os
import pathlib
import re
import shutil
import signal
import subprocess

from tests.servers.process import free_ports
from tests.servers.process import Process

USER = 'postgres'

# A packet that asks to be let in, and how the answer to it begins. Before it
# is ready, and while it recovers, the server answers with an error.
STARTUP = b'\0\0\0\x17\0\x03\0\0user\0postgres\0\0'
AUTHENTICATION = b'R'


class PostgreSQL:
    """A server that nobody else knows, ready when constructed.

    It survives a ``kill -9``, not a power cut: it never syncs.

    :param directory: an empty directory for all it writes, which any user
        may enter
    """

    def __init__(self, directory):
        self._directory = directory
        self._programs = _programs()
        (self.port,) = free_ports(1)
        self._numbers = itertools.count(1)
        # It refuses to run as root.
        self._become = ()
        if os.geteuid() == 0:
            shutil.chown(directory, USER, USER)
            self._become = (
                'setpriv',
                f'--reuid={USER}',
                f'--regid={USER}',
                '--clear-groups',
            )
        self._data = directory / 'data'
        self._run('initdb', '-D', self._data, '-A', 'trust', '--no-sync')
        self.start()

    @staticmethod
    def is_installed():
        """Say whether this machine has a server to start."""
        return _programs() is not None

    def url(self, database='postgres'):
        """Return what SQLAlchemy calls a database URL."""
        return f'postgresql://{USER}@127.0.0.1:{self.port}/{database}'

    def add_database(self, template='template1'):
        """Return the name of a database that nobody has used yet.

        :param template: the database that it is a copy of
        """
        database = f'database{next(self._numbers)}'
        self._run(
            'createdb',
            *('-h', '127.0.0.1', '-p', str(self.port), '-U', USER),
            *('-T', template, database),
        )
        return database

    @contextlib.contextmanager
    def killed(self):
        """Kill the server; it comes back with what was committed."""
        self.kill()
        try:
            yield
        finally:
            self.start()

    def kill(self):
        """Return when the server and all it started were killed."""
        first_line = (self._data / 'postmaster.pid').read_text().split()[0]
        os.kill(int(first_line), signal.SIGKILL)
        self._process.stop()

    def start(self):
        """Return when the server answers."""
        self._process = Process(
            [
                *self._become,
                self._programs / 'postgres',
                *('-D', self._data, '-p', str(self.port)),
                *('-h', '127.0.0.1', '-k', self._directory),
                *('-c', 'fsync=off'),
                # Not ours: whoever forgets a zone is to be told.
                *('-c', 'timezone=Asia/Tokyo'),
            ],
            self._directory,
        )
        self._process.wait_for(self.port, STARTUP, AUTHENTICATION)

    def stop(self):
        """Return when the server has ended."""
        self._process.stop()

    def _run(self, program, *arguments):
        options = ('-U', USER, '-E', 'UTF8', '--locale=C')
        subprocess.run(
            [
                *self._become,
                self._programs / program,
                *arguments,
                *(options if program == 'initdb' else ()),
            ],
            check=True,
            cwd=self._directory,
            stdout=subprocess.DEVNULL,
            timeout=60,
        )


def _programs():
    """Return where the newest server of this machine is, if there is one."""
    found = pathlib.Path('/usr/lib/postgresql').glob('*/bin/postgres')
    newest = max(found, key=_version, default=shutil.which('postgres'))
    return newest and pathlib.Path(newest).parent


def _version(path):
    return [int(each) for each in re.findall(r'\d+', str(path))]
