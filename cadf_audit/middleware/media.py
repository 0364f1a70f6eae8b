# SPDX-License-Identifier: Apache-2.0

"""The headers of a body in, what kind of a body it is out."""

import re
from typing import NamedTuple

# What RFC 6838 lets a media type be.
_is_type = re.compile(
    r'[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}'
).fullmatch
_is_coding = re.compile(r'[a-z0-9!#$&^_.+, -]{1,64}').fullmatch

_UNKNOWN = 'unknown'


class Media(NamedTuple):
    """What kind of a body it is.

    :param type: its type in lower case, without parameters; else ``unknown``
    :param charset: the charset that it claims to have, or an empty text
    :param encoding: how it is encoded, gzip for one, or an empty text
    """

    type: str
    charset: str = ''
    encoding: str = ''

    @property
    def is_json(self) -> bool:
        """Whether it is JSON, and not packed."""
        return not self.encoding and (
            self.type == 'application/json'
            or self.type.endswith(('+json', '-json-patch'))
        )

    @property
    def is_form(self) -> bool:
        """Whether it is a form, and not packed."""
        return (
            not self.encoding
            and self.type == 'application/x-www-form-urlencoded'
        )

    @property
    def is_readable(self) -> bool:
        """Whether its content can be told."""
        return self.is_json or self.is_form


_JSON = Media('application/json')

#: where no header tells
UNKNOWN_MEDIA = Media(_UNKNOWN)


def media_of(content_type: str, content_encoding: str) -> Media:
    """Return what kind of a body two headers tell of.

    :param content_type: the header Content-Type
    :param content_encoding: the header Content-Encoding
    """
    if content_type == _JSON.type and not content_encoding:
        return _JSON
    kind, _, parameters = content_type.lower().partition(';')
    kind = kind.strip()
    encoding = content_encoding.strip().lower()
    if encoding == 'identity':
        encoding = ''
    elif encoding and not _is_coding(encoding):
        encoding = _UNKNOWN
    return Media(
        kind if _is_type(kind) else _UNKNOWN, _charset(parameters), encoding
    )


def _charset(parameters: str) -> str:
    """Return the charset among the parameters of a content type."""
    for part in parameters.split(';'):
        key, _, content = part.partition('=')
        if key.strip() == 'charset':
            return content.strip().strip('"')
    return ''
