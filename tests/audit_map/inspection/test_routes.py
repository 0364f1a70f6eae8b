# SPDX-License-Identifier: Apache-2.0

"""Lists of routes and OpenAPI documents, good and bad."""

import json

import pytest

from cadf_audit.audit_map.inspection.routes import Placeholder
from cadf_audit.audit_map.inspection.routes import read_openapi
from cadf_audit.audit_map.inspection.routes import read_routes
from cadf_audit.audit_map.inspection.routes import Route
from cadf_audit.audit_map.inspection.routes import RoutesError


@pytest.fixture
def file(tmp_path):
    """A function that writes a file; it returns its path."""

    def write(content):
        path = tmp_path / 'routes'
        if not isinstance(content, str | bytes):
            content = json.dumps(content)
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        return str(path)

    return write


def openapi(paths, **more):
    """Return a document of OpenAPI."""
    return {'openapi': '3.0.3', 'paths': paths, **more}


def test_a_list(file):
    """Each line is a route; comments and what stands twice do not count."""
    routes = read_routes(
        file('# all\n\nGET /a\n  PUT   /a/{id}  # one\nGET /a\nPURGE /\n')
    )

    assert [
        Route('GET', '/a'),
        Route('PUT', '/a/{id}'),
        Route('PURGE', '/'),
    ] == routes


def test_parts():
    """A route is texts and placeholders; only :path may have slashes."""
    route = Route('GET', '/a/{id}.{kind}/{rest:path}')

    assert [
        '/a/',
        Placeholder('id'),
        '.',
        Placeholder('kind'),
        '/',
        Placeholder('rest', whole=True),
    ] == route.parts()
    assert ['id', 'kind', 'rest'] == route.names


@pytest.mark.parametrize(
    ('text', 'line', 'problem'),
    [
        ('', None, 'there is no route'),
        ('GET\n', 1, "'GET' is no route"),
        ('\nGET a\n', 2, "'GET a' is no route"),
        ('GET /a /b\n', 1, "'GET /a /b' is no route"),
        ('get /a\n', 1, "'get' is no method"),
        ('GET /a/{\n', 1, 'encloses no name'),
        ('GET /a/{}\n', 1, 'encloses no name'),
        (b'GET /\xff\n', None, 'is not UTF-8'),
    ],
)
def test_a_wrong_list(file, text, line, problem):
    """A line that is no route is named, with what is allowed."""
    with pytest.raises(RoutesError, match=problem) as caught:
        read_routes(file(text))

    assert line == caught.value.line


@pytest.mark.parametrize(
    ('written', 'path'),
    [
        ('/a/<isbn>', '/a/{isbn}'),
        ('/a/<int:copy>/b', '/a/{copy}/b'),
        ('/a/<string(length=2):lang>', '/a/{lang}'),
        ('/a/<path:rest>', '/a/{rest:path}'),
        ('/a/:isbn/:copy', '/a/{isbn}/{copy}'),
        ('/a:b', '/a:b'),
    ],
)
def test_placeholders_of_other_frameworks(file, written, path):
    """Flask and Express write them in another way."""
    assert [Route('GET', path)] == read_routes(file(f'GET {written}\n'))


@pytest.mark.parametrize('path', ['/a/<', '/a/<>', '/a/<x', '/a/<a b>'])
def test_pointed_brackets_around_nothing(file, path):
    """What is no placeholder is refused, with what one looks like."""
    with pytest.raises(RoutesError, match=r'no name|is no route'):
        read_routes(file(f'GET {path}\n'))


def test_endless_list():
    """A file without an end is an error."""
    with pytest.raises(RoutesError, match='longer than 64 MiB'):
        read_routes('/dev/zero')


@pytest.mark.parametrize(
    ('text', 'line', 'problem'),
    [
        ('openapi: 3.0.0\npaths:\n  /a: 5\n', 3, 'paths, /a: has to be'),
        ('openapi: 3.0.0\npaths: []\n', 2, 'no path below'),
        (
            'openapi: 3.0.0\npaths:\n  /a:\n    $ref: "#/b"\n',
            3,
            "paths, /a: the reference '#/b' leads nowhere",
        ),
        ('openapi: 3.0.0\n\tpaths: 5\n', 2, 'a tab stands'),
        ('{"openapi": "3.0.0",\n"paths": {"/a": 5}}', 2, 'paths, /a: has'),
        ('{"openapi": "3.0.0",\n\t"paths": 5}', 2, 'no path below'),
    ],
)
def test_place_of_what_is_wrong_in_a_document(file, text, line, problem):
    """The path is named, and the line, where the text is YAML too."""
    with pytest.raises(RoutesError, match=problem) as caught:
        read_openapi(file(text))

    assert line == caught.value.line


def test_what_stands_beside_a_reference(file):
    """It counts as well, and wins."""
    document = openapi(
        {'/a': {'$ref': '#/b', 'servers': [{'url': '/v1'}], 'get': {}}},
        b={'put': {}, 'servers': [{'url': '/v2'}]},
    )

    assert {Route('PUT', '/v1/a'), Route('GET', '/v1/a')} == set(
        read_openapi(file(document))
    )


def test_no_list():
    """A file that is not there is named."""
    with pytest.raises(RoutesError, match='routes /no/such: cannot be read'):
        read_routes('/no/such')


def test_a_document(file):
    """Each method of each path is a route; the rest describes it."""
    document = openapi(
        {'/a': {'get': {}, 'summary': 'x', 'parameters': []}, '/b': {}}
    )

    assert [Route('GET', '/a')] == read_openapi(file(document))


def test_a_document_in_yaml(file):
    """YAML is read as well as JSON."""
    text = 'openapi: 3.1.0\npaths:\n  /a/{id}:\n    patch:\n'

    assert [Route('PATCH', '/a/{id}')] == read_openapi(file(text))


@pytest.mark.parametrize(
    ('servers', 'base', 'path'),
    [
        ([], None, '/a'),
        ([{'url': 'https://h/api/v1/'}], None, '/api/v1/a'),
        ([{'url': 'https://h'}], None, '/a'),
        ([{'url': '/v1'}, {'url': '/v2'}], None, '/v1/a'),
        ([{'url': 'https://{host}:{port}/v1'}], None, '/v1/a'),
        (
            [{'url': '/{v}', 'variables': {'v': {'default': 'v3'}}}],
            None,
            '/v3/a',
        ),
        ([{'url': '/v1'}], '', '/a'),
        ([{'url': '/v1'}], '/v9', '/v9/a'),
        ([{'url': '/v1'}], 'v9/', '/v9/a'),
        ('x', None, '/a'),
    ],
)
def test_base_path(file, servers, base, path):
    """In front of a path stands that of its server, or what is asked for."""
    document = openapi({'/a': {'get': {}}}, servers=servers)

    assert [Route('GET', path)] == read_openapi(file(document), base)


def test_a_path_with_a_server_of_its_own(file):
    """The server of a path wins over that of the document."""
    document = openapi(
        {'/a': {'get': {}, 'servers': [{'url': '/v2'}]}},
        servers=[{'url': '/v1'}],
    )

    assert [Route('GET', '/v2/a')] == read_openapi(file(document))


def test_references(file):
    """A path may stand elsewhere in the document."""
    document = openapi(
        {'/a': {'$ref': '#/x/~1b'}}, x={'/b': {'$ref': '#/y'}}, y={'put': {}}
    )

    assert [Route('PUT', '/a')] == read_openapi(file(document))


@pytest.mark.parametrize(
    ('content', 'problem'),
    [
        ('{"openapi": "3.0.0", }', 'this is no JSON'),
        ('openapi: [', 'this is no YAML'),
        ('[]', 'it is no mapping'),
        ({}, 'it has no "openapi"'),
        ({'swagger': '2.0', 'paths': {}}, 'this is version 2.0'),
        ({'openapi': 3}, 'this is version 3'),
        (openapi({}), 'no path below "paths"'),
        (openapi([]), 'no path below "paths"'),
        (openapi({'/a': []}), 'has to be a mapping'),
        (openapi({'/a': {'GET': {}}}), "the method 'GET' has to be written"),
        (openapi({'/a': {'$ref': 'b.yaml'}}), 'leads out of the file'),
        (
            openapi({'/a': {'$ref': '#/b'}}, b={'$ref': '#/b'}),
            'or in circles',
        ),
        (openapi({'/a': {'$ref': '#/b'}}), "'#/b' leads nowhere"),
        (openapi({'/a/{': {'get': {}}}), 'a brace'),
        ('[' * 5000, 'routes'),
        ('{"a":' * 100000, 'routes'),
    ],
)
def test_a_wrong_document(file, content, problem):
    """What is no OpenAPI is told what it lacks."""
    with pytest.raises(RoutesError, match=problem):
        read_openapi(file(content))
