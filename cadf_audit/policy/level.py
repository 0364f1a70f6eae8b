# SPDX-License-Identifier: Apache-2.0

"""How much of a request is recorded: the words for it."""

import enum
from typing import NamedTuple


class Level(enum.IntEnum):
    """How much of a request is recorded; each level has all of those below."""

    #: nothing: there is no event
    NONE = 0
    #: the two events
    METADATA = 1
    #: and what was sent
    REQUEST = 2
    #: and what was answered
    RESPONSE = 3


class Decision(NamedTuple):
    """What a policy says of a request.

    :param level: how much of it is recorded
    :param rule: the number of the rule that decided, counted from 1; 0 where
        none did
    :param line: the line of that rule
    """

    level: Level
    rule: int = 0
    line: int | None = None


#: what is so where no rule says something else
DEFAULT = Decision(Level.METADATA)
