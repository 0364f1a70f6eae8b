# SPDX-License-Identifier: Apache-2.0

"""``cadf-audit map coverage``, as an operator types it."""

import json
import pathlib

import pytest

from tests.cli.spools import ROOT
from tests.cli.spools import run
from tests.cli.spools import said

ROUTES = sorted((ROOT / 'tests' / 'data' / 'routes').glob('*.txt'))

MAP = """\
version: 2
service_type: compute
prefix: /v1
resources:
  nodes:
    method_actions:
      DELETE: null
"""


@pytest.fixture
def file(tmp_path):
    """The map, in a file."""
    path = tmp_path / 'map.yaml'
    path.write_text(MAP)
    return path


@pytest.fixture
def routes(tmp_path):
    """A function that writes a list of routes."""

    def write(*lines):
        path = tmp_path / 'routes.txt'
        path.write_text('\n'.join(lines))
        return path

    return write


def rows(done):
    """Return what a command showed, row by row."""
    return [tuple(row.values()) for row in json.loads(done.stdout)]


@pytest.mark.parametrize('path', ROUTES, ids=lambda path: path.stem)
def test_shipped_maps(path: pathlib.Path):
    """Each route of a service that changes something has a rule."""
    done = run(
        *('map', 'coverage', path.stem, '--routes', path),
        *('--only-missing', '-f', 'json'),
    )

    said(done)
    assert {'GET'} >= {row[0] for row in rows(done)}
    assert 0 == done.returncode


def test_rows(file, routes):
    """A row says by which rule, in which line, a route is audited."""
    listed = routes(
        'GET /v1/nodes', 'PUT /v1/nodes/{id}', 'DELETE /v1/nodes/{id}'
    )

    done = run('map', 'coverage', file, '--routes', listed, '-f', 'json')

    many, one = 'compute/nodes', 'compute/node'
    assert [
        ('GET', '/v1/nodes', 'explicit', 'read/list', many, 'nodes', 5),
        ('PUT', '/v1/nodes/{id}', 'explicit', 'update', one, 'nodes', 5),
        (
            *('DELETE', '/v1/nodes/{id}', 'suppressed', None, one),
            *('nodes: method_actions DELETE', 7),
        ),
    ] == rows(done)
    assert (
        '3 routes: 2 by an explicit rule, 1 not audited by a rule; each that '
        'changes something has an explicit rule' in said(done)
    )
    assert 0 == done.returncode


def test_missing(file, routes):
    """A route that changes something and has no rule ends with status 1."""
    listed = routes('GET /v1', 'GET /v1/x', 'PUT /v1/x', 'GET /v1/nodes')

    done = run(
        *('map', 'coverage', file, '--routes', listed),
        *('--only-missing', '-f', 'json', '-c', 'route', '-c', 'by'),
    )

    assert [
        ('/v1', 'default'),
        ('/v1/x', 'nothing'),
        ('/v1/x', 'nothing'),
    ] == rows(done)
    assert (
        '4 routes: 1 by an explicit rule, 1 by a default, 2 by nothing; 1 '
        'that changes something has no explicit rule' in said(done)
    )
    assert 1 == done.returncode


def test_openapi(file, tmp_path):
    """An OpenAPI document has the routes; --base-path stands in front."""
    spec = tmp_path / 'openapi.json'
    spec.write_text(
        json.dumps({'openapi': '3.0.0', 'paths': {'/nodes': {'post': {}}}})
    )
    arguments = ('map', 'coverage', file, '--openapi', spec, '-f', 'json')

    assert 1 == run(*arguments).returncode
    done = run(*arguments, '--base-path', '/v1')
    assert [('POST', '/v1/nodes')] == [row[:2] for row in rows(done)]
    assert 0 == done.returncode


@pytest.mark.parametrize('form', ['table', 'csv', 'yaml', 'value'])
def test_formats(file, routes, form):
    """Rows come in any format."""
    done = run(
        *('map', 'coverage', file, '--routes', routes('GET /v1/nodes/{id}')),
        *('-f', form),
    )

    assert '/v1/nodes/{id}' in done.stdout
    assert 0 == done.returncode


@pytest.mark.parametrize(
    ('options', 'problem'),
    [
        ([], 'one of the arguments --routes --openapi is required'),
        (['--routes', 'a', '--openapi', 'b'], 'not allowed with argument'),
        (['--routes', 'a', '--base-path', '/'], '--base-path needs --openapi'),
    ],
)
def test_wrong_usage(file, options, problem):
    """A command line that makes no sense ends with status 2 and why."""
    done = run('map', 'coverage', file, *options)

    assert problem in said(done)
    assert 2 == done.returncode


def test_wrong_routes(file, routes):
    """A line that is no route is named, with file and line."""
    listed = routes('GET /v1/nodes', '/v1/nodes')

    done = run('map', 'coverage', file, '--routes', listed)

    assert f"routes {listed}, line 2: '/v1/nodes' is no route" in said(done)
    assert 1 == done.returncode
