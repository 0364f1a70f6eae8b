# SPDX-License-Identifier: Apache-2.0

"""The examples of the frameworks, each run as it stands."""

import functools
import importlib.util
import pathlib
import sys

import pytest

from tests.harness import call
from tests.harness import environ
from tests.harness import event_log

EXAMPLES = pathlib.Path(__file__).parent.parent / 'examples' / 'frameworks'


# The callable of each example.
APPLICATIONS = {
    'flask': 'app',
    'django': 'application',
    'falcon': 'application',
    'pecan': 'application',
}


@functools.cache
def load(framework):
    """Return the application of an example; Django can start only once."""
    file = EXAMPLES / f'{framework}_app.py'
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return getattr(module, APPLICATIONS[framework])


def send(framework, method, path, body=b''):
    """Send a request; return the status and the two events."""
    request = environ(
        method,
        path,
        body,
        CONTENT_TYPE='application/x-www-form-urlencoded',
    )
    app = load(framework)
    with event_log() as log:
        response = call(app, request)
    return response.status, *log.pair()


@pytest.mark.parametrize('framework', ['flask', 'django'])
def test_login_names_the_initiator(framework):
    """Who logs in is nobody before, and has a name after."""
    status, pending, final = send(framework, 'POST', '/login', b'user=alice')

    assert '200 OK' == status
    assert ('unknown', 'alice') == (
        pending['initiator']['id'],
        final['initiator']['id'],
    )
    assert 'endpoint?value=UI' in final['tags']


@pytest.mark.parametrize('framework', ['flask', 'falcon', 'pecan'])
def test_application_names_the_target(framework):
    """The final event says which order was deleted."""
    status, pending, final = send(framework, 'DELETE', '/orders/4711')

    assert status.startswith('204')
    assert ('delete', 'unknown') == (
        pending['action'],
        pending['target']['id'],
    )
    assert {
        'id': '4711',
        'typeURI': 'service/bss/order',
        'name': 'order',
    } == final['target']


@pytest.mark.parametrize('framework', APPLICATIONS)
def test_error_of_the_framework_is_recorded(framework):
    """What the framework answers itself is in the trail as well."""
    status, _, final = send(framework, 'GET', '/no/such/path')

    assert status.startswith('404')
    assert ('failure', '404') == (
        final['outcome'],
        final['reason']['reasonCode'],
    )
