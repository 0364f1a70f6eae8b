# SPDX-License-Identifier: Apache-2.0

"""Text from outside in, text that may stand in an event out."""

from typing import Any

TEXT_LIMIT = 1024
PATH_LIMIT = 4096
ELLIPSIS = '…'
#: what stands in the place of a secret
MASK = '***'


def clean(value: Any, limit: int = TEXT_LIMIT) -> str | None:
    """Return a value as text for an event.

    :param value: anything
    :param limit: how many characters may stay; a cut text ends in ``…``
    :returns: the text, or None where there is none: an event holds no empty
        string
    """
    if not value or not isinstance(value, str):
        return None
    return cut(value if value.isascii() else encodable(value), limit)


def clean_native(value: Any, limit: int = TEXT_LIMIT) -> str | None:
    """Return a value of the environ as text for an event.

    WSGI hands header values over as bytes in the guise of latin-1 (PEP
    3333). Where those bytes are UTF-8 they are read as UTF-8. Filters such as
    auth_token put plain text into the same environ, and a client may send
    bytes that are no UTF-8 at all: both are kept as they are.

    :param value: what stands in the environ, of any type
    :param limit: how many characters may stay; a cut text ends in ``…``
    :returns: the text, or None where there is none
    """
    if not value or not isinstance(value, str):
        return None
    if not value.isascii():
        value = decode(value)
    # Called a dozen times for each request: cut() only where it cuts.
    return value if len(value) <= limit else cut(value, limit)


def decode(value: str) -> str:
    """Return the text behind a native string, without lone surrogates."""
    try:
        return value.encode('latin-1').decode('utf-8')
    except UnicodeError:
        return encodable(value)


def encodable(value: str) -> str:
    """Return a text with ``?`` for each lone surrogate.

    A lone surrogate can be written to no log and to no JSON file.
    """
    return value.encode('utf-8', 'replace').decode('utf-8')


def cut(value: str, limit: int = TEXT_LIMIT) -> str:
    """Return a text of at most ``limit`` characters, its cut marked."""
    if len(value) > limit:
        return value[: limit - len(ELLIPSIS)] + ELLIPSIS
    return value


def mask_segments(path: str, secret: str) -> str:
    """Return a path without a secret that is one of its segments, or several.

    :param path: the path, or a part of one
    :param secret: what no event may contain
    """
    framed = f'/{path}/'.replace(f'/{secret}/', f'/{MASK}/')
    # Twice: of two in a row, the second one shares its slash with the first.
    return framed.replace(f'/{secret}/', f'/{MASK}/')[1:-1]
