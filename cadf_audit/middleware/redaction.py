# SPDX-License-Identifier: Apache-2.0

"""A query string in, the same without its secrets out."""

from collections.abc import Callable
from collections.abc import Iterable
import functools
import re
import urllib.parse

REDACTED = '***'

# A name that holds one of these, dashes and the like left out, carries a
# secret: X-Amz-Signature, access_token, client_secret, user[password].
_TELLING = (
    'accesskey',
    'apikey',
    'assertion',
    'authorization',
    'credential',
    'cookie',
    'jwt',
    'passphrase',
    'passwd',
    'password',
    'passcode',
    'privatekey',
    'samlre',
    'secret',
    'sessionid',
    'sessionkey',
    'signature',
    'signingkey',
    'tempurlsig',
    'token',
)

# These carry a secret only when they are the whole name: sort_key does not.
_EXACT = frozenset(
    {
        'auth',
        'code',
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
        'sign',
        'ticket',
    }
)

# No longer name is remembered, so that memory stays bounded.
_REMEMBERED_LENGTH = 64
_REMEMBERED_NAMES = 1024

_separators = re.compile(r'[\W_]+')


def query_redactor(extra_names: Iterable[str] = ()) -> Callable[[str], str]:
    """Return a function that replaces the secrets of a query by ``***``.

    Names are compared after percent-decoding, without regard to case,
    dashes, underscores and brackets.

    :param extra_names: further names whose values are secrets
    """
    exact = _EXACT | {_plain(name) for name in extra_names}

    def is_secret(name: str) -> bool:
        plain = _plain(urllib.parse.unquote_plus(name))
        return plain in exact or any(word in plain for word in _TELLING)

    remembered = functools.lru_cache(_REMEMBERED_NAMES)(is_secret)

    def redact(query: str) -> str:
        return '&'.join(
            [
                _redact_pair(pair, remembered, is_secret)
                for pair in query.split('&')
            ]
        )

    return redact


def _plain(name: str) -> str:
    return _separators.sub('', name.lower())


def _redact_pair(
    pair: str,
    remembered: Callable[[str], bool],
    is_secret: Callable[[str], bool],
) -> str:
    # Some servers split at a semicolon as well. It may also be a part of the
    # value, so everything behind the first secret name goes.
    parts = pair.split(';')
    for index, part in enumerate(parts):
        name, equals, _ = part.partition('=')
        judge = remembered if len(name) <= _REMEMBERED_LENGTH else is_secret
        if equals and judge(name):
            return ';'.join([*parts[:index], f'{name}={REDACTED}'])
    return pair
