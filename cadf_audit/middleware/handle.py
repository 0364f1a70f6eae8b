# SPDX-License-Identifier: Apache-2.0

"""What an application knows better: its facts in, the final event out.

The filter puts an :class:`EventHandle` into the environ under
``cadf_audit.event``. What the application tells it stands in the final event
of the request.
"""

from collections.abc import Callable
import functools
import json
import logging
import sys
from typing import Any
from typing import Concatenate
from typing import ParamSpec

from cadf_audit.middleware.attachment import attachment
from cadf_audit.middleware.attachment import TYPE_URI
from cadf_audit.middleware.faults import log_safely
from cadf_audit.notification import Event
from cadf_audit.taxonomy import allowed_resources
from cadf_audit.taxonomy import distinct_id
from cadf_audit.taxonomy import is_resource
from cadf_audit.taxonomy import UNKNOWN
from cadf_audit.text import clean
from cadf_audit.text import cut

LOG = logging.getLogger(__name__)

ENDPOINTS = ('API', 'UI', 'CLI')

# So that the value of a tag has room as well.
TAG_NAME_LIMIT = 256

# How many attachments, and how many tags, an application may add.
MOST_FACTS = 64

_P = ParamSpec('_P')


def _forgiving(
    method: Callable[Concatenate['EventHandle', _P], None],
) -> Callable[Concatenate['EventHandle', _P], None]:
    """Turn any misuse of the handle into a line in our log."""

    @functools.wraps(method)
    def guarded(
        self: 'EventHandle', /, *args: _P.args, **kwargs: _P.kwargs
    ) -> None:
        try:
            if self.closed:
                raise ValueError('the final event is already on its way')
            method(self, *args, **kwargs)
        except Exception as exc:
            caller = sys._getframe(1)
            log_safely(
                LOG.warning,
                '%s is not recorded in event %s: %s (%s, line %s)',
                method.__name__,
                self.id,
                exc,
                caller.f_code.co_filename,
                caller.f_lineno,
            )

    return guarded


class EventHandle:
    """Lets the application correct and enrich the event of its request.

    No method raises: misuse is a warning in the log, and the event stays as
    it was. Texts longer than 1024 characters are cut.
    """

    __slots__ = ('closed', 'facts', 'id')

    def __init__(self) -> None:
        #: the CADF id that both events of the request carry
        self.id = ''
        #: whether the final event is on its way
        self.closed = False
        #: what was said so far, by the part of the event that it concerns
        self.facts: dict[str, Any] = {}

    @_forgiving
    def set_target(
        self,
        id: str | None = None,
        type_uri: str | None = None,
        name: str | None = None,
    ) -> None:
        """Say what the request was really about.

        A new id means another resource: the name that the event had is
        dropped with it, unless a name is given as well.

        :param id: id of the resource
        :param type_uri: its typeURI, in the CADF taxonomy
        :param name: its name
        """
        target = {}
        if id is not None:
            target['id'] = distinct_id(_text('id', id), 'target')
        if type_uri is not None:
            target['typeURI'] = _type_uri(type_uri)
        if name is not None:
            target['name'] = _text('name', name)
        self.facts['target'] = self.facts.get('target', {}) | target

    @_forgiving
    def set_initiator(
        self,
        id: str,
        name: str | None = None,
        project_id: str | None = None,
        domain_id: str | None = None,
    ) -> None:
        """Name who sent the request, as a login learns it.

        :param id: id of the user
        :param name: name of the user
        :param project_id: the project that the request is made for
        :param domain_id: the domain of the user
        """
        initiator = {
            'id': distinct_id(_text('id', id), 'user'),
            'name': UNKNOWN if name is None else _text('name', name),
            'project_id': (
                UNKNOWN
                if project_id is None
                else _text('project_id', project_id)
            ),
        }
        if domain_id is not None:
            initiator['domain_id'] = _text('domain_id', domain_id)
        self.facts['initiator'] = initiator

    @_forgiving
    def add_attachment(
        self, name: str, content: Any, type_uri: str = TYPE_URI
    ) -> None:
        """Attach a fact to the event.

        :param name: what the fact is called
        :param content: a text; anything else is attached as its JSON
        :param type_uri: the type of the content
        """
        if not isinstance(content, str):
            content = json.dumps(content, separators=(',', ':'))
        self._add(
            'attachments',
            attachment(
                _text('name', name),
                _text('content', content),
                _text('type_uri', type_uri),
            ),
        )

    @_forgiving
    def add_tag(self, name: str, value: str) -> None:
        """Add the tag ``name?value=value`` to the event."""
        name = cut(_text('name', name), TAG_NAME_LIMIT)
        if '?' in name:
            raise ValueError('the name of a tag has no question mark')
        self._add('tags', cut(f'{name}?value={_text("value", value)}'))

    @_forgiving
    def set_reason(self, text: str) -> None:
        """Give the reason of the outcome in words.

        They stand in the event's reason as ``reasonText``, or, where no
        response and so no code came, in an attachment ``reason``.

        :param text: the words
        """
        self.facts['reason'] = _text('text', text)

    @_forgiving
    def set_endpoint(self, endpoint: str) -> None:
        """Say what the request came in through: API, UI or CLI."""
        if endpoint not in ENDPOINTS:
            raise ValueError(f'an endpoint is one of {", ".join(ENDPOINTS)}')
        self.facts['endpoint'] = endpoint

    def apply(self, event: Event) -> None:
        """Write the facts into the final event; its parts are replaced."""
        facts = self.facts
        if 'target' in facts:
            known = dict(event['target'])
            if 'id' in facts['target']:
                known.pop('name', None)
            event['target'] = known | facts['target']
        if 'initiator' in facts:
            known = dict(event['initiator'])
            for key in ('domain_id', 'application_credential_id'):
                known.pop(key, None)
            event['initiator'] = known | facts['initiator']
        attachments = facts.get('attachments', [])
        if 'reason' in facts:
            words = facts['reason']
            if 'reason' in event:
                event['reason'] = event['reason'] | {'reasonText': words}
            else:
                # DSP0262 wants a code in each reason, and there is none.
                attachments = [*attachments, attachment('reason', words)]
        if attachments:
            event['attachments'] = event.get('attachments', []) + attachments
        if 'endpoint' in facts:
            event['tags'] = [
                tag for tag in event['tags'] if not tag.startswith('endpoint?')
            ] + [f'endpoint?value={facts["endpoint"]}']
        event['tags'] = event['tags'] + facts.get('tags', [])

    def _add(self, part: str, fact: Any) -> None:
        facts = self.facts.setdefault(part, [])
        if len(facts) >= MOST_FACTS:
            raise ValueError(f'an event carries at most {MOST_FACTS} {part}')
        facts.append(fact)


def _text(name: str, value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    text = clean(value)
    if text is None:
        raise ValueError(f'{name} has to be a text that is not empty')
    return text


def _type_uri(value: Any) -> str:
    text = _text('type_uri', value)
    if not is_resource(text):
        raise ValueError(allowed_resources(text))
    return text
