# SPDX-License-Identifier: Apache-2.0

"""An exchange and its final event in, what of it the event holds back out.

What was said is compared with what is told: no part is believed to be hidden
that is not, and none is shown here that is.
"""

from collections.abc import Iterator
import dataclasses
import json
from typing import Any
import urllib.parse

from cadf_audit.cli.exchange import Exchange
from cadf_audit.middleware.json_text import loads
from cadf_audit.middleware.json_text import loads_cut
from cadf_audit.middleware.media import Media
from cadf_audit.middleware.media import media_of
from cadf_audit.middleware.payload import TYPE_PREFIX
from cadf_audit.notification import Event
from cadf_audit.policy.level import Level
from cadf_audit.redaction.pairs import drop_values
from cadf_audit.redaction import Redactor
from cadf_audit.text import MASK

# What has its own place in the list.
_ELSEWHERE = ('requestPath', 'attachments')
_CREDENTIALS = ('x-auth-token', 'x-storage-token', 'authorization')


@dataclasses.dataclass(frozen=True)
class Withheld:
    """A part of an exchange that the event does not tell.

    :param where: query, path, header, event, request or response
    :param part: the name of it, or a JSON path
    :param why: what holds it back
    """

    where: str
    part: str
    why: str


_HIDDEN = 'a secret'
_BY_MAP = 'left out by payloads of the map'


def withheld(
    exchange: Exchange,
    event: Event,
    level: Level,
    redactor: Redactor,
    limit: int,
) -> list[Withheld]:
    """Return what of an exchange its final event does not tell.

    A body that the level does not attach is none of it.

    :param exchange: the request and its answer
    :param event: the final event
    :param level: how much of it is recorded
    :param redactor: takes secrets out, and shows that there was one
    :param limit: how many bytes of a body are kept
    """
    attached = {
        each['name']: each
        for each in event.get('attachments', ())
        if each['typeURI'].startswith(TYPE_PREFIX)
    }
    result = [
        *_of_path(exchange, event),
        *_of_query(exchange, redactor),
        *_of_headers(exchange),
        *_of_event(event),
    ]
    for name, needs, body, headers in (
        ('request', Level.REQUEST, exchange.body, exchange.request_headers()),
        (
            *('response', Level.RESPONSE, exchange.response),
            exchange.answer_headers(),
        ),
    ):
        if level < needs or not body:
            continue
        if name not in attached:
            result.append(Withheld(name, '$', 'not attached'))
            continue
        facts = json.loads(attached[name]['content'])
        result += _of_body(
            name, facts, body[:limit], _media(headers), redactor
        )
    return result


def _of_path(exchange: Exchange, event: Event) -> Iterator[Withheld]:
    raw = exchange.url.partition('?')[0].split('/')
    shown = event['requestPath'].partition('?')[0].split('/')
    for number, (was, told) in enumerate(zip(raw, shown, strict=False)):
        if told == MASK != urllib.parse.unquote(was):
            yield Withheld('path', f'segment {number}', 'secret_id of the map')


def _of_query(exchange: Exchange, redactor: Redactor) -> Iterator[Withheld]:
    for pair in exchange.url.partition('?')[2].split('&'):
        shown = redactor.query(pair)
        if shown != pair:
            # Some servers split at a semicolon, too.
            name = shown.rpartition(';')[2].partition('=')[0]
            if not shown:
                name = redactor.text(pair.partition('=')[0])
            yield Withheld('query', name, _HIDDEN)


def _of_headers(exchange: Exchange) -> Iterator[Withheld]:
    for name, _ in exchange.headers:
        if name.lower() in _CREDENTIALS:
            yield Withheld('header', name, 'a credential')


def _of_event(event: Event) -> Iterator[Withheld]:
    rest = {key: event[key] for key in event if key not in _ELSEWHERE}
    rest['initiator'] = {
        key: value
        for key, value in event['initiator'].items()
        if key != 'credential'
    }
    for path in _masked(rest, ''):
        yield Withheld('event', path, _HIDDEN)


def _masked(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _masked(each, f'{path}.{key}' if path else key)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _masked(each, f'{path}[{number}]')
    elif isinstance(value, str) and MASK in value:
        yield path


def _media(headers: list[tuple[str, str]]) -> Media:
    named = {name.lower(): value for name, value in headers}
    return media_of(
        named.get('content-type', ''), named.get('content-encoding', '')
    )


def _of_body(
    name: str,
    facts: dict[str, Any],
    body: bytes,
    media: Media,
    redactor: Redactor,
) -> Iterator[Withheld]:
    if 'content' not in facts:
        yield Withheld(name, '$', 'not read: its type and length alone')
        return
    shown = dict(facts['content']) if media.is_form else facts['content']
    said, cleaned = _read(body, media, 'cut' in facts, redactor)
    yield from (
        Withheld(name, path, _HIDDEN)
        for path in _differences(said, cleaned, '$', redactor)
    )
    yield from (
        Withheld(name, path, _BY_MAP)
        for path in _differences(cleaned, shown, '$', redactor)
    )
    if 'cut' in facts:
        yield Withheld(name, 'the end of it', 'longer than body_limit')


def _read(
    body: bytes, media: Media, is_cut: bool, redactor: Redactor
) -> tuple[Any, Any]:
    """Return what a body says, and the same without secrets."""
    text = body.decode('utf-8', 'replace')
    if media.is_form:
        whole = text.rpartition('&')[0] if is_cut else text
        pairs = urllib.parse.parse_qsl(whole, keep_blank_values=True)
        cleaned = dict(redactor.form(whole, is_cut=is_cut))
        return dict(pairs), cleaned
    try:
        if is_cut:
            return loads_cut(text), redactor.document(
                loads_cut(text, drop_values)
            )
        document = loads(text, finite=True)
    except ValueError:
        return None, None
    cleaned = redactor.document(document)
    if not isinstance(cleaned, dict | list):
        cleaned = redactor.bare(document)
    return document, cleaned


def _differences(
    said: Any, told: Any, path: str, redactor: Redactor
) -> Iterator[str]:
    """Yield the places where something else is told than was said."""
    if isinstance(said, dict) and isinstance(told, dict):
        for key, value in said.items():
            below = f'{path}.{redactor.text(key)}'
            if key in told:
                yield from _differences(value, told[key], below, redactor)
            else:
                yield below
    elif isinstance(said, list) and isinstance(told, list):
        if len(said) != len(told):
            yield f'{path}[*]'
            return
        for number, (one, other) in enumerate(zip(said, told, strict=True)):
            yield from _differences(one, other, f'{path}[{number}]', redactor)
    elif said != told:
        yield path
