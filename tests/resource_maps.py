# SPDX-License-Identifier: Apache-2.0

"""The resources of a map and a request in, the events of the filter out."""

import contextlib
import dataclasses
import json
import os
import tempfile
import textwrap

from cadf_audit.audit_map import read_resource_map
from cadf_audit.exceptions import AuditMapError
from tests.harness import audited
from tests.harness import call
from tests.harness import environ
from tests.harness import event_log
from tests.harness import Response
from tests.judge import assert_valid

HEAD = """\
version: 2
service_type: compute
service_name: nova
prefix: /v2
"""
# A map of openstack-audit-middleware says no version.
HEAD_1 = HEAD.replace('version: 2\n', '')

PAIR = ['audit.http.request', 'audit.http.response']


def map_text(resources, head=HEAD):
    """Return a whole map around its resources."""
    resources = textwrap.indent(textwrap.dedent(resources), '  ')
    return f'{head}resources:\n{resources}'


def read(resources, head=HEAD):
    """Return a map and what is wrong with it."""
    return read_resource_map('map.yaml', map_text(resources, head))


def match(resources, method, path, head=HEAD):
    """Return what a map, which breaks no rule, says of a request."""
    audit_map, findings = read(resources, head)
    assert [] == findings
    return audit_map.match(method, path)


def refusal(load, *args):
    """Return the error of a map that cannot be used."""
    try:
        load(*args)
    except AuditMapError as exc:
        return exc
    raise AssertionError('the map was taken')


@contextlib.contextmanager
def map_file(text):
    """Write a map into a file that is gone afterwards."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, 'map.yaml')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        yield path


@dataclasses.dataclass
class Played:
    """What client and trail saw of one request.

    :param response: what the client got
    :param messages: the notifications in their order
    """

    response: Response
    messages: list

    @property
    def types(self):
        """The types of the notifications in their order."""
        return [message['event_type'] for message in self.messages]

    @property
    def events(self):
        """The events in their order."""
        return [message['payload'] for message in self.messages]

    @property
    def pending(self):
        """The event before the application ran."""
        return self.events[0]

    @property
    def final(self):
        """The event at the end, which closes the pair."""
        assert self.types[0 :: max(1, len(self.types) - 1)] == PAIR
        return self.events[-1]

    @property
    def items(self):
        """The events of items, all of them between those of the pair."""
        assert self.types[1:-1] == ['audit.event'] * (len(self.types) - 2)
        return self.events[1:-1]


def short(value):
    """Return the name of a value for the name of a test."""
    return str(value)[:40]


def attachments(holder):
    """Return the contents of attachments by their names."""
    return {
        attached['name']: attached['content']
        for attached in holder.get('attachments', ())
    }


def answering(
    response=None, status='200 OK', headers=(), content_type='application/json'
):
    """Return an application that reads the request and gives this answer."""
    if response is None or isinstance(response, bytes):
        body = response or b''
    else:
        body = json.dumps(response).encode()

    def app(environ, start_response):
        environ['wsgi.input'].read(int(environ.get('CONTENT_LENGTH') or 0))
        start_response(status, [('Content-Type', content_type), *headers])
        return [body]

    return app


def play_through(app, request):
    """Send a request through a filter; all its events are valid."""
    with event_log() as log:
        response = call(app, request)
    for event in log.events:
        assert_valid(event)
    assert 0 == app.errors
    return Played(response, log.messages)


def play(
    resources,
    method,
    path,
    body=b'',
    *,
    app=None,
    head=HEAD,
    keys=None,
    options=None,
    **answer,
):
    """Send a request through a filter with a map of these resources.

    :param body: bytes, or what they hold as JSON
    :param app: the application, if not one that answers
    :param keys: further keys of the environ
    :param options: options of the filter
    :param answer: what the application answers
    """
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    with map_file(map_text(resources, head)) as file:
        filtered = audited(
            app or answering(**answer), audit_map_file=file, **options or {}
        )
    path, _, query = path.partition('?')
    request = environ(method, path, body, QUERY_STRING=query, **keys or {})
    played = play_through(filtered, request)
    assert played.response.error is None
    return played
