# SPDX-License-Identifier: Apache-2.0

"""An event in, its notification as one line of JSON in ASCII out.

The final event of a request repeats its pending one, but for what has become
of it: what was written once is not written again. To write it takes most of
what it costs to record an event.
"""

import json
import threading

from cadf_audit.clock import oslo_timestamp
from cadf_audit.identifier import new_id
from cadf_audit.notification import Event
from cadf_audit.notification import PRIORITY
from cadf_audit.notification import REQUEST_EVENT
from cadf_audit.notification import RESPONSE_EVENT

#: a message as one line of JSON, in ASCII; nothing of ours is circular
encode = json.JSONEncoder(separators=(',', ':'), check_circular=False).encode

_OUTCOME = '"outcome":"pending"'
_MISSING = object()


class _Last(threading.local):
    """The last pending event of a thread."""

    event: Event = {}  # noqa: RUF012
    text = ''


class LineEncoder:
    """Writes the messages of one publisher.

    A line holds what :func:`build_message` returns.

    :param publisher_id: who sends them
    """

    def __init__(self, publisher_id: str) -> None:
        self._publisher = encode(publisher_id)
        self._priority = encode(PRIORITY)
        self._last = _Last()

    def line(self, event_type: str, event: Event) -> str:
        """Return the line of a new message.

        :param event_type: one of the event types
        :param event: the event, which nobody changes from now on
        """
        if event_type == RESPONSE_EVENT:
            payload = self._final(event)
        else:
            payload = encode(event)
            if event_type == REQUEST_EVENT:
                self._last.event, self._last.text = event, payload
        return (
            f'{{"message_id":"{new_id()}","publisher_id":{self._publisher},'
            f'"event_type":"{event_type}","priority":{self._priority},'
            f'"payload":{payload},"timestamp":"{oslo_timestamp()}"}}'
        )

    def _final(self, event: Event) -> str:
        """Return a final event; what its pending one says is taken as is."""
        pending, text = self._last.event, self._last.text
        new = {
            name: value
            for name, value in event.items()
            if pending.get(name, _MISSING) is not value
        }
        repeated = len(event) - len(new)
        before, found, after = text.partition(_OUTCOME)
        if not (
            found
            and 'outcome' in new
            and repeated == len(pending) - 1
            # Further in, the same words would mean something else.
            and _only_texts_before_outcome(pending)
        ):
            return encode(event)
        outcome = encode(new.pop('outcome'))
        added = f',{encode(new)[1:]}' if new else '}'
        return f'{before}"outcome":{outcome}{after[:-1]}{added}'


def _only_texts_before_outcome(event: Event) -> bool:
    for name, value in event.items():
        if name == 'outcome':
            return True
        if not isinstance(value, str):
            return False
    return False
