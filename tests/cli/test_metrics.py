# SPDX-License-Identifier: Apache-2.0

"""Numbers that a spool and its forwarder add up to."""

import shutil

from cadf_audit.cli.metrics import Metrics
from cadf_audit.cli.metrics import Totals
from cadf_audit.delivery.forwarder import Forwarder
from tests.cli.spools import config
from tests.cli.spools import killed
from tests.cli.spools import record
from tests.cli.spools import run
from tests.cli.spools import service
from tests.cli.spools import writers

# Every request is shed from its first fifty on, or so.
SMALL = {'spool_max_size': '1048576', 'segment_size': '65536'}


def forwarder(spool):
    """Return a forwarder to a driver that takes everything."""
    return Forwarder(spool, {'noop': lambda: None})


def shed(spool):
    """Leave losses; return how many."""
    made = service(spool, **SMALL)
    record(made, *['/' + 'a' * 2000] * 300, method='GET')


def test_sums_do_not_fall_when_a_writer_is_deleted(tmp_path):
    """What it recorded and lost counts as long as the forwarder runs."""
    totals = Totals(forwarder(tmp_path))
    shed(tmp_path)
    before = totals.look_at_all(tmp_path)
    [folder] = writers(tmp_path)
    shutil.rmtree(folder)

    after = totals.look_at_all(tmp_path)
    killed(tmp_path, 1)

    assert before['recorded'] > 100
    assert before['shed'] > 0
    assert before == after
    assert before['recorded'] + 3 == (totals.look_at_all(tmp_path)['recorded'])


def test_sums_grow_once(tmp_path):
    """Looking twice counts nothing twice."""
    totals = Totals(forwarder(tmp_path))
    made = service(tmp_path)
    record(made, '/a')
    totals.look_at_all(tmp_path)
    first = totals.look_at_all(tmp_path)['recorded']
    record(made, '/b')

    assert (2, 4) == (first, totals.look_at_all(tmp_path)['recorded'])


def test_a_damaged_file_of_counters(tmp_path):
    """It takes nothing away from the sums."""
    totals = Totals(forwarder(tmp_path))
    record(service(tmp_path), '/a')
    totals.look_at_all(tmp_path)
    [folder] = writers(tmp_path)
    (folder / 'counters').write_bytes(b'')

    assert 2 == totals.look_at_all(tmp_path)['recorded']


def test_a_forwarder_that_starts_again(tmp_path):
    """It counts what waits for it, and not again what has gone."""
    spool = tmp_path / 'spool'
    made = service(spool)
    record(made, '/a', '/b')
    file = config(tmp_path / 'service.conf', spool)
    run('--config-file', file, 'spool', 'forward', '--once')
    record(made, '/c')

    totals = Totals(forwarder(spool))

    assert 2 == totals.look_at_all(spool)['recorded']


def test_a_writer_that_comes_and_goes_between_two_scrapes(tmp_path):
    """The forwarder has looked before it was deleted."""
    made = forwarder(tmp_path)
    metrics = Metrics(made)
    folder = killed(tmp_path, 1)
    made.look(folder)
    shutil.rmtree(folder)

    found = metrics.registry.get_sample_value(
        'cadf_audit_spool_recorded_total'
    )

    assert 3 == found
