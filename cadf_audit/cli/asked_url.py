# SPDX-License-Identifier: Apache-2.0

"""The URL of the HTTP API and a token in, the answers that it gives out.

No message has the token in it, and no other server gets it: a redirection is
an error.
"""

import codecs
from collections.abc import Iterator
import contextlib
import http.client
import json
import logging
from typing import Any
import urllib.error
from urllib.parse import quote
from urllib.parse import urlencode
from urllib.parse import urlsplit
import urllib.request

from cadf_audit.cli.source import CommandError
from cadf_audit.cli.source import UsageError
from cadf_audit.trail.query.answers import Answer
from cadf_audit.trail.query.answers import EVENTS_PATH
from cadf_audit.trail.query.answers import NoSuchEventError
from cadf_audit.trail.query.event_query import QueryError
from cadf_audit.trail.query.viewer import NotAllowedError
from cadf_audit.trail.readings import Pairs

LOG = logging.getLogger('cadf_audit.cli')

ALLOWED = 'http://host:8788 or https://host/path'

_ROOT = EVENTS_PATH.rpartition('/')[0]

_SLICE = 65536
# What is read of an answer that is an error.
_MOST_ERROR = 65536

# Those that go away by themselves: too slow, too many, something behind it.
_PASSING = (408, 429, 500, 502, 503, 504)


class UnreachableError(CommandError):
    """The API does not answer now; later it may."""


class _MissingError(CommandError):
    """There is nothing behind that path."""


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    """Makes an error of what leads elsewhere."""

    def redirect_request(self, *arguments: Any) -> None:
        """Go nowhere: whoever is there would get the token."""


class UrlAsked:
    """Asks the HTTP API.

    :param url: where it is, without ``/v1``
    :param token: what says who asks, or None
    :param seconds: how long the server may be silent
    :raises UsageError: the URL is none, or the token cannot be sent
    """

    def __init__(self, url: str, token: str | None, seconds: float) -> None:
        self._url = _checked(url)
        self._seconds = seconds
        self._headers = {'Accept': 'application/json'}
        if token is not None:
            if not token.isascii() or not token.isprintable() or ' ' in token:
                raise UsageError(
                    'the token has characters that no token can have'
                )
            self._headers['Authorization'] = f'Bearer {token}'
        self._has_token = token is not None
        self._opener = urllib.request.build_opener(_NoRedirection)

    def events(self, pairs: Pairs) -> Answer:
        """Return a page of events."""
        return self._get(EVENTS_PATH, pairs, 'events', list)

    def event(self, name: str) -> Answer:
        """Return one event, whole."""
        path = f'{EVENTS_PATH}/{quote(name, safe="")}'
        with _naming(name):
            return self._get(path, [], 'sequence', int)

    def history(self, name: str, pairs: Pairs) -> Answer:
        """Return what else happened to the target of an event."""
        path = f'{EVENTS_PATH}/{quote(name, safe="")}/history'
        with _naming(name):
            return self._get(path, pairs, 'events', list)

    def attribute(self, name: str, pairs: Pairs) -> Answer:
        """Return the values that events have of something."""
        path = f'{_ROOT}/attributes/{quote(name, safe="")}'
        return self._get(path, pairs, 'values', list)

    def counts(self, pairs: Pairs) -> Answer:
        """Return how many events there are of what."""
        return self._get(f'{_ROOT}/counts', pairs, 'counts', list)

    def types(self, pairs: Pairs) -> Answer:
        """Return what kinds of events there are."""
        return self._get(f'{_ROOT}/types', pairs, 'types', list)

    def export(self, pairs: Pairs) -> tuple[str, Iterator[str]]:
        """Return the format of an export, and its lines."""
        with self._told():
            response = self._open(f'{_ROOT}/export', pairs)
        chosen = dict(pairs).get('format', 'ndjson')
        return chosen, self._lines(response)

    def _lines(self, response: http.client.HTTPResponse) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder('utf-8')()
        with response, self._told():
            while data := response.read(_SLICE):
                yield decoder.decode(data)
            if response.length:
                raise http.client.IncompleteRead(b'', response.length)
            if response.length is None and not response.chunked:
                LOG.warning(
                    '%s does not say where an export ends: it is whole only '
                    'if nothing went wrong there',
                    self._url,
                )
            yield decoder.decode(b'', final=True)

    def _get(
        self, path: str, pairs: Pairs, name: str, kind: type[Any]
    ) -> Answer:
        """Return an answer, which has a member of some kind."""
        with self._told():
            with self._open(path, pairs) as response:
                body = response.read()
            answer = json.loads(body)
            if not isinstance(answer, dict) or not isinstance(
                answer.get(name), kind
            ):
                raise ValueError
        return answer

    def _open(self, path: str, pairs: Pairs) -> http.client.HTTPResponse:
        query = f'?{urlencode(pairs)}' if pairs else ''
        # Its scheme was looked at: http or https.
        request = urllib.request.Request(  # noqa: S310
            self._url + path + query, headers=self._headers
        )
        response: http.client.HTTPResponse = self._opener.open(
            request, timeout=self._seconds
        )
        return response

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Make a sentence of whatever goes wrong."""
        try:
            yield
        except urllib.error.HTTPError as exc:
            with exc:
                error = _error(exc)
            raise self._refusal(exc.code, exc.headers, error) from None
        except TimeoutError:
            raise self._silent() from None
        except urllib.error.URLError as exc:
            if isinstance(exc.reason, TimeoutError):
                raise self._silent() from None
            raise UnreachableError(
                f'{self._url}: {_reason(exc.reason)}'
            ) from None
        except OSError as exc:
            raise UnreachableError(f'{self._url}: {_reason(exc)}') from None
        except http.client.HTTPException as exc:
            raise UnreachableError(
                f'{self._url}: the answer is no whole HTTP: '
                f'{type(exc).__name__}'
            ) from None
        except (ValueError, RecursionError):
            raise CommandError(
                f'{self._url} does not answer as the API of a trail does; is '
                'it the right URL?'
            ) from None

    def _silent(self) -> UnreachableError:
        return UnreachableError(
            f'{self._url}: no answer within {self._seconds:g} seconds'
        )

    def _refusal(
        self, code: int, headers: Any, error: dict[str, Any]
    ) -> Exception:
        """Return what an error of the API is here."""
        problems = _problems(error)
        if code == http.HTTPStatus.UNAUTHORIZED:
            return CommandError(
                f'{self._url} does not know this token'
                if self._has_token
                else f'{self._url} wants a token: --token-file FILE, or the '
                'environment variable CADF_AUDIT_TOKEN'
            )
        text = '; '.join(
            f'{name}: {problem}' if name else problem
            for name, problem in problems
        )
        text = text or str(error.get('title') or '')
        if code == http.HTTPStatus.FORBIDDEN:
            return NotAllowedError(text or f'{self._url} does not allow it')
        if code == http.HTTPStatus.BAD_REQUEST and problems:
            return QueryError(problems)
        if 300 <= code < 400:
            where = headers.get('Location') or 'nowhere'
            return CommandError(
                f'{self._url} leads to {where}; name what is there with --url'
            )
        kind = UnreachableError if code in _PASSING else CommandError
        if code == http.HTTPStatus.NOT_FOUND and error:
            kind = _MissingError
        text = text or 'this is no answer of the API of a trail'
        return kind(f'{self._url}: {text} ({code})')


@contextlib.contextmanager
def _naming(name: str) -> Iterator[None]:
    """Say of which event it is that there is none."""
    try:
        yield
    except _MissingError:
        raise NoSuchEventError(name) from None


def _checked(url: str) -> str:
    """Return a URL without the slash at its end.

    :raises UsageError: it is none of an API
    """
    try:
        parts = urlsplit(url)
        # A port that is no number says so when it is asked for.
        is_one = parts.scheme in ('http', 'https') and bool(parts.hostname)
        is_one = is_one and parts.port != 0
    except ValueError:
        is_one = False
    plain = url.isascii() and url.isprintable() and ' ' not in url
    if not is_one or not plain:
        raise UsageError(f'--url: this is no URL; allowed is {ALLOWED}')
    if '@' in parts.netloc:
        raise UsageError(
            '--url: a name or a password has no place in it; allowed is '
            f'{ALLOWED}'
        )
    if parts.query or parts.fragment:
        raise UsageError(f'--url: it has no ? and no #; allowed is {ALLOWED}')
    return url.rstrip('/')


def _reason(reason: Any) -> str:
    return str(getattr(reason, 'strerror', None) or reason)


def _error(exc: urllib.error.HTTPError) -> dict[str, Any]:
    """Return what an error of the API says; nothing if it is another's."""
    try:
        error = json.loads(exc.read(_MOST_ERROR))['error']
    except (
        OSError,
        http.client.HTTPException,
        KeyError,
        TypeError,
        ValueError,
        RecursionError,
    ):
        return {}
    return error if isinstance(error, dict) else {}


def _problems(error: dict[str, Any]) -> list[tuple[str, str]]:
    problems = error.get('problems')
    if not isinstance(problems, list):
        return []
    return [
        (str(each.get('parameter') or ''), str(each.get('problem') or ''))
        for each in problems
        if isinstance(each, dict)
    ]
