# SPDX-License-Identifier: Apache-2.0

"""A query string, or a value of JSON, in; the same without secrets out."""

from collections.abc import Callable
from collections.abc import Iterable
import functools
import re
from typing import Any
import urllib.parse

from cadf_audit.text import MASK


# A name that holds one of these, dashes and the like left out, carries a
# secret: X-Amz-Signature, access_token, client_secret, user[password].
_TELLING = (
    'accesskey',
    'apikey',
    'assertion',
    'authcode',
    'authorization',
    'bearer',
    'cookie',
    'credential',
    'jwt',
    'otpcode',
    'passcode',
    'passphrase',
    'passwd',
    'password',
    'privatekey',
    'samlart',
    'samlre',
    'secret',
    'sessid',
    'sessionid',
    'sessionkey',
    'signature',
    'signingkey',
    'tempurlsig',
    'token',
    'verifier',
    'wresult',
)

# A name whose last word is one of these does, too: key, ssh_key, user[pass],
# adminPass, x-sig.
_LAST_WORDS = frozenset(
    {
        'auth',
        'creds',
        'hmac',
        'key',
        'nonce',
        'otp',
        'pass',
        'pin',
        'psk',
        'pwd',
        'session',
        'sid',
        'sig',
        'ticket',
        'totp',
    }
)

# These only when they are the whole name, or in brackets: zip_code, say, is
# none.
_EXACT = frozenset({'code', 'sign'})

# What ends in such a word and is no secret: how to sort, and what to page by.
_HARMLESS = frozenset(
    {'foreignkey', 'groupkey', 'partitionkey', 'primarykey', 'publickey'}
    | {'sortkey'}
)

# No longer name is remembered, so that memory stays bounded.
_REMEMBERED_LENGTH = 64
_REMEMBERED_NAMES = 1024

_separators = re.compile(r'[\W_]+')
# Where a word begins inside adminPass.
_capitals = re.compile(r'(?<=[a-z0-9])(?=[A-Z])')


def _name_judge(
    extra_names: Iterable[str], exact: frozenset[str]
) -> Callable[[str], bool]:
    """Return a function that says whether a name is that of a secret.

    Names are compared after percent-decoding, without regard to case,
    dashes, underscores and brackets.

    :param extra_names: further names whose values are secrets
    :param exact: names that carry one only where they are the whole name
    """
    extra = frozenset(map(_plain, extra_names))

    def is_secret(name: str) -> bool:
        name = urllib.parse.unquote_plus(name)
        plain = _plain(name)
        if plain in extra or any(word in plain for word in _TELLING):
            return True
        if plain in _HARMLESS:
            return False
        words = [word for word in _separators.split(name) if word]
        last = words[-1] if words else ''
        if last.lower() in exact:
            return len(words) == 1 or '[' in name
        return (
            last.lower() in _LAST_WORDS
            or _capitals.split(last)[-1].lower() in _LAST_WORDS
        )

    remembered = functools.lru_cache(_REMEMBERED_NAMES)(is_secret)

    def judge(name: str) -> bool:
        if len(name) <= _REMEMBERED_LENGTH:
            return remembered(name)
        return is_secret(name)

    return judge


def query_redactor(extra_names: Iterable[str] = ()) -> Callable[[str], str]:
    """Return a function that replaces the secrets of a query by ``***``.

    :param extra_names: further names whose values are secrets
    """
    judge = _name_judge(extra_names, _EXACT)

    def redact(query: str) -> str:
        return '&'.join(
            [_redact_pair(pair, judge) for pair in query.split('&')]
        )

    return redact


class ValueRedactor:
    """Replaces the secrets in a value of JSON.

    Those of members with a telling name, and what stands in front of the
    host and behind the path of a URL.

    :param extra_names: further names whose values are secrets
    """

    def __init__(self, extra_names: Iterable[str] = ()) -> None:
        #: says whether a name is that of a secret
        # In JSON, a code is that of an error.
        self.hides = _name_judge(extra_names, frozenset())
        self._redact_query = query_redactor(extra_names)

    def redact(self, name: str, value: Any) -> Any:
        """Return a value without its secrets.

        :param name: what it is called
        :param value: what JSON holds
        """
        return MASK if self.hides(name) else self._inside(value)

    def _inside(self, value: Any) -> Any:
        if isinstance(value, str):
            if '://' in value:
                return _redact_url(value, self._redact_query)
            return value
        if isinstance(value, dict):
            return {
                name: self.redact(name, each) for name, each in value.items()
            }
        if isinstance(value, list):
            return [self._inside(each) for each in value]
        return value


def _redact_url(url: str, redact_query: Callable[[str], str]) -> str:
    scheme, _, rest = url.partition('://')
    rest, question, query = rest.partition('?')
    host, slash, path = rest.partition('/')
    _, at, host_only = host.rpartition('@')
    if at:
        host = f'{MASK}@{host_only}'
    return f'{scheme}://{host}{slash}{path}{question}{redact_query(query)}'


def _plain(name: str) -> str:
    return _separators.sub('', name.lower())


def _redact_pair(pair: str, judge: Callable[[str], bool]) -> str:
    # Some servers split at a semicolon as well. It may also be a part of the
    # value, so everything behind the first secret name goes.
    parts = pair.split(';')
    for index, part in enumerate(parts):
        name, equals, value = part.partition('=')
        if equals and (judge(name) or _leads_to_secret(value, judge)):
            return ';'.join([*parts[:index], f'{name}={MASK}'])
    return pair


def _leads_to_secret(value: str, judge: Callable[[str], bool]) -> bool:
    """Say whether a value is a URL whose own query holds a secret."""
    if '?' not in value and '%3' not in value:
        return False
    query = urllib.parse.unquote_plus(value).partition('?')[2]
    return any(
        judge(pair.partition('=')[0])
        for pair in re.split('[&;]', query)
        if '=' in pair
    )
