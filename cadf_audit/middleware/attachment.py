# SPDX-License-Identifier: Apache-2.0

"""A name and a text in, a CADF attachment out."""

from cadf_audit.text import cut
from cadf_audit.text import TEXT_LIMIT

TYPE_URI = 'xs:string'


def attachment(
    name: str,
    content: str,
    type_uri: str = TYPE_URI,
    limit: int = TEXT_LIMIT,
) -> dict[str, str]:
    """Return a CADF attachment.

    :param name: what it is called
    :param content: a text that is not empty
    :param type_uri: the type of the content
    :param limit: how many characters of the content may stay
    """
    return {'typeURI': type_uri, 'content': cut(content, limit), 'name': name}
