# SPDX-License-Identifier: Apache-2.0

"""A request goes in; canaries are in all its places, and are found again."""

import base64
import json
import urllib.parse

import pytest

from tests.canaries import canary
from tests.canaries import find
from tests.canaries import FORM
from tests.canaries import HEADERS
from tests.canaries import leave_out
from tests.canaries import MARK
from tests.canary_exceptions import EXCEPTIONS
from tests.harness import audit
from tests.harness import audited
from tests.harness import call
from tests.harness import environ
from tests.payloads import request_of
from tests.payloads import tell
from tests.servers.client import http_request

SECRET = canary('made-up')

GUISES = {
    'as it is': SECRET,
    'in a text': f'token={SECRET}, it says',
    'in capitals': SECRET.upper(),
    'cut': SECRET[: len(MARK) + 3],
    'its end': SECRET[-len(MARK) - 3 :],
    'in JSON': json.dumps(json.dumps({'a': SECRET})),
    'quoted': urllib.parse.quote(f'"{SECRET}"'),
    'hexadecimal': SECRET.encode().hex(),
    'in base64': base64.b64encode(MARK.encode()).decode(),
    'one further': base64.b64encode(f'u{MARK}'.encode()).decode(),
    'two further': base64.b64encode(f'u:{MARK}'.encode()).decode(),
    'for URLs': base64.urlsafe_b64encode(f'\xff{SECRET}'.encode()).decode(),
}


@pytest.mark.parametrize('guise', GUISES)
def test_canary_is_found_in_each_guise(guise):
    """Also where it is not there as it was."""
    text = GUISES[guise]

    assert find(text)
    assert find(text) == find(text.encode())


def test_place_is_told():
    """Each canary says where it was put; one without a name is one, too."""
    text = f'{canary("b")} and {canary("a")} and {canary("a")}'

    assert ['a', 'b'] == find(text)
    assert ['?'] == find(MARK)
    assert [] == find('canary')
    assert [] == find('')


def header_places():
    """Return the places of all headers."""
    return find(repr(HEADERS))


def test_each_header_has_a_place_of_its_own():
    """One that cannot be told from another names the wrong one."""
    places = header_places()

    # Referer has two of them, and base64 hides one from a reader.
    assert len(HEADERS) == len(places)
    assert all(find(value) for value in HEADERS.values())


def test_request_of_the_harness_is_full_of_canaries():
    """In its headers, its query and its body."""
    request = environ(
        'POST', '/', b'{"reboot": {"type": "SOFT"}}', QUERY_STRING='a=1'
    )
    body = request['wsgi.input'].read()

    assert header_places() == find(
        repr([v for k, v in request.items() if k.startswith('HTTP_')])
    )
    assert request['QUERY_STRING'].startswith('a=1&token=')
    assert ['query-signature', 'query-token', 'query-user'] == find(
        request['QUERY_STRING']
    )
    assert ['body'] == find(body)
    assert ['reboot'] == [*json.loads(body)]
    assert str(len(body)) == request['CONTENT_LENGTH']


def test_form_has_a_canary():
    """It is the last one of the pairs."""
    request = environ('POST', '/', b'a=b', CONTENT_TYPE=FORM)
    body = request['wsgi.input'].read()

    assert body.startswith(b'a=b&')
    assert ['form'] == find(body)


@pytest.mark.parametrize(
    'body', [b'', b'abc', b'[1]', b'{}', b'{"a": null}', b'"x"']
)
def test_other_bodies_stay(body):
    """Of an action without an object nothing is left to seed."""
    request = environ('POST', '/', body)

    assert body == request['wsgi.input'].read()


def test_bytes_of_a_request_are_full_of_canaries():
    """What a test sends over a socket holds the same."""
    sent = http_request('POST', body=b'{"a": {"b": 1}}')
    head, _, body = sent.partition(b'\r\n\r\n')

    assert header_places() == find(head)
    assert ['body'] == find(body)
    assert f'Content-Length: {len(body)}'.encode() in head


def test_header_of_a_test_stays():
    """Whoever sends a token sends that one."""
    sent = http_request(headers=['x-auth-token: mine'])
    request = environ(HTTP_X_AUTH_TOKEN='mine')

    assert 'mine' == request['HTTP_X_AUTH_TOKEN']
    assert 1 == sent.lower().count(b'x-auth-token')


def test_request_that_the_harness_did_not_make_is_seeded():
    """The filter is not reached without canaries."""
    seen = []

    def app(environ, start_response):
        seen.append(dict(environ))
        start_response('200 OK', [])
        return []

    call(audited(app), {'REQUEST_METHOD': 'GET', 'PATH_INFO': '/'})

    assert header_places() == find(repr(seen))


def test_events_of_a_test_are_those_of_what_it_asked():
    """What the harness adds, it takes away: after it was redacted."""
    _, pending, final = audit(
        answer_of_all, environ('GET', '/p', QUERY_STRING='a=1')
    )
    told = tell(body={'server': {'name': 'n', 'adminPass': 's'}})

    assert ['/p?a=1'] * 2 == [pending['requestPath'], final['requestPath']]
    assert {'server': {'name': 'n', 'adminPass': '***'}} == (
        request_of(told)[1]['content']
    )


def answer_of_all(environ, start_response):
    """Read what there is, and answer."""
    environ['wsgi.input'].read()
    start_response('200 OK', [])
    return [b'ok']


def test_exceptions_are_of_tests_that_there_are(request):
    """A test that has another name now loses no canary for nothing."""
    root = request.config.rootpath
    for _, reason, tests in EXCEPTIONS:
        for test in tests:
            file, _, name = test.partition('::')
            text = (root / file).read_text()

            assert reason
            assert not name or f'def {name}(' in text, test


def test_exceptions_count_for_their_tests_alone():
    """The next test has its canaries again."""
    leave_out('tests/test_migration.py::test_any[1]')
    without = environ()
    leave_out('tests/test_canaries.py::test_migration')
    seeded = environ()

    assert '' == without['QUERY_STRING']
    assert find(seeded['QUERY_STRING'])
