# SPDX-License-Identifier: Apache-2.0

"""A map and a request go in; its action and typeURI come out."""

import logging

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.audit_map import KeywordMap
from cadf_audit.audit_map import load_audit_map
from cadf_audit.middleware.request import Request
from cadf_audit.taxonomy import is_action
from cadf_audit.taxonomy import is_resource

MAP = """
[DEFAULT]
target_endpoint_type = compute

[custom_actions]
enable = enable
reboot = start/reboot
reboot/get = read
createBackup = backup
Mixed/GET = read/list
action = configure
/get = monitor

[path_keywords]
nodes = node
states = None
console =
createImage = Image
servers = server
100% = 50%

[service_endpoints]
compute = service/compute
Metric = service/metric
"""


@pytest.fixture(scope='module')
def audit_map(tmp_path_factory):
    """The map above, loaded."""
    path = tmp_path_factory.mktemp('map') / 'map.conf'
    path.write_text(MAP)
    return load_audit_map(str(path))


@pytest.fixture
def load(tmp_path):
    """A function that loads a map from its text."""

    def load(text):
        path = tmp_path / 'map.conf'
        path.write_text(text)
        return load_audit_map(str(path))

    return load


def action_of(audit_map, method, path, body_action='update/body'):
    """Return the action of a request whose body names ``body_action``."""
    segments = Request({'PATH_INFO': path}).segments
    return audit_map.action(method, segments, lambda: body_action)


def type_uri_of(audit_map, path, service_type='compute'):
    """Return the typeURI of a request to a service."""
    segments = Request({'PATH_INFO': path}).segments
    return audit_map.type_uri(service_type, segments)


@pytest.mark.parametrize(
    ('method', 'on_keyword', 'on_other'),
    [
        ('POST', 'create', 'update'),
        ('GET', 'read/list', 'read'),
        ('PUT', 'update', 'update'),
        ('PATCH', 'update', 'update'),
        ('DELETE', 'delete', 'delete'),
        ('HEAD', 'read', 'read'),
        ('OPTIONS', 'unknown', 'unknown'),
        ('TRACE', 'unknown', 'unknown'),
        ('COPY', 'unknown', 'unknown'),
        ('CONNECT', 'unknown', 'unknown'),
        ('get', 'unknown', 'unknown'),
        ('', 'unknown', 'unknown'),
    ],
)
def test_method_and_keyword_at_the_end_give_the_action(
    audit_map, method, on_keyword, on_other
):
    """Without a rule, the method and whether a keyword ends the path count."""
    assert on_keyword == action_of(audit_map, method, '/v1/nodes')
    assert on_other == action_of(audit_map, method, '/v1/nodes/n1')


@pytest.mark.parametrize('path', ['/v1/nodes/', '/v1/nodes.json'])
def test_trailing_slash_and_json_suffix_do_not_matter(audit_map, path):
    """The same collection is meant, with and without them."""
    assert 'read/list' == action_of(audit_map, 'GET', path)
    assert 'create' == action_of(audit_map, 'POST', path)
    assert 'service/compute/nodes' == type_uri_of(audit_map, path)


def test_rule_for_ending_and_method_comes_first(audit_map):
    """``reboot/get`` wins over ``reboot``, and only for GET."""
    assert 'read' == action_of(audit_map, 'GET', '/v1/reboot')
    assert 'start/reboot' == action_of(audit_map, 'POST', '/v1/reboot')


def test_rule_for_ending_comes_before_the_body(audit_map):
    """A rule for the ending ``action`` is stronger than the body."""
    assert 'configure' == action_of(audit_map, 'POST', '/v1/s1/action')


def test_post_to_action_comes_before_the_method(load):
    """The body names the action, even where ``action`` is a keyword."""
    audit_map = load('[path_keywords]\naction = None\n')

    assert 'update/body' == action_of(audit_map, 'POST', '/v1/s1/action')
    assert 'update/body' == action_of(audit_map, 'POST', '/s1/action.json/')


@pytest.mark.parametrize(
    ('method', 'path', 'action'),
    [
        ('GET', '/v1/s1/action', 'read'),
        ('PUT', '/v1/s1/action', 'update'),
        ('OPTIONS', '/v1/s1/action', 'unknown'),
        ('post', '/v1/s1/action', 'unknown'),
        ('POST', '/v1/action/s1', 'update'),
        ('POST', '/v1/s1/actions', 'update'),
    ],
)
def test_body_is_asked_only_for_post_to_action(load, method, path, action):
    """No other request has an action in its body."""
    segments = Request({'PATH_INFO': path}).segments

    def refuse():
        pytest.fail('the body was asked')

    assert action == load('').action(method, segments, refuse)


@pytest.mark.parametrize(
    ('path', 'action'),
    [
        ('/v1/enable', 'enable'),
        ('/v1/enable/', 'enable'),
        ('/v1/enable.json', 'enable'),
        ('/v1/enable/x', 'unknown'),
        ('/', 'unknown'),
    ],
)
def test_map_gives_even_unknown_methods_an_action(audit_map, path, action):
    """A rule for an ending holds for every method; without one, unknown."""
    assert action == action_of(audit_map, 'OPTIONS', path)


def test_rule_for_the_root_path(audit_map):
    """The ending of the root path is the empty text."""
    assert 'monitor' == action_of(audit_map, 'GET', '/')
    assert 'update' == action_of(audit_map, 'POST', '/')


@pytest.mark.parametrize('ending', ['createBackup', 'createbackup'])
def test_key_counts_as_written_and_in_lower_case(audit_map, ending):
    """keystonemiddleware lower-cases keys; a map may rely on either."""
    assert 'backup' == action_of(audit_map, 'POST', f'/v1/s1/{ending}')


@pytest.mark.parametrize('segment', ['createImage', 'createimage'])
def test_keyword_counts_as_written_and_in_lower_case(audit_map, segment):
    """What holds for actions holds for keywords; the id name keeps case."""
    expected = f'service/compute/{segment}/Image'

    assert expected == type_uri_of(audit_map, f'/v1/{segment}/i1')


@pytest.mark.parametrize('segment', ['CREATEBACKUP', 'CreateBackup'])
def test_segment_is_not_lower_cased(audit_map, segment):
    """Only the key is; another segment is another one."""
    assert 'update' == action_of(audit_map, 'POST', f'/v1/s1/{segment}')


@pytest.mark.parametrize('ending', ['Mixed', 'mixed'])
def test_method_in_a_key_may_stand_in_any_case(audit_map, ending):
    """``Mixed/GET`` is the rule for GET."""
    assert 'read/list' == action_of(audit_map, 'GET', f'/v1/{ending}')
    assert 'update' == action_of(audit_map, 'PUT', f'/v1/{ending}')


def test_written_key_wins_over_a_lower_cased_one(load):
    """Two keys that differ in case alone are two keys."""
    audit_map = load('[path_keywords]\nIPs = upper\nips = lower\n')

    assert {'IPs': 'upper', 'ips': 'lower'} == audit_map.keywords


@pytest.mark.parametrize(
    ('path', 'type_uri'),
    [
        ('/', 'service/compute'),
        ('', 'service/compute'),
        ('/v1', 'service/compute'),
        ('/v1/nodes', 'service/compute/nodes'),
        ('/v1/nodes/n1', 'service/compute/nodes/node'),
        ('/v1/nodes/n1/x', 'service/compute/nodes/node'),
        ('/v1/nodes/nodes', 'service/compute/nodes/nodes'),
        ('/v1/x/nodes/n1', 'service/compute/nodes/node'),
        ('/v1//nodes//n1//', 'service/compute/nodes/node'),
        ('/v1/nodes.json/n1.json', 'service/compute/nodes/node'),
        ('/nodes/n1/states/power', 'service/compute/nodes/node/states'),
        ('/nodes/n1/console/x', 'service/compute/nodes/node/console'),
        ('/v1/100%/x', 'service/compute/100%/50%'),
        ('/v1/target_endpoint_type/x', 'service/compute'),
        ('/v1/DEFAULT/x', 'service/compute'),
    ],
)
def test_type_uri_is_the_service_and_the_keywords(audit_map, path, type_uri):
    """Keywords stand as written, the segment behind one as its id name."""
    assert type_uri == type_uri_of(audit_map, path)


@pytest.mark.parametrize('path', ['/v1/states/s1', '/v1/console/c1'])
def test_none_and_empty_id_names_never_appear(audit_map, path):
    """The value None and an empty value both leave no trace."""
    type_uri = type_uri_of(audit_map, path)

    assert 'None' not in type_uri.split('/')
    assert '' not in type_uri.split('/')


def test_keyword_without_id_name_still_ends_a_path(audit_map):
    """A path that ends in such a keyword is read as a list."""
    assert 'read/list' == action_of(audit_map, 'GET', '/v1/states')
    assert 'read/list' == action_of(audit_map, 'GET', '/v1/console')


def test_default_key_is_no_keyword_and_no_action(audit_map):
    """keystonemiddleware takes target_endpoint_type for both."""
    assert 'read' == action_of(audit_map, 'GET', '/v1/target_endpoint_type')
    assert 'update' == action_of(audit_map, 'POST', '/target_endpoint_type')


def test_unknown_service_has_an_unknown_type_uri(audit_map):
    """A service that the map does not name is not invented."""
    assert 'unknown' == type_uri_of(audit_map, '/v1/nodes', 'image')


@pytest.mark.parametrize('service_type', ['Metric', 'metric'])
def test_service_type_counts_as_written_and_in_lower_case(
    audit_map, service_type
):
    """keystonemiddleware lower-cases the keys of this section too."""
    assert 'service/metric' == type_uri_of(audit_map, '/', service_type)


@pytest.mark.parametrize('value', ['None', ''])
def test_target_endpoint_type_none_means_none(load, value):
    """Most public maps say None, and mean that there is no fallback."""
    audit_map = load(f'[DEFAULT]\ntarget_endpoint_type = {value}\n')

    assert audit_map.target_endpoint_type is None


def test_only_service_is_that_of_a_map_with_one(load):
    """A map that names two services has no only one."""
    one = '[service_endpoints]\nMetric = service/metric\n'

    assert 'Metric' == load(one).only_service
    assert load(one + 'compute = service/compute\n').only_service is None
    assert load('').only_service is None


def test_map_with_empty_id_names_says_what_it_says_in_keystonemiddleware(
    load,
):
    """``secrets=`` is a keyword whose ids leave no trace, as in Barbican."""
    audit_map = load(
        '[DEFAULT]\ntarget_endpoint_type = key-manager\n'
        '[custom_actions]\nacl/get = read\n'
        '[path_keywords]\nsecrets=\ncas=None\n'
        '[service_endpoints]\nkey-manager = service/security/keymanager\n'
    )
    expected = 'service/security/keymanager/secrets'

    assert expected == type_uri_of(audit_map, '/v1/secrets/s', 'key-manager')
    assert 'read/list' == action_of(audit_map, 'GET', '/v1/secrets')
    assert 'read' == action_of(audit_map, 'GET', '/v1/secrets/s/acl')
    assert 'update' == action_of(audit_map, 'PUT', '/v1/secrets/s/acl')


def test_service_below_a_taxonomy_entry_is_accepted(load):
    """``service/load-balancer`` extends ``service``, as in Octavia's map."""
    audit_map = load(
        '[path_keywords]\npools = pool\n'
        '[service_endpoints]\nload-balancer = service/load-balancer\n'
    )

    assert 'service/load-balancer/pools/pool' == type_uri_of(
        audit_map, '/v2/lbaas/pools/p1', 'load-balancer'
    )


def test_percent_in_one_value_leaves_the_others(load):
    """keystonemiddleware loses the whole section to one ``%``."""
    audit_map = load('[path_keywords]\nnodes = node\nloads = 5%\n')

    assert {'nodes': 'node', 'loads': '5%'} == audit_map.keywords


@pytest.mark.parametrize('path', [None, ''])
def test_map_is_optional(path):
    """Without one the action says what HTTP alone can say."""
    audit_map = load_audit_map(path)

    assert KeywordMap() == audit_map
    assert 'read' == action_of(audit_map, 'GET', '/v1/nodes')
    assert 'update' == action_of(audit_map, 'POST', '/v1/nodes')
    assert 'update/body' == action_of(audit_map, 'POST', '/v1/s1/action')
    assert 'unknown' == type_uri_of(audit_map, '/v1/nodes')


def test_rule_that_can_never_match_is_warned_of(load, caplog):
    """An ending is one segment, so a key with two slashes does nothing."""
    with caplog.at_level(logging.WARNING):
        load('[custom_actions]\nx/put = update\nstates/power/put = update\n')

    assert 1 == len(caplog.records)
    assert 'line 3: states/power/put never matches' in caplog.text


def test_unmapped_path_of_any_depth_is_told(audit_map):
    """A path of 5000 unknown segments is no recursion and no long text."""
    path = '/v1/nodes/n1' + '/x' * 5000

    assert 'service/compute/nodes/node' == type_uri_of(audit_map, path)
    assert 'read' == action_of(audit_map, 'GET', path)


def test_type_uri_is_bounded(audit_map):
    """A client cannot blow up a typeURI by repeating keywords."""
    type_uri = type_uri_of(audit_map, '/nodes/n1' * 1000)

    assert 1024 == len(type_uri)
    assert type_uri.endswith('…')


SEGMENTS = st.lists(
    st.one_of(
        st.sampled_from(
            ['nodes', 'states', 'console', 'reboot', 'enable', 'action', 'v1']
        ),
        st.text(max_size=50),
    ),
    max_size=20,
)


@given(method=st.text(max_size=10), segments=SEGMENTS)
@settings(max_examples=100, deadline=None)
def test_any_request_has_a_valid_action_and_type_uri(
    audit_map, method, segments
):
    """Both are in the CADF taxonomy, whatever a client asks for."""
    request = Request({'PATH_INFO': '/'.join(segments)})

    action = audit_map.action(method, request.segments, lambda: 'update/x')
    type_uri = audit_map.type_uri('compute', request.segments)

    assert is_action(action)
    assert is_resource(type_uri)
    assert 'None' not in type_uri.split('/')
    assert len(type_uri) <= 1024


@given(segments=SEGMENTS)
@settings(max_examples=100, deadline=None)
def test_map_does_not_grow_with_what_clients_ask_for(
    tmp_path_factory, segments
):
    """Requests read the map and leave it as it was."""
    path = tmp_path_factory.getbasetemp() / 'growing_map.conf'
    path.write_text(MAP)
    used = load_audit_map(str(path))
    untouched = load_audit_map(str(path))

    used.action('GET', segments, lambda: 'update/x')
    used.type_uri('compute', segments)
    used.type_uri('/'.join(segments), segments)

    assert untouched == used
