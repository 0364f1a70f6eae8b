# SPDX-License-Identifier: Apache-2.0

"""A million paths that no map declares go in; memory stays as it is."""

import subprocess
import sys

PROGRAM = """
import threading

from cadf_audit.audit_map import load_audit_map
from cadf_audit.middleware.initiator import NOBODY
from cadf_audit.middleware.request import Request
from cadf_audit.middleware.resources import ResourceInterpreter
from cadf_audit.redaction import Redactor
from tests.harness import audited, call, environ
from tests.resource_maps import map_file, map_text

RESOURCES = '''
servers:
  custom_actions: {"POST:*": update/*}
  children:
    ports:
      id: '[0-9]+'
      keys: true
limits:
  singleton: true
'''
WHOLE, WARM, THREADS = 1_000_000, 20_000, 2
# These go through the whole filter, which costs ten times as much.
FILTERED = 20_000


def resident():
    with open('/proc/self/statm') as file:
        return int(file.read().split()[1]) * 4096


def paths(first, last):
    # At the top, below an element, as a key, behind a singleton, elsewhere.
    for number in range(first, last):
        yield (
            f'/v2/x{number}',
            f'/v2/servers/s{number}/x{number}/y{number}',
            f'/v2/servers/1/ports/k{number}',
            f'/v2/limits/x{number}/{number}',
            f'/v1/{number}/servers',
        )[number % 5]


def interpret(interpreter, first, last):
    request = environ('GET')
    for path in paths(first, last):
        request['PATH_INFO'] = path
        meaning = interpreter.interpret(Request(request))
        meaning.action()
        meaning.target(NOBODY)


def filter_all(filtered, first, last):
    request = environ('POST')
    for path in paths(first, last):
        request['PATH_INFO'] = path
        for chunk in filtered(request, lambda *args: None):
            pass


with map_file(map_text(RESOURCES)) as file:
    interpreter = ResourceInterpreter(load_audit_map(file), Redactor())
    filtered = audited(audit_map_file=file, driver='noop', delivery='direct',
                       use_oslo_messaging=True)

filter_all(filtered, 0, WARM)
interpret(interpreter, 0, WARM)
before = resident()
filter_all(filtered, WARM, WARM + FILTERED)
step = WHOLE // THREADS
threads = [
    threading.Thread(
        target=interpret, args=(interpreter, first, first + step)
    )
    for first in range(WARM, WARM + WHOLE, step)
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(resident() - before, filtered.errors)
"""


def test_million_unknown_paths_take_no_memory():
    """Nothing is added to the map, or kept elsewhere, at request time."""
    run = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', PROGRAM],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    grown, errors = map(int, run.stdout.split())

    assert grown < 5 * 1024 * 1024
    assert 0 == errors
