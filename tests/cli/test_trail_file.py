# SPDX-License-Identifier: Apache-2.0

"""A configuration file that nobody names on the command line."""

import pytest

from cadf_audit.cli import trail_command
from tests.cli.events import run


@pytest.fixture
def default(sqlite_store, tmp_path, monkeypatch):
    """The file that is read where nobody names one, with a trail."""
    file = tmp_path / 'default.conf'
    file.write_text(f'[audit_trail]\nconnection = {sqlite_store.engine.url}\n')
    monkeypatch.setattr(trail_command, 'DEFAULT_FILE', file)
    return file


def test_file_of_its_own(default):
    """Who names none gets the one in /etc, in each command about the trail."""
    for arguments in (['status'], ['event', 'list'], ['db', 'upgrade']):
        assert 0 == run(*arguments).status


def test_file_that_the_environment_names(default, tmp_path, monkeypatch):
    """It wins over the one in /etc, and what is typed wins over it."""
    typed = tmp_path / 'typed.conf'
    default.rename(typed)
    default.write_text('[audit_trail]\nconnection = sqlite:////no/such/a\n')
    named = tmp_path / 'named.conf'
    named.write_text('[audit_trail]\nconnection = sqlite:////no/such/b\n')
    monkeypatch.setenv('CADF_AUDIT_CONFIG', str(named))
    by_variable = run('event', 'list')
    by_hand = run('--config-file', str(typed), 'event', 'list')
    monkeypatch.setenv('CADF_AUDIT_CONFIG', str(tmp_path / 'missing'))
    missing = run('event', 'list')
    monkeypatch.setenv('CADF_AUDIT_CONFIG', '')
    unset = run('event', 'list')

    assert '/no/such/b' in by_variable.err
    assert 0 == by_hand.status
    assert str(tmp_path / 'missing') in missing.err
    assert '/no/such/a' in unset.err


def test_file_that_does_not_say_it(default):
    """Whoever is told to name a database is told what was looked at."""
    default.write_text('[audit_trail]\n')
    silent = run('event', 'list')
    default.unlink()
    gone = run('event', 'list')

    assert f'{default} does not say it' in silent.err
    assert f'there is no {default} that this user may read' in gone.err
    assert (2, 2) == (silent.status, gone.status)
