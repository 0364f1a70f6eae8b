# SPDX-License-Identifier: Apache-2.0

"""The policy of a start in, an event out if it is another than before.

Who may decide what is recorded may hide something, so that the decision is
recorded itself. The event goes its own way to the delivery, past all rules.
"""

import threading
import time

from cadf_audit.clock import timestamp
from cadf_audit.delivery import Delivery
from cadf_audit.delivery.spool.remembered import RememberedPolicy
from cadf_audit.identifier import new_id
from cadf_audit.middleware.attachment import attachment
from cadf_audit.notification import Event
from cadf_audit.notification import EVENT_TYPE_URI
from cadf_audit.notification import OTHER_EVENT
from cadf_audit.observer import service_observer
from cadf_audit.policy.change import policy_change

#: seconds between two tries to tell of a policy
RETRY = 5.0

_FILTER = 'service/security/audit/filter'


class _NotTakenError(Exception):
    """The delivery failed, and not the memory: the next try has both."""


class PolicyChange:
    """Tells, with the first request, of a policy that was not there before.

    :param digest: the hash of the policy, or None where there is none
    :param path: the file in which it stands, or an empty text
    :param rules: how many rules it has
    :param service: the name of the service
    :param delivery: takes the event
    :param remembered: knows the last one; None where nobody does
    """

    def __init__(
        self,
        digest: str | None,
        path: str,
        rules: int,
        service: str,
        delivery: Delivery,
        remembered: RememberedPolicy | None,
    ) -> None:
        self._digest = digest
        self._path = path
        self._rules = rules
        self._service = service
        self._delivery = delivery
        self._remembered = remembered
        self._lock = threading.Lock()
        self._again_at = float('-inf')
        self._sent = False
        #: whether nothing is left to be told
        self.told = digest is None and remembered is None

    def tell(self) -> None:
        """Tell of the policy, if that is still to be done.

        :raises Exception: it could not be told yet
        """
        if self.told or time.monotonic() < self._again_at:
            return
        if not self._lock.acquire(blocking=False):
            return
        try:
            # Before: whatever happens, the next request does not pay for it.
            self._again_at = time.monotonic() + RETRY
            if self.told:
                return
            if self._remembered is None:
                self._send(None)
                self.told = True
            else:
                self.told = self._remembered.replace(self._digest, self._send)
        except OSError:
            # A memory that cannot be used is no reason to be silent.
            self._remembered = None
            if not self._sent:
                self._send(None)
            self.told = True
            raise
        finally:
            self._lock.release()

    def _send(self, last: str | None) -> None:
        try:
            self._delivery.send(OTHER_EVENT, self.event(last))
        except OSError as exc:
            raise _NotTakenError(str(exc)) from exc
        self._sent = True

    def event(self, last: str | None) -> Event:
        """Return the event that tells of the policy.

        :param last: the hash of the one before, or None where there was none
            or nobody remembers it
        """
        observer = service_observer(self._service, _FILTER)
        change = policy_change(
            self._service,
            self._path,
            self._rules,
            self._digest,
            last,
            self._remembered is not None,
        )
        return {
            'typeURI': EVENT_TYPE_URI,
            'id': new_id(),
            'eventTime': timestamp(),
            'action': change.action,
            'outcome': 'success',
            'observer': observer,
            'initiator': observer,
            'attachments': [
                attachment(name, text) for name, text in change.facts.items()
            ],
            **change.parts,
        }
