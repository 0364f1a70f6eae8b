# SPDX-License-Identifier: Apache-2.0

"""What a map attaches of a body is attached without its secrets."""

import json

import pytest

from cadf_audit.redaction import Redactor
from tests.resource_maps import attachments
from tests.resource_maps import play

RESOURCES = """
servers:
  custom_id: [id, token]
  custom_name: [name, secret_name]
  custom_attributes:
    adminPass: xs:string
    meta: xs:string
    url: xs:string
    pnr: xs:string
    $.server.nested.password: xs:string
    whom: {from: request:$.api_key, type_uri: xs:string}
"""

BODY = {
    'server': {
        'id': 'i1',
        'adminPass': 'hush',
        'pnr': 'hush',
        'meta': {'a': [{'password': 'hush', 'code': 7}], 'token': 'hush'},
        'url': 'http://u:hush@h/p?x=1&X-Auth-Token=hush',
        'nested': {'password': 'hush'},
    }
}


def test_secrets_of_attributes_are_masked():
    """By the name of the attribute, and inside of what it holds."""
    final = play(
        RESOURCES,
        'POST',
        '/v2/servers',
        {'api_key': 'hush'},
        response=json.dumps(BODY).encode(),
        options={'redact_names': ['pnr']},
    ).final

    assert 'hush' not in json.dumps(final)
    assert {
        'adminPass': '***',
        'pnr': '***',
        'meta': '{"a":[{"password":"***","code":7}],"token":"***"}',
        'url': 'http://***@h/p?x=1&X-Auth-Token=***',
        '$.server.nested.password': '***',
        'whom': '***',
    } == attachments(final)


@pytest.mark.parametrize(
    ('item', 'expected'),
    [
        ({'token': 'hush', 'name': 'n'}, {'id': '***', 'name': 'n'}),
        ({'id': 1, 'secret_name': 'hush'}, {'id': '1', 'name': '***'}),
    ],
)
def test_secret_is_neither_id_nor_name(item, expected):
    """A map may say so by mistake."""
    target = play(
        RESOURCES, 'POST', '/v2/servers', response=json.dumps(item).encode()
    ).final['target']

    assert expected == {name: target[name] for name in expected}


@pytest.mark.parametrize(
    ('url', 'expected'),
    [
        ('http://h/a', 'http://h/a'),
        ('http://h', 'http://h'),
        ('http://u@h/a', 'http://***@h/a'),
        ('http://h/a?b=1', 'http://h/a?b=1'),
        ('http://h?token=x', 'http://h?token=***'),
        ('rabbit://u:p@h:1/v', 'rabbit://***@h:1/v'),
        ('http://h/@p', 'http://h/@p'),
    ],
)
def test_only_the_secrets_of_a_url_go(url, expected):
    """The rest of it is what an auditor looks for."""
    assert expected == Redactor().redact('url', url)
