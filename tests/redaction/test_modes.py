# SPDX-License-Identifier: Apache-2.0

"""A secret goes in; a mask, nothing or a keyed hash comes out."""

import hashlib
import hmac
import json

import pytest

from cadf_audit.redaction import Redactor

KEY = b'k' * 32
DROP = Redactor(mode='drop')
HASH = Redactor(mode='hash', key=KEY)


def hashed(text, key=KEY):
    """Return the hash that the documents promise."""
    digest = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return f'hmac-sha256:{digest}'


def test_dropped_secrets_leave_nothing():
    """Neither the value nor the name, where there is one."""
    assert {'a': [1, ['b']]} == DROP.document(
        {'a': [1, ['b']], 'password': 'hush', 'key': {'a': 1}}
    )
    assert 'a=1' == DROP.query('token=hush&a=1&key=hush')
    assert [('a', '1')] == DROP.form('a=1&token=hush')
    assert 'a token= b' == DROP.text('a token=hush b')
    assert '***' == DROP.redact('token', 'hush')


@pytest.mark.parametrize(
    'redacted',
    [
        HASH.document({'token': 'hush'})['token'],
        HASH.document({'token': ' Bearer  hush\n'}),
        HASH.form('hush'),
        HASH.document({'a': '{"token":"hush"}'})['a'],
        HASH.document({'headers': [['Authorization', 'Bearer hush']]}),
        HASH.text('token=hush'),
        HASH.text('X-Auth-Token: hush\n'),
        HASH.text('X-Auth-Token: Bearer hush'),
        HASH.text('{"token": "hus\\u0068", '),
        HASH.text('http://u:hush@h/'),
        HASH.text('http://h/?token=hus%68'),
        HASH.query('token=hus%68'),
        HASH.form('token=hus%68'),
        HASH.redact('token', 'hush'),
    ],
)
def test_a_secret_has_the_same_hash_wherever_it_stands(redacted):
    """So that one question finds all of its uses."""
    assert hashed('hush') in json.dumps(redacted)


@pytest.mark.parametrize(
    'text', ['token=hush', '{"token": "hush"', 'to http://u:hush@h/?sig=hush']
)
def test_what_was_redacted_is_left_as_it_is(text):
    """Its hash is that of the secret, and no hash of a hash."""
    once = HASH.text(text)

    assert hashed('hush') in once
    assert 'token=***' == HASH.text('token=***')
    assert once == HASH.text(once)


def test_hashes_of_what_is_no_text():
    """Numbers as JSON writes them; of an object all that it holds.

    Null, true and false are no secrets, and have none.
    """
    assert {
        'pin': hashed('1234'),
        'key': [hashed('a'), hashed('2')],
        'token': None,
        'sid': True,
        'psk': '***',
    } == HASH.document(
        {
            'pin': 1234,
            'key': {'x': 'a', 'y': [2, None, True, 'a']},
            'token': None,
            'sid': True,
            'psk': {},
        }
    )


def test_hashes_of_a_large_object_are_few():
    """A small body would else become a large event."""
    shown = HASH.document({'key': [*range(1000)]})['key']

    assert 64 == len(shown)


def test_another_key_has_other_hashes():
    """Or the hash would be a secret that can be guessed."""
    other = Redactor(mode='hash', key=b'l' * 32)

    assert hashed('hush', b'l' * 32) == other.redact('token', 'hush')
    assert other.redact('token', 'hush') != HASH.redact('token', 'hush')


def test_key_without_the_mode_hashes_nothing():
    """It serves payloads then, and nothing of the redaction."""
    redactor = Redactor(key=KEY)

    assert ('***', KEY) == (redactor.redact('token', 'hush'), redactor.key)
