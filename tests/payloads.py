# SPDX-License-Identifier: Apache-2.0

"""A request and a level in, what the events hold of its bodies out."""

import contextlib
import json
import os
import tempfile

from tests.harness import audited
from tests.harness import environ
from tests.resource_maps import answering
from tests.resource_maps import map_text
from tests.resource_maps import play_through
from tests.resource_maps import Played

JSON = 'application/json'
FORM = 'application/x-www-form-urlencoded'
SERVERS = 'servers:\n'


@contextlib.contextmanager
def files(resources, level):
    """Write a map and a policy; yield the options that name them."""
    with tempfile.TemporaryDirectory() as directory:
        policy = os.path.join(directory, 'policy.yaml')
        with open(policy, 'w', encoding='utf-8') as file:
            file.write(f'version: 1\nrules:\n- level: {level}\n')
        options = {'audit_policy_file': policy}
        if resources is not None:
            options['audit_map_file'] = os.path.join(directory, 'map.yaml')
            with open(
                options['audit_map_file'], 'w', encoding='utf-8'
            ) as file:
                file.write(map_text(resources))
        yield options


@contextlib.contextmanager
def key_file(key):
    """Write a key into a file as an operator does."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, 'key')
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        with open(descriptor, 'wb') as file:
            file.write(key)
        yield path


def telling(app, level='response', resources=SERVERS, **options):
    """Return an application whose bodies are attached."""
    with files(resources, level) as names:
        return audited(app, **names, **options)


def tell(
    method='POST',
    path='/v2/servers',
    body=b'',
    *,
    level='response',
    resources=SERVERS,
    content_type=JSON,
    app=None,
    keys=None,
    options=None,
    **answer,
):
    """Send a request through a filter that attaches bodies.

    :param body: bytes, or what they hold as JSON
    :param app: the application, if not one that reads and answers
    :param keys: further keys of the environ
    :param options: options of the filter
    :param answer: what the application answers
    """
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    filtered = telling(
        app or answering(**answer), level, resources, **options or {}
    )
    keys = {'CONTENT_TYPE': content_type} | (keys or {})
    played = play_through(filtered, environ(method, path, body, **keys))
    # That there is a policy is an event as well.
    messages = [
        message
        for message in played.messages
        if message['payload']['eventType'] != 'control'
    ]
    return Played(played.response, messages)


def payload(event, name):
    """Return the type of a payload and what it says, None without one."""
    found = [
        attached
        for attached in event.get('attachments', ())
        if attached['typeURI'].startswith('mime:') and attached['name'] == name
    ]
    if not found:
        return None
    [attached] = found
    return attached['typeURI'], json.loads(attached['content'])


def request_of(played):
    """Return what the final event says of the request."""
    return payload(played.final, 'request')


def response_of(played):
    """Return what the final event says of the answer."""
    return payload(played.final, 'response')
