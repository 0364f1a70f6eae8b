# SPDX-License-Identifier: Apache-2.0

"""What the pages say of the spool in, whether the package does it out."""

import configparser
import json
import os
import re
import stat
import subprocess
import sys

import pytest

from cadf_audit import AuditMiddleware
from cadf_audit.delivery.forwarder import consumer_name
from cadf_audit.delivery.forwarder import Forwarder
from cadf_audit.delivery import memory
from cadf_audit.delivery.spool.adoption import adopt
from cadf_audit.delivery.spool import counters
from cadf_audit.delivery.spool.cursor import read_progress
from cadf_audit.delivery.spool import drain
from cadf_audit.delivery.spool import layout
from cadf_audit.delivery.spool.record import parse_record
from cadf_audit.notification import build_message
from tests.harness import answer
from tests.harness import call
from tests.harness import environ
from tests.judge import assert_valid
from tests.pages import find_block
from tests.pages import find_blocks
from tests.pages import find_json
from tests.pages import find_rows
from tests.pages import parse_rows
from tests.pages import ROOT
from tests.servers.trail import wait_until
from tests.test_documents import OPTIONS
from tests.test_documents_event import paths_of

PAGE = 'spool.rst'

# A request whose two events take more than ten kilobytes.
LONG = environ('POST', '/' + 5000 * 'x')


def spooled(directory, app=None, **options):
    """Return an application behind the filter, with a spool as way out."""
    defaults = {
        'service_name': 'shop',
        'driver': 'noop',
        'forwarder': 'external',
        'spool_dir': str(directory / 'spool'),
    }
    return AuditMiddleware(app or answer(), **defaults | options)


def folders_of(directory):
    """Return the folders of the writers in the spool."""
    return list(layout.writers(directory / 'spool'))


def messages_of(directory):
    """Return the notifications in the spool."""
    return [
        json.loads(line)['message']
        for path in sorted((directory / 'spool').glob('*/*.jsonl'))
        for line in path.read_bytes().replace(b'\0', b'').splitlines()
    ]


def run(code, directory, **options):
    """Run a process with a filter, ``app``; return how it ended."""
    setup = (
        'import os, pathlib\n'
        'from tests.harness import answer, call, environ\n'
        'from tests.test_documents_spool import spooled\n'
        f'directory = pathlib.Path({str(directory)!r})\n'
        f'options = {options!r}\n'
    )
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', setup + code],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stderr


def die_within_a_request(directory):
    """Let a process be killed while it has a request."""
    code = (
        'def die(environ, start_response):\n'
        '    os.kill(os.getpid(), 9)\n'
        'call(spooled(directory, die, **options), environ())\n'
    )
    assert (-9, '') == run(code, directory)


def without_chance(value):
    """Return a value without what differs each time."""
    text = re.sub(
        r'[0-9a-f]{8}-[0-9a-f-]{27}', 'UUID', json.dumps(value, sort_keys=True)
    )
    text = re.sub(r'\d{4}-\d\d-\d\dT[\d:.]+\+00:00', 'TIME', text)
    return re.sub(r'"result": \d+', '"result": 1', text)


# The configuration and the files


@pytest.mark.parametrize(
    ('page', 'name'),
    [(PAGE, 'conf-spool'), ('delivery.rst', 'conf-production')],
)
def test_configuration_names_real_options(page, name):
    """The configuration that a page recommends has options that exist."""
    parser = configparser.ConfigParser()
    parser.read_string(find_block(page, name))

    for section in set(parser.sections()) - {'oslo_messaging_rabbit'}:
        assert set(parser[section]) <= OPTIONS[section]
    assert 'external' == parser['audit']['forwarder']


def test_files_of_a_spool(tmp_path):
    """A spool has the files that the page lists, and no other."""
    listed = re.findall(
        r'^ +([\w./-]+[\w.])/?(?:  |$)', find_block(PAGE, 'layout'), re.M
    )
    die_within_a_request(tmp_path)
    (folder,) = folders_of(tmp_path)
    (folder / 'stranger').touch()
    adopt(folder)
    Forwarder(tmp_path / 'spool', {'noop': object})._register()

    names = set()
    for path in (tmp_path / 'spool').rglob('*'):
        name = str(path.relative_to(tmp_path / 'spool'))
        name = name.replace(folder.name, 'WRITER', 1)
        name = name.replace('forward-noop', 'CONSUMER')
        names.add(re.sub(r'\d{20}', f'{1:020}', name))
    expected = {'WRITER', 'consumers', 'consumers/CONSUMER', 'set-aside'}
    expected |= {f'WRITER/{name}' for name in listed if name != 'WRITER'}
    expected -= {'WRITER/consumers/CONSUMER', 'WRITER/set-aside'}
    expected |= {'WRITER/cursors', 'set-aside/WRITER.stranger'}
    assert expected == names


def test_record():
    """The record of the page is one, of a message with the keys of all."""
    line = find_block(PAGE, 'record').strip()

    seq, message = parse_record(line.encode())

    assert 7 == seq
    assert list(build_message('shop', 'type', {})) == list(json.loads(message))


def test_cursor(tmp_path):
    """The file of a cursor is a record with the keys that the page shows."""
    app = spooled(tmp_path)
    call(app, environ())
    (folder,) = folders_of(tmp_path)
    path = folder / 'cursors' / consumer_name('noop')

    record = parse_record(path.read_bytes().rstrip())

    keys = list(json.loads(record.message))
    assert keys == list(json.loads(find_block(PAGE, 'cursor')))
    assert read_progress(path) is not None


@pytest.mark.parametrize(
    ('mode', 'modes'),
    [('0700', {0o700, 0o600}), ('0750', {0o750, 0o640})],
)
def test_modes(tmp_path, mode, modes):
    """Directories and files have the two modes that the page names."""
    call(spooled(tmp_path, spool_mode=mode), environ())
    paths = [tmp_path / 'spool', *(tmp_path / 'spool').rglob('*')]

    assert modes == {stat.S_IMODE(path.stat().st_mode) for path in paths}


def test_group(tmp_path):
    """With the command of the page another group has all files."""
    if os.geteuid():
        pytest.skip('needs root: sudo make test')
    command = (
        find_block(PAGE, 'group')
        .replace('/var/lib/shop/audit', str(tmp_path / 'spool'))
        .replace('-o shop -g auditors', '-o 0 -g 65534')
    )
    subprocess.run(['sh', '-e', '-c', command], check=True)
    call(spooled(tmp_path, spool_mode='0750'), environ())
    paths = [tmp_path / 'spool', *(tmp_path / 'spool').rglob('*')]

    assert {65534} == {path.stat().st_gid for path in paths}
    assert {0o2750, 0o640} == {
        stat.S_IMODE(path.stat().st_mode) for path in paths
    }


def test_old_cursors(tmp_path):
    """The command of the page frees what a driver of old has kept."""
    commands = find_block(PAGE, 'old-cursors').replace(
        '/var/lib/shop/audit', str(tmp_path / 'spool')
    )
    code = 'call(spooled(directory, **options), environ())\n'
    assert (0, '') == run(code, tmp_path, driver='messaging')
    kept = folders_of(tmp_path)
    forwarder = Forwarder(tmp_path / 'spool', {'noop': Accepting})
    forwarder.start()
    try:
        assert wait_until(lambda: forwarder.lanes[0].numbers.forwarded == 2)
        before = folders_of(tmp_path)
        done = subprocess.run(
            ['sh', '-e', '-c', commands], capture_output=True, text=True
        )

        assert kept == before
        assert 'cursors/forward-messaging\n' in done.stdout
        assert wait_until(lambda: not folders_of(tmp_path))
    finally:
        forwarder.stop()


class Accepting:
    """A driver that accepts everything."""

    def notify(self, context, message, priority, retry):
        """Accept a message."""


# The answer, and the events


def fill(app):
    """Send requests until the spool is full; return the answers."""
    return [call(app, dict(LONG)) for _ in range(150)]


def test_refused_answer(tmp_path):
    """A request that is refused gets the answer of the page."""
    status, *headers, empty, body = find_block(
        PAGE, 'refused-answer'
    ).splitlines()
    app = spooled(
        tmp_path,
        spool_max_size='1048576',
        segment_size='65536',
        on_failure='deny',
    )

    *_, response = fill(app)

    assert '' == empty
    assert status == f'HTTP/1.1 {response.status}'
    assert headers == [f'{name}: {value}' for name, value in response.headers]
    assert body.encode() == response.body


@pytest.fixture
def loss(tmp_path):
    """The event that tells of a full spool."""
    app = spooled(tmp_path, spool_max_size='1048576', segment_size='65536')
    fill(app)
    app._audited._delivery.close()
    return messages_of(tmp_path)[-1]


def test_example_of_a_loss(loss):
    """A full spool causes the event of the page."""
    documented = find_json('event.rst', 'example-loss')

    assert_valid(documented)
    assert 'audit.event' == loss['event_type']
    assert without_chance(documented) == without_chance(loss['payload'])


def test_every_field_of_a_loss_is_documented(loss):
    """The page documents the fields of the event, and no other."""
    (table,) = find_blocks('event.rst', 'class: loss-fields')

    documented = [row[0] for row in parse_rows(table)]
    assert sorted(documented) == sorted(set(paths_of(loss['payload'])))


def test_every_loss_is_documented():
    """The page lists the reasons that the code gives, and no other."""
    reasons = {
        *counters.REASONS,
        *(drain.DAMAGED, drain.MISSING, 'foreign file'),
        *(memory.QUEUE_FULL, memory.EXIT, memory.REFUSED),
    }

    assert sorted(reasons) == sorted(
        reason for reason, _, _ in find_rows('event.rst', 'losses')
    )


def test_example_of_a_relayed_end(tmp_path):
    """A process that is killed leaves the final event of the page."""
    die_within_a_request(tmp_path)
    (folder,) = folders_of(tmp_path)
    adopt(folder)

    pending, final = [m['payload'] for m in messages_of(tmp_path)]

    changed = find_json('event.rst', 'example-relay')
    assert_valid(final)
    assert without_chance(pending | changed) == without_chance(final)
