# SPDX-License-Identifier: Apache-2.0

"""What a writer could not record in, events that tell of it out.

A loss is counted at once, in a file that survives the process, and told of
once a burst is over: how many, since when, why.
"""

from collections.abc import Iterator
import logging
import time
from typing import Protocol

from cadf_audit.clock import seconds
from cadf_audit.clock import timestamp_of
from cadf_audit.delivery.encoding import encode
from cadf_audit.delivery.lost import build_loss
from cadf_audit.delivery.spool.counters import Counters
from cadf_audit.delivery.spool.counters import REASONS
from cadf_audit.delivery.spool.counters import REFUSED
from cadf_audit.delivery.spool.counters import SHED

LOG = logging.getLogger(__name__)

#: seconds without a loss after which a burst of them is over, and seconds
#: after which a burst that goes on is told of
QUIET = 1.0
PATIENCE = 60.0

_CONSEQUENCES = {
    SHED: 'requests that only read are left out, and counted',
    REFUSED: 'requests are answered with 503',
}


class Losses:
    """The losses of one writer.

    :param directory: the spool directory, for messages
    :param service: the publisher_id
    :param writer: the id of the writer
    :param counters: its counters
    """

    def __init__(
        self, directory: str, service: str, writer: str, counters: Counters
    ) -> None:
        self._directory = directory
        self._service = service
        self._writer = writer
        self._counters = counters
        self._last = self._told = float('-inf')
        #: whether there is a loss that no event has told of
        self.pending = False

    def count(
        self,
        reason: str,
        why: str | None = None,
        number: int = 1,
        since: int | None = None,
        told: bool = False,
    ) -> None:
        """Count a loss, and say so at the beginning of a burst.

        :param reason: a reason of :mod:`counters`
        :param why: what stands behind it
        :param number: how much was lost
        :param since: since when, in seconds since 1970, if not now
        :param told: whether the log says so already
        """
        counters = self._counters
        if counters[reason] == counters[f'{reason}, reported']:
            counters[f'{reason}, since'] = since or seconds()
        counters[reason] += number
        self._last = time.monotonic()
        if not self.pending:
            self.pending = True
            self._told = self._last
            if not told:
                log_loss(self._directory, reason, why or reason)

    def due(self) -> bool:
        """Say whether it is time to tell of what was lost."""
        now = time.monotonic()
        return self.pending and (
            now - self._last > QUIET or now - self._told > PATIENCE
        )

    def messages(self) -> Iterator[bytes]:
        """Yield a message for each reason; going on means it was recorded."""
        self._told = time.monotonic()
        unreported = unreported_losses(
            self._service, self._writer, self._counters
        )
        for reason, message in unreported:
            number = self._counters[reason]
            yield message
            LOG.warning(
                'the audit spool %s has an event that tells of %s %s (%s)',
                self._directory,
                number - self._counters[f'{reason}, reported'],
                'refused requests'
                if reason == REFUSED
                else 'lost interactions',
                reason,
            )
            self._counters[f'{reason}, reported'] = number
        self.pending = self._told - self._last <= QUIET


def log_loss(directory: object, reason: str, why: str) -> None:
    """Say that a burst of losses begins.

    :param directory: the spool directory
    :param reason: a reason of :mod:`counters`
    :param why: what stands behind it
    """
    LOG.error(
        'the audit spool %s takes no events (%s): %s',
        directory,
        why,
        _CONSEQUENCES.get(reason, 'they are lost, and counted'),
    )


class Numbers(Protocol):
    """Numbers by name."""

    def __getitem__(self, name: str) -> int:
        """Return a number."""


def unreported_losses(
    service: str, writer: str, counters: Numbers
) -> Iterator[tuple[str, bytes]]:
    """Yield the losses that no event has told of, with a message for each.

    The message of the same losses is the same, whoever makes it.

    :param service: the publisher_id
    :param writer: the id of the writer
    :param counters: its counters
    :returns: pairs of a reason and a message as JSON
    """
    for reason in REASONS:
        lost, told = counters[reason], counters[f'{reason}, reported']
        if lost > told:
            message = build_loss(
                service,
                lost - told,
                'requests' if reason == REFUSED else 'interactions',
                reason,
                # A damaged number is no time, and nothing to fail over.
                timestamp_of(min(counters[f'{reason}, since'], seconds())),
                f'{writer} {reason} {told}-{lost}',
            )
            yield reason, encode(message).encode()
