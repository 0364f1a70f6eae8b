# SPDX-License-Identifier: Apache-2.0

"""A filter section as we read it, and as paste.deploy hands it over."""

from paste.deploy import loadwsgi
import pytest

from cadf_audit.cli.paste import PasteFileError
from cadf_audit.cli.paste import read_section

FACTORY = 'paste.filter_factory = tests.cli.test_paste:factory\n'

handed = []


def factory(global_conf, **local_conf):
    """Keep what paste.deploy hands over."""
    handed.append((dict(global_conf), local_conf))
    return lambda app: app


@pytest.mark.parametrize(
    'text',
    [
        f'[filter:audit]\n{FACTORY}',
        f'[filter:audit]\n{FACTORY}spool_dir = %(here)s/spool\nb = 100%%\n',
        f'[DEFAULT]\nlog_name = x\n[filter:audit]\n{FACTORY}driver = noop\n',
        f'[DEFAULT]\ndriver = x\n[filter:audit]\n{FACTORY}driver = noop\n',
        f'[DEFAULT]\ndriver = x\n[filter:audit]\n{FACTORY}set driver = y\n',
        f'[DEFAULT]\nbus = x\n[filter:audit]\n{FACTORY}get driver = bus\n',
        f'[filter: audit]\n{FACTORY}Driver = a\n  b\n',
        f'[DEFAULT]\na = b\nc = %(a)s%(here)s\n[filter:audit]\n{FACTORY}',
    ],
)
def test_as_paste_deploy_hands_it_over(tmp_path, text):
    """Both read the same options from the same file."""
    file = tmp_path / 'paste.ini'
    file.write_text(text)

    loadwsgi.loadfilter(f'config:{file}', 'audit')
    section = read_section(file, 'audit')

    assert handed.pop() == (section.inherited, section.local)


def test_the_name_of_the_whole_section(tmp_path):
    """The name of a filter may stand there as in its file."""
    file = tmp_path / 'paste.ini'
    file.write_text(f'[filter:trail]\n{FACTORY}driver = noop\n')

    section = read_section(file, 'filter:trail')

    assert {'driver': 'noop'} == section.local
    assert f'{file}, [filter:trail]' == section.where


@pytest.mark.parametrize(
    ('text', 'problem'),
    [
        ('', r'there is no section \[filter:audit\]; its filters are none'),
        ('[filter:a]\nx = 1', 'its filters are a: name the one that audits'),
        ('[filter:audit]\nuse = other', "takes its options from 'other'"),
        ('[filter:audit]\nuse = config:x', "takes its options from 'config:x"),
        ('[filter:audit]\na = %(b)s', 'Bad value substitution'),
        ('[filter:audit]\nget a = b', "there is no 'b' in \\[DEFAULT\\]"),
        ('[filter:audit]\na = 1\na = 2', "option 'a' in section"),
        ('filter', 'no section headers'),
        (b'[filter:audit]\na = \xff', "can't decode byte"),
    ],
)
def test_sections_that_cannot_be_used(tmp_path, text, problem):
    """What is wrong with a paste file is said with its name."""
    file = tmp_path / 'paste.ini'
    file.write_bytes(text if isinstance(text, bytes) else text.encode())

    with pytest.raises(PasteFileError, match=problem) as raised:
        read_section(file, 'audit')

    assert f'paste file {file}' in str(raised.value)
