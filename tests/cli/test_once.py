# SPDX-License-Identifier: Apache-2.0

"""What forwarding once does, and when it has done enough."""

import fcntl
import json

from cadf_audit.cli import once
from cadf_audit.cli.once import Once
from cadf_audit.delivery.forwarder import Forwarder
from cadf_audit.delivery.spool.cursor import encode_progress
from cadf_audit.delivery.spool.cursor import Position
from cadf_audit.delivery.spool.cursor import Progress
from tests.cli.spools import forward
from tests.cli.spools import killed
from tests.cli.spools import record
from tests.cli.spools import rows
from tests.cli.spools import said
from tests.cli.spools import segment
from tests.cli.spools import service
from tests.cli.spools import writers
from tests.servers.process import free_ports


def test_forwards_what_is_there(spool, configured):
    """What is forwarded is gone, with the folder of a writer that ended."""
    killed(spool, 3)

    done = forward(configured())

    assert [] == writers(spool)
    assert 'error' not in said(done)
    assert 0 == done.returncode


def test_ends_what_a_killed_writer_began(spool, configured):
    """Its last request gets a final event, with outcome unknown."""
    killed(spool, 1)

    done = forward(configured('log'))

    events = [json.loads(line)['payload'] for line in done.stdout.splitlines()]
    assert [
        ('/killed/0', 'pending'),
        ('/killed/0', 'success'),
        ('/killed', 'pending'),
        ('/killed', 'unknown'),
    ] == [(each['requestPath'], each['outcome']) for each in events]


def test_leaves_a_living_writer_alone(spool, configured):
    """It lives on, and only what it had recorded is gone."""
    made = service(spool)
    record(made, '/a')

    done = forward(configured())
    record(made, '/b')

    [row] = rows(spool)
    assert 'alive' == row['state']
    assert {'forward-noop': 2} == row['waiting']
    assert 0 == done.returncode


def test_gives_up_on_a_bus_that_is_away(spool, configured):
    """It ends with what was left, instead of waiting for ever."""
    killed(spool, 1)
    [port] = free_ports(1)
    url = f'rabbit://guest:secret@127.0.0.1:{port}/'

    done = forward(configured('messagingv2', transport_url=url))

    assert (
        'the driver messagingv2 takes no records: 4 records of 1 writer left '
        f'in {spool}'
    ) in said(done)
    assert 'secret' not in done.stderr
    assert 1 == done.returncode


def test_gives_up_where_nothing_moves(spool, monkeypatch):
    """Another process that holds a cursor is not waited for for ever."""
    folder = killed(spool, 1)
    forwarder = Forwarder(spool, {'noop': lambda: None})
    verdict = Once(forwarder)
    with (folder / 'cursors/forward-noop').open() as cursor:
        fcntl.flock(cursor, fcntl.LOCK_EX)
        before = verdict.verdict()
        monkeypatch.setattr(once, 'PATIENCE', 0.0)

        after = verdict.verdict()

    assert before is None
    assert 'another process is at it: 3 records of 1 writer left' in after


def test_waits_for_the_end_of_a_killed_writer(spool):
    """Its records may all have gone before its last request has an end."""
    folder = killed(spool, 1)
    passed = Progress(Position(1, segment(folder).stat().st_size, 3))
    (folder / 'cursors/forward-noop').write_bytes(encode_progress(passed))
    [row] = rows(spool)

    verdict = Once(Forwarder(spool, {'noop': lambda: None})).verdict()

    assert {'forward-noop': 0} == row['waiting']
    assert verdict is None


def test_tells_of_what_was_refused(tmp_path):
    """What a driver will never take has not been forwarded."""
    forwarder = Forwarder(tmp_path, {'noop': lambda: None})
    verdict = Once(forwarder)
    before = verdict.verdict()
    forwarder.lanes[0].numbers.refused = 2

    after = verdict.verdict()

    assert '' == before
    assert f'the driver noop refused 2 records, now in {tmp_path}' in after
