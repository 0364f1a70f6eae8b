# SPDX-License-Identifier: Apache-2.0

"""An INI file goes in; its sections come out, or an error that says where."""

import contextlib

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.audit_map.files import read_text
from cadf_audit.audit_map.ini import Entry
from cadf_audit.audit_map.ini import read_ini
from cadf_audit.audit_map import KeywordMap
from cadf_audit.audit_map import load_audit_map
from cadf_audit.exceptions import AuditMapError
from cadf_audit import PycadfAuditApiConfigError
from cadf_audit.taxonomy import ACTIONS

SECTIONS = '[DEFAULT], [custom_actions], [path_keywords], [service_endpoints]'


def read_map(path):
    """Return the sections of a file."""
    return read_ini(path, read_text(path))


def read_keywords(path):
    """Return the pairs in [path_keywords] as they were read."""
    entries = read_map(path)['path_keywords'].entries
    return {entry.key: entry.value for entry in entries}


@pytest.mark.parametrize(
    ('line', 'key', 'value'),
    [
        ('nodes = node', 'nodes', 'node'),
        ('nodes=node', 'nodes', 'node'),
        ('nodes: node', 'nodes', 'node'),
        ('  nodes   =   node   ', 'nodes', 'node'),
        ('nodes =', 'nodes', ''),
        ('nodes = 100%', 'nodes', '100%'),
        ('nodes = %(here)s', 'nodes', '%(here)s'),
        ('no%des = node', 'no%des', 'node'),
        ('createBackup = id', 'createBackup', 'id'),
        ('knoten-größe = größe', 'knoten-größe', 'größe'),
        ('nodes = a = b', 'nodes', 'a = b'),
        ('nodes = [DEFAULT]', 'nodes', '[DEFAULT]'),
    ],
)
def test_key_and_value_are_read_as_they_are_written(
    map_file, line, key, value
):
    """Blanks around them go; case, ``%`` and all else stays."""
    path = map_file(f'[path_keywords]\n{line}\n')

    assert {key: value} == read_keywords(path)


@pytest.mark.parametrize('comment', ['# nodes = x', '; nodes = x', '  # x'])
def test_comment_is_no_key(map_file, comment):
    """A line that begins with ``#`` or ``;`` says nothing."""
    path = map_file(f'[path_keywords]\nports = port\n{comment}\nnodes = node')

    assert {'ports': 'port', 'nodes': 'node'} == read_keywords(path)


def test_byte_order_mark_is_accepted(map_file):
    """A file that an editor of Windows saved reads like any other."""
    path = map_file(b'\xef\xbb\xbf[path_keywords]\r\nnodes = node\r\n')

    assert {'nodes': 'node'} == read_keywords(path)


@pytest.mark.parametrize('end', ['\n', '\r\n', '\r'])
def test_every_line_end_counts(map_file, end):
    """Lines are told apart and counted as the system that wrote them does."""
    path = map_file(end.join(['[path_keywords]', 'nodes = node', 'a = b']))

    entries = read_map(path)['path_keywords'].entries

    assert (Entry('nodes', 'node', 2), Entry('a', 'b', 3)) == entries


def test_section_without_keys_is_there(map_file):
    """An empty section is a section."""
    sections = read_map(map_file('\n[custom_actions]\n'))

    assert () == sections['custom_actions'].entries
    assert 2 == sections['custom_actions'].line


def test_empty_file_has_no_sections(map_file):
    """An empty file is a map that says nothing."""
    assert {} == read_map(map_file(''))


def test_default_keys_do_not_leak_into_sections(map_file):
    """What stands in [DEFAULT] is a key of [DEFAULT] alone."""
    path = map_file(
        '[DEFAULT]\ntarget_endpoint_type = metric\n'
        '[path_keywords]\nnodes = node\n'
    )

    assert {'nodes': 'node'} == read_keywords(path)


def test_continued_header_is_reported_as_a_value(map_file):
    """An indented header belongs to the key above it, and is refused."""
    path = map_file(
        '[path_keywords]\nnodes = node\n  [custom_actions]\nports = port\n'
    )

    with pytest.raises(AuditMapError) as caught:
        read_map(path)

    assert (2, '[path_keywords] nodes') == (
        caught.value.line,
        caught.value.key,
    )


@pytest.mark.parametrize(
    ('content', 'line', 'key', 'telling'),
    [
        pytest.param(
            '[path_keywords]\nnodes = node\n\nnodes = x\n',
            4,
            '[path_keywords] nodes',
            'stands there twice; keep one',
            id='duplicate key',
        ),
        pytest.param(
            '[custom_actions]\nx/GET = read\nx/get = read/x\n',
            3,
            '[custom_actions] x/get',
            'the case of a method does not matter',
            id='duplicate rule',
        ),
        pytest.param(
            '[path_keywords]\na = b\n[DEFAULT]\n[path_keywords]\n',
            4,
            '[path_keywords]',
            'stands there twice; put its keys together',
            id='duplicate section',
        ),
        pytest.param(
            '[DEFAULT]\ntarget_endpoint_type = a\n[DEFAULT]\n',
            3,
            '[DEFAULT]',
            'stands there twice',
            id='duplicate DEFAULT',
        ),
        pytest.param(
            '[path_keyword]\nnodes = node\n',
            1,
            '[path_keyword]',
            f'did you mean [path_keywords]?); allowed are {SECTIONS}',
            id='unknown section',
        ),
        pytest.param(
            '[path_keywords]\n[zzz]\n',
            2,
            '[zzz]',
            f'unknown section; allowed are {SECTIONS}',
            id='unknown section like no other',
        ),
        pytest.param(
            '[path_keywords]\na = b\n\n[]\n',
            4,
            None,
            "'[]' is not of the form key = value",
            id='section without a name',
        ),
        pytest.param(
            '[DEFAULT]\n# the type\ntarget_endpoint = x\n',
            3,
            '[DEFAULT] target_endpoint',
            'allowed is target_endpoint_type',
            id='unknown key',
        ),
        pytest.param(
            '[custom_actions]\nenable = enable\nlist/get = list\n',
            3,
            '[custom_actions] list/get',
            "'list' is no CADF action",
            id='action outside the taxonomy',
        ),
        pytest.param(
            '[custom_actions]\nstartle = startle\n',
            2,
            '[custom_actions] startle',
            "did you mean 'start'?",
            id='action that pycadf lets pass',
        ),
        pytest.param(
            '[custom_actions]\nenable =\n',
            2,
            '[custom_actions] enable',
            "'' is no CADF action",
            id='action is empty',
        ),
        pytest.param(
            '[custom_actions]\nenable = None\n',
            2,
            '[custom_actions] enable',
            "'None' is no CADF action",
            id='action is None',
        ),
        pytest.param(
            '[custom_actions]\nenable = update/\n',
            2,
            '[custom_actions] enable',
            "'update/' is no CADF action",
            id='action ends in a slash',
        ),
        pytest.param(
            '[service_endpoints]\nload-balancer = loadbalancer/x\n',
            2,
            '[service_endpoints] load-balancer',
            'which begin with compute, data, network, service, storage',
            id='typeURI outside the taxonomy',
        ),
        pytest.param(
            '[service_endpoints]\ncompute = computer\n',
            2,
            '[service_endpoints] compute',
            "did you mean 'compute'?",
            id='typeURI that pycadf lets pass',
        ),
        pytest.param(
            '[service_endpoints]\ncompute = None\n',
            2,
            '[service_endpoints] compute',
            "'None' is no CADF typeURI",
            id='typeURI is None',
        ),
        pytest.param(
            b'[path_keywords]\n# gr\xf6\xdfe\nnodes = node\n',
            2,
            None,
            "byte b'\\xf6' is not UTF-8",
            id='wrong encoding',
        ),
        pytest.param(
            '[path_keywords]\nnodes = node\n'.encode('utf-16'),
            1,
            None,
            'is not UTF-8, the only encoding of an audit map',
            id='UTF-16',
        ),
        pytest.param(
            '\n# a comment\nnodes = node\n',
            3,
            None,
            "'nodes = node' stands before the first [section]",
            id='no section',
        ),
        pytest.param(
            '[path_keywords]\nports = port\nnodes  \ndrivers\n',
            3,
            None,
            "'nodes' is not of the form key = value",
            id='no value',
        ),
        pytest.param(
            '[path_keywords]\n= node\n',
            2,
            None,
            "'= node' is not of the form key = value",
            id='no key',
        ),
        pytest.param(
            '[path_keywords]\nports = port\nnodes = node\n  drivers = x\n',
            3,
            '[path_keywords] nodes',
            'goes on in the next line',
            id='value over two lines',
        ),
    ],
)
def test_broken_file_is_one_error_that_says_where_and_what(
    map_file, content, line, key, telling
):
    """The error has the file, the line, the key and what is allowed."""
    path = map_file(content)

    with pytest.raises(AuditMapError) as caught:
        load_audit_map(path)

    error = caught.value
    assert (path, line, key) == (error.path, error.line, error.key)
    assert telling in str(error)
    assert f'audit map {path}, line {line}' in str(error)
    assert key is None or key in str(error)


def test_refused_action_names_all_that_is_allowed(map_file):
    """Each root of the action taxonomy stands in the message."""
    path = map_file('[custom_actions]\nx = list\n')

    with pytest.raises(AuditMapError) as caught:
        load_audit_map(path)

    roots = {action.split('/')[0] for action in ACTIONS}
    assert set() == {root for root in roots if root not in str(caught.value)}


@pytest.mark.parametrize(
    ('name', 'telling'),
    [
        ('missing.conf', 'cannot be read: No such file or directory'),
        ('', 'cannot be read: Is a directory'),
        ('no\0name', 'cannot be read: embedded null byte'),
        ('map.conf/x', 'cannot be read: Not a directory'),
    ],
)
def test_unreadable_file_is_one_error(map_file, tmp_path, name, telling):
    """What cannot be opened is told with its path and the reason."""
    map_file('')
    path = str(tmp_path / name)

    with pytest.raises(AuditMapError) as caught:
        load_audit_map(path)

    assert f'audit map {path}: {telling}' == str(caught.value)
    assert caught.value.line is None


def test_map_error_has_the_name_that_services_catch():
    """Ironic and Octavia catch PycadfAuditApiConfigError."""
    assert PycadfAuditApiConfigError is AuditMapError


@given(
    content=st.one_of(
        st.binary(max_size=200),
        st.lists(
            st.one_of(
                st.sampled_from(
                    [
                        '[path_keywords]',
                        '[DEFAULT]',
                        '[custom_actions]',
                        'target_endpoint_type = a',
                        'nodes = node',
                        '  nodes = node',
                        '  [custom_actions]',
                        '# comment',
                        '',
                        '\ufeff',
                        '[x]]',
                        '[a] [b]',
                    ]
                ),
                st.text(max_size=20),
            ),
            max_size=8,
        ).map(lambda lines: '\n'.join(lines).encode('utf-8', 'replace')),
    )
)
@settings(max_examples=100, deadline=None)
def test_any_file_is_a_map_or_one_error(tmp_path_factory, content):
    """Nothing but AuditMapError comes of a file, whatever it holds."""
    path = tmp_path_factory.getbasetemp() / 'any_map.conf'
    path.write_bytes(content)

    with contextlib.suppress(AuditMapError):
        assert isinstance(load_audit_map(str(path)), KeywordMap)
