# SPDX-License-Identifier: Apache-2.0

"""A policy and a spool go in; the trail has what the policy keeps."""

import signal

import pytest
from sqlalchemy.exc import OperationalError

from cadf_audit.cli import collect as collecting
from cadf_audit.trail.engine import open_engine
from cadf_audit.trail import purge
from cadf_audit.trail.schema import LEFT_OUT
from cadf_audit.trail.store import Store
from tests.cli.events import run
from tests.cli.spools import recorded
from tests.harness import environ
from tests.trail.parts import rows

RULES = """\
version: 1
keep:
  - {keep: false, action: read, status: 2xx}
"""


@pytest.fixture
def spool(tmp_path):
    """A spool in which somebody read something, and then deleted it."""
    return recorded(
        tmp_path / 'spool',
        *(environ(method, '/v2.1/servers/s1') for method in ('GET', 'DELETE')),
    )


@pytest.fixture
def config(tmp_path, spool):
    """The path of a configuration with a policy."""
    (tmp_path / 'policy.yaml').write_text(RULES)
    path = tmp_path / 'trail.conf'
    path.write_text(
        '[audit_trail]\n'
        f'connection = sqlite:///{tmp_path}/trail.db\n'
        f'sources = spool:{spool}\n'
        f'audit_policy_file = {tmp_path}/policy.yaml\n'
    )
    assert 0 == run('--config-file', str(path), 'db', 'upgrade').status
    return path


def collect(config, *options):
    """Collect what waits; leave the signals of this process alone."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    handlers = [signal.getsignal(number) for number in numbers]
    try:
        return run('--config-file', str(config), 'collect', *options)
    finally:
        for number, handler in zip(numbers, handlers, strict=True):
            signal.signal(number, handler)


def test_policy_is_taken(config, tmp_path):
    """What it leaves out is counted, and its first start is an event."""
    done = collect(config, '--once')

    assert 0 == done.status
    assert '0 dead letters, 1 left out\n' in done.err
    assert 'are others than at the last start' in done.err
    engine = open_engine(f'sqlite:///{tmp_path}/trail.db')
    found = [(row['kind'], row['action']) for row in rows(Store(engine))]
    engine.dispose()
    assert [('control', 'enable'), ('activity', 'delete')] == found


def test_ids_of_what_is_left_out_are_forgotten(config, tmp_path, monkeypatch):
    """Also where nothing but ``--once`` ever runs."""
    monkeypatch.setattr(purge, 'REDELIVERY', -purge.REDELIVERY)
    done = collect(config, '--once')

    engine = open_engine(f'sqlite:///{tmp_path}/trail.db')
    assert '1 left out' in done.err
    assert [] == rows(Store(engine), LEFT_OUT)
    engine.dispose()


def test_database_that_is_away_at_the_end(config, monkeypatch):
    """Who stops a collector does not wait for it."""

    def away(*_):
        raise OperationalError('', {}, OSError())

    def stop(_):
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(collecting, 'forget_left_out', away)
    monkeypatch.setattr(collecting._Upkeep, 'tend', stop)
    done = collect(config)

    assert (0, 1) == (done.status, done.err.count('dead letters'))


def test_database_that_is_away_at_the_start(config, monkeypatch):
    """Its collectors wait for it, and so does what is told of the rules."""
    tell, times = collecting.tell_change, []

    def fail_first(*arguments):
        times.append(1)
        if len(times) == 1:
            raise OperationalError('', {}, OSError())
        return tell(*arguments)

    monkeypatch.setattr(collecting, 'tell_change', fail_first)
    done = collect(config, '--once')

    assert 0 == done.status
    assert 'cannot record yet which rules' in done.err
    assert 'are others than at the last start' in done.err
    assert 2 == len(times)


def test_status_tells_how_much_was_left_out(config):
    """It is a row of its source."""
    collect(config, '--once')
    done = run('--config-file', str(config), 'status', '-f', 'json')

    found = {row['what']: row['number'] for row in done.json}
    assert (1, 2) == (found['source, left out'], found['trail'])


@pytest.mark.parametrize(
    ('text', 'problem'),
    [
        ('version: 1\nrules: []\n', 'has no rules under the key keep'),
        ('version: 1\nkeep: []\n', 'has no rules under the key keep'),
        ('version: 1\nkeep: [{keep: x}]\n', 'line 2, keep[0].keep: '),
        ('version: 2\nresources: {}\n', 'audit map that has no policy'),
        (None, 'cannot be read: No such file'),
    ],
)
def test_policy_that_is_wrong_stops_the_start(config, tmp_path, text, problem):
    """A collector does not start with half of its rules."""
    path = tmp_path / 'policy.yaml'
    path.unlink()
    if text is not None:
        path.write_text(text)
    done = collect(config, '--once')

    assert 1 == done.status
    assert problem in done.err
    assert 1 == done.err.count('\n')


def test_policy_of_a_map_is_taken(config, tmp_path):
    """A file may be a map with rules in it."""
    (tmp_path / 'policy.yaml').write_text(
        'version: 2\nservice_type: service/shop\nprefix: /v1\n'
        'policy:\n  keep:\n  - {keep: false, action: read}\n'
        'resources:\n  orders:\n'
    )
    done = collect(config, '--once')

    assert '1 left out' in done.err
