# SPDX-License-Identifier: Apache-2.0

"""An event in, one line of JSON in the log out."""

import logging

from cadf_audit.delivery.encoding import LineEncoder
from cadf_audit.notification import Event

LOG = logging.getLogger(__name__)
EVENTS = logging.getLogger('cadf_audit.events')


class LogDelivery:
    """Writes each event to the logger ``cadf_audit.events`` at INFO.

    A line holds the same message that would go to the bus.

    :param publisher_id: who sends it
    """

    def __init__(self, publisher_id: str) -> None:
        self._encoder = LineEncoder(publisher_id)
        warn_if_silent(EVENTS)

    def send(self, event_type: str, event: Event, ends: bool = False) -> None:
        """Log an event as the message of a notification."""
        if EVENTS.isEnabledFor(logging.INFO):
            EVENTS.info('%s', self._encoder.line(event_type, event))


def warn_if_silent(logger: logging.Logger) -> None:
    """Say at start that nobody will see what a logger is given at INFO.

    :param logger: where the events go
    """
    if not logger.isEnabledFor(logging.INFO) or not logger.hasHandlers():
        LOG.warning(
            'the logger %s drops what comes at INFO, so no audit event will '
            'be seen; give it the level INFO and a handler',
            logger.name,
        )
