# SPDX-License-Identifier: Apache-2.0

"""A request as a page writes it in, the events that it leaves out.

A page writes it in one of two ways. The long one is what travels, ``>`` to
the application and ``<`` back::

    > POST /v1/bikes
    > {"model": "Comet"}
    < 201 Created
    < Location: /v1/bikes/b-17

The short one is a line, and behind ``->`` what the final event says::

    POST /v1/bikes {"model": "Comet"} => 201 {"bike": {"id": "b-17"}}
      -> create service/bikes/bike id=b-17
"""

import dataclasses
import re
from wsgiref.handlers import format_date_time

import yaml

from tests.harness import audited
from tests.harness import call
from tests.harness import environ
from tests.harness import event_log
from tests.judge import assert_valid

SERVICE = 'the-service'
PAIR = ['audit.http.request', 'audit.http.response']


@dataclasses.dataclass
class Play:
    """A request, and what the application answers.

    :param method: the HTTP method
    :param path: the path, with a query or without
    :param body: the body of the request
    :param status: the status line of the response
    :param headers: its headers
    :param answer: its body
    """

    method: str
    path: str
    body: str = ''
    status: str = '200 OK'
    headers: tuple = ()
    answer: str = ''

    def events(self, audit_map_file, **options):
        """Return the types and events that it leaves, each of them valid."""
        path, _, query = self.path.partition('?')
        request = environ(
            self.method, path, self.body.encode(), QUERY_STRING=query
        )
        app = audited(self._app, audit_map_file=audit_map_file, **options)
        with event_log() as log:
            response = call(app, request)
        assert response.error is None
        assert self.answer == response.body.decode()
        for event in log.events:
            assert_valid(event)
        return [(each['event_type'], each['payload']) for each in log.messages]

    def _app(self, environ, start_response):
        environ['wsgi.input'].read(int(environ.get('CONTENT_LENGTH') or 0))
        headers = [('Date', format_date_time(0)), *self.headers]
        if self.answer:
            headers.append(('Content-Type', 'application/json'))
        start_response(self.status, headers)
        return [self.answer.encode()]


def parse_long(text):
    """Return the play of a block with ``>`` and ``<``."""
    asked, answered = (
        [line[2:] for line in text.splitlines() if line.startswith(sign)]
        for sign in '><'
    )
    method, path = asked[0].split()
    _, body = _headers_and_body(asked[1:])
    headers, answer = _headers_and_body(answered[1:])
    return Play(method, path, body, answered[0], headers, answer)


def _headers_and_body(lines):
    headers = []
    while lines and re.match(r'[\w-]+: ', lines[0]):
        name, _, value = lines.pop(0).partition(': ')
        headers.append((name, value))
    return tuple(headers), '\n'.join(lines)


def parse_short(text):
    """Return the plays of a block, each with what its events say."""
    plays = []
    for line in text.splitlines():
        if line.startswith(' '):
            plays[-1][1].append(' '.join(line.split()))
        elif line:
            plays.append((_parse_line(line), []))
    return [(play, _joined(told)) for play, told in plays]


def _joined(lines):
    """Return the lines with those that go on joined to them."""
    return re.split(r'(?<!item) (?=(?:item )?->)', ' '.join(lines))


def _parse_line(line):
    asked, _, answered = line.partition(' => ')
    method, path, *body = asked.split(' ', 2)
    status, *rest = (answered or '200').split(' ', 1)
    headers, answer = _headers_and_body(rest)
    return Play(
        method, path, ''.join(body), f'{status} Answer', headers, answer
    )


def summaries(messages):
    """Return what the events of a play say, but for the pending one."""
    if not messages:
        return ['no event']
    observer = messages[0][1]['observer']['id']
    return [
        ('-> ' if name == PAIR[1] else 'item -> ') + _summary(event, observer)
        for name, event in messages[1:]
    ]


def _summary(event, observer):
    target = event['target']
    words = [event['action'], target['typeURI']]
    if observer == target['id']:
        words.append(f'id={SERVICE}')
    else:
        words += [
            f'{key}={target[key]}' for key in ('id', 'name') if key in target
        ]
    if 'project_id' in target:
        words.append(f'project_id={target["project_id"]}')
    for part, attached in (('target', target), ('event', event)):
        words += [
            f'{part}.{each["name"]}={each["content"]}'
            for each in attached.get('attachments', [])
        ]
    words += event['tags'][2:]
    return ' '.join(words)


def merge(one, other):
    """Return a map with what another one adds to it."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return other
    return one | {
        key: merge(one.get(key), value) for key, value in other.items()
    }


def write_map(directory, *blocks):
    """Write blocks of a page as one map; return its path."""
    whole = {}
    for block in blocks:
        whole = merge(whole, yaml.safe_load(block))
    path = directory / 'map.yaml'
    path.write_text(yaml.safe_dump(whole, sort_keys=False))
    return str(path)
