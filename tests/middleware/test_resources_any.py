# SPDX-License-Identifier: Apache-2.0

"""Any tree, any request, any answer: a pair of valid events, or none.

The trees have all keys of the format; the requests are made of the names in
them, and of what no map foresees.
"""

import io
import json

from hypothesis import event as note
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
import yaml

from cadf_audit.exceptions import AuditMapError
from tests.harness import audited
from tests.harness import call
from tests.harness import environ
from tests.harness import event_log
from tests.judge import assert_valid
from tests.resource_maps import map_file
from tests.resource_maps import PAIR

# Far more than all fields of an event at their limits.
MOST_CHARACTERS = 64 * 1024

NAMES = ['servers', 'ports', 'os-tags', 'policies', 's', 'limits']
ENDINGS = ['detail', 'start', 'a/b', 'action', 'GET:start', 'ports', 'x*y']
METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']
ACTIONS = ['start', 'update/x', 'read/list', None, 'create', 'delete']
FIELDS = ['id', 'name', 'flavor', '0']

method = st.sampled_from(METHODS)
action = st.sampled_from(ACTIONS)
type_uri = st.sampled_from(
    ['compute/x', 'storage', 'network/node', 'nowhere', '', 'service//x/']
)
place = st.sampled_from(
    [
        *FIELDS,
        *('$.id', '$.servers[0].id', '$', '$[0]', "$['a b'].id"),
        *('header:Location', 'header:X-Id', 'header:'),
        *('request:$.id', 'request:$.servers', 'request:$'),
    ]
)
bulk = st.sampled_from(
    [
        None,
        *('request:$', 'request:$.servers', 'request:$.id'),
        *('response:$', 'response:$.servers', 'response:$.server.id'),
    ]
)
pattern = st.sampled_from(
    ['[0-9]+', '.+', '[^/]+/[^/]+', '[^/]*', 'a|b', '', 'x/', '/']
)
api_name = st.sampled_from([*NAMES, 'a/b', 'servers/b', '/x/', 'a/b/c'])
rules = {
    'api_name': st.one_of(api_name, st.lists(api_name, max_size=3)),
    'singleton': st.booleans(),
    'type_uri': type_uri,
    'el_type_uri': type_uri,
    'id': pattern,
    'keys': st.booleans(),
    'custom_id': st.one_of(place, st.lists(place, max_size=3)),
    'secret_id': st.booleans(),
    'custom_project': st.one_of(place, st.lists(place, max_size=3)),
    'action_from': st.dictionaries(
        st.sampled_from(['POST', 'PUT', 'PUT:start', 'POST:a/b']),
        st.sampled_from(['request:$.id', 'request:$[0]', 'request:$']),
        max_size=2,
    ),
    'custom_name': st.one_of(place, st.lists(place, max_size=3)),
    'type_name': st.sampled_from(NAMES),
    'el_type_name': st.sampled_from(['server', 'port', 'id', '']),
    'custom_actions': st.dictionaries(
        st.one_of(
            st.sampled_from(ENDINGS),
            st.tuples(method, st.sampled_from(['*', *ENDINGS])).map(':'.join),
        ),
        st.one_of(action, st.just('update/*')),
        max_size=4,
    ),
    'method_actions': st.dictionaries(method, action, max_size=2),
    'custom_attributes': st.dictionaries(place, type_uri, max_size=3),
    'read_response': st.one_of(method, st.lists(method, max_size=6)),
    'upsert': st.booleans(),
    'bulk': st.dictionaries(
        st.one_of(
            method,
            st.tuples(method, st.sampled_from(ENDINGS)).map(':'.join),
        ),
        bulk,
        max_size=3,
    ),
    'payloads': st.fixed_dictionaries(
        {},
        optional={
            'enabled': st.booleans(),
            'include': st.lists(st.sampled_from(FIELDS), max_size=2),
            'exclude': st.lists(st.sampled_from(FIELDS), max_size=2),
        },
    ),
}
tree = st.recursive(
    st.dictionaries(
        st.sampled_from(NAMES),
        st.fixed_dictionaries({}, optional=rules),
        max_size=3,
    ),
    lambda children: st.dictionaries(
        st.sampled_from(NAMES),
        st.fixed_dictionaries({}, optional={**rules, 'children': children}),
        min_size=1,
        max_size=3,
    ),
    max_leaves=4,
)
audit_map = st.fixed_dictionaries(
    {
        'service_type': st.sampled_from(['compute', 'service/x', 'odd']),
        'prefix': st.sampled_from(
            ['', '/v2', ['/v2/(?P<project_id>p?)', '/v2', '']]
        ),
        'resources': tree,
    },
    optional={
        'version': st.just(2),
        'service_name': st.sampled_from(['nova', 'ü']),
        'observer_type_uri': st.just('service/oss'),
        'json_suffix': st.booleans(),
        'method_parameter': st.just('_method'),
    },
)

segment = st.sampled_from(
    [
        *NAMES,
        *ENDINGS,
        *('v2', 'p', '1', 'a', 'b', 'c', 'x', 'x.json', '.json', '', '..'),
        *('\xff', 'Ã¼', '\ud800', '\n', 'y' * 2000, 'target', 'DELETE:*'),
    ]
)
path = st.one_of(
    st.lists(segment, max_size=8).map(lambda each: '/v2/' + '/'.join(each)),
    st.lists(segment, max_size=3).map(lambda each: '/' + '/'.join(each)),
    st.text(max_size=20),
)
scalar = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        ['', 'http://h/a/id', 'z' * 5000, '\ud800', 'target', 10**400, '://']
    ),
)
names_in_json = st.sampled_from(
    [*FIELDS, 'servers', 'server', 'port', 'project_id', 'a b', *ENDINGS]
)
document = st.recursive(
    scalar,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.one_of(names_in_json, st.text(max_size=6)), inner, max_size=4
        )
    ),
    max_leaves=10,
)


def dumped(value):
    """Return JSON, also of numbers that Python writes only when forced."""
    return json.dumps(str(value) if value == 10**400 else value).encode()


body = st.one_of(
    document.map(dumped),
    document.map(lambda value: dumped({'servers': [value] * 3})),
    document.map(lambda value: dumped({'server': {'id': value}})),
    document.map(lambda value: dumped(dumped(value).decode())),
    st.binary(max_size=20),
    st.sampled_from(
        [
            b'',
            b'[' * 50_000,
            b'{"flavor": ' * 940 + b'1' + b'}' * 940,
            b'{"' + b'k' * 60_000 + b'": 1}',
            b'{"servers": [' + b'1,' * 20_000 + b'1]}',
            b'{"id": ' + b'9' * 5000 + b'}',
            b'"' + b'x' * 70_000 + b'"',
        ]
    ),
)
requests = st.fixed_dictionaries(
    {
        'method': st.one_of(method, method, st.text(max_size=5)),
        'path': path,
        'query': st.sampled_from(['', 'a=b', '_method=delete', '_method=%FF']),
        'mount': st.sampled_from(['', '/v2', '/ü']),
        'body': body,
    }
)
answers = st.fixed_dictionaries(
    {
        'status': st.sampled_from(
            ['200 OK', '201 Created', '204 None', '302 Found', '404 No', '500']
        ),
        'headers': st.lists(
            st.sampled_from(
                [
                    ('Content-Type', 'application/json; charset=bogus'),
                    ('Content-Encoding', 'gzip'),
                    ('Location', 'http://h/v2/servers/new?x=1'),
                    ('Location', ''),
                    ('X-Id', 'http://[::1'),
                    ('X-Id', '\xff'),
                ]
            ),
            max_size=2,
        ),
        'body': body,
        'reads': st.sampled_from([None, -1, 4]),
        'way': st.sampled_from(['list', 'stream', 'write', 'raise', 'break']),
    }
)


def application(answer):
    """Return an application that gives an answer, or fails."""

    def app(environ, start_response):
        if answer['reads'] is not None:
            environ['wsgi.input'].read(answer['reads'])
        headers = [*answer['headers'], ('Content-Type', 'application/json')]
        write = start_response(answer['status'], headers)
        whole = answer['body']
        if answer['way'] == 'raise':
            raise ValueError('broken')
        if answer['way'] == 'write':
            write(whole)
            return []
        if answer['way'] == 'list':
            return [whole[:9], whole[9:]]
        return streamed(whole, answer['way'] == 'break')

    return app


def streamed(whole, breaks):
    """Yield an answer in chunks, and break off if so asked."""
    yield whole[:9]
    if breaks:
        raise ValueError('broken')
    yield whole[9:]


def events_of(app, request):
    """Return the response and the events of a request, all valid."""
    with event_log() as log:
        response = call(
            app,
            environ(
                request['method'],
                request['path'],
                QUERY_STRING=request['query'],
                SCRIPT_NAME=request['mount'],
                **{'wsgi.input': io.BytesIO(request['body'])},
            ),
        )
    for each in log.events:
        assert_valid(each)
        assert len(json.dumps(each, ensure_ascii=False)) < MOST_CHARACTERS
    return response, log.messages


def told(messages):
    """Return events without what is another each time."""
    text = json.dumps(messages)
    for message in messages:
        each = message['payload']
        moving = [each['id'], each['eventTime'], each['tags'][0]]
        moving += [
            step['reporterTime'] for step in each.get('reporterchain', ())
        ]
        for part in moving:
            text = text.replace(part, '')
    return [
        (message['event_type'], message['payload'])
        for message in json.loads(text)
    ]


@given(audit_map, st.lists(st.tuples(requests, answers), max_size=4))
@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ],
)
def test_any_tree_and_any_request_give_a_pair_or_nothing(audit_map, script):
    """Nothing fails, nothing is lost, and twice the same is the same."""
    with map_file(yaml.safe_dump(audit_map)) as file:
        try:
            audited(audit_map_file=file)
        except AuditMapError:
            note('refused')
            return
        note('taken')
        for request, answer in script:
            app = application(answer)
            filtered = audited(app, audit_map_file=file)
            plain = call(
                app, environ(**{'wsgi.input': io.BytesIO(request['body'])})
            )
            response, messages = events_of(filtered, request)
            again, messages_again = events_of(filtered, request)
            types = [message['event_type'] for message in messages]

            assert 0 == filtered.errors
            assert str(plain.error) == str(response.error) == str(again.error)
            assert plain.body == response.body == again.body
            assert plain.status == response.status
            assert plain.headers == response.headers
            assert len(types) <= 102
            assert types in ([], [PAIR[0], *types[1:-1], PAIR[1]])
            assert {'audit.event'} >= set(types[1:-1])
            assert told(messages) == told(messages_again)
