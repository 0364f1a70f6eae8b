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
        'category': 'NODE',
        'sentence': 'delete a node',
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
    done = run(
        *('map', 'catalogue', file, '--endpoint', 'CLI'),
        *('-f', 'value', '-c', 'endpoint'),
    )

    assert ['CLI'] * 4 == done.stdout.splitlines()


def test_own_categories(file, tmp_path):
    """Category and sentence are those of the operator's table."""
    own = tmp_path / 'own.yaml'
    own.write_text(
        'categories: [{category: RACK, level: AUDIT, label: Rack}]\n'
        'nouns: {node: box}\n'
    )

    done = run(
        *('map', 'catalogue', file, '--categories', own),
        *('-f', 'value', '-c', 'category', '-c', 'sentence'),
    )

    assert 'RACK delete a box' == done.stdout.splitlines()[-1]


def test_wrong_categories(file, tmp_path):
    """A table that breaks a rule is an error that names the line."""
    own = tmp_path / 'own.yaml'
    own.write_text('categories: []\n')

    done = run('map', 'catalogue', file, '--categories', own)

    assert f'categories {own}, line 1, categories' in said(done)
    assert 0 != done.returncode


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
