# SPDX-License-Identifier: Apache-2.0

"""Secrets in every place of a request; none in what the filter lets out."""

import contextlib
import json
import logging
import urllib.parse

from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from tests.harness import call
from tests.harness import environ
from tests.payloads import telling
from tests.redaction import canaries
from tests.redaction.canaries import in_the_clear
from tests.redaction.canaries import MARK

RESOURCES = """
servers:
  custom_attributes:
    adminPass: xs:string
    metadata: xs:string
    whom: {from: request:$.server.admin_pass, type_uri: xs:string}
  custom_actions:
    "*": update
tokens:
  id: .+
  secret_id: true
"""

JSON = 'application/json'
FORM = 'application/x-www-form-urlencoded'

# The first letters of a secret that no encoding of a URL changes.
plain = st.text('abcXYZ0189', min_size=1, max_size=20).map(
    lambda text: f'{MARK}{text}{MARK}'
)
bodies = canaries.documents(1).map(lambda each: json.dumps(each).encode())


class Seen(logging.Handler):
    """Keeps all that is logged anywhere, with its tracebacks."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []

    def emit(self, record):
        """Keep a line as it would be written."""
        self.lines.append(logging.Formatter('%(message)s').format(record))


@contextlib.contextmanager
def listening():
    """Listen to all loggers, at the lowest level."""
    seen, root = Seen(), logging.getLogger()
    level = root.level
    events = logging.getLogger('cadf_audit')
    events_level = events.level
    root.addHandler(seen)
    root.setLevel(logging.DEBUG)
    events.setLevel(logging.DEBUG)
    try:
        yield seen
    finally:
        root.removeHandler(seen)
        root.setLevel(level)
        events.setLevel(events_level)


def memory(request, app, directory):
    """Send a request through the queue; return what the driver got."""
    from oslo_messaging.notify import _impl_test

    _impl_test.reset()
    audited = telling(
        app,
        resources=RESOURCES,
        use_oslo_messaging=True,
        driver='test',
        delivery='memory',
    )
    response = call(audited, request)
    audited._audited._delivery.sender().close(10)
    return response, json.dumps([each[1] for each in _impl_test.NOTIFICATIONS])


def log(request, app, directory):
    """Send a request; what comes out is in the log."""
    response = call(telling(app, resources=RESOURCES), request)
    return response, ''


def spool(request, app, directory):
    """Send a request; return all that stands in the files of the spool."""
    audited = telling(
        app,
        resources=RESOURCES,
        spool_dir=str(directory / 'spool'),
        forwarder='none',
    )
    response = call(audited, request)
    audited._audited._delivery.close()
    found = [
        each.read_text(encoding='latin-1')
        for each in (directory / 'spool').rglob('*')
        if each.is_file()
    ]
    return response, '\n'.join(found)


WAYS_OUT = {'memory': memory, 'log': log, 'spool': spool}


def let_out(way_out, directory, request, app):
    """Return all that left the filter, but for what the client got."""
    with listening() as seen:
        response, recorded = WAYS_OUT[way_out](request, app, directory)
    said = '\n'.join([recorded, *seen.lines])
    assert 'audit.http.response' in said
    return response, said


def answering(body=b'{}', headers=(), error=None, content_type=JSON):
    """Return an application that reads what is sent and answers."""

    def app(environ, start_response):
        environ['wsgi.input'].read()
        if error is not None:
            raise error
        start_response('200 OK', [('Content-Type', content_type), *headers])
        return [body]

    return app


def refused(said):
    """Return the texts of what came out in which a canary is."""
    texts = [said]
    for line in said.splitlines():
        start = line.find('{')
        if start >= 0:
            with contextlib.suppress(ValueError):
                texts.append(in_the_clear(json.loads(line[start:])))
    return [text for text in texts if MARK in text]


many = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
ways = pytest.mark.parametrize('way_out', WAYS_OUT)

HEADERS = [
    'X_AUTH_TOKEN', 'X_SUBJECT_TOKEN', 'X_SERVICE_TOKEN', 'AUTHORIZATION',
    'X_STORAGE_TOKEN', 'COOKIE', 'PROXY_AUTHORIZATION', 'X_FOO', 'REFERER',
    'X_OPENSTACK_NOVA_API_VERSION', 'X_AMZ_SECURITY_TOKEN', 'IF_MATCH',
]  # fmt: skip


@ways
@given(secret=plain, name=canaries.names, data=st.data())
@many
def test_no_secret_of_a_request_line_or_header_comes_out(
    way_out, tmp_path_factory, secret, name, data
):
    """Path, query, headers, cookies, and a user in front of a host."""
    word = data.draw(canaries.words)
    request = environ(
        'POST',
        f'/v2/tokens/{secret}',
        QUERY_STRING=urllib.parse.urlencode(
            {
                'a': 1,
                name: word,
                'url': f'http://u:{secret}@h/?{name}={secret}',
            }
        ),
        HTTP_HOST=f'user:{secret}@h:80',
        **{f'HTTP_{header}': f'a={secret}' for header in HEADERS},
    )
    app = answering(headers=[('Set-Cookie', f'a={secret}')])

    _, said = let_out(way_out, tmp_path_factory.mktemp('d'), request, app)

    assert [] == refused(said)


def multipart(secret):
    """Return a form with parts."""
    return (
        f'--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n'
        f'{secret}\r\n--b--\r\n'
    ).encode()


BODIES = {
    'JSON': (JSON, lambda document, secret: json.dumps(document).encode()),
    'JSON that is cut': (
        JSON,
        lambda document, secret: json.dumps(document).encode()[:-9],
    ),
    'UTF-16': (
        'application/json; charset=utf-16',
        lambda document, secret: json.dumps(document).encode('utf-16'),
    ),
    'latin-1': (
        JSON,
        lambda document, secret: json.dumps(
            {'x': document, '\xfc': '\xfc'}, ensure_ascii=False
        ).encode('latin-1', 'replace'),
    ),
    'no UTF-8': (
        JSON,
        lambda document, secret: json.dumps(document).encode() + b'\xff',
    ),
    'form': (
        FORM,
        lambda document, secret: urllib.parse.urlencode(
            {'a': json.dumps(document), 'password': secret}
        ).encode(),
    ),
    'JSON as form': (
        FORM,
        lambda document, secret: json.dumps(document).encode(),
    ),
    'multipart': (
        'multipart/form-data; boundary=b',
        lambda document, secret: multipart(secret),
    ),
    'UTF-32': (
        JSON,
        lambda document, secret: json.dumps(document).encode('utf-32'),
    ),
    'one text': (JSON, lambda document, secret: json.dumps(secret).encode()),
    'one text as form': (FORM, lambda document, secret: secret.encode()),
    'multipart as form': (FORM, lambda document, secret: multipart(secret)),
    'lines as form': (
        FORM,
        lambda document, secret: f'a: 1\nb password\n{secret}=1'.encode(),
    ),
    'name and value': (
        FORM,
        lambda document, secret: f'name=db_password&value={secret}'.encode(),
    ),
    'lines of JSON': (
        JSON,
        lambda document, secret: 2 * (json.dumps(document) + '\n').encode(),
    ),
    'text': (
        'text/plain',
        lambda document, secret: f'password={secret}'.encode(),
    ),
    'no type': ('', lambda document, secret: json.dumps(document).encode()),
}


@ways
@pytest.mark.parametrize('kind', BODIES)
@given(document=canaries.documents(1), secret=plain, data=st.data())
@settings(many, max_examples=8)
def test_no_secret_of_a_body_comes_out(
    way_out, kind, tmp_path_factory, document, secret, data
):
    """Neither of the request nor of the answer, whatever its form."""
    content_type, encode = BODIES[kind]
    document = {'server': {'adminPass': secret, 'metadata': document}}
    body = encode(document, secret)
    path = data.draw(st.sampled_from(['/v2/servers', '/v2/servers/1/action']))
    request = environ('POST', path, body, CONTENT_TYPE=content_type)
    app = answering(body, content_type=content_type)

    response, said = let_out(
        way_out, tmp_path_factory.mktemp('d'), request, app
    )

    assert body == response.body
    assert [] == refused(said)


@ways
@given(secret=plain, body=bodies)
@settings(many, max_examples=10)
def test_no_secret_of_an_exception_comes_out(
    way_out, tmp_path_factory, secret, body
):
    """The application's error goes to the server, and not into an event."""
    request = environ('POST', '/v2/servers', body, CONTENT_TYPE=JSON)
    app = answering(error=ValueError(f'password={secret}'))

    response, said = let_out(
        way_out, tmp_path_factory.mktemp('d'), request, app
    )

    assert secret in str(response.error)
    assert [] == refused(said)
