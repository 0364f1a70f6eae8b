# SPDX-License-Identifier: Apache-2.0

"""The lines and errors of the delivery in, whether pages have them out."""

import ast
import os
import re
import sys
import types

import pytest

from cadf_audit.exceptions import OptionError
from tests.pages import find_rows
from tests.pages import ROOT
from tests.test_documents_spool import spooled

PAGE = 'troubleshooting.rst'

LEVELS = {'exception': 'ERROR', 'error': 'ERROR', 'warning': 'WARNING'}

# What stands for a value on the page.
PLACEHOLDERS = re.compile(
    r'\b(CONSEQUENCE|CONSUMER|DIRECTORY|DRIVER|ERROR|FILE|LOGGER|NUMBER|REASON'
    r'|SERVICE|WRITER)'
)

# It has its own place on the page.
ELSEWHERE = {'log.py'}


def text_of(node):
    """Return the text of an expression, with X for what it fills in."""
    match node:
        case ast.Constant(value=str() as text):
            return re.sub(r'%(s|\.0f)', 'X', text).replace('%%', '%')
        case ast.JoinedStr(values=parts):
            return ''.join(text_of(part) for part in parts)
    return 'X'


def lines_of_the_code():
    """Yield each line that the delivery logs, and its level."""
    for path in sorted((ROOT / 'cadf_audit' / 'delivery').rglob('*.py')):
        if path.name in ELSEWHERE:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id='LOG'), attr=method),
                    args=[text, *_],
                ):
                    yield text_of(text), LEVELS[method]
                # Ends in a line of its own, which says what stands here.
                case ast.Call(
                    func=ast.Attribute(attr='_tell'), args=[text, _]
                ):
                    yield f'{text_of(text)} yet (X)', 'ERROR'


def test_every_line_of_the_delivery_is_documented():
    """The page has the lines of the code, with their levels, and no other."""
    documented = [
        (PLACEHOLDERS.sub('X', line), level)
        for line, level, _ in find_rows(PAGE, 'delivery-lines')
    ]

    lines = set(lines_of_the_code()) - {('X yet (X)', 'ERROR')}
    assert sorted(lines) == sorted(documented)


# The errors at start


def missing_parent(directory, monkeypatch):
    """The parent of the directory is not there."""
    return {'spool_dir': str(directory / 'a' / 'b')}


def file(directory, monkeypatch):
    """A file has the name of the directory."""
    (directory / 'file').touch()
    return {'spool_dir': str(directory / 'file' / 'b')}


def foreign(directory, monkeypatch):
    """The directory belongs to somebody else."""
    if os.geteuid():
        pytest.skip('needs root: sudo make test')
    (directory / 'spool').mkdir()
    os.chown(directory / 'spool', 65534, 65534)
    return {}


def open_to_all(directory, monkeypatch):
    """Everybody may write to the parent."""
    directory.chmod(0o777)
    return {}


def patched(directory, monkeypatch):
    """Somebody has replaced the threads of the process."""
    eventlet = types.SimpleNamespace(is_monkey_patched=lambda name: True)
    monkeypatch.setitem(sys.modules, 'eventlet.patcher', eventlet)
    return {'forwarder': 'thread'}


def given(**options):
    """Return a mistake that is made in the options alone."""
    return lambda directory, monkeypatch: options


# What the operator did, in the order of the table.
MISTAKES = [
    given(delivery='spool', spool_dir=None),
    given(spool_dir='spool'),
    missing_parent,
    file,
    foreign,
    open_to_all,
    given(segment_size='1073741824'),
    given(driver=None, use_oslo_messaging=False, forwarder='thread'),
    patched,
    given(driver='messagingv2', transport_url='kafka://host/'),
    given(delivery='memory', on_failure='deny'),
    given(delivery='memory', forwarder=None, segment_age='5'),
    given(
        driver='messagingv2',
        forwarder='thread',
        transport_url='rabbit://mq..example.org/',
    ),
]


@pytest.mark.parametrize(
    ('says', 'mistake'),
    list(
        zip(
            [row[0] for row in find_rows(PAGE, 'spool-start-errors')],
            MISTAKES,
            strict=True,
        )
    ),
)
def test_start_error_of_a_spool(says, mistake, tmp_path, monkeypatch):
    """The start ends with what the row says."""
    options = mistake(tmp_path, monkeypatch)

    with pytest.raises(OptionError) as caught:
        spooled(tmp_path, **options)

    assert says in str(caught.value)
