# SPDX-License-Identifier: Apache-2.0

"""An id that is a secret goes in; no event that has it comes out."""

import json

import pytest

from tests.resource_maps import attachments
from tests.resource_maps import play
from tests.resource_maps import short

TOKENS = """
tokens:
  secret_id: true
  custom_id: []
  custom_actions: {check: read/check}
  children:
    roles:
      children:
        grants:
plain:
"""


@pytest.mark.parametrize(
    'secret',
    ['s3cret', 'größe+1', 'a b', 's3cret.json', '\x7f\n', 'x' * 5000],
    ids=short,
)
@pytest.mark.parametrize(
    'path', ['', '/check', '/roles', '/roles/7', '/roles/7/grants/8', '/x/y']
)
def test_secret_is_in_no_event(secret, path):
    """Neither the target nor the path nor what hangs below it tells it."""
    wire = f'/v2/tokens/{secret}{path}'.encode().decode('latin-1')
    played = play(TOKENS, 'DELETE', wire)
    text = json.dumps(played.events, ensure_ascii=False)

    assert '***' in text
    for form in (
        secret.removesuffix('.json')[:99],
        's3cret',
        'gr%C3',
        'a%20b',
    ):
        assert form not in text or form not in secret.replace(' ', '%20')
    assert '/***' in played.final['requestPath']


def test_secret_is_masked_as_id_and_as_id_of_a_parent():
    """What it is the id of is still told."""
    token = play(TOKENS, 'GET', '/v2/tokens/s3cret').final['target']
    role = play(TOKENS, 'GET', '/v2/tokens/s3cret/roles/7').final['target']

    assert ('***', 'compute/token') == (token['id'], token['typeURI'])
    assert '7' == role['id']
    assert {'token_id': '***'} == attachments(role)


def test_secret_of_several_parts_is_masked_whole():
    """Neither its id nor what else its pattern names is told."""
    resources = """
    tokens:
      secret_id: true
      id: '(?P<id>[^:/]+):(?P<key>[^/]+)'
    """
    events = play(resources, 'DELETE', '/v2/tokens/s3:cret/x').events
    text = json.dumps(events)

    assert 's3' not in text
    assert 'cret' not in text
    assert '/v2/tokens/***/x' in text


def test_secret_that_comes_again_is_masked_again():
    """What is not declared is attached, but not with a secret."""
    final = play(TOKENS, 'GET', '/v2/tokens/s3cret/x/s3cret/s3cret').final

    assert {'undeclared_path': 'x/***/***'} == attachments(final['target'])
    assert '/v2/tokens/***/x/***/***' == final['requestPath']


def test_secret_that_an_answer_tells_stays_there():
    """An empty ``custom_id`` says that there is none to be read."""
    final = play(
        TOKENS, 'POST', '/v2/tokens', response={'token': {'id': 's3cret'}}
    ).final

    assert 'unknown' == final['target']['id']
    assert 's3cret' not in json.dumps(final)


def test_other_ids_are_told():
    """Only the ids of that resource are secrets."""
    final = play(TOKENS, 'GET', '/v2/plain/1').final

    assert '1' == final['target']['id']
    assert '/v2/plain/1' == final['requestPath']
