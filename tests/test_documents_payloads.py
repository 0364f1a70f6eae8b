# SPDX-License-Identifier: Apache-2.0

"""The page about payloads in, whether the filter does it out."""

import json

import pytest

from tests.harness import audited
from tests.harness import environ
from tests.pages import find_block
from tests.pages import find_json
from tests.pages import find_rows
from tests.payloads import JSON
from tests.payloads import request_of
from tests.payloads import tell
from tests.resource_maps import answering
from tests.resource_maps import play_through

PAGE = 'payloads.rst'


def test_example_of_an_attachment(tmp_path):
    """The policy of the page attaches to a request what the page shows."""
    policy = tmp_path / 'policy.yaml'
    policy.write_text(find_block(PAGE, 'payloads-policy'))
    body = find_block(PAGE, 'payloads-body').strip().encode()
    app = audited(answering({}), audit_policy_file=str(policy))
    played = [
        play_through(app, environ(method, '/x', body, CONTENT_TYPE=JSON))
        for method in ('POST', 'GET')
    ]

    assert (
        find_json(PAGE, 'payloads-attachment')
        == (played[0].events[-1]['attachments'][0])
    )
    assert 'attachments' not in played[1].events[-1]


@pytest.mark.parametrize(
    ('content_type', 'body', 'attached'), find_rows(PAGE, 'payload-bodies')
)
def test_bodies(content_type, body, attached):
    """Each row says what is attached."""
    played = tell(
        body=body.encode(), content_type=content_type, level='request'
    )

    assert (f'mime:{content_type}', json.loads(attached)) == (
        request_of(played)
    )


@pytest.mark.parametrize(
    ('body', 'limit', 'content'), find_rows(PAGE, 'payload-cuts')
)
def test_cuts(body, limit, content):
    """Each row says what stays of a body."""
    played = tell(
        body=body.encode(), level='request', options={'body_limit': limit}
    )
    _, told = request_of(played)

    assert told['cut']
    assert (None if content == 'none' else json.loads(content)) == (
        told.get('content')
    )


@pytest.mark.parametrize(
    ('path', 'body', 'content'), find_rows(PAGE, 'payload-rules')
)
def test_rules_of_resources(path, body, content, tmp_path):
    """The map of the page chooses what its rows say."""
    file = tmp_path / 'map.yaml'
    file.write_text(find_block(PAGE, 'payloads-map'))
    played = tell(
        path=path,
        body=body.encode(),
        resources=None,
        level='request',
        options={'audit_map_file': str(file)},
    )
    told = request_of(played)

    assert (None if content == 'no attachment' else json.loads(content)) == (
        told and told[1]['content']
    )


def test_members():
    """The page names each member that a payload has, and no other."""
    seen = set()
    for more in (
        {'keys': {'HTTP_CONTENT_ENCODING': 'gzip'}},
        {'options': {'body_limit': 1}},
        {},
    ):
        seen |= set(request_of(tell(body={'a': 1}, **more))[1])

    named = {row[0] for row in find_rows(PAGE, 'payload-facts')}
    # A file wrapper, and a key, have tests of their own.
    assert seen | {'content_length', 'hmac_sha256'} == named
