# SPDX-License-Identifier: Apache-2.0

"""Bodies of real APIs go in; the same without their secrets come out."""

import base64
import json
import urllib.parse

import pytest

from cadf_audit.redaction import Redactor

SECRET = base64.b64encode(b'#cloud-config\nchpasswd: hush').decode()

PUBLIC = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGVub3VnaA a@b'


@pytest.mark.parametrize(
    ('value', 'redacted'),
    [
        ({'pin': 1234, 'on': True}, {'pin': '***', 'on': True}),
        # What is no secret whatever it is called.
        (
            {'password': None, 'lock_password': True, 'config_drive': ''},
            {'password': None, 'lock_password': True, 'config_drive': ''},
        ),
        # Barbican, Nova, Keystone, EC2, Ironic, Kubernetes.
        (
            {'name': 's', 'payload': 'hush', 'payload_content_type': 't'},
            {'name': 's', 'payload': '***', 'payload_content_type': 't'},
        ),
        (
            {'changePassword': {'adminPass': 'hush'}},
            {'changePassword': '***'},
        ),
        (
            {'server': {'user_data': SECRET, 'personality': [{'path': '/a'}]}},
            {'server': {'user_data': '***', 'personality': '***'}},
        ),
        ({'server': {'x': SECRET}}, {'server': {'x': '***'}}),
        (
            {'auth': {'snmp': {'user': 'u', 'passphrase': 'hush'}}},
            {'auth': '***'},
        ),
        (
            {'keys': [{'access': 'hush', 'secret': 'hush', 'a': 1}]},
            {'keys': [{'access': '***', 'secret': '***', 'a': 1}]},
        ),
        ({'access': 'ro', 'a': 1}, {'access': 'ro', 'a': 1}),
        (
            [{'op': 'add', 'path': '/driver_info/ipmi_password', 'value': 1}],
            [{'op': 'add', 'path': '/driver_info/ipmi_password',
              'value': '***'}],
        ),
        (
            [{'op': 'add', 'path': '/driver_info/address', 'value': 1}],
            [{'op': 'add', 'path': '/driver_info/address', 'value': 1}],
        ),
        (
            {'env': [{'name': 'DB_PASSWORD', 'value': 'hush'},
                     {'name': 'DB_HOST', 'value': 'h'}]},
            {'env': [{'name': 'DB_PASSWORD', 'value': '***'},
                     {'name': 'DB_HOST', 'value': 'h'}]},
        ),
        (
            {'h': [['X-Auth-Token', 'hush'], ['Accept', 'a']]},
            {'h': [['X-Auth-Token', '***'], ['Accept', 'a']]},
        ),
        # A name of a secret in the place of a name is a text all the same.
        (
            {'h': [['token=hush', 'hush']], 'token=hush': 'hush'},
            {'h': [['token=***', '***']], 'token=***': '***'},
        ),
        # Names in a list, and no name with its value.
        ({'rules': [['password', 'totp']]}, {'rules': [['password', 'totp']]}),
        ({'a': [['key', 'b', 'c']]}, {'a': [['key', 'b', 'c']]}),
        ({'key': PUBLIC}, {'key': PUBLIC}),
        ({'password': PUBLIC}, {'password': '***'}),
        ({'key': f'{PUBLIC} x', 'auth_key': 'ssh-rsa AAAA'},
         {'key': f'{PUBLIC} x', 'auth_key': '***'}),
        (
            {'command': ['db', '--password', 'hush', '--v', '1']},
            {'command': ['db', '--password', '***', '--v', '1']},
        ),
        # A secret that looks like an option is none.
        (['--pin', '--pin', 'a'], ['--pin', '***', 'a']),
        ({'gAAAA' + 'x' * 80: {'a': 1}}, {'***': {'a': 1}}),
        (
            {'a': '{"a":1,"a":{"token":"hush"}}'},
            {'a': '{"a":{"token":"***"}}'},
        ),
        ({'a': '{"a":"token=hush","a":1}'}, {'a': '{"a":1}'}),
        ({'a': '\ufeff{"token":"hush"}'}, {'a': '{"token":"***"}'}),
        ({'a': '{ "b": 1 }'}, {'a': '{ "b": 1 }'}),
        ({'url': 'ftp://u:hush@h/'}, {'url': 'ftp://***@h/'}),
        ('token=hush', 'token=***'),
        (3, 3),
    ],
)  # fmt: skip
def test_secrets_of_a_document_go(value, redacted):
    """And all else stays."""
    before = json.dumps(value)

    assert redacted == Redactor().document(value)
    assert before == json.dumps(value)


def test_names_of_members_are_remembered_within_bounds():
    """However many names clients invent, and however long they are."""
    redactor = Redactor()

    for number in range(3000):
        redactor.document({f'name{number}': {f'password{number}' * 20: 'a'}})

    known = redactor._documents._known
    assert 0 < len(known) <= 1024
    assert max(map(len, known)) <= 64


@pytest.mark.parametrize(
    ('text', 'encode', 'read'),
    [
        # It is JSON itself, and so in an encoding.
        ('{"a": 1}', lambda text: json.dumps([text]), 4),
        (
            'nothing to see here, move along',
            lambda text: base64.b64encode(text.encode()).decode(),
            5,
        ),
    ],
    ids=['JSON', 'base64'],
)
def test_four_encodings_are_read_and_no_more(text, encode, read):
    """What is in one more may hold anything."""
    redactor = Redactor()
    hidden = []
    for _ in range(6):
        hidden.append('***' in json.dumps(redactor.document([text])))
        text = encode(text)

    assert [False] * read + [True] * (6 - read) == hidden


def test_json_in_json_is_followed_as_deep_as_promised():
    """What is in more encodings than that goes whole."""
    text = json.dumps({'a': 'b'})
    harmless = Redactor().document([text])
    for _ in range(10):
        text = json.dumps([text])

    assert [json.dumps({'a': 'b'})] == harmless
    assert '"***"' in Redactor().text(text).replace('\\', '')


@pytest.mark.parametrize(
    ('form', 'pairs'),
    [
        ('', []),
        ('a=1&password=hush', [('a', '1'), ('password', '***')]),
        ('a=b+c%26d', [('a', 'b c&d')]),
        ('user%5Bpass%5D=hush', [('user[pass]', '***')]),
        ('code=hush&x=1', [('code', '***'), ('x', '1')]),
        # Whose client encodes no blanks.
        ('a=b c&password=hush hush', [('a', 'b c'), ('password', '***')]),
        # What is none, and what may stand where in it, nobody knows.
        ('a=%7B"token":"hush"}', [('', '***')]),
        ('--b\r\nX: a; name="password"\r\n\r\nhush', [('', '***')]),
        ('a=1\npassword=hush', [('', '***')]),
        ('aHVzaA==', [('', '***')]),
        ('YSBsb25nZXIgaHVzaA=', [('', '***')]),
        ('a=', [('a', '')]),
        ('&a=1&&', [('a', '1')]),
        ('a=%7B%22token%22:%22hush%22%7D', [('a', '{"token":"***"}')]),
        ('{"password":"a&b"}', [('', '{"password":"***"}')]),
        ('x password=a&hush', [('', '***')]),
        ('x+password:a&hush=1', [('***', '***')]),
        ('a&b=1', [('a', ''), ('b', '1')]),
        # Of a text alone nobody can tell what it is.
        ('hush', [('', '***')]),
        ('x password: a&hush', [('', '***')]),
        # As MAAS is told an option.
        (
            'name=shared_secret&value=hush',
            [('name', 'shared_secret'), ('value', '***')],
        ),
        ('v%61lue=hush&Key=db_pass', [('value', '***'), ('Key', '***')]),
        ('name=size&value=3', [('name', 'size'), ('value', '3')]),
        (f'key={urllib.parse.quote_plus(PUBLIC)}', [('key', PUBLIC)]),
        (f'pin={urllib.parse.quote_plus(PUBLIC)}', [('pin', '***')]),
        (
            'user[code]=hush&zip[code2]=x',
            [('user[code]', '***'), ('zip[code2]', 'x')],
        ),
    ],
)
def test_secrets_of_a_form_go(form, pairs):
    """Also where somebody sent something else as a form."""
    assert pairs == Redactor().form(form)


def test_paths_choose_parameters_of_a_form():
    """By their names, as members of an object."""
    from cadf_audit.redaction import JsonPaths

    redactor = Redactor()
    form = 'a=1&b=2&token=hush'

    assert [('a', '1')] == redactor.form(form, JsonPaths(['$.a']))
    assert [('b', '2'), ('token', '***')] == redactor.form(
        form, None, JsonPaths(['$..a'])
    )
    assert [] == redactor.form('{"a": 1}', JsonPaths(['$.a']))
