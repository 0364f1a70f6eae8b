# SPDX-License-Identifier: Apache-2.0

"""What an answer tells of the resource: id, name, attributes."""

import pytest

from tests.resource_maps import attachments
from tests.resource_maps import HEAD_1
from tests.resource_maps import play
from tests.resource_maps import short

CREATED = '201 Created'


def created(rules, **more):
    """Return the target of the final event of a POST to a collection."""
    resources = f'servers:\n{rules}' if rules else 'servers:\n'
    return play(resources, 'POST', '/v2/servers', **more).final['target']


@pytest.mark.parametrize(
    ('place', 'expected'),
    [
        ('id', 'i'),
        ('uuid', 'u'),
        ('$.id', 'outer'),
        ('$.server.id', 'i'),
        ('$.server.links[1].href', 'last'),
        ('$.server.count', '3'),
        ('$.server.ratio', '0.5'),
        ("$['server']['id']", 'i'),
        ('[missing, $.none.at.all, uuid, id]', 'u'),
        ('[links, id]', 'i'),
        ('up', 'unknown'),
        ('empty', 'unknown'),
        ('nothing', 'unknown'),
        ('$', 'unknown'),
        ('"request:$.server.id"', 'asked'),
        ('["request:$.no", "request:$.server.tags[0]"]', 'tag'),
        ('header:X-Id', 'from header'),
        ('"header: x-id "', 'from header'),
        ('header:X-None', 'unknown'),
        ('[header:X-None, id]', 'i'),
    ],
)
def test_id_of_what_was_created_is_where_the_map_says(place, expected):
    """The first place that holds a text or a number counts."""
    target = created(
        f'  custom_id: {place}\n',
        body={'server': {'id': 'asked', 'tags': ['tag']}},
        status=CREATED,
        headers=[('X-ID', ' from header ')],
        response={
            'id': 'outer',
            'server': {
                'id': 'i',
                'uuid': 'u',
                'count': 3,
                'ratio': 0.5,
                'up': True,
                'empty': '',
                'nothing': None,
                'links': [{'href': 'x'}, {'href': 'https://h/v/last?a=b#c'}],
            },
        },
    )

    assert expected == target['id']
    assert 'compute/server' == target['typeURI']


@pytest.mark.parametrize(
    ('location', 'expected'),
    [
        ('http://h:80/v2/servers/new', 'new'),
        ('https://h/v2/servers/new/', 'new'),
        ('https://h/v2/servers/new?a=/b#c', 'new'),
        ('/v2/servers/new', 'new'),
        ('/v2/servers/new?a=http://x/y', 'new'),
        ('servers/new', 'new'),
        ('new', 'new'),
        ('//h/v2/servers/new', 'new'),
        ('/v2/servers/my%20key%2Fa', 'my key/a'),
        ('/v2/servers/%FF', '\ufffd'),
        ('http://[::1', 'unknown'),
        ('/', 'unknown'),
        ('https://h/?token=s3cret', 'unknown'),
        ('https://u:s3cret@h', 'unknown'),
        ('https://h/x/new;s3cret', 'new'),
        ('', 'unknown'),
        ('/x/' + 'y' * 5000, 'y' * 1023 + '…'),
    ],
    ids=short,
)
def test_id_at_the_end_of_location_is_that_of_the_new_element(
    location, expected
):
    """Absolute, relative, with a query: the last segment of the path."""
    target = created(
        '  custom_id: header:Location\n',
        status=CREATED,
        headers=[('Location', location)],
        response=b'',
        content_type='text/plain',
    )

    assert expected == target['id']


def test_pending_event_does_not_know_the_id():
    """It says so, and both say what kind of thing it is."""
    played = play(
        'servers:\n', 'POST', '/v2/servers', response={'server': {'id': 'n'}}
    )

    assert ('unknown', 'n') == (
        played.pending['target']['id'],
        played.final['target']['id'],
    )
    assert 'compute/server' == played.pending['target']['typeURI']


def test_id_below_an_element_is_the_parents_without_a_version():
    """So existing maps name the target of a create that failed."""
    resources = 'servers:\n  children:\n    ports:\n'
    answer = {'status': '400 Bad Request', 'response': {'port': {'id': 'x'}}}
    old = play(
        resources, 'POST', '/v2/servers/a/ports', head=HEAD_1, **answer
    ).final
    new = play(resources, 'POST', '/v2/servers/a/ports', **answer).final

    assert ('a', 'unknown') == (old['target']['id'], new['target']['id'])


@pytest.mark.parametrize('status', ['400 Bad', '500 Oops', '409 Conflict'])
def test_answer_that_is_a_failure_tells_nothing(status):
    """An error may have an id of its own."""
    target = created(
        '  custom_id: [id, header:Location]\n',
        status=status,
        headers=[('Location', '/v2/servers/x')],
        response={'server': {'id': 'x', 'name': 'x'}},
    )

    assert {'id': 'unknown', 'typeURI': 'compute/server'} == target


def test_id_in_the_path_stays():
    """What a client asked for is what it was done to."""
    target = play(
        'servers:\n',
        'PUT',
        '/v2/servers/asked',
        response={'server': {'id': 'other', 'name': 'n'}},
    ).final['target']

    assert ('asked', 'n') == (target['id'], target['name'])


@pytest.mark.parametrize(
    ('rule', 'expected'),
    [
        ('', 'plain'),
        ('  custom_name: display_name\n', 'shown'),
        ('  custom_name: $.server.deep.name\n', 'deep'),
        ('  custom_name: "request:$.server.name"\n', 'asked'),
        ('  custom_name: [nothing, display_name]\n', 'shown'),
        ('  custom_name: url\n', 'see http://h/page for more'),
        ('  custom_name: nothing\n', None),
        ('  custom_name: number\n', '7'),
    ],
)
def test_name_is_where_the_map_says(rule, expected):
    """A name is no reference, whatever it looks like."""
    target = created(
        rule,
        body={'server': {'name': 'asked'}},
        response={
            'server': {
                'name': 'plain',
                'display_name': 'shown',
                'deep': {'name': 'deep'},
                'url': 'see http://h/page for more',
                'number': 7,
            }
        },
    )

    assert expected == target.get('name')


@pytest.mark.parametrize(
    ('value', 'expected'),
    [
        ('text', 'text'),
        ('ü', 'ü'),
        ('\ud800', '?'),
        (12, '12'),
        (True, 'true'),
        (False, 'false'),
        (0, '0'),
        ([], '[]'),
        ({'a': [1, None]}, '{"a":[1,null]}'),
        ('', None),
        (None, None),
        ('x' * 9999, 'x' * 4095 + '…'),
    ],
    ids=short,
)
def test_attribute_is_attached_to_the_event(value, expected):
    """What is no text is written as JSON; a long one is cut."""
    final = play(
        'servers:\n  custom_attributes: {flavor: compute/flavor}\n',
        'POST',
        '/v2/servers',
        response={'server': {'flavor': value}},
    ).final

    assert expected == attachments(final).get('flavor')
    if expected is not None:
        assert 'compute/flavor' == final['attachments'][0]['typeURI']


def test_attribute_may_have_a_name_of_its_own():
    """``from`` tells where it stands, and ``type_uri`` what it is."""
    final = play(
        """
        servers:
          custom_attributes:
            zone: {from: header:X-Zone, type_uri: data/zone}
            boot: {from: flavor, type_uri: xs:string}
        """,
        'PUT',
        '/v2/servers/1',
        headers=[('X-Zone', 'z')],
        response={'server': {'flavor': 'f'}},
    ).final

    assert {'zone': 'z', 'boot': 'f'} == attachments(final)
    assert 'data/zone' == final['attachments'][0]['typeURI']


@pytest.mark.parametrize(
    ('rule', 'answer', 'expected'),
    [
        ('owner', {'owner': 'o', 'project_id': 'p'}, 'o'),
        ('[missing, $.server.owner]', {'owner': 'o'}, 'o'),
        ('request:$.owner', {'project_id': 'p'}, 'asked'),
        ('owner', {'project_id': 'p'}, None),
        ('header:X-Project', {}, 'from header'),
    ],
)
def test_project_is_where_the_map_says(rule, answer, expected):
    """The usual names do not count any more."""
    final = play(
        f'servers:\n  custom_project: {rule}\n',
        'PUT',
        '/v2/servers/1',
        {'owner': 'asked'},
        headers=[('X-Project', 'from header')],
        response={'server': answer},
    ).final

    assert expected == final['target'].get('project_id')


def test_request_that_failed_tells_what_it_asked_for():
    """Facts of the request are known, those of the answer are not."""
    target = created(
        '  custom_name: ["request:$.name", name]\n'
        '  custom_project: [header:X-Project, project_id]\n',
        body={'name': 'asked'},
        status='409 Conflict',
        headers=[('X-Project', 'p')],
        response={'server': {'id': 'i', 'name': 'n', 'project_id': 'p'}},
    )

    assert {
        'id': 'unknown',
        'typeURI': 'compute/server',
        'name': 'asked',
    } == target


def test_attribute_may_stand_at_a_json_path_or_in_a_header():
    """Its name in the event is what the map has for it."""
    final = play(
        """
        servers:
          custom_attributes:
            $.server.flavor.id: compute/flavor
            header:X-Zone: xs:string
            "request:$.server.host": mime:text/plain
        """,
        'PUT',
        '/v2/servers/1',
        {'server': {'host': 'h'}},
        headers=[('X-Zone', 'z')],
        response={'server': {'flavor': {'id': 'f'}}},
    ).final

    assert {
        '$.server.flavor.id': 'f',
        'header:X-Zone': 'z',
        'request:$.server.host': 'h',
    } == attachments(final)


@pytest.mark.parametrize('value', [0, [], {}, False])
def test_attribute_that_says_nothing_is_left_out_without_a_version(value):
    """Existing maps do not attach a 0."""
    final = play(
        'servers:\n  custom_attributes: {flavor: compute/flavor}\n',
        'POST',
        '/v2/servers',
        head=HEAD_1,
        response={'server': {'flavor': value}},
    ).final

    assert {} == attachments(final)


@pytest.mark.parametrize(
    ('method', 'status', 'path', 'expected'),
    [
        ('PUT', '201 Created', '/v2/boxes/1', 'create'),
        ('PUT', '200 OK', '/v2/boxes/1', 'update'),
        ('PUT', '204 None', '/v2/boxes/1', 'update'),
        ('PUT', '409 Conflict', '/v2/boxes/1', 'update'),
        ('PATCH', '201 Created', '/v2/boxes/1', 'update'),
        ('PUT', '201 Created', '/v2/boxes/1/start', 'start'),
        ('PUT', '201 Created', '/v2/boxes/1/undeclared', 'update'),
        ('PUT', '201 Created', '/v2/plain/1', 'update'),
    ],
)
def test_put_that_created_is_a_create(method, status, path, expected):
    """The status tells, where the map says that a PUT may create."""
    played = play(
        """
        boxes:
          upsert: true
          custom_actions: {start: start}
        plain:
        """,
        method,
        path,
        status=status,
    )

    assert expected == played.final['action']
    assert '1' == played.final['target']['id']


def test_id_that_cadf_reads_as_a_reference_is_told_apart():
    """An application may call a thing ``target``."""
    target = created('', response={'server': {'id': 'target'}})

    assert 'target:target' == target['id']
