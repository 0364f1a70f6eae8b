# SPDX-License-Identifier: Apache-2.0

"""Whatever a client sends and an application does: two valid events."""

import io
import json

from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from tests.harness import audited
from tests.harness import call
from tests.harness import event_log

MAP = """
[custom_actions]
reboot = start/reboot

[path_keywords]
nodes = node
states = state
detail = None
empty =

[service_endpoints]
baremetal = service/compute/baremetal
"""

# WSGI hands bytes over as latin-1; 100 kB is more than a server lets pass.
native = st.one_of(
    st.binary(max_size=40).map(lambda raw: raw.decode('latin-1')),
    st.text(max_size=20),
    st.sampled_from(
        ['', 'initiator', 'target', 'unknown', 'ü', 'x' * 100_000]
    ),
    st.text(st.characters(categories=['Cs', 'Lu']), max_size=3),
)
segment = st.one_of(
    st.sampled_from(
        ['v1', 'nodes', 'nodes.json', 'states', 'detail', 'empty', 'action']
    ),
    st.sampled_from(['%FF', '\xff', '..', '', 'a' * 3000, '%2F', '\x00']),
    native,
)
path = st.lists(segment, max_size=6).map('/'.join)
host = st.one_of(
    st.sampled_from(
        ['h:99999', ':abc', '[::1', '[::1]:80', 'h', 'h:', ':', 'H:6385']
    ),
    native,
)
json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=80), inner, max_size=4)
    ),
    max_leaves=12,
)
url = st.one_of(
    st.sampled_from(['http://h:6385', 'https://h/', 'http://[::1', 'h', '//']),
    st.text(max_size=20),
    st.none(),
    st.integers(),
)
endpoint = st.one_of(
    json_value,
    st.fixed_dictionaries(
        {},
        optional={
            'id': json_value,
            'adminURL': url,
            'internalURL': url,
            'publicURL': url,
        },
    ),
)
service = st.one_of(
    json_value,
    st.fixed_dictionaries(
        {},
        optional={
            'type': st.one_of(st.just('baremetal'), json_value),
            'name': json_value,
            'endpoints': st.one_of(st.lists(endpoint, max_size=3), json_value),
        },
    ),
)
catalog = st.one_of(
    st.lists(service, max_size=4).map(json.dumps),
    json_value.map(json.dumps),
    st.sampled_from(['', '[', 'null', '[' * 100_000, '"\\ud800"']),
    native,
)
body = st.one_of(
    json_value.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=100),
    st.sampled_from([b'', b'[' * 60_000, b'{"\\ud800": 1}', b'x' * 70_000]),
)
environs = st.fixed_dictionaries(
    {
        'REQUEST_METHOD': st.one_of(
            st.sampled_from(
                ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']
            ),
            native,
        ),
        'PATH_INFO': path,
        'body': body,
    },
    optional={
        'SCRIPT_NAME': path,
        'QUERY_STRING': native,
        'HTTP_HOST': host,
        'SERVER_NAME': native,
        'SERVER_PORT': native,
        'CONTENT_LENGTH': st.sampled_from(['', '0', '5', '-1', 'x', '9' * 30]),
        'REMOTE_ADDR': native,
        'REMOTE_USER': native,
        'HTTP_USER_AGENT': native,
        'HTTP_EXPECT': st.just('100-continue'),
        'HTTP_TRANSFER_ENCODING': st.just('chunked'),
        'HTTP_FORWARDED': native,
        'HTTP_X_FORWARDED_FOR': native,
        'HTTP_X_USER_ID': st.one_of(native, st.none()),
        'HTTP_X_USER_NAME': st.one_of(native, st.none()),
        'HTTP_X_PROJECT_ID': st.one_of(native, st.none()),
        'HTTP_X_DOMAIN_ID': st.one_of(native, st.none()),
        'HTTP_X_IDENTITY_STATUS': native,
        'HTTP_X_AUTH_TOKEN': native,
        'HTTP_X_SERVICE_CATALOG': catalog,
        'keystone.token_info': json_value,
        'openstack.request_id': json_value,
        'openstack.global_request_id': native,
        'wsgi.url_scheme': st.sampled_from(['http', 'https', 'gopher', '']),
    },
)


class Behaviour:
    """An application that does what it is told, right or wrong."""

    def __init__(self, steps):
        self.steps = steps

    def __call__(self, environ, start_response):
        for step in self.steps:
            if step in ENDS:
                return ENDS[step](self)
            STEPS[step](environ, start_response)
        return None

    def broken(self):
        """Fail after a chunk."""
        yield b'a'
        raise ValueError('broken')


def leave(environ, start_response):
    """Raise what is no Exception."""
    raise SystemExit(1)


def fail(environ, start_response):
    """Raise an ordinary exception."""
    raise ValueError('broken')


HEADERS = [('Content-Type', 'text/plain')]
STEPS = {
    'start': lambda environ, start: start('200 OK', HEADERS),
    'fail': lambda environ, start: start('500 Oops', HEADERS),
    'odd': lambda environ, start: start(None, None),
    'read': lambda environ, start: environ['wsgi.input'].read(10),
    'read all': lambda environ, start: start(
        f'200 {len(environ["wsgi.input"].read())}', HEADERS
    ),
    'strip': lambda environ, start: environ.pop('HTTP_X_USER_ID', None),
    'identify': lambda environ, start: environ.update(HTTP_X_USER_ID='x'),
    'raise': fail,
    'exit': leave,
}


class Sized:
    """A body that is no list, has a length, and starts anew when iterated."""

    def __iter__(self):
        yield b'a'
        yield b'b'

    def __len__(self):
        return 2


ENDS = {
    'list': lambda app: [b'a', b'b'],
    'bytes': lambda app: b'ab',
    'sized': lambda app: Sized(),
    'stream': lambda app: (chunk for chunk in [b'a', b'b']),
    'break': Behaviour.broken,
}
behaviours = st.lists(
    st.sampled_from([*STEPS, *ENDS]),
    max_size=5,
).map(Behaviour)


@pytest.fixture(scope='module')
def map_file(tmp_path_factory):
    """Return the path of an audit map."""
    file = tmp_path_factory.mktemp('map') / 'map.conf'
    file.write_text(MAP)
    return str(file)


@pytest.mark.parametrize('source', ['headers', 'keystone', 'remote_user'])
@given(keys=environs, app=behaviours)
@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
def test_any_interaction_gives_two_valid_events(source, map_file, keys, app):
    """No request and no application makes us raise or lose an event.

    The client gets what it gets without the filter, and nothing of ours
    failed on the way.
    """
    keys = dict(keys)
    body = keys.pop('body')
    audits = audited(
        app,
        audit_map_file=map_file,
        identity_source=source,
        trusted_proxies='192.0.2.0/24',
    )

    with event_log() as log:
        response = call(audits, {**keys, 'wsgi.input': io.BytesIO(body)})
        pending, final = log.pair()
    plain = call(app, {**keys, 'wsgi.input': io.BytesIO(body)})

    assert pending['id'] == final['id']
    assert str(plain.error) == str(response.error)
    assert plain.status == response.status
    assert plain.body == response.body
    assert 0 == audits.errors
