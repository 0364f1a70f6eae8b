# SPDX-License-Identifier: Apache-2.0

"""A WSGI environ goes in; what an event says of the request comes out."""

import re
import urllib.parse

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.middleware.request import default_port
from cadf_audit.middleware.request import Request
from cadf_audit.middleware.request import split_host
from cadf_audit.redaction import Redactor

REDACT = Redactor().query

# What RFC 3986 allows in a path, percent-encoding included.
is_quoted = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@/%-]*…?").fullmatch


def native(text):
    """Return a text as a server hands it over (PEP 3333)."""
    return text.encode('utf-8').decode('latin-1')


@pytest.mark.parametrize(
    ('environ', 'expected'),
    [
        ({}, '/'),
        ({'PATH_INFO': '/'}, '/'),
        ({'PATH_INFO': '/v1/nodes'}, '/v1/nodes'),
        ({'SCRIPT_NAME': '/baremetal', 'PATH_INFO': '/v1'}, '/baremetal/v1'),
        ({'SCRIPT_NAME': '/baremetal', 'PATH_INFO': ''}, '/baremetal'),
        ({'PATH_INFO': '/a b'}, '/a%20b'),
        ({'PATH_INFO': '/a?b#c%d'}, '/a%3Fb%23c%25d'),
        ({'PATH_INFO': "/~!$&'()*+,;=:@-._"}, "/~!$&'()*+,;=:@-._"),
        ({'PATH_INFO': native('/größe')}, '/gr%C3%B6%C3%9Fe'),
        ({'PATH_INFO': '/v1/nodes/\xff'}, '/v1/nodes/%FF'),
        ({'PATH_INFO': '/a\r\nb'}, '/a%0D%0Ab'),
        ({'PATH_INFO': '/\u20ac'}, '/%E2%82%AC'),
        ({'PATH_INFO': '/\udcff'}, '/%3F'),
        ({'PATH_INFO': '/a', 'QUERY_STRING': ''}, '/a'),
        ({'PATH_INFO': '/a', 'QUERY_STRING': 'b=%20c&d'}, '/a?b=%20c&d'),
        ({'PATH_INFO': '/a', 'QUERY_STRING': native('b=ü')}, '/a?b=ü'),
        ({'PATH_INFO': '/a', 'QUERY_STRING': 'b=\xff'}, '/a?b=\xff'),
        ({'PATH_INFO': '/a', 'QUERY_STRING': 'b=?'}, '/a?b=?'),
        (
            {'PATH_INFO': '/o', 'QUERY_STRING': 'temp_url_sig=abc&x=1'},
            '/o?temp_url_sig=***&x=1',
        ),
        (
            {'PATH_INFO': '/o', 'QUERY_STRING': 'to%6Ben=abc'},
            '/o?to%6Ben=***',
        ),
        ({'PATH_INFO': None, 'QUERY_STRING': None}, '/'),
        ({'PATH_INFO': b'/a', 'SCRIPT_NAME': 7}, '/'),
    ],
)
def test_request_path_is_quoted_as_in_a_url(environ, expected):
    """Path and mount point are quoted, the query stays as it was sent."""
    assert expected == Request(environ).request_path(REDACT)


@pytest.mark.parametrize(
    'environ',
    [
        {'PATH_INFO': '/' + 'x' * 5000},
        {'PATH_INFO': '/' + '\xff' * 5000},
        {'PATH_INFO': '/x', 'QUERY_STRING': 'a=' + 'x' * 100_000},
        {'PATH_INFO': '/' + 'x' * 4095, 'QUERY_STRING': 'a=1'},
        {'PATH_INFO': '/' + 'x' * 4096},
    ],
)
def test_long_request_path_is_cut_at_4096_and_marked(environ):
    """A client cannot make an event long, and one sees that it tried."""
    path = Request(environ).request_path(REDACT)

    assert 4096 == len(path)
    assert path.endswith('…')


def test_request_path_of_4096_characters_is_whole():
    """The limit itself is allowed."""
    path = '/' + 'x' * 4095

    assert path == Request({'PATH_INFO': path}).request_path(REDACT)


def test_secret_at_the_cut_does_not_survive():
    """Redaction comes before the cut, which may hide the name."""
    query = 'a=' + 'x' * 4050 + '&token=hunter2' + 'y' * 5000

    path = Request({'PATH_INFO': '/', 'QUERY_STRING': query})

    assert 'hunter2' not in path.request_path(REDACT)


ENVIRON_TEXT = st.one_of(
    st.text(max_size=30),
    st.text(st.characters(max_codepoint=255), max_size=30),
    st.text(max_size=5).map(lambda text: text * 2000),
    st.sampled_from([None, b'/a', 7, '\udcff']),
)


@given(script=ENVIRON_TEXT, path=ENVIRON_TEXT, query=ENVIRON_TEXT)
@settings(max_examples=100, deadline=None)
def test_any_request_path_is_short_quoted_and_encodable(script, path, query):
    """No environ raises, and what comes out may stand in any log."""
    request = Request(
        {'SCRIPT_NAME': script, 'PATH_INFO': path, 'QUERY_STRING': query}
    )

    result = request.request_path(REDACT)

    assert 0 < len(result) <= 4096
    assert is_quoted(result.partition('?')[0])
    assert result.encode('utf-8')
    assert all(request.segments)


@given(path=st.text(st.characters(max_codepoint=255), max_size=1000))
@settings(max_examples=100, deadline=None)
def test_request_path_is_the_path_that_the_client_sent(path):
    """Unquoted, it is the bytes that the server received."""
    quoted = Request({'PATH_INFO': path}).request_path(REDACT)

    assert (path or '/').encode('latin-1') == urllib.parse.unquote_to_bytes(
        quoted
    )


@pytest.mark.parametrize(
    ('environ', 'segments'),
    [
        ({}, []),
        ({'PATH_INFO': '/'}, []),
        ({'PATH_INFO': '/v1/nodes'}, ['v1', 'nodes']),
        ({'PATH_INFO': '/v1/nodes/'}, ['v1', 'nodes']),
        ({'PATH_INFO': '//v1//nodes//'}, ['v1', 'nodes']),
        ({'PATH_INFO': '/v1/nodes.json'}, ['v1', 'nodes']),
        ({'PATH_INFO': '/v1/nodes.json/'}, ['v1', 'nodes']),
        ({'PATH_INFO': '/v1.json/nodes/.json'}, ['v1', 'nodes']),
        ({'PATH_INFO': '/v1/nodes.JSON'}, ['v1', 'nodes.JSON']),
        ({'PATH_INFO': '/v1/nodes.jsonl'}, ['v1', 'nodes.jsonl']),
        ({'PATH_INFO': '/v1/a.json.json'}, ['v1', 'a.json']),
        ({'SCRIPT_NAME': '/v1', 'PATH_INFO': '/nodes'}, ['v1', 'nodes']),
        ({'PATH_INFO': native('/größe')}, ['größe']),
        ({'PATH_INFO': '/\xff'}, ['\xff']),
    ],
)
def test_segments_are_what_a_map_is_asked_for(environ, segments):
    """Empty ones and the suffix ``.json`` mean nothing."""
    assert segments == Request(environ).segments


@pytest.mark.parametrize(
    ('value', 'expected'),
    [
        ('api', ('api', None)),
        ('API.Example.org', ('api.example.org', None)),
        ('api:6385', ('api', 6385)),
        ('api:', ('api', None)),
        ('api:0', ('api', 0)),
        ('api:080', ('api', 80)),
        ('api:65535', ('api', 65535)),
        ('api:65536', ('', None)),
        ('127.0.0.1:99999', ('', None)),
        ('api:' + '0' * 5000, ('', None)),
        ('api:-1', ('', None)),
        ('api:+80', ('', None)),
        ('api:8_0', ('', None)),
        ('api: 80', ('', None)),
        ('api:٨٠', ('', None)),
        ('api:²', ('', None)),
        ('h:99999', ('', None)),
        (':abc', ('', None)),
        (':', ('', None)),
        ('', ('', None)),
        ('a:b:1', ('', None)),
        ('::1', ('', None)),
        ('[::1]', ('[::1]', None)),
        ('[::1]:', ('[::1]', None)),
        ('[2001:DB8::1]:6385', ('[2001:db8::1]', 6385)),
        ('[::1', ('', None)),
        ('[::1]6385', ('', None)),
        ('[::1]:x', ('', None)),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_host_and_port_are_split(value, expected):
    """What is malformed is an empty host, not an error."""
    assert expected == split_host(value)


@given(
    value=st.one_of(
        st.text(), st.text('[]:0123456789abAB.'), st.from_regex(r'\w+:\d+')
    )
)
@settings(max_examples=100, deadline=None)
def test_any_host_is_split_without_an_error(value):
    """The port is one that TCP has, or None."""
    host, port = split_host(value)

    assert host == host.lower()
    assert port is None or 0 <= port <= 65535


@pytest.mark.parametrize(
    ('environ', 'expected'),
    [
        ({'HTTP_HOST': 'api:1', 'SERVER_NAME': 's'}, ('api', 1)),
        ({'HTTP_HOST': '[::1', 'SERVER_NAME': 's'}, ('', None)),
        ({'SERVER_NAME': 'S', 'SERVER_PORT': '80'}, ('s', 80)),
        ({'SERVER_NAME': '[::1]', 'SERVER_PORT': '80'}, ('[::1]', 80)),
        ({'SERVER_NAME': 's'}, ('s', None)),
        ({'HTTP_HOST': '', 'SERVER_NAME': 's'}, ('s', None)),
        ({}, ('', None)),
    ],
)
def test_host_is_that_of_the_header_or_of_the_server(environ, expected):
    """HTTP/1.0 allows a request without a Host."""
    assert expected == Request(environ).host


@pytest.mark.parametrize(
    ('scheme', 'port'), [('http', 80), ('https', 443), ('ftp', None)]
)
def test_default_port(scheme, port):
    """The schemes of HTTP imply a port."""
    assert port == default_port(scheme)


FIELDS = {
    'user_id': 'HTTP_X_USER_ID',
    'user_name': 'HTTP_X_USER_NAME',
    'user_domain_id': 'HTTP_X_USER_DOMAIN_ID',
    'project_id': 'HTTP_X_PROJECT_ID',
    'domain_id': 'HTTP_X_DOMAIN_ID',
    'identity_status': 'HTTP_X_IDENTITY_STATUS',
    'remote_user': 'REMOTE_USER',
    'request_id': 'openstack.request_id',
    'global_request_id': 'openstack.global_request_id',
    'peer': 'REMOTE_ADDR',
    'agent': 'HTTP_USER_AGENT',
}


@pytest.mark.parametrize(('name', 'key'), FIELDS.items())
@pytest.mark.parametrize(
    ('value', 'expected'),
    [
        ('plain', 'plain'),
        (native('Jürgen 🦀'), 'Jürgen 🦀'),
        ('J\xfcrgen', 'Jürgen'),
        ('Жора', 'Жора'),
        ('\udcff', '?'),
        ('x' * 1024, 'x' * 1024),
        ('x' * 1025, 'x' * 1023 + '…'),
        ('x' * 100_000, 'x' * 1023 + '…'),
        ('', None),
        (None, None),
        (b'bytes', None),
        (7, None),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_field_is_a_bounded_text_or_none(name, key, value, expected):
    """UTF-8 arrives as UTF-8, and nothing empty arrives at all."""
    assert expected == getattr(Request({key: value}), name)
    assert getattr(Request({}), name) is None


@pytest.mark.parametrize(
    'key', ['HTTP_X_AUTH_TOKEN', 'HTTP_X_STORAGE_TOKEN', 'HTTP_AUTHORIZATION']
)
def test_credential_is_told_from_none(key):
    """An empty header carries nothing."""
    assert Request({key: 'gAAAA'}).has_credential
    assert not Request({key: ''}).has_credential
    assert not Request({}).has_credential


def test_other_parts_of_a_request_are_read_as_they_are():
    """Whoever asks for them parses them."""
    token_info = {'token': {}}
    request = Request(
        {
            'REQUEST_METHOD': 'Get',
            'wsgi.url_scheme': 'https',
            'HTTP_X_SERVICE_CATALOG': '[]',
            'HTTP_FORWARDED': 'for=_a',
            'HTTP_X_FORWARDED_FOR': '198.51.100.1',
            'keystone.token_info': token_info,
        }
    )

    assert 'Get' == request.method
    assert 'https' == request.scheme
    assert '[]' == request.service_catalog
    assert 'for=_a' == request.forwarded
    assert '198.51.100.1' == request.forwarded_for
    assert request.token_info is token_info


def test_nothing_is_read_from_what_is_not_there():
    """A request without any key of PEP 3333 is a request too."""
    request = Request({})

    assert '' == request.method
    assert '' == request.scheme
    assert '' == request.service_catalog
    assert '' == request.forwarded
    assert '' == request.forwarded_for
    assert request.token_info is None


def test_environ_is_left_as_it_is():
    """The view is read-only."""
    environ = {'PATH_INFO': '/v1', 'QUERY_STRING': 'token=x', 'x': object()}
    before = dict(environ)

    Request(environ).request_path(REDACT)

    assert before == environ
