# SPDX-License-Identifier: Apache-2.0

"""A service that builds the filter itself, changed as its page says.

The stand-in imports and builds the filter in the way of Ironic, under the
same module names, so that the code of the page runs as it is.
"""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.pages import find_block
from tests.pages import read
from tests.pages import ROOT

PAGE = 'openstack.rst'

AUDIT_MAP = '[path_keywords]\nthings = thing\n'

STAND_IN = """\
import keystonemiddleware.audit as audit_middleware
from oslo_config import cfg

CONF = cfg.CONF
CONF.register_opts(
    [
        cfg.BoolOpt('enabled', default=False),
        cfg.StrOpt('audit_map_file', default='/etc/api_audit_map.conf'),
        cfg.StrOpt('ignore_req_list', default=''),
    ],
    group='audit',
)


class InputFileError(Exception):
    pass


def app(environ, start_response):
    environ['HTTP_X_USER_ID'] = 'alice'
    environ['keystone.token_info'] = {'token': {}}
    start_response('200 OK', [])
    return [b'']


def make():
    CONF([], default_config_files=['service.conf'])
    if not CONF.audit.enabled:
        return app
    try:
        return audit_middleware.AuditMiddleware(
            app,
            audit_map_file=CONF.audit.audit_map_file,
            ignore_req_list=CONF.audit.ignore_req_list,
        )
    except (OSError, audit_middleware.PycadfAuditApiConfigError) as exc:
        raise InputFileError(f'Error with file. Reason: {exc}') from exc
"""

SERVE = """\
import logging
import sys
from wsgiref.util import setup_testing_defaults
logging.basicConfig(level='INFO', format='%(message)s', stream=sys.stdout)
from audited_api import application
from tests.canaries import seed
for method in ('GET', 'HEAD'):
    environ = {'REQUEST_METHOD': method}
    setup_testing_defaults(seed(environ))
    list(application(environ, lambda *args: None))
"""


class Service:
    """A service that, like Ironic, imports and builds the filter itself.

    :param directory: where it stands
    """

    def __init__(self, directory):
        self._directory = directory
        package = directory / 'ironic'
        for each in (package, package / 'api', package / 'wsgi'):
            each.mkdir()
            (each / '__init__.py').write_text('')
        (package / 'api' / 'app.py').write_text(STAND_IN)
        (package / 'wsgi' / 'api.py').write_text(
            'from ironic.api.app import make\napplication = make()\n'
        )
        (directory / 'map.conf').write_text(AUDIT_MAP)

    def run(self, code, configuration):
        """Return the result of running a module of the page."""
        (self._directory / 'service.conf').write_text(
            configuration.replace('/etc/ironic/api_audit_map.conf', 'map.conf')
        )
        (self._directory / 'audited_api.py').write_text(
            code.replace('/etc/ironic/api_audit_map.conf', 'map.conf')
        )
        return subprocess.run(
            [sys.executable, '-W', 'ignore', '-c', SERVE],
            cwd=self._directory,
            env=os.environ | {'PYTHONPATH': f'{self._directory}:{ROOT}'},
            capture_output=True,
            text=True,
        )

    def change_import(self, line):
        """Put a line of the page in the place of the import."""
        path = self._directory / 'ironic' / 'api' / 'app.py'
        old = re.search(r'import\s+keystone\S+ as \w+', read(PAGE))[0]
        old = ' '.join(old.split())
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, line))


@pytest.fixture
def service(tmp_path):
    """A service that imports the filter itself."""
    return Service(tmp_path)


def to_the_log(name):
    """Return a configuration of the page, with the log as the way out."""
    return find_block(PAGE, name).replace(
        'driver = messagingv2', 'use_oslo_messaging = false'
    )


def events_of(done):
    """Return the events that a service has logged."""
    assert not done.returncode, done.stderr
    lines = [line for line in done.stdout.splitlines() if line[0] == '{']
    return [json.loads(line)['payload'] for line in lines]


def test_replaced_import(service):
    """The module of the page makes a service build our filter."""
    done = service.run(
        find_block(PAGE, 'import-replaced'), to_the_log('conf-ironic')
    )

    assert ['pending', 'success'] == [e['outcome'] for e in events_of(done)]


def test_changed_import(service):
    """So does the changed line in the module of the service."""
    service.change_import(find_block(PAGE, 'import-changed').strip())

    done = service.run(
        'from ironic.wsgi.api import application', to_the_log('conf-ironic')
    )

    assert ['pending', 'success'] == [e['outcome'] for e in events_of(done)]


def test_wrong_map_is_the_error_of_the_service(service):
    """A map that cannot be used is what the service calls a file error."""
    done = service.run(
        find_block(PAGE, 'import-replaced'),
        to_the_log('conf-ironic').replace('map.conf', 'nowhere.conf'),
    )

    assert re.search(
        r'InputFileError: .* audit map \S*nowhere.conf: cannot be read',
        done.stderr,
    )


def test_wrong_option_is_an_error_of_ours(service):
    """An option that cannot be used stops the start with our own error."""
    done = service.run(
        find_block(PAGE, 'import-replaced'),
        find_block(PAGE, 'conf-ironic').replace('messagingv2', 'rabbit'),
    )

    assert 'OptionError: [audit_middleware_notifications] in' in done.stderr
    assert 'InputFileError' not in done.stderr


@pytest.mark.parametrize(
    ('enabled', 'count'), [('', 4), ('enabled = false', 0)]
)
def test_wrapped_from_outside(service, enabled, count):
    """A wrapped service is audited once, unless enabled is false."""
    done = service.run(
        find_block(PAGE, 'wrapped'),
        f'[audit]\n{enabled}\n' + find_block(PAGE, 'conf-log'),
    )

    events = events_of(done)
    assert count == len(events)
    assert ['unknown', 'alice'] * (count // 2) == [
        event['initiator']['id'] for event in events
    ]


def test_logging_configuration(tmp_path):
    """The logging configuration writes bare lines to a file of their own."""
    path = tmp_path / 'audit.log'
    configuration = tmp_path / 'logging.conf'
    configuration.write_text(
        find_block(PAGE, 'logging-conf').replace(
            '/var/log/nova/audit.log', str(path)
        )
    )
    code = (
        'import logging.config, sys\n'
        f'logging.config.fileConfig({str(configuration)!r})\n'
        'from cadf_audit import AuditMiddleware\n'
        'from tests.harness import answer, call, environ\n'
        'app = AuditMiddleware(answer(), use_oslo_messaging=False)\n'
        'call(app, environ())\n'
    )

    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', code],
        env=os.environ | {'PYTHONPATH': str(ROOT)},
        capture_output=True,
        text=True,
    )

    assert '' == done.stderr
    lines = path.read_text().splitlines()
    assert ['pending', 'success'] == [
        json.loads(line)['payload']['outcome'] for line in lines
    ]
