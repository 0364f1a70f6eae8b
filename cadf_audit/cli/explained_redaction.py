# SPDX-License-Identifier: Apache-2.0

"""An exchange and its final event in, what of it the event holds back out.

What was said is compared with what is told: no part is believed to be hidden
that is not, and none is shown here that is.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
import dataclasses
import json
from typing import Any
from typing import Final
import urllib.parse

from cadf_audit.cli.exchange import Exchange
from cadf_audit.middleware.json_text import loads
from cadf_audit.middleware.json_text import loads_cut
from cadf_audit.middleware.media import Media
from cadf_audit.middleware.payload import decode_json
from cadf_audit.middleware.payload import TYPE_PREFIX
from cadf_audit.middleware.recording import request_body
from cadf_audit.notification import Event
from cadf_audit.policy.level import Level
from cadf_audit.redaction.pairs import drop_values
from cadf_audit.redaction import Redactor
from cadf_audit.text import encodable
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
_LONG = 'longer than body_limit'
_SHORT = 'not all of it was sent'

_ABSENT: Final[Any] = object()


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
    for name, needs, body, media in (
        (
            *('request', Level.REQUEST, exchange.body),
            request_body(exchange.environ(), limit, None, False).media,
        ),
        (
            *('response', Level.RESPONSE, exchange.response),
            exchange.evidence(limit).media(),
        ),
    ):
        if level < needs or not body:
            continue
        if name not in attached:
            result.append(Withheld(name, '$', 'not attached'))
            continue
        facts = json.loads(attached[name]['content'])
        why = _LONG if len(body) > limit else _SHORT
        result += [
            Withheld(name, part, reason or why)
            for part, reason in _of_body(facts, body[:limit], media, redactor)
        ]
    return result


def _of_path(exchange: Exchange, event: Event) -> Iterator[Withheld]:
    raw = exchange.url.partition('?')[0].split('/')
    shown = event['requestPath'].partition('?')[0].split('/')
    for number, (was, told) in enumerate(zip(raw, shown, strict=False)):
        if told == MASK != urllib.parse.unquote(was):
            yield Withheld('path', f'segment {number}', 'secret_id of the map')


def _of_query(exchange: Exchange, redactor: Redactor) -> Iterator[Withheld]:
    query = exchange.url.partition('?')[2]
    # A parameter may be hidden for what another one says.
    told = redactor.query(query).split('&')
    for pair in query.split('&'):
        if pair not in told:
            shown = redactor.query(pair)
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


def _of_body(
    facts: dict[str, Any], body: bytes, media: Media, redactor: Redactor
) -> Iterator[tuple[str, str]]:
    """Yield the parts that are not told, and why; no reason for the cut."""
    if 'content' not in facts:
        yield '$', 'not read: its type and length alone'
        return
    is_cut = 'cut' in facts
    read = _read_form if media.is_form else _read_json
    try:
        steps = read(body, media.charset, is_cut, facts['content'], redactor)
        said, whole, cleaned, shown = steps
    except ValueError:
        # It is nested as deeply as the filter just about reads it.
        return
    hidden = [*_differences(whole, cleaned, redactor)]
    yield from ((_path(each), _HIDDEN) for each in hidden)
    # Below what is hidden, not even a name is told.
    ends = {*hidden}
    for each in _differences(said, whole, redactor):
        if not any(each[:end] in ends for end in range(len(each) + 1)):
            yield _path(each), ''
    for each in _differences(cleaned, shown, redactor):
        yield _path(each), _BY_MAP
    if is_cut:
        yield 'the end of it', ''


def _read_form(
    body: bytes, _: str, is_cut: bool, content: Any, redactor: Redactor
) -> tuple[Any, Any, Any, Any]:
    text = body.decode('utf-8', 'replace')
    if is_cut:
        text = text.rpartition('&')[0]
    form = redactor.form(text, is_cut=is_cut)
    if len(form) == 1 and not form[0][0]:
        # It is none, and has no names.
        return text, text, form[0][1], content[0][1] if content else None
    said = _by_name(_sound(text, is_cut, redactor))
    cleaned = _by_name(form)
    without = _by_name(redactor.form(text)) if is_cut else cleaned
    whole = {
        name: said[name]
        for name in said
        if without.get(name) == cleaned.get(name)
    }
    return said, whole, cleaned, _by_name(content)


def _sound(
    text: str, is_cut: bool, redactor: Redactor
) -> Iterator[tuple[str, str]]:
    """Yield the names and values of a form up to a name that is a secret.

    Whatever stands behind that one may be a part of the secret.
    """
    for part in filter(None, text.split('&')):
        name, value = map(urllib.parse.unquote_plus, part.partition('=')[::2])
        # Alone, it might be taken for no form.
        shown = redactor.form(f'x=&{part}', is_cut=is_cut)
        if shown and shown[-1][0] not in (name, 'x'):
            yield MASK, ''
            return
        yield name, value


def _by_name(pairs: Iterable[Sequence[str]]) -> dict[str, tuple[str, ...]]:
    result: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        result[name] = (*result.get(name, ()), value)
    return result


def _read_json(
    body: bytes, charset: str, is_cut: bool, content: Any, redactor: Redactor
) -> tuple[Any, Any, Any, Any]:
    text = decode_json(body, charset, is_cut)
    if is_cut:
        said, whole = loads_cut(text), loads_cut(text, drop_values)
    else:
        said = whole = loads(text, finite=True)
    cleaned = redactor.document(whole)
    if not isinstance(cleaned, dict | list | None):
        cleaned = redactor.bare(whole)
    return said, whole, cleaned, content


def _differences(
    said: Any, told: Any, redactor: Redactor
) -> Iterator[tuple[str, ...]]:
    """Yield the places where something else is told than was said.

    Without recursion, as a body may be nested deeply.
    """
    waiting: list[tuple[tuple[str, ...], Any, Any]] = [((), said, told)]
    while waiting:
        steps, one, other = waiting.pop()
        if isinstance(one, dict) and isinstance(other, dict):
            # An event has no lone surrogates.
            there = {encodable(name): other[name] for name in other}
            waiting += [
                (
                    (*steps, f'.{encodable(redactor.text(name))}'),
                    each,
                    there.get(encodable(name), _ABSENT),
                )
                for name, each in reversed(one.items())
            ]
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                yield (*steps, '[*]')
                continue
            waiting += [
                ((*steps, f'[{number}]'), one[number], other[number])
                for number in reversed(range(len(one)))
            ]
        elif isinstance(one, str) and isinstance(other, str):
            if encodable(one) != encodable(other):
                yield steps
        elif one != other:
            yield steps


def _path(steps: tuple[str, ...]) -> str:
    return ''.join(('$', *steps))
