# SPDX-License-Identifier: Apache-2.0

"""A catalogue of calls in, the answers of a service to them out.

The calls are a script: what one answer names, a later call may use. Written
down, a call is a paragraph::

    add a tag
      alice PUT /v2/images/$image/tags/blue?x=y
      + Accept: application/json
      {"a": "body"}
      204 success: update images/image/tags/tag
      $tag = tags.0

The name; whose token is sent (``-`` for none), method and path; headers and
body, if any, where ``@name`` is a body of that name; the status, the outcome,
the action and the typeURI below that of the service, or the status alone
where no event is to be; what to save from the answer, for ``$tag``.
"""

from collections.abc import Callable
from collections.abc import Iterable
import dataclasses
import re
import string

from tests.services.client import send

_is_expectation = re.compile(
    r'(?P<status>\d+)'
    r'(?: (?P<outcome>\w+): (?P<action>\S+) (?P<type_uri>\S+))?'
).fullmatch
_is_saving = re.compile(r'\$(\w+) = (\S+)').fullmatch


@dataclasses.dataclass
class Call:
    """One call, and what the audit trail is to say of it.

    :param name: what the call is for; it is sent as the User-Agent
    :param who: whose token is sent
    :param method: the HTTP method
    :param path: path and query
    :param headers: what is sent beside token and agent
    :param body: a text, or a function that returns bytes or chunks of them
    :param status: the status code of the answer
    :param outcome: the outcome of the final event
    :param action: the action of both events; None where the call does not
        reach the filter, so that there is no event
    :param type_uri: the typeURI of the target
    :param saves: pairs of a name, and the keys that lead to its value
    """

    name: str
    who: str
    method: str
    path: str
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    body: str | Callable[[], bytes | Iterable[bytes]] = ''
    status: int = 0
    outcome: str | None = None
    action: str | None = None
    type_uri: str | None = None
    saves: list[tuple[str, str]] = dataclasses.field(default_factory=list)


def parse(text, type_uri, bodies):
    """Return the calls that a text describes.

    :param text: paragraphs, and comments that begin with ``#``
    :param type_uri: the typeURI of the service
    :param bodies: functions that make a body, by name
    """
    text = re.sub(r'(?m)^#.*\n', '', text).strip()
    calls = [
        _parse_call(paragraph.splitlines(), type_uri, bodies)
        for paragraph in re.split(r'\n{2,}', text)
    ]

    assert len({call.name for call in calls}) == len(calls)
    return calls


def _parse_call(lines, service, bodies):
    name, request, *rest = (line.strip() for line in lines)
    call = Call(name, *request.split())
    for line in rest:
        if found := _is_expectation(line):
            call.status = int(found['status'])
            call.outcome = found['outcome']
            call.action = found['action']
            if call.action:
                call.type_uri = f'{service}/{found["type_uri"]}'
                call.type_uri = call.type_uri.removesuffix('/.')
        elif found := _is_saving(line):
            call.saves.append(found.groups())
        elif line.startswith('+ '):
            key, value = line[2:].split(': ', 1)
            call.headers[key] = value
        elif line.startswith('@'):
            call.body = bodies[line[1:]]
        else:
            call.body += line
    assert call.status, f'{name}: no status'
    return call


def play(calls, url, tokens, names):
    """Send calls one after the other.

    :param calls: the catalogue
    :param url: of the service
    :param tokens: a token by the name of who has it
    :param names: values that the calls may use
    :returns: the answer to each call, by its name
    """
    saved = dict(names)
    answers = {}
    for call in calls:
        headers = {'User-Agent': call.name} | call.headers
        body = call.body
        if callable(body):
            body = body()
        elif body:
            body = _fill(body, saved).encode()
            headers.setdefault('Content-Type', 'application/json')
        answers[call.name] = answer = send(
            url,
            call.method,
            _fill(call.path, saved),
            body or None,
            headers,
            tokens.get(call.who),
        )
        for name, keys in call.saves:
            assert answer.status == call.status, (call.name, answer)
            value = answer.json()
            for key in keys.split('.'):
                value = value[int(key) if key.isdigit() else key]
            saved[name] = value
    return answers


def _fill(text, saved):
    return string.Template(text).substitute(saved)


class Comparison:
    """Makes the answers of two instances of a service comparable.

    Two instances give their things different ids. An id becomes the number
    of its first appearance, so that it still has to be the same one.

    :param url: of the instance
    :param directory: where it keeps its files
    """

    _uuid = re.compile(r'[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}')
    _time = re.compile(r'\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?')

    def __init__(self, url, directory):
        self._netloc = url.partition('//')[2]
        self._directory = str(directory)
        self._numbers = {}

    def comparable(self, answer):
        """Return status, headers and body without what differs by chance."""
        headers = [
            (name, self._plain(value))
            for name, value in answer.headers
            if name != 'Date'
        ]
        body = answer.body
        if answer.header('Content-Type') != 'application/octet-stream':
            body = self._plain(body.decode())
        return answer.status, headers, body

    def _plain(self, text):
        text = text.replace(self._netloc, 'HOST')
        text = text.replace(self._directory, 'DIRECTORY')
        text = self._time.sub('TIME', text)
        return self._uuid.sub(self._number, text)

    def _number(self, match):
        number = self._numbers.setdefault(match[0], len(self._numbers))
        return f'UUID-{number}'
