# SPDX-License-Identifier: Apache-2.0

"""What a map says about payloads, and the parts of bulk requests."""

import json

import pytest

from cadf_audit.audit_map import load_audit_map
from cadf_audit.exceptions import AuditMapError
from tests.payloads import FORM
from tests.payloads import payload
from tests.payloads import request_of
from tests.payloads import response_of
from tests.payloads import tell
from tests.resource_maps import HEAD_1
from tests.resource_maps import read

BODY = {
    'server': {'name': 'n', 'size': 0, 'files': [{'path': 'p', 'size': 1}]}
}
SERVER = {'id': 'i', 'name': 'n', 'size': 0}


def rules(text):
    """Return resources of which one has these rules about payloads."""
    return f'servers:\n  payloads: {text}\n'


def told(text, body, **more):
    """Return what is told of a body where the map has these rules."""
    played = tell(body=body, resources=rules(text), level='request', **more)
    return request_of(played)[1]['content']


def test_resource_without_payloads_tells_none():
    """It wins over the level of any rule, and the id is found all the same."""
    played = tell(
        body=BODY,
        resources=rules('{enabled: false}'),
        response={'server': SERVER},
    )

    assert 'attachments' not in played.final
    assert 'i' == played.final['target']['id']


def test_resource_with_payloads_tells_them_at_its_level_only():
    """The map alone attaches nothing."""
    played = tell(
        body=BODY, resources=rules('{enabled: true}'), level='metadata'
    )

    assert 'attachments' not in played.final


@pytest.mark.parametrize('ending', ['', '/undeclared/further'])
def test_rules_hold_for_whatever_is_beneath_a_resource(ending):
    """A path that the map does not declare opens no way around them."""
    played = tell(
        path=f'/v2/servers/S{ending}',
        body=BODY,
        resources=rules('{enabled: false}'),
    )

    assert 'attachments' not in played.final


@pytest.mark.parametrize(
    ('text', 'content'),
    [
        ('{include: [name]}', {'server': {'name': 'n'}}),
        # Nothing is left out for being false.
        ('{include: [size]}', {'server': {'size': 0}}),
        ('{include: []}', {}),
        ('{include: [x]}', {'server': {}}),
        ('{include: ["$.server.files[0].path"]}', 'path'),
        ('{exclude: [files]}', {'server': {'name': 'n', 'size': 0}}),
        # A name is one at any depth.
        (
            '{exclude: [size]}',
            {'server': {'name': 'n', 'files': [{'path': 'p'}]}},
        ),
        (
            '{exclude: ["$.server.size"]}',
            {'server': {'name': 'n', 'files': [{'path': 'p', 'size': 1}]}},
        ),
        ('{exclude: [server]}', {}),
        ('{exclude: []}', BODY),
        ('{exclude: ["it\'s"]}', BODY),
    ],
)
def test_include_allows_and_exclude_denies(text, content):
    """Each holds inside of what wraps the item."""
    if content == 'path':
        content = {'server': {'files': [{'path': 'p'}]}}

    assert content == told(text, BODY)


@pytest.mark.parametrize('rule', ['exclude: [name]', 'include: [value]'])
def test_name_that_is_left_out_hides_its_value_all_the_same(rule):
    """The redaction sees what the choice takes away."""
    body = {'servers': [{'name': 'password', 'value': 'hunter2'}]}

    assert {'servers': [{'value': '***'}]} == told(f'{{{rule}}}', body)


def test_include_holds_without_a_wrapper_and_in_a_list():
    """An API may wrap an item, or not, or send several."""
    assert {'name': 'n'} == told('{include: [name]}', {'name': 'n', 'x': 1})
    assert {'servers': [{'name': 'n'}]} == told(
        '{include: [name]}', {'servers': [{'name': 'n', 'x': 1}]}
    )


def test_form_has_names_as_well():
    """The rules do not ask for the format."""
    body = b'name=n&size=1'

    assert [['name', 'n']] == told(
        '{include: [name]}', body, content_type=FORM
    )
    assert [['size', '1']] == told(
        '{exclude: [name]}', body, content_type=FORM
    )


def test_value_without_a_name_is_included_by_none():
    """A rule names members, and it has none."""
    for body in (b'"text"', b'12'):
        assert told('{include: [name]}', body) is None
        assert told('{exclude: [name]}', body) == '***'


def test_exclude_holds_for_the_answer():
    """Both bodies of a resource have the same rules."""
    played = tell(
        body=BODY,
        resources=rules('{exclude: [name]}'),
        response={'server': SERVER},
    )

    assert {'server': {'id': 'i', 'size': 0}} == (
        response_of(played)[1]['content']
    )


def test_exclude_wins_over_include_in_a_map_without_a_version():
    """As it is in openstack-audit-middleware, with a warning."""
    audit_map, findings = read(
        rules('{include: [a], exclude: [b]}'), head=HEAD_1
    )
    found = audit_map.match('GET', '/v2/servers').resource.payloads

    assert (None, True) == (found.allow, found.deny is not None)
    assert ['is of no use beside exclude, which wins'] == [
        each.problem for each in findings
    ]


@pytest.mark.parametrize('path', ['$.a[', '$x', '$.a b[?]'])
def test_path_that_is_none_is_an_error_at_start(path, tmp_path):
    """The line and the key are told."""
    file = tmp_path / 'map.yaml'
    file.write_text(
        'version: 2\nservice_type: compute\nprefix: /v2\nresources:\n'
        f'  servers:\n    payloads:\n      exclude: [a, "{path}"]\n'
    )

    with pytest.raises(AuditMapError) as caught:
        load_audit_map(str(file))

    assert 'line 7' in str(caught.value)
    assert 'resources.servers.payloads.exclude[1]' in str(caught.value)
    assert 'is no JSON path' in str(caught.value)


# Bulk requests

BULK = """
servers:
  bulk:
    DELETE: request:$.ids
    PATCH: request:$.servers
  children:
    tags:
"""


def parts(played, name):
    """Return for each item its id and the part that is told of it."""
    return [
        (item['target']['id'], (payload(item, name) or (None, None))[1])
        for item in played.items
    ]


def bulk(method, body, answer, path='/v2/servers', **more):
    """Send a bulk request."""
    return tell(method, path, body, response=answer, resources=BULK, **more)


def test_item_has_its_own_part_of_the_answer():
    """The whole stands in the final event."""
    answer = {'servers': [{'id': 'a', 'n': 1}, {'id': 'b', 'n': 2}]}
    played = bulk('POST', {'servers': [{'n': 1}, {'n': 2}]}, answer)

    assert [
        ('a', {'content': {'id': 'a', 'n': 1}}),
        ('b', {'content': {'id': 'b', 'n': 2}}),
    ] == parts(played, 'response')
    # What was asked for has no id yet, and a position is none.
    assert [('a', None), ('b', None)] == parts(played, 'request')
    assert answer == response_of(played)[1]['content']


def test_item_has_its_own_part_of_the_request_whatever_the_order():
    """An id tells which is which, and nothing else does."""
    sent = [{'id': each, 'n': each * 2} for each in 'abc']
    answer = [{'id': each, 'state': each} for each in 'cxb']
    played = bulk('PATCH', {'servers': sent}, {'servers': answer})

    assert [(each['id'], {'content': each}) for each in sent] == parts(
        played, 'request'
    )
    assert [
        ('a', None),
        ('b', {'content': {'id': 'b', 'state': 'b'}}),
        ('c', {'content': {'id': 'c', 'state': 'c'}}),
    ] == parts(played, 'response')


def test_item_that_is_an_id_is_its_own_part():
    """Tags are texts in either body."""
    played = bulk(
        'PUT',
        {'tags': ['x', 'y']},
        {'tags': ['y', 'x']},
        path='/v2/servers/S/tags',
    )

    expected = [('y', {'content': 'y'}), ('x', {'content': 'x'})]
    assert expected == parts(played, 'request')
    assert expected == parts(played, 'response')


def test_answer_under_another_name_is_found():
    """What is asked for as ids is answered as servers."""
    played = bulk(
        'DELETE', {'ids': ['a']}, {'servers': [{'id': 'a', 'gone': True}]}
    )

    assert [('a', {'content': 'a'})] == parts(played, 'request')
    assert [('a', {'content': {'id': 'a', 'gone': True}})] == (
        parts(played, 'response')
    )


def test_id_that_stands_there_twice_is_that_of_nobody():
    """Which of them is meant, nobody knows."""
    played = bulk(
        'PATCH',
        {'servers': [{'id': 'a'}, {'id': 'b'}, {'id': 'b'}]},
        {'servers': [{'id': 'a'}, {'id': 'a'}, {'id': 'b'}]},
    )

    assert [None] * 3 == [part for _, part in parts(played, 'response')]


def test_level_request_tells_no_part_of_the_answer():
    """Though it is read, for the ids."""
    answer = {'tags': ['x']}
    played = bulk(
        'PUT',
        {'tags': ['x']},
        answer,
        path='/v2/servers/S/tags',
        level='request',
    )

    assert [('x', {'content': 'x'})] == parts(played, 'request')
    assert [('x', None)] == parts(played, 'response')


def test_parts_are_told_without_secrets():
    """A part is taken from what is told of the whole."""
    played = bulk(
        'POST',
        {'x': 1},
        {'servers': [{'id': 'a', 'adminPass': 'hunter2', 'name': 'n'}]},
    )

    assert 'hunter2' not in json.dumps(played.events)
    assert 'n' == parts(played, 'response')[0][1]['content']['name']


def test_answer_that_is_cut_has_no_items():
    """Items are told of a whole only."""
    answer = {'servers': [{'id': str(each)} for each in range(50)]}
    played = bulk('POST', {'x': 1}, answer, options={'body_limit': 300})

    assert [] == played.items
    assert response_of(played)[1]['cut']


def test_only_so_many_items_have_a_part_as_have_an_event():
    """A hundred, of however many."""
    answer = {'servers': [{'id': str(each)} for each in range(150)]}
    played = bulk('POST', {'x': 1}, answer)

    assert [
        (str(each), {'content': {'id': str(each)}}) for each in range(100)
    ] == parts(played, 'response')


def test_part_is_nobodys_where_one_of_them_was_taken_out():
    """Positions have moved, and would tell one item as another."""
    played = tell(
        body={'x': 1},
        response={'servers': [{'id': 'a'}, {'id': 'b'}]},
        resources=rules('{exclude: ["$.servers[0]"]}'),
    )

    assert {'servers': [{'id': 'b'}]} == response_of(played)[1]['content']
    assert [('a', None), ('b', None)] == parts(played, 'response')


def test_id_that_is_a_secret_finds_no_part():
    """Each of them would be the same to us."""
    played = tell(
        'PUT',
        '/v2/tokens',
        {'tokens': [{'token': 'hunter1', 'n': 1}]},
        response={'tokens': [{'token': 'hunter2', 'n': 2}]},
        resources='tokens:\n  custom_id: token\n',
    )

    assert 1 == len(played.items)
    assert [None] == [part for _, part in parts(played, 'request')]
    assert 'hunter' not in json.dumps(played.events)
