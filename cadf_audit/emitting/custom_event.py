# SPDX-License-Identifier: Apache-2.0

"""What a caller says of an event in, an event that is valid CADF out."""

import socket
from typing import Any

from cadf_audit.clock import timestamp
from cadf_audit.emitting.parts import build_measurements
from cadf_audit.emitting.parts import build_reason
from cadf_audit.emitting.parts import build_resource
from cadf_audit.emitting.parts import identified
from cadf_audit.emitting.parts import measurement
from cadf_audit.emitting.values import attachments_of
from cadf_audit.emitting.values import Complain
from cadf_audit.emitting.values import tags_of
from cadf_audit.emitting.values import text_of
from cadf_audit.notification import Event
from cadf_audit.notification import EVENT_TYPE_URI
from cadf_audit.redaction import Redactor
from cadf_audit.taxonomy import allowed_actions
from cadf_audit.taxonomy import is_action
from cadf_audit.taxonomy import UNKNOWN

ENDPOINTS = ('API', 'UI', 'CLI')
KINDS = ('activity', 'monitor', 'control')
OUTCOMES = ('success', 'failure', UNKNOWN)

SYSTEM = 'system'


class CustomEvents:
    """Makes the events of one service.

    :param observer: the service
    :param endpoint: API, UI or CLI
    :param redactor: takes the secrets out of attachments and tags
    """

    def __init__(
        self,
        observer: dict[str, str],
        endpoint: str,
        redactor: Redactor | None = None,
    ) -> None:
        self._observer = observer
        self._endpoint = endpoint
        self.redactor = redactor or Redactor()

    @property
    def service(self) -> str:
        """The name of the service."""
        return self._observer['name']

    def build(
        self,
        event_id: str,
        action: Any,
        target: Any,
        complain: Complain,
        *,
        outcome: str,
        initiator: Any = None,
        kind: Any = 'activity',
        reason: Any = None,
        measurements: Any = None,
        attachments: Any = None,
        tags: Any = None,
        endpoint: Any = None,
        observer: Any = None,
        request_id: Any = None,
    ) -> Event:
        """Return an event.

        :param event_id: its id
        :param complain: is told what is wrong; the rest is what
            :meth:`Emitter.emit` takes
        """
        kind = _one_of('kind', KINDS, kind, KINDS[0], complain)
        event: Event = {
            'typeURI': EVENT_TYPE_URI,
            'eventType': kind,
            'id': event_id,
            'eventTime': timestamp(),
            'action': _action(action, complain),
            'outcome': outcome,
            'observer': self._observed(observer, complain),
            'initiator': self._initiator(initiator, request_id, complain),
            'target': self.target(target, complain),
        }
        built = build_reason(reason, self.service, complain)
        if built is None and kind == 'control':
            complain('a control event needs a reason')
            built = {'reasonType': UNKNOWN, 'reasonCode': UNKNOWN}
        if built is not None:
            event['reason'] = built
        attached = self.attachments(attachments, complain)
        measured = build_measurements(measurements, complain)
        if kind == 'monitor':
            if not measured:
                complain('a monitor event needs a measurement')
                measured = [identified(measurement(UNKNOWN, 0, UNKNOWN))]
            event['measurements'] = measured
        elif measured:
            complain('measurements belong into monitor events')
            attached += self.attachments({'measurements': measured}, complain)
        if attached:
            event['attachments'] = attached
        shown = self._endpoint
        if endpoint is not None:
            shown = _one_of('endpoint', ENDPOINTS, endpoint, shown, complain)
        event['tags'] = [f'endpoint?value={shown}', *self.tags(tags, complain)]
        return event

    def bare(self, event_id: str, outcome: str) -> Event:
        """Return an event that says no more than that there was one.

        :param event_id: its id
        :param outcome: its outcome
        """

        def nobody(problem: str) -> None:
            pass

        return self.build(
            event_id,
            UNKNOWN,
            {'id': UNKNOWN, 'typeURI': UNKNOWN},
            nobody,
            outcome=outcome,
            initiator={'id': UNKNOWN, 'typeURI': UNKNOWN},
        )

    def target(self, given: Any, complain: Complain) -> dict[str, Any]:
        """Return a target.

        :param given: what the caller says of it
        :param complain: is told what is wrong
        """
        return build_resource('target', given, self.redactor, complain)

    def attachments(
        self, given: Any, complain: Complain
    ) -> list[dict[str, str]]:
        """Return attachments.

        :param given: a mapping of names and contents
        :param complain: is told what is wrong
        """
        return attachments_of(given, self.redactor, complain)

    def tags(self, given: Any, complain: Complain) -> list[str]:
        """Return tags.

        :param given: a mapping of names and values
        :param complain: is told what is wrong
        """
        return tags_of(given, self.redactor, complain)

    def reason(self, given: Any, complain: Complain) -> dict[str, str] | None:
        """Return a reason.

        :param given: a text or a mapping
        :param complain: is told what is wrong
        """
        return build_reason(given, self.service, complain)

    def _observed(self, given: Any, complain: Complain) -> dict[str, Any]:
        if given is None:
            return self._observer
        return build_resource('observer', given, self.redactor, complain)

    def _initiator(
        self, given: Any, request_id: Any, complain: Complain
    ) -> dict[str, Any]:
        if given is None:
            # Nobody in particular; on which machine is all there is to tell.
            given = {
                'id': SYSTEM,
                'typeURI': 'service',
                'name': SYSTEM,
                'host': socket.gethostname(),
            }
        initiator = build_resource('initiator', given, self.redactor, complain)
        if request_id is not None:
            text = text_of(request_id)
            if text is None:
                complain('request_id is no text')
            else:
                initiator['request_id'] = text
        return initiator


def checked_outcome(given: Any, complain: Complain) -> str:
    """Return how something ended: success, failure or unknown.

    :param given: what the caller says
    :param complain: is told what is wrong
    """
    return _one_of('outcome', OUTCOMES, given, UNKNOWN, complain)


def _one_of(
    what: str,
    allowed: tuple[str, ...],
    given: Any,
    default: str,
    complain: Complain,
) -> str:
    if isinstance(given, str) and given in allowed:
        return str.__str__(given)
    complain(f'{what} is one of {", ".join(allowed)}')
    return default


def _action(given: Any, complain: Complain) -> str:
    text = text_of(given)
    if text is None:
        complain('the action is no text')
        return UNKNOWN
    if not is_action(text):
        complain(allowed_actions(text, True))
        return UNKNOWN
    return text
