# SPDX-License-Identifier: Apache-2.0

"""How an event leaves the process: an event in, nothing but errors out."""

from typing import Protocol

from cadf_audit.notification import Event


class Delivery(Protocol):
    """The seam between the filter and every way out of the process."""

    def send(self, event_type: str, event: Event) -> None:
        """Take an event; raise if it could not be taken.

        :param event_type: one of the types of :mod:`cadf_audit.notification`
        :param event: the CADF event, which nobody changes from now on
        """
