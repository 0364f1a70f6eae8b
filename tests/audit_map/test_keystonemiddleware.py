# SPDX-License-Identifier: Apache-2.0

"""One request goes into two filters; the same action and typeURI come out.

The other one is keystonemiddleware.audit, whose map format this is. Where the
two differ is listed here, call by call, each with its reason; everywhere else
they must not.
"""

import io
import json

from hypothesis import assume
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from keystonemiddleware.audit import _api as theirs
import pytest
import webob

from cadf_audit.audit_map import load_audit_map
from cadf_audit.middleware.body import body_action
from cadf_audit.middleware.request import Request
from tests.audit_map.public_maps import NAMES
from tests.audit_map.public_maps import public_maps

METHODS = (
    'GET',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'HEAD',
    'OPTIONS',
    'TRACE',
    'COPY',
    'get',
)

MAP_OF_OUR_OWN = """
[DEFAULT]
target_endpoint_type = compute
[custom_actions]
createBackup = backup
[path_keywords]
servers = server
secrets =
osServers = server
[service_endpoints]
compute = service/compute
"""


def environ_of(method, path, body=None, script_name=''):
    """Return the environ of a request; each filter needs its own."""
    environ = {
        'REQUEST_METHOD': method,
        'SCRIPT_NAME': script_name.encode().decode('latin-1'),
        'PATH_INFO': path.encode().decode('latin-1'),
        'wsgi.input': io.BytesIO(body or b''),
        'wsgi.url_scheme': 'http',
        'SERVER_NAME': 'localhost',
        'SERVER_PORT': '80',
    }
    if body is not None:
        environ['CONTENT_LENGTH'] = str(len(body))
    return environ


class TheirRequest(webob.Request):
    """A request whose body stays in memory.

    WebOb leaves it to the garbage collector to close its temporary file.
    """

    request_body_tempfile_limit = 1024 * 1024


class Both:
    """A map, read by both filters.

    :param path: the file
    """

    def __init__(self, path):
        self._theirs = theirs.OpenStackAuditApi(path)
        self._ours = load_audit_map(path)
        endings = self._ours.custom_actions
        #: what a path may be made of, for something to come of it
        self.words = sorted(
            {'action', 'v1', 'x'}
            | set(self._ours.keywords)
            | {ending.partition('/')[0] for ending in endings}
        )

    def their_action(self, *request):
        """Return the action that keystonemiddleware gives a request."""
        return self._theirs.get_action(TheirRequest(environ_of(*request)))

    def our_action(self, *request):
        """Return the action that we give it."""
        environ = environ_of(*request)
        view = Request(environ)
        return self._ours.action(
            view.method, view.segments, lambda: body_action(environ)
        )

    def their_type_uri(self, *request):
        """Return the typeURI that keystonemiddleware gives a request."""
        return self._theirs._build_typeURI(
            TheirRequest(environ_of(*request)), self._service_type_uri
        )

    def our_type_uri(self, *request):
        """Return the typeURI that we give it."""
        view = Request(environ_of(*request))
        return self._ours.type_uri(self._ours.only_service, view.segments)

    @property
    def _service_type_uri(self):
        return self._ours.service_endpoints[self._ours.only_service]


@pytest.fixture(scope='module')
def maps(tmp_path_factory):
    """Every public map, and one of our own, read by both filters."""
    path = tmp_path_factory.mktemp('maps') / 'own.conf'
    path.write_text(MAP_OF_OUR_OWN)
    files = {**public_maps(), 'own': str(path)}
    return {name: Both(file) for name, file in files.items()}


def is_excluded(segment):
    """Say whether a segment is one that the two are known to differ on."""
    # keystonemiddleware lets [DEFAULT] keys leak into every section.
    if segment.removesuffix('.json') == 'target_endpoint_type':
        return True
    # ``x/.json`` is the collection x to us, an empty ending to them.
    return segment == '.json'


# No empty segment: a doubled slash and a trailing one mean nothing to us,
# and an id without a name to them.
SEGMENT = st.text(
    st.characters(exclude_characters='/', exclude_categories=['Cs']),
    min_size=1,
    max_size=12,
)

# What is no object, or is larger than what we read, names no action to us.
# Keys are those of our safe alphabet, which are all that APIs use.
BODY = st.one_of(
    st.sampled_from([None, b'', b'{}', b'{', b'no json', b'\xff']),
    st.dictionaries(
        st.text('abcXYZ019_.:-', min_size=1, max_size=64),
        st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
        min_size=1,
        max_size=3,
    ).map(lambda document: json.dumps(document).encode()),
)


def paths_of(both):
    """Return a strategy for paths of which a map makes something."""
    segments = st.lists(
        st.tuples(
            st.one_of(st.sampled_from(both.words), SEGMENT),
            st.sampled_from(['', '', '', '.json']),
        ).map(''.join),
        max_size=7,
    )
    return segments.filter(lambda each: not any(map(is_excluded, each))).map(
        lambda each: '/' + '/'.join(each)
    )


@pytest.mark.parametrize('name', NAMES)
@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_action_is_that_of_keystonemiddleware(maps, name, data):
    """A well-formed request has the same action under a public map."""
    both = maps[name]
    request = (
        data.draw(st.sampled_from(METHODS), 'method'),
        data.draw(paths_of(both), 'path')
        + data.draw(st.sampled_from(['', '/']), 'slash'),
        data.draw(BODY, 'body'),
        data.draw(st.sampled_from(['', '/v1', '/metadata']), 'script name'),
    )
    # A second trailing slash leaves them with an empty ending.
    assume(not request[1].endswith('//'))

    assert both.their_action(*request) == both.our_action(*request)


@pytest.mark.parametrize('name', NAMES)
@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_type_uri_is_that_of_keystonemiddleware(maps, name, data):
    """It has the same typeURI too, once None and empty names are gone."""
    both = maps[name]
    path = data.draw(paths_of(both), 'path')
    # They take the nothing behind a trailing slash for an id.
    assume(path != '/')
    mounted_at = data.draw(st.sampled_from(['', '/v1', '/metadata']), 'mount')
    request = ('GET', path, None, mounted_at)

    expected = '/'.join(
        part
        for part in both.their_type_uri(*request).split('/')
        if part not in {'None', ''}
    )

    assert expected == both.our_type_uri(*request)


@pytest.mark.parametrize(
    ('name', 'path', 'theirs', 'ours'),
    [
        pytest.param('ironic', '/nodes/', 'nodes/node', 'nodes', id='slash'),
        pytest.param(
            'ironic', '/nodes//ports', 'nodes/node/ports', 'nodes/ports',
            id='doubled slash',
        ),
        pytest.param(
            'ironic', '/nodes/.json', 'nodes/node', 'nodes', id='.json',
        ),
        pytest.param(
            'ironic', '/nodes/n/console/c', 'nodes/node/console/None',
            'nodes/node/console', id='None',
        ),
        pytest.param(
            'own', '/secrets/s', 'secrets/', 'secrets', id='empty id name',
        ),
        pytest.param(
            'own', '/osServers/s', '', 'osServers/server', id='case of a key',
        ),
        pytest.param(
            'own', '/target_endpoint_type/x', 'target_endpoint_type/compute',
            '', id='leaking [DEFAULT]',
        ),
    ],
)  # fmt: skip
def test_type_uri_differs_only_where_theirs_is_wrong(
    maps, name, path, theirs, ours
):
    """Each difference in typeURIs that the tests above leave out."""
    both = maps[name]
    base = both._service_type_uri

    assert f'{base}/{theirs}' == both.their_type_uri('GET', path).ljust(
        len(base) + 1, '/'
    )
    assert f'{base}/{ours}'.rstrip('/') == both.our_type_uri('GET', path)


LARGE = json.dumps({'reboot': 'x' * 64 * 1024}).encode()


@pytest.mark.parametrize(
    ('name', 'request_', 'theirs', 'ours'),
    [
        pytest.param(
            'nova', ('GET', '/servers//'), 'read', 'read/list',
            id='two slashes',
        ),
        pytest.param(
            'nova', ('GET', '/servers/.json'), 'read', 'read/list', id='.json',
        ),
        pytest.param(
            'nova', ('POST', '/s/action', b'[{"reboot": 1}]'), AttributeError,
            'update', id='list',
        ),
        pytest.param(
            'nova', ('POST', '/s/action', b'"reboot"'), AttributeError,
            'update', id='string',
        ),
        pytest.param(
            'nova', ('POST', '/s/action', b'7'), AttributeError,
            'update', id='number',
        ),
        pytest.param(
            'nova', ('POST', '/s/action', b'[]'), 'create', 'update',
            id='empty list',
        ),
        pytest.param(
            'nova', ('POST', '/s/action', b'null'), 'create', 'update',
            id='null',
        ),
        pytest.param(
            'nova', ('POST', '/s/action', b'[' * 65536), RecursionError,
            'update', id='deep nesting',
        ),
        pytest.param(
            'nova', ('POST', '/s/action', LARGE), 'update/reboot', 'update',
            id='large body',
        ),
        pytest.param(
            'nova', ('POST', '/s/action', b'{"%s": 1}' % (b'k' * 100)),
            'update/' + 'k' * 100, 'update/' + 'k' * 64, id='long key',
        ),
        pytest.param(
            'nova', ('POST', '/s/action', b'{"a/b c": 1}'), 'update/a/b c',
            'update/a_b_c', id='unsafe key',
        ),
        pytest.param(
            'own', ('POST', '/s/createBackup'), 'update', 'backup',
            id='case of a key',
        ),
        pytest.param(
            'own', ('GET', '/target_endpoint_type'), 'compute', 'read',
            id='leaking [DEFAULT]',
        ),
    ],
)  # fmt: skip
def test_action_differs_only_where_theirs_is_wrong(
    maps, name, request_, theirs, ours
):
    """Each difference in actions that the tests above leave out."""
    both = maps[name]

    assert ours == both.our_action(*request_)
    if isinstance(theirs, str):
        assert theirs == both.their_action(*request_)
        return
    with pytest.raises(theirs):
        both.their_action(*request_)


def test_path_that_is_no_utf8_is_told_where_theirs_fails(maps):
    """``%FF`` in a path raises in keystonemiddleware, a 500 for the client."""
    both = maps['ironic']
    environ = environ_of('GET', '/nodes')
    environ['PATH_INFO'] += '/\xff'

    segments = Request(environ).segments

    assert 'read' == both._ours.action('GET', segments, lambda: 'update')
    with pytest.raises(UnicodeDecodeError):
        both._theirs.get_action(TheirRequest(environ))
