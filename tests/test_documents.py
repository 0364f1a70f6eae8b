# SPDX-License-Identifier: Apache-2.0

"""What the documents say in, whether the package does it out."""

import configparser
import inspect
import re
import textwrap

import pytest
import yaml

from cadf_audit.audit_map import load_audit_map
from cadf_audit.exceptions import AuditMapError
from cadf_audit.middleware.handle import EventHandle
from cadf_audit.notification import build_message
from cadf_audit.opts import list_opts
from cadf_audit import taxonomy
from tests.harness import answer
from tests.harness import audit
from tests.harness import environ
from tests.pages import example_map
from tests.pages import find_block
from tests.pages import find_json
from tests.pages import find_rows
from tests.pages import PAGES
from tests.pages import read
from tests.pages import ROOT
from tests.pages import without_chance

SAMPLE_MAP = ROOT / 'etc' / 'api_audit_map.conf.sample'
SERVICE = 'service/compute/baremetal'

# METHOD path -> action  ...kind
SAMPLE_ROWS = re.findall(
    r'^#   ([A-Z]+) (/\S*) -> (\S+)  \.\.\.(\S+)$',
    SAMPLE_MAP.read_text(encoding='utf-8'),
    re.MULTILINE,
)

OPTIONS = {group: {opt.dest for opt in opts} for group, opts in list_opts()}
ALL_OPTIONS = set().union(*OPTIONS.values())


def meaning(request, audit_map_file):
    """Return action and typeURI of a request without a catalogue."""
    _, _, final = audit(answer(), request, audit_map_file=audit_map_file)
    return final['action'], final['target']['typeURI']


# The audit map


def test_sample_map_loads(caplog):
    """The sample map has no error and causes no warning."""
    audit_map = load_audit_map(str(SAMPLE_MAP))
    arrows = SAMPLE_MAP.read_text(encoding='utf-8').count(' -> ')

    # One arrow stands in the legend.
    assert arrows - 1 == len(SAMPLE_ROWS)
    assert {'baremetal': SERVICE} == audit_map.service_endpoints
    assert [] == caplog.records


@pytest.mark.parametrize(('method', 'path', 'action', 'kind'), SAMPLE_ROWS)
def test_sample_map_says_the_truth(method, path, action, kind):
    """A request that the sample map explains means what it says."""
    request = environ(method, path)

    assert (action, SERVICE + kind) == meaning(request, str(SAMPLE_MAP))


@pytest.mark.parametrize(
    ('method', 'path', 'action', 'type_uri'),
    find_rows('audit_map.rst', 'example-requests'),
)
def test_example_requests(method, path, action, type_uri, tmp_path):
    """A request of the page about maps means what its row says."""
    request = environ(method, path)

    assert (action, type_uri) == meaning(request, example_map(tmp_path))


@pytest.mark.parametrize(
    ('method', 'on_keyword', 'on_other'),
    find_rows('audit_map.rst', 'actions-by-method'),
)
def test_actions_by_method(method, on_keyword, on_other, tmp_path):
    """Without a rule the method and the ending give the action."""
    ours = [
        meaning(environ(method, path), example_map(tmp_path))[0]
        for path in ('/nodes', '/nodes/7')
    ]

    assert [on_keyword, on_other] == ours


@pytest.mark.parametrize(
    ('body', 'action'), find_rows('audit_map.rst', 'body-actions')
)
def test_body_actions(body, action, tmp_path):
    """The body of a POST to .../action gives the action of its row."""
    raw = b'' if body == '(empty)' else body.encode()
    request = environ('POST', '/v1/nodes/7/action', body=raw)

    assert action == meaning(request, example_map(tmp_path))[0]


def test_taxonomy():
    """The page about maps lists the actions and services of CADF."""
    services = {uri for uri in taxonomy.RESOURCES if uri.startswith('service')}

    assert sorted(taxonomy.ACTIONS) == sorted(
        find_block('audit_map.rst', 'cadf-actions').split()
    )
    assert sorted(services) == sorted(
        find_block('audit_map.rst', 'cadf-services').split()
    )


def test_error_of_a_bad_map(tmp_path):
    """The error that the page shows is the error that the map causes."""
    path = tmp_path / 'map.conf'
    path.write_text(find_block('audit_map.rst', 'bad-map'))

    with pytest.raises(AuditMapError) as caught:
        load_audit_map(str(path))

    shown = find_block('audit_map.rst', 'bad-map-error').split()
    said = str(caught.value).split()
    shown[2] = said[2] = 'PATH,'
    assert shown == said


# The handle


def parameters_of(method):
    """Return the parameters of a method as its page writes them."""
    _self, *parameters = inspect.signature(method).parameters.values()
    plain = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in parameters
    ]
    return str(inspect.Signature(plain))


def test_methods_of_the_handle_are_documented():
    """The page promises each method with its parameters, but for apply."""
    promised = dict(
        re.findall(r'^\.\. py:method:: (\w+)(.*)$', read('handle.rst'), re.M)
    )

    public = {
        name: parameters_of(method)
        for name, method in inspect.getmembers(EventHandle, callable)
        if not name.startswith('_') and name != 'apply'
    }
    assert promised == public
    assert '* ``apply`` and ``facts`` are' in read('handle.rst')


def test_example_application():
    """The application of the page adds the facts of the page."""
    names = {}
    exec(find_block('handle.rst', 'example-application'), names)
    documented = find_json('handle.rst', 'example-facts')

    _, _, final = audit(names['application'], environ())

    told = {part: final[part] for part in documented}
    assert without_chance(documented) == without_chance(told)


# Options and delivery


def test_every_option_is_documented():
    """The options page names each option, and nothing that is none."""
    rows = find_rows('options.rst', 'tasks')

    every = [name for names in OPTIONS.values() for name in names]
    assert sorted(every) == sorted(name for _, name in rows)


def test_options_page_shows_what_the_generator_shows():
    """The generated part of the page is made from list_opts."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / 'setup.cfg')
    points = setup['options.entry_points']['oslo.config.opts'].split('\n')

    assert '.. show-options::\n\n   cadf_audit\n' in read('options.rst')
    assert 'cadf_audit = cadf_audit.opts:list_opts' in points


def test_keys_of_a_notification():
    """The page about delivery lists the keys of the message."""
    lines = find_block('delivery.rst', 'message-keys').splitlines()

    assert [line.split()[0] for line in lines] == list(
        build_message('publisher', 'type', {})
    )


# README and all pages


def readme_blocks():
    """Yield the code blocks of the README that are INI."""
    text = (ROOT / 'README.md').read_text(encoding='utf-8')
    fenced = re.compile(r'^```(\w*)\n(.*?)^```$', re.M | re.S)
    blocks = [code for lang, code in fenced.findall(text) if lang == 'ini']
    rest = fenced.sub('', text)
    blocks += map(
        textwrap.dedent, re.findall(r'(?<=\n\n)(?:    [^\n]*\n|\n)+', rest)
    )
    for block in blocks:
        if re.match(r'\s*\[', block):
            yield block
        elif re.match(r'\s*[\w.]+ = ', block):
            yield '[filter:part]\n' + block


def test_readme_names_real_options():
    """The INI blocks of the README parse, and their keys are options."""
    blocks = list(readme_blocks())

    assert blocks
    for block in blocks:
        parser = configparser.ConfigParser()
        parser.read_string(block)
        for section in parser.sections():
            keys = set(parser[section]) - {'paste.filter_factory', 'use'}
            if section.startswith('filter:audit'):
                assert keys <= ALL_OPTIONS, section
            elif section in OPTIONS:
                assert keys <= OPTIONS[section], section


def test_readme_links():
    """Each relative link of the README leads to a file."""
    text = (ROOT / 'README.md').read_text(encoding='utf-8')
    links = re.findall(r'\]\(([^)#]+)', text)

    assert [] == [
        link
        for link in links
        if '://' not in link and not (ROOT / link).exists()
    ]


def test_pages_name_real_files():
    """Files that the pages name in etc/ and examples/ are there."""
    names = {
        name
        for page in PAGES.glob('*.rst')
        for name in re.findall(r'``((?:etc|examples)/[^`]+)``', read(page))
    }

    assert names
    assert [] == [name for name in names if not (ROOT / name).exists()]


@pytest.mark.parametrize(
    'note',
    sorted((ROOT / 'releasenotes' / 'notes').glob('*.yaml')),
    ids=lambda note: note.stem,
)
def test_release_notes(note):
    """A release note has sections that reno knows, with lists of texts."""
    sections = yaml.safe_load(note.read_text(encoding='utf-8'))
    prelude = sections.pop('prelude', '')

    known = {'features', 'upgrade', 'fixes', 'security', 'issues'}
    assert isinstance(prelude, str)
    assert set(sections) <= known | {'deprecations', 'critical', 'other'}
    for items in sections.values():
        assert all(isinstance(item, str) for item in items)
