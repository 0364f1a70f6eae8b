# SPDX-License-Identifier: Apache-2.0

"""A file of tokens in, who has which, or on which line it is wrong, out."""

import os
import pathlib

import pytest

from cadf_audit.exceptions import OptionError
from cadf_audit.trail.api.identity import UnknownError
from cadf_audit.trail.api.tokens import load_tokens
from tests.servers.process import need_root
from tests.trail.api.asking import digest
from tests.trail.api.asking import token_file

DIGEST = digest('t')
ENTRY = f'- sha256: {DIGEST}\n  user_id: u\n'


@pytest.fixture
def path(tmp_path):
    """A good file."""
    return pathlib.Path(token_file(tmp_path))


def write(path, text):
    """Write a file as it stands there."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def error(path):
    """Return what is said of a file."""
    with pytest.raises(OptionError) as caught:
        load_tokens(str(path), '[audit_trail] in x.conf')
    start = f'[audit_trail] in x.conf: option token_file: {path}: '

    assert str(caught.value).startswith(start)
    return str(caught.value).removeprefix(start)


@pytest.mark.parametrize(
    ('header', 'value'),
    [
        ('HTTP_AUTHORIZATION', 'Bearer t'),
        ('HTTP_AUTHORIZATION', 'bearer  t '),
        ('HTTP_X_AUTH_TOKEN', 't'),
    ],
)
def test_a_token_says_who_it_is(path, header, value):
    """Both headers carry it, and the file has no more than its digest."""
    write(
        path,
        f'# whose they are\n- sha256: {DIGEST.upper()}\n  user_id: u\n'
        '  user_name: ü\n  project_id: p\n  roles: [a, "7"]\n',
    )
    found = load_tokens(str(path), '')({header: value})

    assert ('u', 'ü', 'p', {'a', '7'}) == (
        found.user_id,
        found.user_name,
        found.project_id,
        found.roles,
    )


@pytest.mark.parametrize(
    'environ',
    [
        {},
        {'HTTP_X_AUTH_TOKEN': ''},
        {'HTTP_X_AUTH_TOKEN': 'T'},
        {'HTTP_X_AUTH_TOKEN': DIGEST},
        {'HTTP_X_AUTH_TOKEN': 'Bearer t'},
        {'HTTP_X_AUTH_TOKEN': '\xff'},
        {'HTTP_AUTHORIZATION': 't'},
        {'HTTP_AUTHORIZATION': 'Basic t', 'HTTP_X_AUTH_TOKEN': 't'},
        {'HTTP_AUTHORIZATION': 'Bearer'},
    ],
)
def test_nothing_else_says_who_somebody_is(path, environ):
    """No digest, no other scheme, and no other spelling is a token."""
    write(path, ENTRY)
    tokens = load_tokens(str(path), '')

    with pytest.raises(UnknownError):
        tokens(environ)


@pytest.mark.parametrize('mode', [0o640, 0o604, 0o660, 0o602, 0o777])
def test_nobody_else_may_read_or_write_it(path, mode):
    """The error says which mode it has and how to change it."""
    path.chmod(mode)

    assert f'{mode:04o}' in error(path)
    assert f'chmod 600 {path}' in error(path)


def test_its_owner_may_keep_it_from_being_written(path):
    """Less than 0600 is good as well."""
    path.chmod(0o400)

    assert load_tokens(str(path), '')


def test_nobody_else_may_own_it(path):
    """Else that one could write it."""
    need_root()
    os.chown(path, 12345, -1)

    assert 'belongs to the user 12345' in error(path)


def test_it_is_not_read_in_part(path):
    """Of a file that is too long, no token is known."""
    write(path, ENTRY + '#' * 16 * 1024 * 1024)

    assert 'longer than 16 MiB' in error(path)


def test_it_has_to_be_a_file(tmp_path):
    """What is not there, or is a directory, is told as the system tells it."""
    assert 'No such file or directory' == error(tmp_path / 'nope')
    assert 'Is a directory' == error(tmp_path)
    assert 'is no file' == error(pathlib.Path('/dev/null'))


@pytest.mark.parametrize(
    ('text', 'line', 'problem'),
    [
        ('', None, 'is empty'),
        ('# nothing\n', None, 'is empty'),
        ('[]', 1, 'has no token'),
        ('tokens: []', 1, 'is no list'),
        ('- t', 1, 'is no token'),
        (f'{ENTRY}- [', 3, 'is no YAML'),
        (f'{ENTRY}\t- x', 3, 'is no YAML'),
        (b'- \xff', None, 'is no YAML'),
        (f'{ENTRY}- user_id: u\n', 3, 'sha256 is missing'),
        (f'\n- sha256: {DIGEST}\n', 2, 'user_id is missing'),
        (f'{ENTRY}  token: t\n', 3, 'a key is unknown'),
        (f'{ENTRY}  user_id: v\n', 3, 'user_id stands there twice'),
        (f'{ENTRY}{ENTRY}', 3, 'stands in line 1 already'),
        (f'{ENTRY}{ENTRY.upper().lower()}', 3, 'line 1'),
        ('- sha256: abc\n  user_id: u\n', 1, '64 hexadecimal'),
        (f'{ENTRY}  roles: auditor\n', 3, 'roles is no list'),
        (f'{ENTRY}  roles:\n  - a\n  - 7\n', 5, 'put it in quotes'),
        (f'{ENTRY}  roles: [a, [b]]\n', 3, 'a role is no text'),
        (f'{ENTRY}  project_id: 7\n', 3, 'put it in quotes'),
        (f'{ENTRY}  project_id:\n', 3, 'project_id is no text'),
        (f'{ENTRY}  user_name: ""\n', 3, 'user_name is no text'),
        (f'{ENTRY}  ? [a]\n  : b\n', 3, 'a key is no text'),
    ],
)
def test_what_is_wrong_is_told_with_its_line(path, text, line, problem):
    """No such file is guessed at, and nothing secret of it is shown."""
    write(path, text)
    said = error(path)

    assert problem in said
    assert line is None or f'line {line}' in said
    assert DIGEST not in said


def test_digests_of_nothing_but_digits_are_texts(path):
    """YAML would take them for numbers, and 0 for an octal one."""
    write(path, f'- sha256: {"0123" * 16}\n  user_id: u\n')

    assert load_tokens(str(path), '')
