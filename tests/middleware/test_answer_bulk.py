# SPDX-License-Identifier: Apache-2.0

"""A request about many elements: an event for each, within the pair."""

import pytest

from tests.delivery.spooling import recorded
from tests.harness import audited
from tests.harness import call
from tests.harness import environ
from tests.resource_maps import answering
from tests.resource_maps import attachments
from tests.resource_maps import HEAD_1
from tests.resource_maps import map_file
from tests.resource_maps import map_text
from tests.resource_maps import PAIR
from tests.resource_maps import play
from tests.resource_maps import play_through

SERVERS = """
servers:
  custom_attributes: {flavor: compute/flavor}
  custom_actions: {delete: delete, add: update/add}
  bulk:
    DELETE: request:$.ids
    POST:delete: request:$.servers
    POST:add: request:$.items
    PATCH: response:$.changed.servers
  children:
    tags:
      custom_id: name
    ports:
      bulk: {PUT: null}
limits:
  singleton: true
"""


def ids(events):
    """Return the ids of the targets of events."""
    return [event['target']['id'] for event in events]


@pytest.mark.parametrize('method', ['POST', 'PUT'])
def test_list_in_the_answer_gives_each_item_an_event(method):
    """Each names its own element, before the final event of the pair."""
    played = play(
        SERVERS,
        method,
        '/v2/servers',
        status='201 Created',
        response={
            'servers': [
                {'id': 'a', 'name': 'A', 'project_id': 'p', 'flavor': 'f'},
                {'id': 'b', 'flavor': {'x': 1}},
            ]
        },
    )
    first, second = played.items

    assert [PAIR[0], 'audit.event', 'audit.event', PAIR[1]] == played.types
    assert {
        'id': 'a',
        'typeURI': 'compute/server',
        'name': 'A',
        'project_id': 'p',
    } == first['target']
    assert {'id': 'b', 'typeURI': 'compute/server'} == second['target']
    assert {'flavor': 'f'} == attachments(first)
    assert {'flavor': '{"x":1}'} == attachments(second)


def test_item_has_an_id_of_its_own_and_all_else_of_the_request():
    """Who, from where, when, with which result: that of the pair."""
    played = play(
        SERVERS,
        'POST',
        '/v2/servers',
        response={'servers': [{'id': 'a'}, {'id': 'b'}]},
    )
    final = played.final
    own = {'id', 'target', 'attachments'}

    assert 3 == len({event['id'] for event in (final, *played.items)})
    for item in played.items:
        assert {key: final[key] for key in final if key not in own} == {
            key: item[key] for key in item if key not in own
        }
    assert final['id'] == played.pending['id']
    assert final['tags'][0].startswith('correlation_id?value=')
    assert final['tags'][0] == played.pending['tags'][0]


def test_request_is_about_the_collection_and_counts_its_items():
    """The target of the pair is what was addressed."""
    played = play(
        SERVERS,
        'POST',
        '/v2/servers',
        response={'servers': [{'id': 'a'}, {'id': 'b'}]},
    )
    target = played.final['target']

    assert 'compute/servers' == target['typeURI']
    assert played.final['observer']['id'] == target['id']
    assert {'count': '2'} == attachments(target)


def test_empty_list_is_a_request_about_nothing():
    """All tags of a server were removed, and that is an event."""
    played = play(SERVERS, 'PUT', '/v2/servers/S/tags', response={'tags': []})

    assert [] == played.items
    assert {'server_id': 'S', 'count': '0'} == attachments(
        played.final['target']
    )
    assert 'S' == played.final['target']['id']


def test_items_are_a_hundred_at_most():
    """The final event says how many there were, and how many have one."""
    played = play(
        SERVERS,
        'POST',
        '/v2/servers',
        response={'servers': [{'id': str(each)} for each in range(250)]},
    )

    assert [str(each) for each in range(100)] == ids(played.items)
    assert {'count': '250', 'items_recorded': '100'} == attachments(
        played.final['target']
    )


def test_hundred_items_all_have_one():
    """Then nothing is said about how many."""
    played = play(
        SERVERS, 'POST', '/v2/servers', response={'servers': ['x'] * 100}
    )

    assert 100 == len(played.items)
    assert {'count': '100'} == attachments(played.final['target'])


def test_items_may_be_of_any_shape():
    """A text is an id; what has none is unknown, and counts."""
    played = play(
        SERVERS,
        'PUT',
        '/v2/servers/S/tags',
        response={
            'tags': [
                *('red', 7, {'name': 'blue'}, {}, None, [], True, ''),
                *({'name': ['x']}, 'http://h/tags/green', 'target'),
            ]
        },
    )

    assert [
        *('red', '7', 'blue', 'unknown', 'unknown', 'unknown', 'unknown'),
        *('unknown', 'unknown', 'green', 'target:target'),
    ] == ids(played.items)
    for item in played.items:
        assert 'S' == attachments(item['target'])['server_id']
    assert '11' == attachments(played.final['target'])['count']


@pytest.mark.parametrize(
    ('method', 'path', 'body'),
    [
        ('DELETE', '/v2/servers', {'ids': ['a', 'b']}),
        ('POST', '/v2/servers/delete', {'servers': [{'id': 'a'}, 'b']}),
    ],
)
def test_list_in_the_request_gives_each_item_an_event(method, path, body):
    """What is deleted stands in no answer."""
    played = play(SERVERS, method, path, body, status='204 No Content')

    assert ['a', 'b'] == ids(played.items)
    assert {'delete'} == {event['action'] for event in played.events}
    assert '2' == attachments(played.final['target'])['count']


def test_items_of_a_request_that_failed_failed():
    """Whoever tried to delete ten servers is seen to have tried each."""
    played = play(
        SERVERS,
        'DELETE',
        '/v2/servers',
        {'ids': ['a', 'b']},
        status='403 Forbidden',
        response={'ids': []},
    )

    assert ['a', 'b'] == ids(played.items)
    for event in (*played.items, played.final):
        assert 'failure' == event['outcome']
        assert '403' == event['reason']['reasonCode']


def test_items_of_an_answer_that_failed_are_none():
    """A list in an error is no list of what was created."""
    played = play(
        SERVERS,
        'POST',
        '/v2/servers',
        status='400 Bad Request',
        response={'servers': [{'id': 'a'}]},
    )

    assert PAIR == played.types
    assert 'attachments' not in played.final['target']


def test_items_of_a_request_that_raised_are_told_from_its_body():
    """The outcome of each is that of the request."""

    def app(environ, start_response):
        environ['wsgi.input'].read()
        start_response('200 OK', [('Content-Type', 'text/plain')])
        return iter_and_fail()

    def iter_and_fail():
        yield b'x'
        raise OSError('broken')

    with map_file(map_text(SERVERS)) as file:
        filtered = audited(app, audit_map_file=file)
    played = play_through(
        filtered, environ('DELETE', '/v2/servers', b'{"ids": ["a"]}')
    )

    assert ['a'] == ids(played.items)
    assert 'failure' == played.items[0]['outcome']


def test_header_is_of_the_request_and_of_no_item():
    """Five items cannot all have the id that Location has."""
    played = play(
        """
        servers:
          custom_id: [id, header:Location]
          custom_name: header:X-Name
        """,
        'POST',
        '/v2/servers',
        headers=[('Location', '/v2/servers/x'), ('X-Name', 'n')],
        response={'servers': [{'id': 'a'}, {}, 'b']},
    )

    assert ['a', 'unknown', 'b'] == ids(played.items)
    assert not [item for item in played.items if 'name' in item['target']]


def test_action_on_an_element_keeps_the_element_as_its_target():
    """The items are others, and count there."""
    played = play(
        SERVERS, 'POST', '/v2/servers/S/add', {'items': [{'id': 'a'}]}
    )

    assert ['a'] == ids(played.items)
    assert 'S' == played.final['target']['id']
    assert {'count': '1'} == attachments(played.final['target'])
    assert {'update/add'} == {event['action'] for event in played.events}


def test_list_may_stand_at_a_json_path():
    """The rule of a method replaces what is assumed for it."""
    rule = play(
        SERVERS,
        'PATCH',
        '/v2/servers',
        response={'changed': {'servers': [{'id': 'a'}]}},
    )
    assumed = play(
        SERVERS, 'PATCH', '/v2/servers', response={'servers': [{'id': 'a'}]}
    )

    assert ['a'] == ids(rule.items)
    assert PAIR == assumed.types


@pytest.mark.parametrize(
    ('method', 'path', 'response'),
    [
        ('PUT', '/v2/servers/S/ports', {'ports': [{'id': 'a'}]}),
        ('GET', '/v2/servers', {'servers': [{'id': 'a'}]}),
        ('DELETE', '/v2/servers/S', {'servers': [{'id': 'a'}]}),
        ('POST', '/v2/servers/other', {'servers': 'abc'}),
        ('POST', '/v2/servers', {'servers': {'id': 'a'}}),
        ('POST', '/v2/servers', [{'id': 'a'}]),
        ('POST', '/v2/limits', {'limits': [{'id': 'a'}]}),
        ('POST', '/v2/servers/S/delete/x', {'servers': [{'id': 'a'}]}),
    ],
)
def test_what_is_no_bulk_request_has_a_pair_alone(method, path, response):
    """Null turns it off; GET, actions and singletons have no items."""
    assert PAIR == play(SERVERS, method, path, response=response).types


def test_list_in_the_answer_is_a_bulk_request_without_a_version_too():
    """There it had no event of the request."""
    played = play(
        'servers:\n',
        'POST',
        '/v2/servers',
        head=HEAD_1,
        response={'servers': [{'id': 'a'}, {'id': 'b'}]},
    )

    assert ['a', 'b'] == ids(played.items)


def test_items_are_records_of_the_spool(tmp_path):
    """They stand between the two events of their request."""
    with map_file(map_text(SERVERS)) as file:
        app = audited(
            answering({'servers': [{'id': 'a'}, {'id': 'b'}]}),
            audit_map_file=file,
            use_oslo_messaging=True,
            spool_dir=str(tmp_path / 'spool'),
            forwarder='none',
        )
    call(app, environ('POST', '/v2/servers', b'{}'))
    records = recorded(tmp_path / 'spool')

    assert 0 == app.errors
    assert [PAIR[0], 'audit.event', 'audit.event', PAIR[1]] == [
        event_type for _, event_type in records
    ]
    assert records[0][0] == records[-1][0]
