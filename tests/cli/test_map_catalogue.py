# SPDX-License-Identifier: Apache-2.0

"""``cadf-audit map catalogue``, as an operator types it."""

import json

import pytest

from tests.cli.spools import ROOT
from tests.cli.spools import run
from tests.cli.spools import said

ROUTES = ROOT / 'tests' / 'data' / 'routes' / 'nova.txt'


@pytest.fixture
def file(tmp_path):
    """A map of one resource."""
    path = tmp_path / 'map.yaml'
    path.write_text(
        'version: 2\nservice_type: compute\nprefix: /v1\n'
        'resources:\n  nodes:\n    method_actions: {PUT: null, PATCH: null}\n'
    )
    return path


def test_rows(file):
    """A row for each kind of request; ids are a list for programs."""
    done = run('map', 'catalogue', file, '-f', 'json')

    assert {
        'method': 'DELETE',
        'route': '/v1/nodes/{node_id}',
        'required ids': ['node_id'],
        'action': 'delete',
        'target type': 'compute/node',
        'endpoint': 'API',
    } == json.loads(done.stdout)[-1]
    assert '4 kinds of requests' in said(done)
    assert 0 == done.returncode


@pytest.mark.parametrize('form', ['table', 'csv', 'yaml', 'value'])
def test_formats(file, form):
    """Rows come in any format, and in columns that are chosen."""
    done = run('map', 'catalogue', file, '-f', form, '-c', 'required ids')

    assert 'node_id' in done.stdout
    assert 'delete' not in done.stdout


def test_endpoint(file):
    """The endpoint is what the service says it is."""
    done = run('map', 'catalogue', file, '--endpoint', 'CLI', '-f', 'value')

    assert all(line.endswith(' CLI') for line in done.stdout.splitlines())


def test_routes_of_a_shipped_map():
    """With the routes of Nova, each action of a server has a row."""
    done = run(
        *('map', 'catalogue', 'nova', '--routes', ROUTES),
        *('-f', 'json', '-c', 'route'),
    )

    routes = [row['route'] for row in json.loads(done.stdout)]
    assert '/v2.1/servers/{id}/action (body: reboot)' in routes
    assert '/v2.1/servers/{id}' in routes


def test_unknown_endpoint(file):
    """An endpoint that no event has is refused."""
    done = run('map', 'catalogue', file, '--endpoint', 'TV')

    assert 'API' in said(done)
    assert 2 == done.returncode
