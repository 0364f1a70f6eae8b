# SPDX-License-Identifier: Apache-2.0

"""What an application tells of its request, and what becomes of it."""

import logging

import pytest

from tests.harness import answer
from tests.harness import audit
from tests.harness import environ


def telling(*facts):
    """Return an application that calls methods of its handle."""

    def app(environ, start_response):
        handle = environ['cadf_audit.event']
        for method, *args in facts:
            keywords = (
                args.pop() if args and isinstance(args[-1], dict) else {}
            )
            getattr(handle, method)(*args, **keywords)
        return answer()(environ, start_response)

    return app


def final_event(*facts):
    """Return the final event of a request whose application told facts."""
    return audit(telling(*facts), environ())[2]


def test_target_is_corrected():
    """The final event has the target that the application named."""
    target = {'id': 'n1', 'type_uri': 'compute/node', 'name': 'node one'}

    _, pending, final = audit(telling(('set_target', target)), environ())

    assert {'id': 'n1', 'typeURI': 'compute/node', 'name': 'node one'} == (
        final['target']
    )
    assert 'unknown' == pending['target']['id']


def test_new_id_of_the_target_drops_the_old_name():
    """The name of another resource is not the name of this one."""
    assert {'id': 'n1', 'typeURI': 'unknown'} == (
        final_event(('set_target', {'id': 'n1'}))['target']
    )


def test_target_is_told_in_pieces():
    """A second call adds to the first."""
    final = final_event(
        ('set_target', {'id': 'n1'}), ('set_target', {'name': 'one'})
    )

    assert {'id': 'n1', 'typeURI': 'unknown', 'name': 'one'} == final['target']


def test_login_names_the_initiator():
    """Who logged in is known only inside the application."""
    initiator = {'id': 'u1', 'name': 'Jürgen', 'project_id': 'p1'}

    _, pending, final = audit(
        telling(('set_initiator', initiator | {'domain_id': 'd1'})), environ()
    )

    assert 'unknown' == pending['initiator']['id']
    assert {
        **pending['initiator'],
        'id': 'u1',
        'name': 'Jürgen',
        'project_id': 'p1',
        'domain_id': 'd1',
    } == final['initiator']


def test_new_initiator_inherits_nothing_of_another():
    """Name, project and domain of the old initiator go with its id."""
    request = environ(
        HTTP_X_USER_ID='u0',
        HTTP_X_USER_NAME='old',
        HTTP_X_PROJECT_ID='p0',
        HTTP_X_DOMAIN_ID='d0',
    )

    _, _, final = audit(telling(('set_initiator', 'u1')), request)

    initiator = final['initiator']
    assert ('u1', 'unknown', 'unknown') == (
        initiator['id'],
        initiator['name'],
        initiator['project_id'],
    )
    assert 'domain_id' not in initiator


@pytest.mark.parametrize(
    ('content', 'expected'),
    [
        ('text', 'text'),
        ({'a': [1, None, '']}, '{"a":[1,null,""]}'),
        (5, '5'),
        (True, 'true'),
        (None, 'null'),
        ('x' * 2000, 'x' * 1023 + '…'),
        ('\ud800', '?'),
    ],
)
def test_attachment_holds_text_or_json(content, expected):
    """Consumers index the content of attachments as text."""
    final = final_event(
        ('add_attachment', {'name': 'fact', 'content': content})
    )

    assert [
        {'typeURI': 'xs:string', 'content': expected, 'name': 'fact'}
    ] == final['attachments']


def test_tags_are_added():
    """A tag of the application stands behind ours."""
    final = final_event(('add_tag', 'shift', 'night'), ('add_tag', 'n', 1))

    assert ['shift?value=night', 'n?value=1'] == final['tags'][2:]


def test_reason_is_given_in_words():
    """The words stand beside the code."""
    assert {
        'reasonType': 'HTTP',
        'reasonCode': '200',
        'reasonText': 'quota exceeded',
    } == final_event(('set_reason', 'quota exceeded'))['reason']


def test_reason_without_a_response():
    """CADF wants a code in each reason: words alone become an attachment."""

    def app(environ, start_response):
        environ['cadf_audit.event'].set_reason('no database')
        raise ValueError

    _, _, final = audit(app, environ())

    assert 'reason' not in final
    assert [
        {'typeURI': 'xs:string', 'content': 'no database', 'name': 'reason'}
    ] == final['attachments']


def test_endpoint_is_replaced():
    """An event has one endpoint tag."""
    final = final_event(('set_endpoint', 'UI'))

    assert ['endpoint?value=UI'] == [
        tag for tag in final['tags'] if tag.startswith('endpoint')
    ]


def test_handle_knows_the_id_of_the_event():
    """An application can note which event to look for."""
    seen = []

    def app(environ, start_response):
        seen.append(environ['cadf_audit.event'].id)
        return answer()(environ, start_response)

    _, pending, _ = audit(app, environ())

    assert [pending['id']] == seen


@pytest.mark.parametrize(
    'fact',
    [
        ('set_target', {'id': ''}),
        ('set_target', {'id': b'n1'}),
        ('set_target', {'type_uri': 'computer'}),
        ('set_target', {'type_uri': None, 'name': object()}),
        ('set_target', {'colour': 'red'}),
        ('set_initiator', None),
        ('set_initiator', {}),
        ('set_initiator', {'id': True}),
        ('add_attachment', '', 'x'),
        ('add_attachment', 'x', ''),
        ('add_attachment', 'x', object()),
        ('add_attachment', 'x', {1, 2}),
        ('add_tag', 'a?b', 'x'),
        ('add_tag', 'a', ''),
        ('add_tag', 'a'),
        ('set_reason', None),
        ('set_endpoint', 'api'),
        ('set_endpoint', []),
    ],
)
def test_misuse_is_a_line_in_the_log(fact, caplog):
    """What makes no sense is not recorded, and breaks nothing."""
    response, pending, final = audit(telling(fact), environ())

    assert response.error is None
    assert f'is not recorded in event {pending["id"]}' in caplog.text
    assert 'test_handle.py, line' in caplog.text
    assert fact[0] in caplog.text
    for key in ('target', 'initiator', 'tags'):
        assert pending[key] == final[key]
    assert 'attachments' not in final


def test_facts_of_one_request_are_bounded(caplog):
    """An application in a loop makes no event of unbounded size."""
    final = final_event(*[('add_tag', 'n', n) for n in range(1, 100)])

    assert 2 + 64 == len(final['tags'])
    assert 'at most 64 tags' in caplog.text


def test_tag_is_bounded():
    """Name and value together are a text like any other."""
    final = final_event(('add_tag', 'n' * 2000, 'v' * 2000))

    tag = final['tags'][-1]
    assert (1024, 256) == (len(tag), tag.index('?'))


def test_log_that_fails_does_not_reach_the_application():
    """A handler that raises is no misuse of the application."""

    class Full(logging.Handler):
        def emit(self, record):
            raise OSError('disk full')

    handler = Full()
    log = logging.getLogger('cadf_audit.middleware.handle')
    log.addHandler(handler)
    try:
        response, _, _ = audit(telling(('add_tag', '', '')), environ())
    finally:
        log.removeHandler(handler)

    assert response.error is None


def test_fact_after_the_final_event_is_reported(caplog):
    """Too late is said, and the event stays as it is."""
    handles = []

    def app(environ, start_response):
        handles.append(environ['cadf_audit.event'])
        return answer()(environ, start_response)

    audit(app, environ())
    with caplog.at_level(logging.WARNING):
        handles[0].add_tag('late', 'yes')

    assert 'already on its way' in caplog.text
    assert {} == handles[0].facts


def test_generator_tells_facts_while_it_streams():
    """The final event waits for the end of the body, and so for facts."""

    def app(environ, start_response):
        start_response('200 OK', [])
        yield b'a'
        environ['cadf_audit.event'].add_tag('late', 'but in time')
        yield b'b'

    _, _, final = audit(app, environ())

    assert 'late?value=but in time' == final['tags'][-1]


@pytest.mark.parametrize('id', ['initiator', 'target'])
def test_ids_that_cadf_reads_as_references(id):
    """A resource of such a name does not vanish from the event."""
    final = final_event(('set_target', {'id': id}), ('set_initiator', id))

    assert f'target:{id}' == final['target']['id']
    assert f'user:{id}' == final['initiator']['id']
