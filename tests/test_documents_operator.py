# SPDX-License-Identifier: Apache-2.0

"""What an operator pastes in, whether it works as the pages say out."""

import configparser
import contextlib
import json
import re

from paste.deploy import loadwsgi
import pytest

from cadf_audit.exceptions import AuditMapError
from cadf_audit import filter_factory
from tests.audit_map.public_maps import public_maps
from tests.harness import answer
from tests.harness import audit
from tests.harness import call
from tests.harness import environ
from tests.harness import event_log
from tests.pages import find_block
from tests.pages import find_rows
from tests.pages import read
from tests.test_documents import OPTIONS

PAGE = 'openstack.rst'
SNIPPETS = re.findall(r'^   :name: (paste-\w+)$', read(PAGE), re.MULTILINE)

AUDIT_MAP = '[path_keywords]\nthings = thing\n'


class Authtoken:
    """Let the token ``good`` pass as alice, as auth_token would."""

    def __init__(self, app):
        self._app = app

    def __call__(self, environ, start_response):
        """Name the initiator, or refuse the request."""
        if environ.get('HTTP_X_AUTH_TOKEN') != 'good':
            start_response('401 Unauthorized', [])
            return [b'']
        environ['HTTP_X_USER_ID'] = 'alice'
        environ['keystone.token_info'] = {'token': {}}
        return self._app(environ, start_response)


def authtoken_factory(global_conf, **local_conf):
    """Stand in for auth_token."""
    return Authtoken


def other_factory(global_conf, **local_conf):
    """Stand in for any other filter."""
    return lambda app: app


def app_factory(global_conf, **local_conf):
    """Stand in for an application."""
    return answer()


def pipeline_factory(loader, global_conf, **local_conf):
    """Stand in for the pipeline factory of a service: each key is one."""
    for pipeline in local_conf.values():
        *filters, name = pipeline.split()
        app = loader.get_app(name)
        for each in reversed(filters):
            app = loader.get_filter(each)(app)
    return app


def parse(text):
    """Return the sections of a paste file."""
    parser = configparser.RawConfigParser()
    parser.optionxform = str
    parser.read_string(text)
    return {name: dict(parser[name]) for name in parser.sections()}


def pipelines_of(sections):
    """Yield section, key and filters of each pipeline with the filter."""
    for section, keys in sections.items():
        for key, value in keys.items():
            if 'audit' in value.split():
                yield section, key, value.split()


def serve(name, directory):
    """Return the applications of a snippet, each loaded by paste.deploy.

    What the snippet does not define, the other filters and the application,
    is another one here; so is the function that reads the pipelines.
    """
    sections = parse(find_block(PAGE, name))
    audit_map = directory / 'map.conf'
    audit_map.write_text(AUDIT_MAP)
    sections['filter:audit']['audit_map_file'] = str(audit_map)
    sections['filter:audit']['use_oslo_messaging'] = 'false'
    apps = []
    for section, key, words in list(pipelines_of(sections)):
        kind, _, tested = section.partition(':')
        keys = {key: ' '.join(words)}
        if kind == 'composite':
            keys['paste.composite_factory'] = f'{__name__}:pipeline_factory'
        loaded = {section: keys, 'filter:audit': sections['filter:audit']}
        for word in words[:-1]:
            factory = 'authtoken' if word == 'authtoken' else 'other'
            loaded.setdefault(
                f'filter:{word}',
                {'paste.filter_factory': f'{__name__}:{factory}_factory'},
            )
        loaded[f'app:{words[-1]}'] = {
            'paste.app_factory': f'{__name__}:app_factory'
        }
        path = directory / 'api-paste.ini'
        path.write_text(
            '\n'.join(
                f'[{name}]\n'
                + ''.join(f'{k} = {v}\n' for k, v in body.items())
                for name, body in loaded.items()
            )
        )
        apps.append(loadwsgi.loadapp(f'config:{path}', name=tested))
    return apps


def ask(app, token='good'):
    """Return the events of a request that claims to be somebody else's."""
    request = environ(
        path='/things', HTTP_X_AUTH_TOKEN=token, HTTP_X_USER_ID='mallory'
    )
    with event_log() as log:
        call(app, request)
    return log.events


def test_there_is_a_snippet_for_each_service():
    """The services that people name first have their lines on the page."""
    services = (
        'nova cinder glance neutron manila designate trove heat barbican'
    )

    assert {f'paste-{name}' for name in services.split()} <= set(SNIPPETS)


@pytest.mark.parametrize('name', SNIPPETS)
def test_snippet_audits(name, tmp_path):
    """A pipeline of a snippet leaves two events, with who sent the request."""
    apps = serve(name, tmp_path)

    assert apps
    for app in apps:
        pending, final = ask(app)
        assert 'read/list' == pending['action']
        assert 'alice' == final['initiator']['id']


@pytest.mark.parametrize('name', SNIPPETS)
def test_placement_of_a_snippet(name, tmp_path):
    """Only the snippet that promises it sees a refused request."""
    outer = name == 'paste-outer'

    for app in serve(name, tmp_path):
        outcomes = [event['outcome'] for event in ask(app, 'stolen')]
        pending = ask(app)[0]
        assert (['pending', 'failure'] if outer else []) == outcomes
        assert ('unknown' if outer else 'alice') == pending['initiator']['id']


@pytest.mark.parametrize('name', SNIPPETS)
def test_filter_section_is_accepted(name, tmp_path):
    """A filter section as it stands on the page names real options."""
    section = parse(find_block(PAGE, name))['filter:audit']

    assert 'cadf_audit:filter_factory' == section.pop('paste.filter_factory')
    assert section.pop('audit_map_file').startswith('/etc/')
    filter_factory({}, **section, enabled='true', driver='noop')(answer())


@pytest.mark.parametrize('row', find_rows(PAGE, 'other-services'))
def test_other_services(row):
    """What the table wants in the filter section is accepted there."""
    _, section, _, option = row
    key, _, value = option.partition(' = ')

    assert re.fullmatch(r'\[(pipeline|composite):[\w+]+\]', section)
    options = {} if option == 'nothing' else {key: value}
    filter_factory({}, **options, enabled='true', driver='noop')(answer())


@pytest.mark.parametrize(
    'name', ['conf-bus', 'conf-log', 'conf-spool', 'conf-ironic']
)
def test_configuration_of_the_page(name):
    """A configuration of the page names options that exist."""
    sections = parse(find_block(PAGE, name))

    for section, keys in sections.items():
        assert set(keys) <= OPTIONS[section]


@pytest.mark.parametrize('used', [True, False])
def test_map_that_is_not_there_tells_whether_the_section_is_used(
    used, tmp_path
):
    """A wrong map ends the start only if the section is in the pipeline."""
    path = tmp_path / 'api-paste.ini'
    path.write_text(
        '[filter:audit]\npaste.filter_factory = cadf_audit:filter_factory\n'
        'audit_map_file = /nowhere\n'
        f'[app:api]\npaste.app_factory = {__name__}:app_factory\n'
        f'[pipeline:main]\npipeline = {"audit " if used else ""}api\n'
    )
    ends = pytest.raises(AuditMapError) if used else contextlib.nullcontext()

    with ends as caught:
        loadwsgi.loadapp(f'config:{path}')

    assert used == (caught is not None)


# The audit maps


def map_of(service, directory):
    """Return the path of the audit map that the page gives a service."""
    if service.lower() in public_maps():
        return public_maps()[service.lower()]
    path = directory / 'map.conf'
    path.write_text(find_block(PAGE, f'map-{service.lower()}'))
    return str(path)


@pytest.mark.parametrize(
    ('service', 'origin', 'service_type', 'example'), find_rows(PAGE, 'maps')
)
def test_maps(service, origin, service_type, example, tmp_path, caplog):
    """The map of a service means by a request what the table says."""
    if origin.startswith('its source tree'):
        return
    method, path, action, type_uri = example.split()
    catalog = [
        {
            'type': service_type,
            'name': service,
            'endpoints': [{'publicURL': 'http://127.0.0.1'}],
        }
    ]

    _, _, final = audit(
        answer(),
        environ(method, path, HTTP_X_SERVICE_CATALOG=json.dumps(catalog)),
        audit_map_file=map_of(service, tmp_path),
    )

    assert (action, type_uri) == (final['action'], final['target']['typeURI'])
    assert (origin == 'pycadf') == (service.lower() in public_maps())
    assert [] == caplog.records
