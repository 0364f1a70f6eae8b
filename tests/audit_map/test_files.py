# SPDX-License-Identifier: Apache-2.0

"""The name of an audit map goes in; its file, text and format come out."""

import os

import pytest

from cadf_audit.audit_map.files import find_map
from cadf_audit.audit_map.files import is_yaml
from cadf_audit.audit_map.files import read_text
from cadf_audit.audit_map.files import shipped_maps
from cadf_audit.audit_map import KeywordMap
from cadf_audit.audit_map import load_audit_map
from cadf_audit.audit_map import ResourceMap
from cadf_audit.exceptions import AuditMapError

YAML = 'version: 2\nservice_type: compute\nprefix: /\nresources:\n  a:\n'
INI = '[path_keywords]\nnodes = node\n'


@pytest.mark.parametrize(
    'name', ['./nova', '/etc/nova', 'nova.conf', 'maps/nova', 'nova.yaml']
)
def test_what_looks_like_a_path_is_a_path(name):
    """A slash or a dot makes it one, whether the file is there or not."""
    assert name == find_map(name)


def test_bare_name_is_a_map_that_we_ship():
    """Each of them is a file that loads."""
    for name in shipped_maps():
        path = find_map(name)

        assert path.endswith(f'/maps/{name}.yaml')
        assert isinstance(load_audit_map(name), ResourceMap)


def test_file_of_a_bare_name_wins(tmp_path, monkeypatch):
    """Whoever has a file of that name here means it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'nova').write_text(YAML)

    assert 'nova' == find_map('nova')
    assert isinstance(load_audit_map('nova'), ResourceMap)


def test_folder_of_a_bare_name_is_no_map(tmp_path, monkeypatch):
    """The sources of nova have a folder nova, and nobody means it."""
    monkeypatch.chdir(tmp_path)
    name = (*shipped_maps(), 'nova')[0]
    (tmp_path / name).mkdir()

    assert os.path.isabs(find_map(name))


def test_unknown_name_is_refused_with_what_there_is(tmp_path, monkeypatch):
    """The error tells the names that would do."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AuditMapError) as caught:
        load_audit_map('nvoa')

    assert 'neither a file nor a map of this name' in str(caught.value)
    for name in shipped_maps():
        assert name in str(caught.value)


@pytest.mark.parametrize('ending', ['yaml', 'yml', 'YAML', 'json'])
def test_ending_of_yaml_tells(ending):
    """JSON is YAML too; what the file holds does not matter then."""
    assert is_yaml(f'/etc/map.{ending}', INI)


@pytest.mark.parametrize('ending', ['conf', 'ini', 'INI'])
def test_ending_of_ini_tells(ending):
    """What the file holds does not matter then."""
    assert not is_yaml(f'/etc/map.{ending}', YAML)


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        (YAML, True),
        ('# comment\n\n' + YAML, True),
        ('service_type: a=b\n', True),
        (INI, False),
        ('; comment\n# another: one\n' + INI, False),
        ('nodes = a:b\n', False),
        ('[a: b]\n', False),
        ('', False),
        ('\n\n', False),
        ('nodes', False),
    ],
)
def test_first_line_tells_where_the_ending_does_not(text, expected):
    """A section is of INI, and a key with a colon is of YAML."""
    assert expected == is_yaml('/etc/audit_map', text)


def test_format_is_told_at_load(tmp_path):
    """The same option takes both."""
    for text, kind in ((YAML, ResourceMap), (INI, KeywordMap)):
        path = tmp_path / 'audit_map'
        path.write_text(text)

        assert isinstance(load_audit_map(str(path)), kind)


def test_no_map_is_a_map_that_says_nothing():
    """Events then say what HTTP alone can say."""
    assert isinstance(load_audit_map(None), KeywordMap)
    assert isinstance(load_audit_map(''), KeywordMap)


def test_map_that_cannot_be_read_is_named_in_full(tmp_path):
    """An operator sees where it was looked for."""
    with pytest.raises(AuditMapError, match='cannot be read: No such file'):
        read_text(str(tmp_path / 'map.yaml'))
    with pytest.raises(AuditMapError, match='cannot be read: Is a dir'):
        read_text(str(tmp_path))
    with pytest.raises(AuditMapError, match='cannot be read: embedded null'):
        read_text('a\0b')


def test_line_that_is_no_utf_8_is_named(tmp_path):
    """The error tells the byte and its line."""
    path = tmp_path / 'map.yaml'
    path.write_bytes(b'service_type: a\n# \xfc\n')

    with pytest.raises(AuditMapError) as caught:
        read_text(str(path))

    assert 2 == caught.value.line
    assert r"b'\xfc'" in caught.value.problem


def test_every_line_end_is_the_same(tmp_path):
    """A byte order mark goes as well."""
    path = tmp_path / 'map.yaml'
    path.write_bytes(b'\xef\xbb\xbfa: 1\r\nb: 2\rc: 3\n')

    assert 'a: 1\nb: 2\nc: 3\n' == read_text(str(path))
