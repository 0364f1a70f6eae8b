# SPDX-License-Identifier: Apache-2.0

"""Options of the spool: what goes together, and what is refused."""

import re

import pytest

from cadf_audit import AuditMiddleware
from cadf_audit import exceptions
from cadf_audit.middleware.settings import load_settings
from tests.harness import answer


@pytest.fixture
def conf_file(tmp_path):
    """Return a function that writes a configuration file."""

    def write(text):
        file = tmp_path / 'service.conf'
        file.write_text(text)
        return str(file)

    return write


@pytest.mark.parametrize(
    ('options', 'expected'),
    [
        ({'driver': 'messagingv2'}, 'thread'),
        ({'driver': 'log', 'forwarder': 'external'}, 'external'),
        ({'driver': 'log', 'forwarder': 'none'}, 'none'),
        ({'forwarder': 'external'}, 'external'),
        ({'use_oslo_messaging': False}, 'none'),
        ({}, 'none'),
    ],
)
def test_forwarder_needs_a_driver(options, expected):
    """Without a driver nobody forwards, unless a process of its own does."""
    settings = load_settings({'spool_dir': '/s', **options})

    assert expected == settings.forwarder


@pytest.mark.parametrize('forwarder', ['thread', 'external'])
def test_spool_refuses_kafka(tmp_path, forwarder):
    """Oslo's Kafka driver cannot say whether a message arrived."""
    with pytest.raises(exceptions.OptionError) as caught:
        AuditMiddleware(
            answer(),
            driver='messagingv2',
            transport_url='kafka://u:hunter2@h:9092/',
            spool_dir=str(tmp_path),
            forwarder=forwarder,
        )

    assert 'cannot say whether a message arrived' in str(caught.value)
    assert 'hunter2' not in str(caught.value)


def test_spool_refuses_kafka_of_the_service(tmp_path, conf_file):
    """A kafka:// in [DEFAULT] of the service's own file is refused, too."""
    file = conf_file('[DEFAULT]\ntransport_url = kafka://h:9092/\n')

    with pytest.raises(exceptions.OptionError, match=re.escape(file)):
        AuditMiddleware(
            answer(),
            driver='messagingv2',
            oslo_config_file=file,
            spool_dir=str(tmp_path),
        )


def test_no_driver_with_a_spool_is_no_reason_to_warn(tmp_path, caplog):
    """Nothing goes to the log where a collector reads the spool."""
    AuditMiddleware(answer(), spool_dir=str(tmp_path), forwarder='none')

    assert '' == caplog.text


def test_spool_that_nobody_forwards_says_so(tmp_path, caplog):
    """A driver that was forgotten is not noticed when the disk is full."""
    AuditMiddleware(answer(), spool_dir=str(tmp_path))

    assert 'so nobody forwards' in caplog.text
    assert str(tmp_path) in caplog.text
