# SPDX-License-Identifier: Apache-2.0

"""Serve the ``application`` of a module on a loopback port until killed.

Usage: ``python -P serve.py PORT MODULE [ARGUMENT ...]``; the module sees the
arguments, and them alone, as those of its program.
"""

import importlib
import sys

from cheroot.wsgi import Server


def main():
    """Load, listen, serve."""
    port, module = sys.argv[1:3]
    # Keystone and Cinder parse the command line while they are imported.
    sys.argv[:] = [module, *sys.argv[3:]]
    application = importlib.import_module(module).application
    Server(('127.0.0.1', int(port)), application, numthreads=4).start()


if __name__ == '__main__':
    main()
