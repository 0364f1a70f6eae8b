# SPDX-License-Identifier: Apache-2.0

"""The virtual environment of the services: a command in, it run there out.

The services have dozens of requirements that the tests shall not share, so
they live apart. They import the filter from this checkout.
"""

import os
import pathlib
import subprocess

from tests.servers.process import Process

VARIABLE = 'CADF_AUDIT_SERVICES'
ROOT = pathlib.Path(__file__).parents[2]
SERVE = pathlib.Path(__file__).with_name('serve.py')

_NEEDED = ('keystone-manage', 'glance-manage', 'cinder-manage', 'cheroot')

# Sets are told in the order of their hashes, also in answers of the services.
_ENVIRON = {'PYTHONPATH': str(ROOT), 'PYTHONHASHSEED': '0'}


def home():
    """Return the directory of the virtual environment."""
    return pathlib.Path(os.environ.get(VARIABLE) or ROOT / '.venv-services')


def is_installed():
    """Say whether the services are there to be started."""
    return all((home() / 'bin' / name).exists() for name in _NEEDED)


def shipped(path):
    """Return the text of a file that came with a service."""
    return (home() / 'etc' / path).read_text()


def run(program, *arguments):
    """Run a program of a service to its end.

    :raises RuntimeError: it failed
    """
    done = subprocess.run(
        [home() / 'bin' / program, *arguments],
        env=os.environ | _ENVIRON,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    if done.returncode:
        raise RuntimeError(f'{program} failed: {done.stdout[-3000:]}')


def serve(module, directory, port, arguments=(), environ=()):
    """Serve the WSGI application of a module.

    :param module: has an attribute ``application``
    :param directory: where it runs, and where its output is kept
    :param port: the loopback port to listen on
    :param arguments: the command line that the module sees
    :param environ: variables to set
    :returns: a :class:`~tests.servers.process.Process` that answers HTTP
    """
    process = Process(
        [
            home() / 'bin' / 'python',
            # Else this directory comes first, and it has a keystone too.
            '-P',
            SERVE,
            str(port),
            module,
            *arguments,
        ],
        directory,
        _ENVIRON | dict(environ),
    )
    process.wait_for(port, b'GET / HTTP/1.0\r\n\r\n', b'HTTP/1')
    return process
