# SPDX-License-Identifier: Apache-2.0

"""What an operator is told at start, and whether it says where."""

import pytest

from cadf_audit import AuditMiddleware
from cadf_audit import exceptions
from cadf_audit import filter_factory
from tests.harness import answer


def test_bus_that_nobody_named_is_a_warning(caplog):
    """Oslo goes to the RabbitMQ of this machine, if there is one."""
    AuditMiddleware(answer(), driver='messagingv2')

    assert 'no transport_url is configured' in caplog.text


def test_error_names_the_place_that_is_meant(tmp_path):
    """[DEFAULT] of a paste file and of a configuration file are no section."""
    file = tmp_path / 'svc.conf'
    file.write_text('[DEFAULT]\ntransport_url = rabit://a:b@h/\n')

    with pytest.raises(exceptions.OptionError, match=r'\[DEFAULT\] of the'):
        filter_factory({'driver': 'sqlite'}, enabled='true')(answer())
    with pytest.raises(exceptions.OptionError, match=r'\[DEFAULT\] in .*svc'):
        AuditMiddleware(answer(), driver='noop', oslo_config_file=str(file))


def test_boolean_of_a_file_says_what_is_allowed(tmp_path):
    """Oslo's message shows how it keeps values, and not what it takes."""
    file = tmp_path / 'svc.conf'
    file.write_text('[audit]\nenabled = perhaps\n')

    with pytest.raises(exceptions.OptionError) as caught:
        AuditMiddleware(answer(), oslo_config_file=str(file))

    assert "'perhaps'; allowed are true and false" in str(caught.value)
    assert 'LocationInfo' not in str(caught.value)


@pytest.mark.parametrize('value', ['healthcheck', '/v1/*/7'])
def test_path_that_can_never_match_is_a_warning(value, caplog):
    """A skip list that skips nothing is noticed at start."""
    AuditMiddleware(answer(), use_oslo_messaging=False, ignore_path_list=value)

    assert 'can match no path' in caplog.text


def test_methods_without_commas_are_a_warning(caplog):
    """``GET POST`` is no method."""
    AuditMiddleware(
        answer(), use_oslo_messaging=False, ignore_req_list='GET POST'
    )

    assert 'can match no method' in caplog.text
