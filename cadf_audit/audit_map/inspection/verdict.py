# SPDX-License-Identifier: Apache-2.0

"""What a map says of one request, and by which rule: the words for it."""

import dataclasses
from typing import Protocol

#: a resource, an action or a key that the map declares
EXPLICIT = 'explicit'
#: only what is so where a map says nothing
DEFAULT = 'default'
#: no rule
NOTHING = 'nothing'
#: the map says that there is no event
SUPPRESSED = 'suppressed'


@dataclasses.dataclass(frozen=True)
class Rule:
    """The rule that decides about a request.

    :param text: the resource and its key, or the section and its key; an
        empty text if there is none
    :param line: the line of the map
    """

    text: str = ''
    line: int | None = None


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What a map says of a request.

    :param by: one of the words above
    :param action: the CADF action; an empty text for none
    :param type_uri: the typeURI of the target
    :param rule: the rule that decides
    """

    by: str
    action: str
    type_uri: str
    rule: Rule


class Judge(Protocol):
    """Says what a map means for a request."""

    def judge(self, method: str, path: str) -> Verdict:
        """Return what the map says of a request.

        :param method: the HTTP method
        :param path: its path, decoded
        """
