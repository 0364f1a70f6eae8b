# SPDX-License-Identifier: Apache-2.0

"""The keys at the top of a resource map: what each does and how it errs."""

import pytest

from cadf_audit.audit_map import load_audit_map
from cadf_audit.audit_map import read_resource_map
from tests.harness import audited
from tests.resource_maps import answering
from tests.resource_maps import HEAD
from tests.resource_maps import HEAD_1
from tests.resource_maps import map_file
from tests.resource_maps import play
from tests.resource_maps import read
from tests.resource_maps import refusal

SERVERS = 'servers:\n'


def loaded(text):
    """Load a map from a file, as the filter does."""
    with map_file(text) as path:
        return load_audit_map(path)


def test_service_is_the_observer_and_the_reporter():
    """Its typeURI is that of its type below service/, and it has a name."""
    final = play(SERVERS, 'GET', '/v2/servers').final

    assert 'service/compute' == final['observer']['typeURI']
    assert 'nova' == final['observer']['name']
    assert final['observer'] == final['reporterchain'][0]['reporter']


def test_service_has_the_same_id_in_each_process_and_an_own_one():
    """The id follows from the name alone, so hosts agree on it."""
    other = HEAD.replace('nova', 'cinder')
    ids = [
        play(SERVERS, 'GET', '/v2/servers', head=head).final['observer']['id']
        for head in (HEAD, HEAD.replace('compute', 'storage'), other)
    ]

    assert '88245718-4c62-53ba-ab6b-3b74f1371bac' == ids[0] == ids[1]
    assert ids[0] != ids[2]


@pytest.mark.parametrize(
    ('service_type', 'expected'),
    [
        ('compute', 'service/compute'),
        ('service/dns', 'service/dns'),
        ('data/security/keymanager', 'service/data/security/keymanager'),
    ],
)
def test_type_of_a_service_begins_with_service_once(service_type, expected):
    """A type that says service already is taken as it is."""
    head = HEAD.replace('compute', service_type)
    final = play(SERVERS, 'GET', '/v2/servers', head=head).final

    assert expected == final['observer']['typeURI']
    assert f'{service_type}/servers' == final['target']['typeURI']


def test_observer_type_uri_replaces_that_of_the_service():
    """The typeURIs of resources still begin with the service type."""
    head = f'{HEAD}observer_type_uri: service/oss/monitoring\n'
    final = play(SERVERS, 'GET', '/v2/servers', head=head).final

    assert 'service/oss/monitoring' == final['observer']['typeURI']
    assert 'compute/servers' == final['target']['typeURI']


def test_service_without_a_name_is_called_by_its_type():
    """Target and observer say it."""
    head = HEAD.replace('service_name: nova\n', '')
    final = play(SERVERS, 'GET', '/v2/servers', head=head).final

    assert 'compute' == final['observer']['name'] == final['target']['name']


def test_ending_json_is_no_part_of_an_id():
    """Frameworks take it for the wish for JSON."""
    for path in ('/v2/servers/1.json', '/v2/servers/1.json/'):
        assert '1' == play(SERVERS, 'GET', path).final['target']['id']


def test_ending_json_is_a_part_of_an_id_where_the_map_says_so():
    """An object store has files of that name."""
    head = f'{HEAD}json_suffix: false\n'
    final = play(SERVERS, 'GET', '/v2/servers/1.json', head=head).final

    assert '1.json' == final['target']['id']


@pytest.mark.parametrize(
    ('method', 'query', 'expected'),
    [
        ('POST', '_method=delete', 'delete'),
        ('POST', 'a=b&_method=PUT', 'update'),
        ('POST', '%5Fmethod=DELE%54E', 'delete'),
        ('POST', '_method=GET&_method=DELETE', 'delete'),
        ('GET', '_method=DELETE', 'delete'),
        ('PUT', '_method=DELETE', 'delete'),
        ('HEAD', '_method=delete', 'delete'),
        ('FOO', '_method=delete', 'delete'),
        ('DELETE', '_method=get', 'read'),
        ('POST', '_method=', 'unknown'),
        ('POST', '_method=DELETE&_method=', 'unknown'),
        ('POST', 'x_method=DELETE', 'update'),
        ('POST', '_method=BREW', 'unknown'),
        ('POST', '', 'update'),
    ],
)
def test_method_parameter_stands_in_for_the_method(method, query, expected):
    """It does so for all methods, and the last one counts, as in Pecan."""
    head = f'{HEAD}method_parameter: _method\n'
    path = f'/v2/servers/1?{query}'
    final = play(SERVERS, method, path, head=head).final

    assert expected == final['action']
    assert '1' == final['target']['id']


@pytest.mark.parametrize(
    ('content_type', 'body', 'expected'),
    [
        ('application/x-www-form-urlencoded', b'_method=delete', 'delete'),
        ('Application/X-WWW-Form-Urlencoded; x=1', b'a=1&_method=', 'unknown'),
        ('', b'_method=delete', 'delete'),
        ('application/x-www-form-urlencoded', b'a=b', 'update'),
        ('application/json', b'_method=delete', 'update'),
    ],
)
def test_form_names_the_method_in_the_final_event(
    content_type, body, expected
):
    """The pending one has what the path tells."""
    head = f'{HEAD}method_parameter: _method\n'
    played = play(
        *(SERVERS, 'POST', '/v2/servers/1', body),
        head=head,
        keys={'CONTENT_TYPE': content_type},
    )

    assert 'update' == played.pending['action']
    assert expected == played.final['action']


def test_parameter_of_a_query_is_no_method_without_the_key():
    """A client cannot disguise what it does."""
    final = play(SERVERS, 'POST', '/v2/servers/1?_method=GET').final

    assert 'update' == final['action']


@pytest.mark.parametrize('key', ['service_type', 'prefix', 'resources'])
@pytest.mark.parametrize('head', [HEAD, HEAD_1])
def test_missing_key_is_refused(head, key):
    """Each map needs these three, of whatever version."""
    lines = f'{head}resources: {{}}\n'.splitlines(keepends=True)
    text = ''.join(line for line in lines if not line.startswith(key))
    error = refusal(read_resource_map, 'map.yaml', text)

    assert f'the key {key} is missing' == error.problem


@pytest.mark.parametrize(
    ('change', 'line', 'key', 'problem'),
    [
        (('version: 2', 'version: 3'), 1, 'version', "'3' is no version"),
        (('version: 2', 'version: []'), 1, 'version', 'has to be a text'),
        (('compute', '{a: b}'), 2, 'service_type', 'not a mapping'),
        (('nova', '[]'), 3, 'service_name', 'not a list'),
        (('nova', "''"), 3, 'service_name', 'not empty'),
        (('/v2', '/v2('), 4, 'prefix', "'/v2(' is no regular expression"),
        (('/v2', '[/v1, "/v2["]'), 4, 'prefix[1]', 'no regular expression'),
        (('/v2', '{a: b}'), 4, 'prefix', 'has to be a text'),
        (('/v2', '[]'), 4, 'prefix', 'a regular expression, or several'),
        (('/v2', '/v2\njson_suffix: 1'), 5, 'json_suffix', 'true or false'),
        (
            ('/v2', '/v2\nmethod_parameter: [a]'),
            5,
            'method_parameter',
            'has to be a text',
        ),
        (
            ('/v2', '/v2\nobserver_type_uri: [a]'),
            5,
            'observer_type_uri',
            'has to be a text',
        ),
    ],
)
@pytest.mark.parametrize('version', [2, None])
def test_value_that_cannot_be_used_is_refused(
    version, change, line, key, problem
):
    """With or without a version: line, key and problem are told."""
    head = HEAD.replace(*change)
    if version is None and key != 'version':
        head, line = head.replace('version: 2\n', ''), line - 1
    error = refusal(read, SERVERS, head)

    assert (line, key) == (error.line, error.key)
    assert problem in error.problem


@pytest.mark.parametrize(
    ('text', 'problem'),
    [
        ('[]', 'has to be a mapping'),
        ('servers', 'has to be a mapping'),
        ('~', 'the keys service_type, prefix and resources are missing'),
    ],
)
def test_file_that_holds_no_mapping_is_refused(text, problem):
    """A YAML file of anything else is no map."""
    error = refusal(read_resource_map, 'map.yaml', text)

    assert problem in error.problem


def test_unknown_key_is_refused_with_a_suggestion():
    """The error names file, line, key and the nearest word."""
    with map_file(f'{HEAD}resource: x\nresources:\n') as path:
        error = refusal(load_audit_map, path)

        assert (
            f'audit map {path}, line 5, resource: unknown key (did you mean '
            'resources?)'
        ) == str(error)


def test_error_says_how_many_more_there_are():
    """It names the tool that shows all of them."""
    error = refusal(loaded, f'{HEAD}a: 1\nb: 2\nc: 3\nresources:\n')

    assert (5, 'a') == (error.line, error.key)
    assert error.problem.endswith(
        '(and 2 more: cadf-audit map lint shows all)'
    )


def test_map_without_a_version_warns_once_of_each(caplog):
    """Each finding is a line of the log, and the map is taken."""
    text = f'{HEAD_1}a: 1\nb: 2\nresources:\n  servers:\n    tpye_uri: x\n'
    with map_file(text) as path:
        app = audited(answering(), audit_map_file=path)
        lines = [
            record.getMessage()
            for record in caplog.records
            if 'audit map' in record.getMessage()
        ]

        assert 0 == app.errors
        assert [
            f'audit map {path}, line 4, a: unknown key',
            f'audit map {path}, line 5, b: unknown key',
            f'audit map {path}, line 8, resources.servers.tpye_uri: unknown '
            'key (did you mean type_uri?)',
        ] == [line.partition(';')[0] for line in lines]


def test_right_map_warns_of_nothing(caplog):
    """A map that breaks no rule is silent, of either version."""
    for head in (HEAD, HEAD_1):
        loaded(f'{head}resources:\n  servers:\n')

    assert [] == caplog.records


def test_key_that_stands_twice_keeps_its_last_value_without_a_version(caplog):
    """The neutron map in use has such keys; version 2 refuses them."""
    twice = (
        '  servers:\n    type_uri: storage\n    type_uri: network\n'
        '    el_type_uri: network/node\n'
    )
    audit_map = loaded(f'{HEAD_1}resources:\n{twice}')
    error = refusal(loaded, f'{HEAD}resources:\n{twice}')

    assert 'network' == audit_map.resources['servers'].type_uri
    assert 1 == len(caplog.records)
    assert 'twice' in caplog.text
    assert (8, 'resources.servers.type_uri') == (error.line, error.key)


def test_map_without_resources_knows_none():
    """All its requests are about what it does not declare."""
    played = play('', 'GET', '/v2/servers')

    assert 'undeclared_path?value=true' in played.final['tags']
