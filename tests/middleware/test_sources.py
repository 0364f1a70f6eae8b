# SPDX-License-Identifier: Apache-2.0

"""The configuration of a service around the filter, and what it leaves us."""

from oslo_config import cfg
import pytest

from cadf_audit import AuditMiddleware
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


def host_with(file, *opts):
    """Return a host that registered options of its own in [audit]."""
    host = cfg.ConfigOpts()
    host.register_opts(opts, group='audit')
    host([], project='svc', default_config_files=[file])
    return host


def test_option_of_the_host_is_read_from_the_host(conf_file):
    """A text option of the host becomes the list that we declare."""
    host = host_with(
        conf_file('[audit]\nignore_req_list = GET,HEAD\n'),
        cfg.StrOpt('ignore_req_list', default='', help='their words'),
    )

    settings = load_settings({'oslo_config_config': host})

    assert ('GET', 'HEAD') == settings.ignore_req_list


def test_option_that_the_host_leaves_without_a_value(conf_file):
    """A host that registers an option without a default gets ours."""
    host = host_with(
        conf_file(''), cfg.StrOpt('endpoint'), cfg.StrOpt('identity_source')
    )

    settings = load_settings({'oslo_config_config': host})

    assert ('API', 'headers') == (settings.endpoint, settings.identity_source)


def test_override_of_the_host_counts(conf_file):
    """What the host sets in code is seen, too."""
    host = host_with(conf_file(''), cfg.StrOpt('service_name'))
    host.set_override('service_name', 'forced', group='audit')

    settings = load_settings({'oslo_config_config': host})

    assert 'forced' == settings.publisher_id


def test_default_of_the_host_is_no_decision(conf_file):
    """Ironic's [audit] enabled is false until somebody says more."""
    option = cfg.BoolOpt('enabled', default=False)
    host = host_with(conf_file(''), option)

    assert load_settings({'oslo_config_config': host}) is not None


def test_value_of_the_host_is_a_decision(conf_file):
    """The operator's false in the host's file stops the filter."""
    option = cfg.BoolOpt('enabled', default=True)
    host = host_with(conf_file('[audit]\nenabled = false\n'), option)

    assert load_settings({'oslo_config_config': host}) is None


def test_host_keeps_its_own_registrations_only(conf_file):
    """Nothing is registered on the host, so nothing can collide."""
    host = host_with(conf_file('[audit]\nendpoint = UI\n'))

    AuditMiddleware(answer(), driver='noop', oslo_config_config=host)

    for group in (
        'audit_middleware_notifications',
        'oslo_messaging_rabbit',
    ):
        assert group not in host
    with pytest.raises(cfg.NoSuchOptError):
        _ = host.audit.endpoint
    host.register_opt(cfg.StrOpt('endpoint', help='x'), group='audit')
    assert 'UI' == host.audit.endpoint


def test_drivers_of_oslo_are_the_fallback(conf_file):
    """[oslo_messaging_notifications] serves where ours is unset."""
    file = conf_file(
        '[oslo_messaging_notifications]\n'
        'driver = noop\ndriver = test\ntopics = x,y\nretry = 2\n'
        'transport_url = rabbit://h/\n'
    )

    settings = load_settings({'oslo_config_file': file})

    assert ('noop', 'test') == settings.drivers.value
    assert ('x', 'y') == settings.topics
    assert 2 == settings.retry
    assert 'rabbit://h/' == settings.transport_url.value


def test_no_retry_unless_the_operator_wants_it(conf_file):
    """Oslo's default of -1 blocks for ever, or loses at once."""
    settings = load_settings({'oslo_config_file': conf_file('')})

    assert 0 == settings.retry
