# SPDX-License-Identifier: Apache-2.0

"""A request goes in; whether it is to be audited comes out."""

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.middleware.skip import SkipRules


def is_skipped(method='GET', path='/', mount='', methods=(), paths=()):
    """Say whether a request is not audited."""
    environ = {
        'REQUEST_METHOD': method,
        'SCRIPT_NAME': mount,
        'PATH_INFO': path,
    }
    return SkipRules(methods, paths).match(environ)


@pytest.mark.parametrize('listed', ['GET', 'get', ' Get ', '\tGET'])
@pytest.mark.parametrize('method', ['GET', 'get', 'Get'])
def test_case_and_blanks_of_a_method_do_not_matter(listed, method):
    """An operator writes ``ignore_req_list = get, head``."""
    assert is_skipped(method, methods=['HEAD', listed])


@pytest.mark.parametrize('method', ['POST', '', 'GETS', 'GE', 'G ET'])
def test_method_that_is_not_listed_is_audited(method):
    """A part of a name is another name."""
    assert not is_skipped(method, methods=['GET', '', ' '])


@pytest.mark.parametrize(
    ('listed', 'path', 'skipped'),
    [
        ('/healthcheck', '/healthcheck', True),
        (' /healthcheck ', '/healthcheck', True),
        ('/healthcheck', '/healthcheck/', False),
        ('/healthcheck', '/healthcheck/deep', False),
        ('/healthcheck', '/healthchecks', False),
        ('/healthcheck', '/HealthCheck', False),
        ('/healthcheck', '/v1/healthcheck', False),
        ('/', '/', True),
        ('/', '/v1', False),
        ('/public/*', '/public/', True),
        ('/public/*', '/public/a/b', True),
        ('/public/*', '/public', False),
        ('/public/*', '/publicity', False),
        ('/public*', '/public', True),
        ('/public*', '/publicity', True),
        ('/public*', '/v1/public', False),
        ('/public/*', '/public/*', True),
        ('/a*b', '/a*b', True),
        ('/a*b', '/axb', False),
        ('*', '/anything', True),
        ('*', '', True),
        ('', '', False),
        ('', '/', False),
        (' ', ' ', False),
        ('/a?b', '/a?b', True),
        ('/a?b', '/axb', False),
        ('/[a]*', '/a', False),
    ],
)
def test_path_is_exact_or_a_prefix_that_ends_in_a_star(listed, path, skipped):
    """No other sign in it has a meaning."""
    assert skipped is is_skipped(path=path, paths=['/other', listed])


@pytest.mark.parametrize(
    'path', ['/public/../admin', '/public/..', '/public/a/../../admin']
)
def test_path_that_climbs_out_of_a_prefix_is_audited(path):
    """An application may resolve it to what is not public."""
    assert not is_skipped(path=path, paths=['/public/*'])


@pytest.mark.parametrize(
    ('listed', 'skipped'),
    [
        ('/v1/healthcheck', True),
        ('/healthcheck', True),
        ('/v1/*', True),
        ('/v1', False),
    ],
)
def test_path_counts_inside_the_mount_point_and_whole(listed, skipped):
    """keystonemiddleware compares the first, an operator sees the second."""
    assert skipped is is_skipped(
        path='/healthcheck', mount='/v1', paths=[listed]
    )


def test_query_does_not_count():
    """A path is what stands before it."""
    rules = SkipRules((), ['/healthcheck'])

    assert rules.match(
        {'PATH_INFO': '/healthcheck', 'QUERY_STRING': 'detailed=1'}
    )


@given(
    method=st.text(),
    path=st.text(),
    mount=st.text(),
)
@settings(max_examples=100, deadline=None)
def test_nothing_is_skipped_that_is_not_listed(method, path, mount):
    """Without rules, every request is audited."""
    assert not is_skipped(method, path, mount)


@pytest.mark.parametrize('value', [None, 7, b'/healthcheck'])
def test_environ_without_texts_is_audited(value):
    """A server that breaks PEP 3333 is no error of ours."""
    environ = {
        'REQUEST_METHOD': value,
        'SCRIPT_NAME': value,
        'PATH_INFO': value,
    }

    assert not SkipRules(['GET'], ['/healthcheck', '/v1/*']).match(environ)
    assert not SkipRules(['GET'], ['/healthcheck', '/v1/*']).match({})
