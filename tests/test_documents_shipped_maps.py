# SPDX-License-Identifier: Apache-2.0

"""The page about the maps that we ship in, whether it tells the truth out."""

import configparser
import pathlib
import re
import subprocess
import sys

import pytest
import yaml

import cadf_audit
from cadf_audit.audit_map.files import find_map
from cadf_audit.audit_map.files import is_yaml
from cadf_audit.audit_map.files import shipped_maps
from cadf_audit.audit_map import load_audit_map
from tests.harness import answer
from tests.harness import call
from tests.harness import environ
from tests.harness import event_log
from tests.pages import find_block
from tests.pages import find_rows
from tests.pages import read
from tests.pages import ROOT
from tests.plays import parse_short
from tests.plays import summaries

PAGE = 'shipped_maps.rst'
ROUTES = ROOT / 'tests' / 'data' / 'routes'

SHIPPED = find_rows(PAGE, 'shipped')


def test_page_has_each_map():
    """The table has the maps that there are, and no other."""
    assert shipped_maps() == [row[0] for row in SHIPPED]


@pytest.mark.parametrize('row', SHIPPED, ids=lambda row: row[0])
def test_row_of_a_map(row):
    """A row tells the release, the typeURIs and the paths of a map."""
    name, release, type_uri, paths = row
    head = (ROUTES / f'{name}.txt').read_text().partition('\n')[0]
    loaded = load_audit_map(name)

    assert loaded.strict
    assert head == f'# Routes of {name}: {release}'
    assert name == loaded.service_name
    rules = yaml.safe_load(pathlib.Path(find_map(name)).read_text())
    assert type_uri == rules['service_type']
    (first, *_) = loaded.resources
    prefixes = re.findall(r'/v[\d.]+', paths)
    prefixes += [''] if 'or nothing' in paths else []
    for prefix in prefixes:
        match = loaded.match('GET', f'{prefix}/{first}')
        assert match.resource or match.rest == first, prefix
    project = loaded.match('GET', f'{prefixes[0]}/{"0" * 32}/{first}')
    assert ('a project may follow' in paths) == bool(project.project_id)


@pytest.mark.parametrize(
    ('name', 'request_', 'told'), find_rows(PAGE, 'shipped-requests')
)
def test_example(name, request_, told):
    """A request of the table leaves the event of its row."""
    ((play, expected),) = parse_short(f'{request_}\n  {told}')

    assert expected == summaries(play.events(name))


# Method and path, and what the page says of it.
UNTOLD = [
    ('ironic', 'DELETE /v1/nodes?node_ident=n', 'delete', 'the-service'),
    ('ironic', 'GET /v1/nodes/n?_method=patch', 'update', 'n'),
]

# A path with a secret, of each that the page names.
SECRETS = [
    ('keystone', 'DELETE /v2.0/tokens/s3cret'),
    ('keystone', 'GET /v2.0/tokens/s3cret/what/is'),
    ('keystone', 'PUT /v3/OS-OAUTH1/authorize/s3cret'),
    ('nova', 'GET /v2.1/os-console-auth-tokens/s3cret'),
]


@pytest.mark.parametrize(('name', 'request_', 'action', 'target'), UNTOLD)
def test_what_a_map_does_not_tell(name, request_, action, target):
    """A request of the list has the action that the page says."""
    ((play, _),) = parse_short(request_)

    (told,) = summaries(play.events(name))

    assert told.startswith(f'-> {action} ')
    assert f' id={target}' in told
    assert f'``{action}``' in read(PAGE)


@pytest.mark.parametrize(('name', 'request_'), SECRETS)
def test_secret_in_a_path(name, request_):
    """No event of the request has the secret."""
    ((play, _),) = parse_short(request_)

    events = play.events(name)

    assert 's3cret' not in str(events)
    assert '***' in events[0][1]['requestPath']


def test_method_in_a_form():
    """A form can name the method, which the final event tells."""
    ((play, _),) = parse_short('POST /v1/nodes/n _method=delete')

    pending, final = [event for _, event in play.events('ironic')]

    assert ('update', 'delete') == (pending['action'], final['action'])


def test_positions_of_pecan():
    """A path that only Pecan makes sense of is undeclared."""
    path = '/v1/chassis/C/nodes/N/states/provision'

    assert load_audit_map('ironic').match('PUT', path).rest


# The page about audit maps, and README


@pytest.mark.parametrize('text', ['version: 2\n', '[path_keywords]\n'])
def test_format_of_a_file(text):
    """The ending of a file tells its format; where it does not, its text."""
    formats = find_rows('audit_map.rst', 'formats')
    ((*_, by_tree, by_words),) = [
        row for row in formats if 'ends in' in row[0]
    ]

    assert all(is_yaml(f'map{end}', text) for end in by_tree.split(', '))
    assert not any(is_yaml(f'map{end}', text) for end in by_words.split(', '))
    assert text.startswith('version') == is_yaml('audit_map', text)


def test_copy_of_a_map(tmp_path):
    """The commands of the page copy a map, in which nothing is found."""
    commands = find_block(PAGE, 'copy').partition('cadf-audit')[0]
    commands = commands.replace('python', sys.executable)
    target = tmp_path / 'audit_map.yaml'

    subprocess.run(
        ['sh', '-e', '-c', commands.replace('/etc/nova', str(tmp_path))],
        check=True,
        cwd=ROOT,
    )

    assert load_audit_map(str(target)) == load_audit_map('nova')


@pytest.mark.parametrize(
    'path',
    [
        'doc/source/audit_map.rst',
        'doc/source/openstack.rst',
        'README.md',
        'etc/api-paste.ini.sample',
        'etc/resource_map.yaml.sample',
    ],
)
def test_lists_of_maps(path):
    """Wherever the maps are listed, all of them are."""
    text = (ROOT / path).read_text(encoding='utf-8')
    words = ' '.join(text.replace('\n# ', ' ').split())
    listed = re.search(r'nova, neutron[a-z, ]+', words)[0]

    assert set(shipped_maps()) <= set(re.findall(r'\w+', listed))


def test_section_of_the_page():
    """The filter section of the page starts a filter with that map."""
    parser = configparser.ConfigParser()
    parser.read_string(find_block(PAGE, 'shipped-section'))
    section = dict(parser['filter:audit'])
    name = section.pop('paste.filter_factory').partition(':')[2]
    factory = getattr(cadf_audit, name)

    with event_log() as log:
        app = factory({}, **section, use_oslo_messaging='false')(answer())
        call(app, environ())

    assert 'nova' == log.pair()[1]['observer']['name']
    assert {'nova'} == {each['publisher_id'] for each in log.messages}


def test_tool_that_lists_routes(tmp_path):
    """The tool of the page takes the name of each service."""
    command = find_block(PAGE, 'list-routes').splitlines()[2]
    script = re.search(r'tools/\w+\.py', command)[0]

    asked = subprocess.run(
        [sys.executable, ROOT / script, '--help'],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )

    assert set(shipped_maps()) <= set(re.findall(r'\w+', asked.stdout))
