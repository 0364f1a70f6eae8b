# SPDX-License-Identifier: Apache-2.0

"""A file of tokens in, whom a request comes from out.

The file holds digests, so that reading it gives nobody a token. They are of
long random tokens: what a human could remember would be guessed from them.
"""

import hashlib
import hmac
import re
from typing import Any

import yaml

from cadf_audit.exceptions import OptionError
from cadf_audit.secret_file import read_secret
from cadf_audit.trail.api.identity import Environ
from cadf_audit.trail.api.identity import Identity
from cadf_audit.trail.api.identity import UnknownError

CHALLENGE = 'Bearer realm="cadf_audit trail"'

#: The keys of a token, with whether it needs them
KEYS = {
    'sha256': True,
    'user_id': True,
    'user_name': False,
    'project_id': False,
    'roles': False,
}

# A wrong path may lead to a large file.
_MOST_BYTES = 16 * 1024 * 1024

_STR = 'tag:yaml.org,2002:str'
_SCHEME = 'bearer '

_is_digest = re.compile(r'[0-9a-fA-F]{64}').fullmatch


class Tokens:
    """Who has which token.

    :param identities: by the digests of their tokens
    """

    def __init__(self, identities: dict[str, Identity]) -> None:
        self._identities = identities

    def __call__(self, environ: Environ) -> Identity:
        """Return whom a request comes from.

        :param environ: the request
        :raises UnknownError: it has no token that is known
        """
        token = _token(environ)
        if not token:
            raise UnknownError(CHALLENGE)
        digest = hashlib.sha256(token.encode('latin-1')).hexdigest()
        found = None
        # All of them, so that the time taken tells nothing.
        for each, identity in self._identities.items():
            if hmac.compare_digest(each, digest):
                found = identity
        if found is None:
            raise UnknownError(CHALLENGE)
        return found


def load_tokens(path: str, where: str) -> Tokens:
    """Read a file of tokens, once, at start.

    :param path: the file
    :param where: where its path stands, for messages
    :raises OptionError: it cannot be read, others can read it, or it breaks a
        rule
    """
    try:
        return Tokens(_Reader(_read(path)).identities())
    except (OSError, _TokenError) as exc:
        told = exc.strerror if isinstance(exc, OSError) else exc
        raise OptionError('token_file', f'{path}: {told}', where) from exc


class _TokenError(ValueError):
    def __init__(self, problem: str, line: int | None = None) -> None:
        super().__init__(
            problem if line is None else f'line {line}: {problem}'
        )


def _token(environ: Environ) -> str:
    header = environ.get('HTTP_AUTHORIZATION')
    if header is None:
        found = environ.get('HTTP_X_AUTH_TOKEN', '')
    elif header[: len(_SCHEME)].lower() == _SCHEME:
        found = header[len(_SCHEME) :]
    else:
        found = ''
    return str(found).strip()


def _read(path: str) -> bytes:
    try:
        text = read_secret(path, _MOST_BYTES + 1)
    except ValueError as exc:
        raise _TokenError(str(exc)) from exc
    if len(text) > _MOST_BYTES:
        raise _TokenError('is longer than 16 MiB; is it a list of tokens?')
    return text


class _Reader:
    """Reads tokens of YAML, and knows on which line they stand."""

    def __init__(self, text: bytes) -> None:
        try:
            self._root = yaml.compose(text, yaml.SafeLoader)
        except yaml.MarkedYAMLError as exc:
            mark = exc.problem_mark or exc.context_mark
            raise _TokenError(
                f'is no YAML: {exc.problem}',
                None if mark is None else mark.line + 1,
            ) from exc
        except (yaml.YAMLError, UnicodeDecodeError) as exc:
            text_of_it = ' '.join(str(exc).split())
            raise _TokenError(f'is no YAML: {text_of_it}') from exc

    def identities(self) -> dict[str, Identity]:
        root = self._root
        if root is None:
            raise _TokenError('is empty; allowed is a list of tokens')
        if not isinstance(root, yaml.SequenceNode):
            raise _error(root, 'is no list of tokens')
        if not root.value:
            raise _error(root, 'has no token')
        found: dict[str, Identity] = {}
        lines: dict[str, int] = {}
        for node in root.value:
            digest, identity = _entry(node)
            if digest in found:
                raise _error(
                    node, f'the token stands in line {lines[digest]} already'
                )
            found[digest] = identity
            lines[digest] = _line(node)
        return found


def _entry(node: yaml.Node) -> tuple[str, Identity]:
    if not isinstance(node, yaml.MappingNode):
        raise _error(node, f'is no token; it has {", ".join(KEYS)}')
    values: dict[str, yaml.Node] = {}
    for key, value in node.value:
        name = _text(key, 'a key')
        if name not in KEYS:
            # Who writes a token here has not read that it is no secret place.
            raise _error(
                key, f'a key is unknown; allowed are {", ".join(KEYS)}'
            )
        if name in values:
            raise _error(key, f'{name} stands there twice')
        values[name] = value
    for name, is_needed in KEYS.items():
        if is_needed and name not in values:
            raise _error(node, f'{name} is missing')
    digest = _text(values['sha256'], 'sha256')
    if not _is_digest(digest):
        raise _error(
            values['sha256'],
            'sha256 is not the SHA-256 of a token: 64 hexadecimal digits',
        )
    texts: dict[str, Any] = {
        name: _text(values[name], name)
        for name in ('user_id', 'user_name', 'project_id')
        if name in values
    }
    return digest.lower(), Identity(**texts, roles=_roles(values.get('roles')))


def _roles(node: yaml.Node | None) -> frozenset[str]:
    if node is None:
        return frozenset()
    if not isinstance(node, yaml.SequenceNode):
        raise _error(node, 'roles is no list')
    return frozenset(_text(each, 'a role') for each in node.value)


def _text(node: yaml.Node, what: str) -> str:
    if not isinstance(node, yaml.ScalarNode) or not node.value:
        raise _error(node, f'{what} is no text')
    # A digest of nothing but digits is one, too.
    if node.tag != _STR and what != 'sha256':
        raise _error(node, f'{what} is no text; put it in quotes')
    return str(node.value)


def _error(node: yaml.Node, problem: str) -> _TokenError:
    return _TokenError(problem, _line(node))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
