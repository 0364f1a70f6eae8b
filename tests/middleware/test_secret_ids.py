# SPDX-License-Identifier: Apache-2.0

"""An id in the path that is a secret stands in no event."""

import json

from hypothesis import given
from hypothesis import strategies as st
import pytest

from cadf_audit.text import mask_segments
from tests.harness import audited
from tests.harness import call
from tests.harness import environ
from tests.harness import event_log

MAP = """version: 2
service_type: compute
prefix: /v1
resources:
  invitations:
    secret_id: true
    children:
      guests:
"""


@pytest.fixture
def audit_map(tmp_path):
    """Return the path of a map whose invitations are secrets."""
    path = tmp_path / 'map.yaml'
    path.write_text(MAP)
    return str(path)


def played(audit_map, path, method='GET', body=b'{}'):
    """Return the events of a request."""

    def app(environ, start_response):
        start_response('200 OK', [('Content-Type', 'application/json')])
        return [body]

    with event_log() as log:
        call(audited(app, audit_map_file=audit_map), environ(method, path))
    return log.events


@pytest.mark.parametrize(
    ('path', 'expected'),
    [
        ('/v1/invitations/i', '/v1/invitations/***'),
        ('/v1/invitations/s3cret', '/v1/invitations/***'),
        ('/v1/invitations/s3cret/guests/7', '/v1/invitations/***/guests/7'),
        ('/v1/invitations/a/a/a', '/v1/invitations/***/***/***'),
        ('/v1/invitations/gehe\xc3\xafm', '/v1/invitations/***'),
        ('/v1/invitations/a b', '/v1/invitations/***'),
    ],
)
def test_secret_is_masked_in_the_path(audit_map, path, expected):
    """Where it is a part of another word, that word stays."""
    events = played(audit_map, path)

    assert [expected] * 2 == [event['requestPath'] for event in events]
    assert '***' == (
        events[0]['target'].get('attachments', [{}])[0].get('content')
        if 'guests' in path
        else events[0]['target']['id']
    )


def test_secret_is_masked_in_what_is_not_declared(audit_map):
    """A client may write it as often as it likes."""
    events = played(audit_map, '/v1/invitations/s3/what/s3')

    assert '"s3' not in json.dumps(events)
    assert '/s3' not in json.dumps(events)


def test_secret_of_a_new_element_is_masked(audit_map):
    """Nobody has to say that its id is not to be read."""
    events = played(audit_map, '/v1/invitations', 'POST', b'{"id": "s3cret"}')

    assert '***' == events[-1]['target']['id']
    assert 's3cret' not in json.dumps(events)


@given(
    before=st.lists(st.sampled_from(['a', 'ab', 's', 'ss', ''])),
    after=st.lists(st.sampled_from(['a', 's', 'sa', ''])),
)
def test_only_whole_segments_are_masked(before, after):
    """Each segment that is the secret goes, and no other does."""
    path = '/'.join([*before, 's', *after])

    masked = mask_segments(path, 's')

    assert [
        '***' if each == 's' else each for each in path.split('/')
    ] == masked.split('/')
