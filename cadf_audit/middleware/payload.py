# SPDX-License-Identifier: Apache-2.0

"""The bodies of a request in, what an event tells of them out.

Only what was read as JSON or as a form is told, since only that can be freed
of secrets. Of anything else there are the type and the length.
"""

import codecs
import json
from typing import Any
from typing import Final

from cadf_audit.audit_map.json_path import value_at
from cadf_audit.audit_map.resources import PayloadRules
from cadf_audit.middleware.evidence import Body
from cadf_audit.middleware.evidence import Evidence
from cadf_audit.middleware.json_text import loads
from cadf_audit.middleware.json_text import loads_cut
from cadf_audit.middleware.meaning import BulkItems
from cadf_audit.notification import Event
from cadf_audit.redaction.pairs import drop_values
from cadf_audit.redaction import Redactor
from cadf_audit.text import encodable

#: what the typeURI of a payload begins with, before its media type
TYPE_PREFIX = 'mime:'

# A longer content is left out: an event has to fit into one message.
MOST_CONTENT = 1536 * 1024
_MOST_BYTES = 12

# Names that are looked up elsewhere are remembered there, and clients could
# choose them.
_CHARSETS = {
    'cp1252': 'cp1252',
    'iso-8859-1': 'latin-1',
    'iso-8859-15': 'iso8859-15',
    'iso8859-1': 'latin-1',
    'latin-1': 'latin-1',
    'latin1': 'latin-1',
    'windows-1252': 'cp1252',
}

_ABSENT: Final[Any] = object()


class Payloads:
    """Attaches bodies to events.

    :param redactor: takes the secrets out of them
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        #: what bodies are hashed with, or None
        self.key = redactor.key

    def attach(
        self,
        event: Event,
        items: list[Event],
        bulk: BulkItems | None,
        rules: PayloadRules,
        evidence: Evidence,
    ) -> None:
        """Attach what passed to the final event, and parts of it to items.

        :param event: the final event
        :param items: the events of the items of a bulk request
        :param bulk: what these items are
        :param rules: what may be told
        :param evidence: what passed
        :raises Exception: a body could not be read; what is known of it beside
            its content is attached, and so is the other one
        """
        if not rules.enabled:
            return
        attachments = []
        failures = []
        for name, body in (
            ('request', evidence.request_body),
            ('response', evidence.response_body()),
        ):
            if body is None or not _had_content(body):
                continue
            told = _Told(body, rules, self._redactor)
            attachments.append(_attachment(name, body, told.facts))
            try:
                if told.failure is not None:
                    raise told.failure
                if items and bulk is not None:
                    _attach_parts(items, told.parts(bulk, name), body, name)
            except Exception as exc:
                failures.append(exc)
        if attachments:
            _add(event, attachments)
        for failure in failures:
            raise failure


class _Told:
    """What is told of one body.

    :param body: the body
    :param rules: what may be told
    :param redactor: takes the secrets out
    """

    def __init__(
        self, body: Body, rules: PayloadRules, redactor: Redactor
    ) -> None:
        self._rules = rules
        self._redactor = redactor
        self._document: Any = _ABSENT
        self._content: Any = _ABSENT
        self.facts: dict[str, Any] = {}
        #: why a body is not told that should be
        self.failure: Exception | None = None
        is_cut = self._read(body)
        if self._content is not _ABSENT:
            self.facts['content'] = self._content
        if body.recording is not None:
            self.facts['length'] = body.recording.length
        elif body.declared is not None:
            self.facts['content_length'] = body.declared
        if is_cut:
            self.facts['cut'] = True
        if body.media.encoding:
            self.facts['encoding'] = body.media.encoding
        digest = body.recording.hmac() if body.recording is not None else None
        if digest is not None:
            self.facts['hmac_sha256'] = digest

    def parts(self, bulk: BulkItems, name: str) -> list[Any]:
        """Return for each item the part of the body that is its own.

        :param bulk: the items
        :param name: which body this is
        """
        for steps in bulk.places(name):
            whole = value_at(self._document, steps)
            told = value_at(self._content, steps)
            if not isinstance(whole, list) or not isinstance(told, list):
                continue
            if len(whole) != len(told):
                # Some were taken out, so that nobody knows which is which.
                continue
            return [
                _ABSENT if index is None else told[index]
                for index in bulk.positions(name, whole)
            ]
        return []

    def _read(self, body: Body) -> bool:
        """Read a body; say whether a part of it is missing."""
        recording = body.recording
        if recording is None or body.partial or not body.media.is_readable:
            return False
        is_cut = recording.overflows or (body.declared or 0) > recording.length
        kept = recording.beginning()
        try:
            if body.media.is_form:
                self._read_form(kept, is_cut)
            elif self._read_json(kept, body, is_cut):
                is_cut = True
        except (RecursionError, ValueError):
            # It is no text of that kind, or none that can be taken apart.
            pass
        except Exception as exc:
            self.failure = exc
        return is_cut

    def _read_json(self, kept: bytes, body: Body, is_cut: bool) -> bool:
        text = decode_json(kept, body.media.charset, is_cut)
        document = _ABSENT
        if not is_cut:
            try:
                document = loads(text, finite=True)
            except ValueError:
                if body.declared is not None:
                    raise
            else:
                if body.declared is None and text.rstrip()[-1:].isdigit():
                    # There may have been more of this number.
                    raise ValueError('nobody knows whether it is whole')
        if document is _ABSENT:
            document = loads_cut(text, drop_values)
            is_cut = True
        told = self._redactor.document(
            document, self._rules.allow, self._rules.deny
        )
        if told is not None and type(told) not in (dict, list):
            told = self._redactor.bare(document)
        self._content = told
        self._document = document
        return is_cut

    def _read_form(self, kept: bytes, is_cut: bool) -> None:
        text = kept.decode('utf-8', 'replace')
        if is_cut:
            text = text.rpartition('&')[0]
        if text:
            self._content = self._redactor.form(
                text, self._rules.allow, self._rules.deny, is_cut
            )


def _had_content(body: Body) -> bool:
    if body.recording is None:
        return body.declared != 0
    return bool(body.recording.length or body.declared)


def _add(event: Event, attachments: list[dict[str, str]]) -> None:
    event['attachments'] = event.get('attachments', []) + attachments


def _attach_parts(
    items: list[Event], parts: list[Any], body: Body, name: str
) -> None:
    # Only the first items have an event.
    for item, part in zip(items, parts, strict=False):
        if part is not _ABSENT:
            _add(item, [_attachment(name, body, {'content': part})])


def _attachment(
    name: str, body: Body, facts: dict[str, Any]
) -> dict[str, str]:
    text = _text_of(facts)
    if text is None:
        facts = {key: facts[key] for key in facts if key != 'content'}
        text = _text_of(facts | {'cut': True}) or '{}'
    return {
        'typeURI': TYPE_PREFIX + body.media.type,
        'content': text,
        'name': name,
    }


def _text_of(facts: dict[str, Any]) -> str | None:
    """Return what is told as text; None where it is too much."""
    try:
        text = json.dumps(facts, ensure_ascii=False, separators=(',', ':'))
    except RecursionError:
        return None
    if not text.isascii():
        text = encodable(text)
    # A character takes at most so many bytes where it is written.
    is_long = len(text) * _MOST_BYTES > MOST_CONTENT
    return None if is_long and len(json.dumps(text)) > MOST_CONTENT else text


def decode_json(content: bytes, charset: str, is_cut: bool) -> str:
    """Return the text of JSON, in whatever charset it may have.

    :param content: the bytes
    :param charset: the charset that it claims to have
    :param is_cut: whether the last character may be cut as well
    :raises ValueError: it is no text
    """
    # JSON tells its charset itself (RFC 8259); some clients have another.
    names = ['utf-8', _CHARSETS.get(charset)]
    if b'\0' in content[:4]:
        names = [json.detect_encoding(content)]
    for name in names:
        if name is not None:
            try:
                decoder = codecs.getincrementaldecoder(name)()
                return decoder.decode(content, final=not is_cut)
            except ValueError:
                continue
    raise ValueError('it is no text')
