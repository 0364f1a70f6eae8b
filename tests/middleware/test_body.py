# SPDX-License-Identifier: Apache-2.0

"""A body goes in; the action it names comes out, and the body stays."""

import io
import json

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.middleware.body import body_action
from cadf_audit.middleware.body import declared_length
from cadf_audit.taxonomy import is_action

LIMIT = 64 * 1024


class Stream:
    """A ``wsgi.input`` of a server that hands out a little at a time.

    :param body: what the client sent
    :param most: how many bytes one read returns at most
    """

    def __init__(self, body, most=LIMIT):
        self._body = io.BytesIO(body)
        self._most = most
        self.asked = 0
        self.server = 'a server of its own'

    def read(self, size=-1):
        """Return some bytes, and count how many were asked for."""
        self.asked += size
        return self._body.read(min(size, self._most) if size >= 0 else size)

    def readline(self, size=-1):
        """Return a line."""
        return self._body.readline(size)


class Untouchable:
    """A ``wsgi.input`` that nobody may read."""

    def read(self, size=-1):
        """Fail."""
        pytest.fail('the body was read')

    readline = readlines = __iter__ = read


class Broken:
    """A ``wsgi.input`` whose client goes away.

    :param body: what it sent before
    """

    def __init__(self, body=b''):
        self._body = io.BytesIO(body)

    def read(self, size=-1):
        """Return what there is, then fail the way a server does."""
        part = self._body.read(size)
        if not part:
            raise ConnectionResetError('client gone')
        return part


def environ_of(body, **keys):
    """Return the environ of a request with a body of declared length."""
    return {
        'wsgi.input': io.BytesIO(body),
        'CONTENT_LENGTH': str(len(body)),
        **keys,
    }


@pytest.mark.parametrize(
    ('body', 'action'),
    [
        (b'{"reboot": {"type": "HARD"}}', 'update/reboot'),
        (b'  {"reboot": null, "other": 1}\n', 'update/reboot'),
        (b'{"os-extend": {"new_size": 2}}', 'update/os-extend'),
        (b'{"os-getConsole:v2.1_x": 1}', 'update/os-getConsole:v2.1_x'),
        (b'\xef\xbb\xbf{"reboot": 1}', 'update/reboot'),
        (b'{"reboot": ' + b'[' * 100 + b']' * 100 + b'}', 'update/reboot'),
        (b'{"reboot": NaN}', 'update/reboot'),
        (b'', 'create'),
        (b'{}', 'create'),
        (b' ', 'create'),
        (b'{', 'create'),
        (b'{"reboot": 1} x', 'create'),
        (b'reboot', 'create'),
        (b'\xff', 'create'),
        (b'[]', 'update'),
        (b'[{"reboot": 1}]', 'update'),
        (b'"reboot"', 'update'),
        (b'""', 'update'),
        (b'7', 'update'),
        (b'0', 'update'),
        (b'null', 'update'),
        (b'true', 'update'),
        (b'false', 'update'),
        (b'[' * LIMIT, 'update'),
        (b'{"":1}', 'update'),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_body_names_the_action(body, action):
    """The first key of an object counts; nothing else is a name."""
    assert action == body_action(environ_of(body))


def test_number_of_many_digits_does_not_hide_the_key():
    """Python refuses to read such a number; JSON and other parsers do not."""
    body = b'{"reboot": ' + b'1' * 5000 + b'}'

    assert 'update/reboot' == body_action(environ_of(body))


@pytest.mark.parametrize(
    ('key', 'named'),
    [
        ('k' * 64, 'k' * 64),
        ('k' * 65, 'k' * 64),
        ('k' * 5000, 'k' * 64),
        ('a/b', 'a_b'),
        ('a b\n', 'a_b_'),
        ('größe', 'gr__e'),
        ('<script>', '_script_'),
        ('\ud800', '_'),
        ('A-Z.a_z:09', 'A-Z.a_z:09'),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_key_is_bounded_and_safe(key, named):
    """A client chooses the key, and an action ends up in every index."""
    body = json.dumps({key: 1}).encode()

    assert f'update/{named}' == body_action(environ_of(body))


@pytest.mark.parametrize('most', [1, 7, LIMIT])
@pytest.mark.parametrize('size', [0, 1, 1000, LIMIT])
def test_application_reads_the_same_bytes(size, most):
    """Also where the server hands the body out in pieces."""
    body = bytes(index % 256 for index in range(size))
    environ = {
        'wsgi.input': Stream(body, most),
        'CONTENT_LENGTH': str(size),
    }

    body_action(environ)

    assert body == environ['wsgi.input'].read(size)
    assert b'' == environ['wsgi.input'].read(1)


@pytest.mark.parametrize(
    'read',
    [
        pytest.param(lambda stream: stream.read(), id='read'),
        pytest.param(lambda stream: b''.join(stream), id='iter'),
        pytest.param(lambda stream: b''.join(stream.readlines()), id='lines'),
        pytest.param(
            lambda stream: stream.readline() + stream.read(3) + stream.read(),
            id='mixed',
        ),
    ],
)
def test_application_reads_as_it_likes(read):
    """All that PEP 3333 asks of a stream is there."""
    body = b'{"reboot":\n 1}\n'
    environ = environ_of(body)

    body_action(environ)

    assert body == read(environ['wsgi.input'])


def test_stream_still_does_what_the_servers_does():
    """Servers hang methods of their own on it."""
    environ = {'wsgi.input': Stream(b'{}'), 'CONTENT_LENGTH': '2'}

    body_action(environ)

    assert 'a server of its own' == environ['wsgi.input'].server


def test_no_more_is_read_than_was_declared():
    """Behind it, the next request on the connection begins."""
    stream = Stream(b'{"reboot": 1}{"more": 1}')
    environ = {'wsgi.input': stream, 'CONTENT_LENGTH': '13'}

    assert 'update/reboot' == body_action(environ)
    assert 13 == stream.asked


def test_body_that_ends_early_is_what_there_was():
    """The application sees the same short body."""
    environ = environ_of(b'{"reboot"', CONTENT_LENGTH='13')

    assert 'create' == body_action(environ)
    assert b'{"reboot"' == environ['wsgi.input'].read(13)


@pytest.mark.parametrize(
    'read',
    [
        lambda stream: stream.read(1),
        lambda stream: stream.readline(),
        lambda stream: stream.readlines(),
        list,
    ],
)
def test_application_meets_the_failure_of_its_own_stream(read):
    """Reading ahead raises nothing; reading raises what it would have."""
    environ = {'wsgi.input': Broken(), 'CONTENT_LENGTH': '13'}

    assert is_action(body_action(environ))
    with pytest.raises(ConnectionResetError, match='client gone'):
        read(environ['wsgi.input'])


def test_application_reads_what_came_before_the_failure():
    """As it would without the filter: first the bytes, then the error."""
    environ = {'wsgi.input': Broken(b'{"reb'), 'CONTENT_LENGTH': '13'}

    body_action(environ)

    assert b'{"reb' == environ['wsgi.input'].read(5)
    with pytest.raises(ConnectionResetError, match='client gone'):
        environ['wsgi.input'].read(8)


@pytest.mark.parametrize(
    ('keys', 'action'),
    [
        ({'CONTENT_LENGTH': str(LIMIT + 1)}, 'update'),
        ({'CONTENT_LENGTH': '31457280'}, 'update'),
        ({'CONTENT_LENGTH': '9' * 5000}, 'update'),
        ({'CONTENT_LENGTH': '-1'}, 'update'),
        ({'CONTENT_LENGTH': 'x'}, 'update'),
        ({'CONTENT_LENGTH': '٣'}, 'update'),
        ({'CONTENT_LENGTH': '1e1'}, 'update'),
        ({'HTTP_TRANSFER_ENCODING': 'chunked'}, 'update'),
        ({'CONTENT_LENGTH': '13', 'HTTP_EXPECT': '100-continue'}, 'update'),
        ({'CONTENT_LENGTH': '0'}, 'create'),
        ({'CONTENT_LENGTH': ''}, 'create'),
        ({}, 'create'),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_body_that_is_not_ours_to_read_stays_unread(keys, action):
    """Too large, of unknown length, or asked for with Expect."""
    stream = Untouchable()
    environ = {'wsgi.input': stream, **keys}

    assert action == body_action(environ)
    assert environ['wsgi.input'] is stream


def test_largest_body_is_read():
    """64 KiB are allowed, and not one byte more."""
    body = b'{"reboot": "' + b'x' * (LIMIT - 14) + b'"}'

    assert LIMIT == len(body)
    assert 'update/reboot' == body_action(environ_of(body))
    assert 'update' == body_action(environ_of(body + b' '))


@pytest.mark.parametrize(
    ('keys', 'length'),
    [
        ({}, 0),
        ({'CONTENT_LENGTH': ''}, 0),
        ({'CONTENT_LENGTH': '0'}, 0),
        ({'CONTENT_LENGTH': ' 13 '}, 13),
        ({'CONTENT_LENGTH': '0013'}, 13),
        ({'CONTENT_LENGTH': '+13'}, None),
        ({'CONTENT_LENGTH': '-13'}, None),
        ({'CONTENT_LENGTH': '1_3'}, None),
        ({'CONTENT_LENGTH': '13, 13'}, None),
        ({'CONTENT_LENGTH': '²'}, None),
        ({'HTTP_TRANSFER_ENCODING': 'chunked'}, None),
    ],
    ids=repr,
)
def test_declared_length_is_a_number_or_none(keys, length):
    """What is no number declares nothing."""
    assert length == declared_length(keys)


@given(
    body=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.one_of(st.none(), st.integers(), st.floats(), st.text()),
            lambda inner: st.one_of(
                st.lists(inner, max_size=3),
                st.dictionaries(st.text(max_size=80), inner, max_size=3),
            ),
            max_leaves=10,
        ).map(lambda document: json.dumps(document).encode()),
    ),
    surplus=st.integers(-5, 5),
)
@settings(max_examples=100, deadline=None)
def test_any_body_has_an_action_and_is_replayed(body, surplus):
    """Also where more or less was declared than was sent."""
    length = max(0, len(body) + surplus)
    environ = {
        'wsgi.input': io.BytesIO(body),
        'CONTENT_LENGTH': str(length),
    }

    action = body_action(environ)

    assert is_action(action)
    assert len(action) <= len('update/') + 64
    assert body[:length] == environ['wsgi.input'].read(length)
