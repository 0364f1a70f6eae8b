# SPDX-License-Identifier: Apache-2.0

"""The one emitter of a process: when it is built, and from what."""

import json
import subprocess
import sys
import textwrap

import pytest

from cadf_audit.delivery.spool import layout
from tests.test_package import HEAVY


def run(program, *arguments):
    """Run a program in a process of its own; return what it printed."""
    done = subprocess.run(
        [
            *(sys.executable, '-W', 'ignore', '-c', textwrap.dedent(program)),
            *map(str, arguments),
        ],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout, done.stderr


LOG = """
import json, logging, os, sys
logging.basicConfig(level=logging.INFO, format='%(message)s',
                    stream=sys.stdout)
from cadf_audit import emit
from oslo_config import cfg
"""


def events(output):
    """Return the events among the lines of a log."""
    return [
        json.loads(line)['payload']
        for line in output.splitlines()
        if line.startswith('{"message_id"')
    ]


@pytest.mark.parametrize('name', ['emit', 'Emitter'])
def test_import_loads_nothing_heavy(name):
    """Who may emit one day pays for no store, no bus and no command today."""
    output, _ = run(f"""
        from cadf_audit import {name}
        import json, sys
        print(json.dumps(sorted(sys.modules)))
    """)
    loaded = json.loads(output)

    heavy = [*HEAVY, 'psycopg', 'kombu', 'prometheus_client', 'cadf_audit.cli']
    assert [] == [each for each in heavy if each in loaded]


def test_import_builds_nothing():
    """The emitter is built with the first event, and then once."""
    output, _ = run("""
        from cadf_audit import emit
        from cadf_audit.emitting import emitter
        import threading
        before = emitter._emitter, threading.active_count()
        emit('read', 'n')
        first = emitter._emitter
        emit('read', 'n')
        print(before, first is emitter._emitter is not None)
    """)

    assert '(None, 1) True' in output


def test_global_configuration_is_read(tmp_path):
    """What the service has parsed by its first event counts."""
    file = tmp_path / 'service.conf'
    file.write_text('[audit]\nservice_name = rack\nendpoint = CLI\n')
    output, _ = run(
        LOG
        + """
cfg.CONF([], default_config_files=[sys.argv[1]])
emit('update', {'id': 'n', 'typeURI': 'compute/node'})
""",
        file,
    )
    (event,) = events(output)

    assert 'rack' == event['observer']['name']
    assert ['endpoint?value=CLI'] == event['tags']


def test_disabled_audit_emits_nothing(tmp_path):
    """With enabled = false in the configuration, emit returns an id."""
    file = tmp_path / 'service.conf'
    file.write_text('[audit]\nenabled = false\n')
    output, _ = run(
        LOG
        + """
cfg.CONF([], default_config_files=[sys.argv[1]])
print(len(emit('update', {'id': 'n', 'typeURI': 'compute/node'})))
""",
        file,
    )

    assert '36\n' == output


def test_wrong_configuration_costs_no_event_and_no_caller(tmp_path):
    """It is an error in the log, once, and the events stand beside it."""
    file = tmp_path / 'service.conf'
    file.write_text('[audit]\nendpoint = TTY\n')
    output, _ = run(
        LOG
        + """
cfg.CONF([], default_config_files=[sys.argv[1]])
for _ in range(3):
    emit('update', {'id': 'n', 'typeURI': 'compute/node'})
""",
        file,
    )

    assert 3 == len(events(output))
    assert 1 == output.count('the audit emitter cannot be built')
    assert 'endpoint' in output


def test_emitter_survives_a_fork(tmp_path):
    """Parent and children emit through it, each into its own writer."""
    file = tmp_path / 'service.conf'
    spool = tmp_path / 'spool'
    file.write_text(f'[audit]\nspool_dir = {spool}\nforwarder = none\n')
    run(
        LOG
        + """
cfg.CONF([], default_config_files=[sys.argv[1]])
emit('update', {'id': 'n', 'typeURI': 'compute/node'})
for _ in range(2):
    if not os.fork():
        emit('update', {'id': 'n', 'typeURI': 'compute/node'})
        os._exit(0)
    os.wait()
""",
        file,
    )

    assert 3 == len(list(layout.writers(spool)))


def test_thread_that_emits_first_can_be_joined(tmp_path):
    """What the library of the bus does at its import costs no thread."""
    file = tmp_path / 'service.conf'
    file.write_text(
        '[audit]\ndelivery = memory\n'
        '[audit_middleware_notifications]\ndriver = log\n'
    )
    output, _ = run(
        LOG
        + """
import threading
cfg.CONF([], default_config_files=[sys.argv[1]])
# It makes the module once more, as eventlet does, which may not be there.
again = '''
import importlib.util, sys, threading
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == 'oslo_messaging':
            sys.meta_path.remove(self)
            spec = importlib.util.find_spec('threading')
            spec.loader.exec_module(importlib.util.module_from_spec(spec))
sys.meta_path.insert(0, Finder())
'''
exec(again)
target = {'id': 'n', 'typeURI': 'compute/node'}
thread = threading.Thread(target=emit, args=('update', target), daemon=True)
thread.start()
thread.join(30)
print(f'joined: {not thread.is_alive()}')
""",
        file,
    )

    assert 'joined: True' in output
    assert 1 == len(events(output))
