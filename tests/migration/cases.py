# SPDX-License-Identifier: Apache-2.0

"""A row of the page about keystonemiddleware in, how to play it out.

Each row is a request that two filters tell differently.
"""

import dataclasses
import json
import typing
import uuid

from tests.canaries import NO_CREDENTIAL
from tests.harness import answer
from tests.harness import call
from tests.harness import environ
from tests.harness import Response

ACTION = '/servers/7/action'


def endpoint(endpoint_id, public, internal=None):
    """Return an endpoint of a service catalogue."""
    urls = {'publicURL': public}
    if internal:
        urls['internalURL'] = internal
    return {'id': endpoint_id, **urls}


def service(*endpoints, type='compute', name='nova'):
    """Return a service of a service catalogue."""
    return {'type': type, 'name': name, 'endpoints': list(endpoints)}


COMPUTE = service(
    endpoint('ep-1', 'http://one:8774', 'http://internal:8774'),
    endpoint('ep-2', 'http://two:8774'),
)


def ask(method='GET', path='/', body=b'', catalog=None, **keys):
    """Return a function that makes a new environ of the same request."""
    if catalog is not None:
        keys['HTTP_X_SERVICE_CATALOG'] = json.dumps(catalog)
    # The other filter tells no token from none by these three.
    return lambda: environ(method, path, body, **NO_CREDENTIAL | keys)


def value(*path):
    """Return a function that tells a value of the second event."""

    def tell(seen):
        here = seen.final
        if here is None:
            return 'no event' if seen.pending is None else 'no second event'
        for key in path:
            if key not in here:
                return 'absent'
            here = here[key]
        return here.strip() or 'empty'

    return tell


def further_in(**keys):
    """Return an application behind a filter that sets environ entries."""

    def app(request, start_response):
        request.update(keys)
        return answer()(request, start_response)

    return app


class Iterator:
    """An answer in two chunks; perhaps the second one fails."""

    def __init__(self, error=None):
        self._error = error
        self.given = 0

    def __iter__(self):
        return self

    def __next__(self):
        if self.given == 2:
            raise StopIteration
        if self.given and self._error:
            raise self._error
        self.given += 1
        return b'chunk'


def streaming(error=None):
    """Return an application that answers in two chunks."""

    def app(request, start_response):
        start_response('200 OK', [])
        return Iterator(error)

    return app


def raising(error, started=False):
    """Return an application that raises."""

    def app(request, start_response):
        if started:
            start_response('200 OK', [])
        raise error

    return app


def generator(request, start_response):
    """Answer in two chunks, as a generator that counts them."""
    start_response('200 OK', [])
    for _ in range(2):
        request['tests.produced'] = request.get('tests.produced', 0) + 1
        yield b'chunk'


def leave(app, request):
    """Read one chunk of an answer, as a server does whose client leaves."""
    body = app(request, lambda *args: None)
    iterator = iter(body)
    next(iterator)
    produced = request.get('tests.produced')
    getattr(body, 'close', lambda: None)()
    return Response(status='streamed' if produced == 1 else 'read to its end')


@dataclasses.dataclass
class Case:
    """A request, and what it tells two filters apart by.

    :param tell: what was seen in, a word of it out
    :param request: returns a new environ
    :param app: the application
    :param serve: calls the application, as a server does
    :param replace: what to replace in the audit map
    """

    tell: typing.Any
    request: typing.Any = dataclasses.field(default_factory=ask)
    app: typing.Any = dataclasses.field(default_factory=answer)
    serve: typing.Any = call
    replace: tuple = ('', '')


TOKEN = value('initiator', 'credential', 'token')
USER_ID = value('initiator', 'id')
TARGET_ID = value('target', 'id')
TYPE_URI = value('target', 'typeURI')
ACTION_OF = value('action')
OUTCOME = value('outcome')


def tell_user_id(seen):
    """Tell whether the user id was made up."""
    told = USER_ID(seen)
    try:
        uuid.UUID(told)
    except ValueError:
        return told
    return 'a new id each time'


def tell_internal_url(seen):
    """Tell the internal URL of the target."""
    for address in seen.final['target']['addresses']:
        if address['name'] == 'private':
            return address['url']
    return 'left out'


def tell_endpoint_tag(seen):
    """Tell the tag endpoint."""
    tags = [tag for tag in seen.final['tags'] if tag.startswith('endpoint?')]
    return tags[0] if tags else 'absent'


def action_case(body, tell=ACTION_OF, **keys):
    """Return the case of a POST to .../action."""
    return Case(tell, ask('POST', ACTION, body, **keys))


CASES = {
    'event-differences': {
        'the token gAAAAABsecret': Case(
            TOKEN, ask(HTTP_X_AUTH_TOKEN='gAAAAABsecret')
        ),
        'no token': Case(TOKEN),
        'only Authorization, or X-Storage-Token': Case(
            TOKEN, ask(HTTP_AUTHORIZATION='Basic x')
        ),
        'offset of a time': Case(lambda seen: seen.final['eventTime'][26:]),
        'version of the UUIDs': Case(
            lambda seen: str(uuid.UUID(seen.final['id']).version)
        ),
        'tag endpoint': Case(tell_endpoint_tag),
        'an empty X-User-Id': Case(tell_user_id, ask(HTTP_X_USER_ID='')),
        'an empty X-User-Name': Case(
            value('initiator', 'name'), ask(HTTP_X_USER_NAME='')
        ),
        'a user whose id is initiator': Case(
            USER_ID, ask(HTTP_X_USER_ID='initiator')
        ),
        'UTF-8 in User-Agent': Case(
            value('initiator', 'host', 'agent'),
            ask(HTTP_USER_AGENT='Zürich'.encode().decode('latin-1')),
        ),
        'a user agent of 5000 characters': Case(
            lambda seen: str(len(seen.final['initiator']['host']['agent'])),
            ask(HTTP_USER_AGENT='x' * 5000),
        ),
        'X-Forwarded-For: 203.0.113.9': Case(
            value('initiator', 'host', 'address'),
            ask(HTTP_X_FORWARDED_FOR='203.0.113.9'),
        ),
        'domain of the user': Case(
            value('initiator', 'domain_id'),
            ask(HTTP_X_USER_DOMAIN_ID='default'),
        ),
        'id of the application credential': Case(
            value('initiator', 'application_credential_id'),
            ask(
                **{
                    'keystone.token_info': {
                        'token': {'application_credential': {'id': 'ac-1'}}
                    }
                }
            ),
        ),
        '?X-Amz-Signature=s3cret': Case(
            value('requestPath'), ask(QUERY_STRING='X-Amz-Signature=s3cret')
        ),
        'an empty path': Case(value('requestPath'), ask(path='')),
        'identity that is set further in': Case(
            USER_ID, app=further_in(HTTP_X_USER_ID='alice')
        ),
        'request id that is set further in': Case(
            value('initiator', 'request_id'),
            app=further_in(**{'openstack.request_id': 'req-1'}),
        ),
    },
    'target-differences': {
        'asked for by its internal URL': Case(
            TARGET_ID, ask(catalog=[COMPUTE], HTTP_HOST='internal:8774')
        ),
        'asked for by the URL of the second region': Case(
            TARGET_ID, ask(catalog=[COMPUTE], HTTP_HOST='two:8774')
        ),
        'Host without a port': Case(
            TARGET_ID,
            ask(
                catalog=[service(endpoint('ep-1', 'http://web'))],
                HTTP_HOST='web',
            ),
        ),
        'two services on one host and port': Case(
            TARGET_ID,
            ask(
                path='/image/v2/images',
                catalog=[
                    service(endpoint('ep-first', 'http://api:8080/compute')),
                    service(
                        endpoint('ep-by-path', 'http://api:8080/image'),
                        type='image',
                    ),
                ],
                HTTP_HOST='api:8080',
            ),
        ),
        'two services of the type target_endpoint_type': Case(
            TARGET_ID,
            ask(
                catalog=[
                    service(endpoint('ep-first', 'http://a:8080')),
                    service(endpoint('ep-last', 'http://b:8080')),
                ],
                HTTP_HOST='c:8080',
            ),
            replace=('type = None', 'type = compute'),
        ),
        'no catalogue, and a map with one service': Case(TARGET_ID),
        'a URL that the catalogue does not have': Case(
            tell_internal_url,
            ask(
                catalog=[service(endpoint('ep-1', 'http://api:8080'))],
                HTTP_HOST='api:8080',
            ),
        ),
        'a keyword with None, and more behind it': Case(
            TYPE_URI,
            ask(
                path='/servers/detail/x',
                catalog=[COMPUTE],
                HTTP_HOST='one:8774',
            ),
        ),
        'a keyword with an empty value, and more behind it': Case(
            TYPE_URI,
            ask(path='/images/x', catalog=[COMPUTE], HTTP_HOST='one:8774'),
        ),
        'a slash at the end': Case(
            TYPE_URI,
            ask(path='/servers/', catalog=[COMPUTE], HTTP_HOST='one:8774'),
        ),
        'a catalogue that is no JSON': Case(
            TARGET_ID, ask(HTTP_X_SERVICE_CATALOG='[{')
        ),
        'a catalogue with an entry without endpoints': Case(
            TARGET_ID,
            ask(
                catalog=[{'type': 'image', 'name': 'glance'}, COMPUTE],
                HTTP_HOST='one:8774',
            ),
        ),
        'Host: api:99999': Case(
            TARGET_ID, ask(catalog=[COMPUTE], HTTP_HOST='api:99999')
        ),
    },
    'action-differences': {
        'key createBackup of the map': Case(
            ACTION_OF, ask('POST', '/servers/7/createBackup')
        ),
        'path /target_endpoint_type': Case(
            ACTION_OF, ask(path='/target_endpoint_type')
        ),
        '% anywhere in [custom_actions]': Case(
            ACTION_OF,
            ask('POST', '/servers/7/createbackup'),
            replace=('= backup', '= backup\nx = update/%x'),
        ),
        'POST to .../action with a list, a text or a number': action_case(
            b'["reboot"]'
        ),
        '... with [] or null': action_case(b'[]'),
        '... with more than 64 KiB': action_case(
            json.dumps({'reboot': 'x' * 65536}).encode()
        ),
        '... without Content-Length': action_case(
            b'{"reboot": 1}',
            CONTENT_LENGTH='',
            HTTP_TRANSFER_ENCODING='chunked',
            **{'wsgi.input_terminated': True},
        ),
        '... with a key of 100 characters': action_case(
            json.dumps({'k' * 100: 1}).encode(),
            tell=lambda seen: str(len(ACTION_OF(seen)) - len('update/')),
        ),
        '... with the key a/b c': action_case(b'{"a/b c": 1}'),
    },
    'outcome-differences': {
        'the application raises after its status': Case(
            OUTCOME, app=raising(ValueError(), started=True)
        ),
        'it raises SystemExit or the like': Case(
            OUTCOME, app=raising(SystemExit())
        ),
        'the body fails half-way': Case(
            OUTCOME, app=streaming(error=ValueError())
        ),
        'the client leaves half-way': Case(
            OUTCOME, app=streaming(), serve=leave
        ),
        'the application is a generator': Case(
            lambda seen: seen.response.status, app=generator, serve=leave
        ),
        'GET /%FF': Case(
            lambda seen: (
                seen.response.status or type(seen.response.error).__name__
            ),
            ask(path='/\xff'),
        ),
    },
}
