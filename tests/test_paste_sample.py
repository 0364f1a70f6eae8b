# SPDX-License-Identifier: Apache-2.0

"""The paste sample goes in, loaded for real; audited pipelines come out."""

import json
import logging
import pathlib
import re
from wsgiref.util import setup_testing_defaults

from paste.deploy import loadapp
import pytest

from cadf_audit import list_opts

SAMPLE = pathlib.Path(__file__).parents[1] / 'etc' / 'api-paste.ini.sample'
AUDIT_MAP = """\
[path_keywords]
nodes = node
[service_endpoints]
baremetal = service/compute/baremetal
"""
POLICY = """\
version: 1
rules:
- level: metadata
"""


class Authtoken:
    """Let the token ``good`` pass as alice, as auth_token would."""

    def __init__(self, app):
        self._app = app

    def __call__(self, environ, start_response):
        """Name the initiator, or refuse the request."""
        if environ.get('HTTP_X_AUTH_TOKEN') != 'good':
            start_response('401 Unauthorized', [('Content-Length', '0')])
            return [b'']
        environ['HTTP_X_USER_NAME'] = 'alice'
        environ['HTTP_X_USER_ID'] = 'u-alice'
        environ['HTTP_X_IDENTITY_STATUS'] = 'Confirmed'
        return self._app(environ, start_response)


def authtoken_factory(global_conf, **local_conf):
    """Stand in for keystonemiddleware.auth_token:filter_factory."""
    return Authtoken


def api(environ, start_response):
    """Be the API of the service: everything is there."""
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'here it is']


def api_factory(global_conf, **local_conf):
    """Stand in for the application of the service."""
    return api


@pytest.fixture
def sample(tmp_path):
    """The text of the sample, with this test's API, Keystone and files."""
    (tmp_path / 'api_audit_map.conf').write_text(AUDIT_MAP)
    (tmp_path / 'yourservice.conf').write_text('[audit]\nenabled = true\n')
    (tmp_path / 'audit_policy.yaml').write_text(POLICY)
    key = tmp_path / 'audit.key'
    key.write_text('0123456789abcdef' * 4)
    key.chmod(0o600)
    return (
        SAMPLE.read_text()
        .replace('/etc/yourservice', str(tmp_path))
        .replace('/var/lib/yourservice', str(tmp_path))
        .replace('yourservice.api:app_factory', f'{__name__}:api_factory')
        .replace(
            'keystonemiddleware.auth_token:filter_factory',
            f'{__name__}:authtoken_factory',
        )
    )


@pytest.fixture
def events(caplog):
    """A function that returns the events so far."""
    caplog.set_level(logging.INFO, 'cadf_audit.events')
    return lambda: [
        json.loads(record.getMessage())['payload']
        for record in caplog.records
        if record.name == 'cadf_audit.events'
    ]


def uncomment(text, *options):
    """Return the paste file with these commented-out options set."""
    for option in options:
        text = re.sub(rf'(?m)^# ({option} = )', r'\1', text)
    return text


def filter_options(text):
    """Return the names of all options that the filter section shows."""
    section = text.partition('\n[filter:audit]\n')[2].partition('\n[')[0]
    return set(re.findall(r'(?m)^(?:# )?(\w+) = ', section)) - {'use'}


def load(tmp_path, text):
    """Load a paste file, as a server does at its start."""
    path = tmp_path / 'api-paste.ini'
    path.write_text(text)
    return loadapp(f'config:{path}')


def get(app, path, **extra):
    """Send a GET request through the loaded application."""
    environ = {'PATH_INFO': path, 'SCRIPT_NAME': '', **extra}
    setup_testing_defaults(environ)
    statuses = []

    def start_response(status, headers, exc_info=None):
        statuses.append(status)

    answer = app(environ, start_response)
    list(answer)
    getattr(answer, 'close', lambda: None)()
    return statuses[-1]


def test_inner_placement_names_the_initiator_in_both_events(
    sample, tmp_path, events
):
    """Behind authtoken, the pending event knows who is calling."""
    text = uncomment(sample, 'enabled', 'use_oslo_messaging')
    app = load(tmp_path, text)

    status = get(app, '/v1/nodes', HTTP_X_AUTH_TOKEN='good')

    assert '200 OK' == status
    assert ['pending', 'success'] == [e['outcome'] for e in events()]
    assert ['alice'] * 2 == [e['initiator']['name'] for e in events()]
    assert ['/v1/nodes'] * 2 == [e['requestPath'] for e in events()]
    assert ['read/list'] * 2 == [e['action'] for e in events()]


def test_inner_placement_does_not_see_refused_tokens(sample, tmp_path, events):
    """What authtoken answers itself leaves no event, as the sample says."""
    text = uncomment(sample, 'enabled', 'use_oslo_messaging')
    app = load(tmp_path, text)

    status = get(app, '/v1/nodes', HTTP_X_AUTH_TOKEN='stolen')

    assert '401 Unauthorized' == status
    assert [] == events()


def test_outer_placement_sees_refused_tokens(sample, tmp_path, events):
    """Before authtoken, a 401 leaves its two events."""
    text = uncomment(sample, 'enabled', 'use_oslo_messaging')
    app = load(tmp_path, text.replace('/v1 = v1\n', '/v1 = v1_outer\n'))

    status = get(app, '/v1/nodes', HTTP_X_AUTH_TOKEN='stolen')

    pending, final = events()
    assert '401 Unauthorized' == status
    assert 'pending' == pending['outcome']
    assert 'failure' == final['outcome']
    assert '401' == final['reason']['reasonCode']


def test_outer_placement_names_the_initiator_in_the_final_event(
    sample, tmp_path, events
):
    """Before authtoken, only the final event can know who called."""
    text = uncomment(sample, 'enabled', 'use_oslo_messaging')
    app = load(tmp_path, text.replace('/v1 = v1\n', '/v1 = v1_outer\n'))

    get(app, '/v1/nodes', HTTP_X_AUTH_TOKEN='good')

    pending, final = events()
    assert 'unknown' == pending['initiator']['name']
    assert 'alice' == final['initiator']['name']


@pytest.mark.parametrize('path', ['/', '/healthcheck'])
def test_pipelines_without_the_filter_are_not_audited(
    sample, tmp_path, events, path
):
    """The composite leads these paths past the filter."""
    text = uncomment(sample, 'enabled', 'use_oslo_messaging')
    app = load(tmp_path, text)

    status = get(app, path)

    assert '200 OK' == status
    assert [] == events()


def test_configuration_file_of_the_service_enables_the_filter(
    sample, tmp_path, events
):
    """[audit] enabled = true in the named file is enough."""
    text = uncomment(
        sample,
        'oslo_config_project',
        'oslo_config_file',
        'use_oslo_messaging',
    )
    without_map = re.sub(r'(?m)^audit_map_file = .*\n', '', text)
    app = load(tmp_path, without_map)

    get(app, '/v1/nodes', HTTP_X_AUTH_TOKEN='good')

    assert ['pending', 'success'] == [e['outcome'] for e in events()]


def test_entry_point_gives_the_same_filter(sample, tmp_path, events):
    """``use = egg:cadf_audit#audit`` finds the installed filter."""
    text = uncomment(sample, 'enabled', 'use_oslo_messaging', 'use')
    factory = 'paste.filter_factory = cadf_audit:filter_factory\n'
    app = load(tmp_path, text.replace(factory, ''))

    get(app, '/v1/nodes', HTTP_X_AUTH_TOKEN='good')

    assert ['pending', 'success'] == [e['outcome'] for e in events()]


def test_every_option_that_the_sample_shows_is_accepted(sample, tmp_path):
    """An operator may remove the comment sign from any option."""
    app = load(tmp_path, uncomment(sample, *filter_options(sample)))

    get(app, '/v1/nodes', HTTP_X_AUTH_TOKEN='good')

    (segment,) = (tmp_path / 'audit').glob('*/*.jsonl')
    lines = segment.read_text().rstrip('\0').splitlines()
    payloads = [json.loads(line)['message']['payload'] for line in lines]
    # The first one tells of the policy.
    assert ['control', 'activity', 'activity'] == [
        e['eventType'] for e in payloads
    ]
    assert ['pending', 'success'] == [e['outcome'] for e in payloads[1:]]


def test_sample_shows_every_option(sample):
    """No option of the filter is missing in the sample."""
    known = {
        option.name
        for group, options in list_opts()
        for option in options
        # These are no business of a filter.
        if group != 'audit_trail'
    }

    assert set() == known - filter_options(sample)
