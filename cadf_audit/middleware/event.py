# SPDX-License-Identifier: Apache-2.0

"""A request in, its pending event out; its outcome in, the final event out.

Events are plain dicts that hold what JSON holds. They are valid CADF by
construction: what cannot be told is ``unknown``, what is not there is left
out, and a part that cannot be built costs that part alone.
"""

from collections.abc import Callable
from typing import Any

from cadf_audit.clock import timestamp
from cadf_audit.identifier import new_id
from cadf_audit.middleware.evidence import Evidence
from cadf_audit.middleware.faults import Faults
from cadf_audit.middleware.handle import EventHandle
from cadf_audit.middleware.initiator import build_host
from cadf_audit.middleware.initiator import build_initiator
from cadf_audit.middleware.initiator import Identity
from cadf_audit.middleware.initiator import NOBODY
from cadf_audit.middleware.initiator import token_of
from cadf_audit.middleware.initiator import unknown_initiator
from cadf_audit.middleware.meaning import BulkItems
from cadf_audit.middleware.meaning import Interpreter
from cadf_audit.middleware.meaning import Meaning
from cadf_audit.middleware.meaning import Told
from cadf_audit.middleware.meaning import Unknown
from cadf_audit.middleware.meaning import unknown_target
from cadf_audit.middleware.payload import Payloads
from cadf_audit.middleware.request import Request
from cadf_audit.notification import Event
from cadf_audit.notification import EVENT_TYPE_URI
from cadf_audit.taxonomy import UNKNOWN


_NOTHING_TOLD = Told()


class EventBuilder:
    """Opens and closes the events of one filter.

    :param interpreter: says what a request means
    :param read_identity: says who sent a request
    :param read_address: says from where
    :param redact: takes the secrets out of a query string
    :param endpoint: API, UI or CLI
    :param faults: where errors of ours are counted
    :param payloads: attaches bodies, if any are to be attached
    """

    def __init__(
        self,
        *,
        interpreter: Interpreter,
        read_identity: Callable[[Request], Identity],
        read_address: Callable[[Request], str | None],
        redact: Callable[[str], str],
        endpoint: str,
        faults: Faults,
        payloads: Payloads | None = None,
    ) -> None:
        self._interpreter = interpreter
        self._read_identity = read_identity
        self._read_address = read_address
        self._redact = redact
        self._endpoint_tag = f'endpoint?value={endpoint}'
        self._faults = faults
        #: attaches bodies, or None where none is to be attached
        self.payloads = payloads

    def identify(self, request: Request) -> Identity:
        """Return who sent a request, as far as is known by now."""
        try:
            request.remember()
            return self._read_identity(request)
        except Exception:
            self._report('tell the identity', request)
            return NOBODY

    def interpret(self, request: Request) -> Meaning:
        """Return what a request means, as far as its path tells."""
        try:
            meaning = self._interpreter.interpret(request)
            request.secrets = meaning.secrets
            return meaning
        except Exception:
            self._report('tell the meaning', request)
            return Unknown()

    def open(
        self, request: Request, meaning: Meaning, identity: Identity
    ) -> Event:
        """Return the pending event of a request.

        :param request: the request, before the application sees it
        :param meaning: what it means
        :param identity: who sent it
        """
        return {
            'typeURI': EVENT_TYPE_URI,
            'eventType': 'activity',
            'id': new_id(),
            'eventTime': timestamp(),
            'action': self._action(request, meaning),
            'outcome': 'pending',
            'observer': meaning.observer,
            'initiator': self._initiator(
                request, identity, self._host(request), token_of(request)
            ),
            'target': self._target(request, meaning, identity),
            'requestPath': self._request_path(request),
            'tags': [
                f'correlation_id?value={new_id()}',
                self._endpoint_tag,
                *meaning.tags,
            ],
        }

    def close(
        self,
        pending: Event,
        request: Request,
        meaning: Meaning,
        identity: Identity,
        outcome: str,
        evidence: Evidence,
        handle: EventHandle,
    ) -> tuple[Event, list[Event]]:
        """Return the final event of a request, and those of its items.

        :param pending: its pending event, which stays as it is
        :param request: the request, whose environ other filters may have
            changed in the meantime
        :param meaning: what it means
        :param identity: who sent it, as it was known at the beginning
        :param outcome: success, failure or unknown
        :param evidence: its response
        :param handle: what the application has to say
        """
        event = dict(pending)
        event['outcome'] = outcome
        if evidence.code:
            event['reason'] = {
                'reasonType': 'HTTP',
                'reasonCode': evidence.code,
            }
        event['reporterchain'] = [
            {
                'role': 'modifier',
                'reporter': meaning.observer,
                'reporterTime': timestamp(),
            }
        ]
        if self._changed(request):
            known_now = identity
            if not request.settled:
                known_now = self.identify(request)
            if known_now != identity:
                event['target'] = self._target(request, meaning, known_now)
            # Who it was is known better further in, but not from where nor
            # with what: filters there take credentials away, and put what a
            # client wrote in the place of its address.
            known = event['initiator']
            event['initiator'] = self._initiator(
                request,
                known_now,
                known.get('host', {}),
                known['credential']['token'],
            )
        told = self._conclude(request, meaning, event, evidence)
        items = [event | {'id': new_id()} | parts for parts in told.items]
        self._attach(event, items, told.bulk, request, meaning, evidence)
        if handle.facts:
            try:
                handle.apply(event)
            except Exception:
                self._report('apply what the application said', request)
        return event, items

    def _conclude(
        self,
        request: Request,
        meaning: Meaning,
        event: Event,
        evidence: Evidence,
    ) -> Told:
        """Complete an event by what bodies told; return what they told."""
        try:
            told = meaning.conclude(event, evidence)
            if told is not None:
                event.update(told.parts)
                if told.tags:
                    event['tags'] = event['tags'] + told.tags
                return told
        except Exception:
            self._report('tell what the bodies say', request)
        return _NOTHING_TOLD

    def _attach(
        self,
        event: Event,
        items: list[Event],
        bulk: BulkItems | None,
        request: Request,
        meaning: Meaning,
        evidence: Evidence,
    ) -> None:
        """Attach the bodies that are to be attached."""
        if self.payloads is None or (
            evidence.request_body is None and evidence.response_copy is None
        ):
            return
        try:
            self.payloads.attach(
                event, items, bulk, meaning.payloads, evidence
            )
        except Exception:
            self._report('attach what passed', request)

    def _changed(self, request: Request) -> bool:
        try:
            return request.changed()
        except Exception:
            self._report('tell the identity once more', request)
            return False

    def _action(self, request: Request, meaning: Meaning) -> str:
        try:
            return meaning.action()
        except Exception:
            self._report('tell the action', request)
            return UNKNOWN

    def _host(self, request: Request) -> dict[str, str]:
        try:
            return build_host(request, self._read_address(request))
        except Exception:
            self._report('tell the host', request)
            return {}

    def _initiator(
        self,
        request: Request,
        identity: Identity,
        host: dict[str, str],
        token: str,
    ) -> dict[str, Any]:
        try:
            return build_initiator(request, identity, host, token)
        except Exception:
            self._report('tell the initiator', request)
            return unknown_initiator()

    def _target(
        self, request: Request, meaning: Meaning, identity: Identity
    ) -> dict[str, Any]:
        try:
            return meaning.target(identity)
        except Exception:
            self._report('tell the target', request)
            return unknown_target()

    def _request_path(self, request: Request) -> str:
        try:
            return request.request_path(self._redact)
        except Exception:
            self._report('quote the path', request)
            return '/'

    def _report(self, what: str, request: Request) -> None:
        self._faults.report(what, request.method, request.shown_path)
