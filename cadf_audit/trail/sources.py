# SPDX-License-Identifier: Apache-2.0

"""Where notifications wait: the seam between the collector and all of it."""

from typing import Protocol


class SourceError(Exception):
    """A source cannot be read now; it may be later."""


class Source(Protocol):
    """Something that delivers messages, each at least once."""

    #: what the trail calls it, without any password
    name: str

    def receive(self, most: int, seconds: float) -> list[bytes]:
        """Return messages, as soon as there are some.

        :param most: how many at most
        :param seconds: how long to wait for the first one
        :raises SourceError: it cannot be read now
        """

    def acknowledge(self) -> None:
        """Have the source forget what it delivered: it is kept.

        :raises SourceError: it cannot be told now, and delivers it once more
        """

    def give_back(self) -> None:
        """Have it deliver again what it delivered: it is not kept.

        :raises SourceError: it cannot be told now, and does so anyway
        """

    def close(self) -> None:
        """Leave what was not acknowledged to whoever comes next."""

    def waiting(self) -> int:
        """Return how many messages wait; nothing is taken or made.

        This may take as long as the source likes.

        :raises SourceError: it cannot be known now
        """
