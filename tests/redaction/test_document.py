# SPDX-License-Identifier: Apache-2.0

"""Bodies of real APIs go in; the same without their secrets come out."""

import base64
import json

import pytest

from cadf_audit.redaction import Redactor

SECRET = base64.b64encode(b'#cloud-config\nchpasswd: hush').decode()


@pytest.mark.parametrize(
    ('value', 'redacted'),
    [
        ({'password': None, 'a': None}, {'password': '***', 'a': None}),
        ({'pin': 1234, 'on': True}, {'pin': '***', 'on': True}),
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
            {'auth': {'identity': {'password': {'user': {'password': 'h'}}}}},
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
        (
            {'command': ['db', '--password', 'hush', '--v', '1']},
            {'command': ['db', '--password', '***', '--v', '1']},
        ),
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
        ('a=%7B"token":"hush"}', [('', 'a=%7B"token":"***"}')]),
        ('a=%7B%22token%22:%22hush%22%7D', [('a', '{"token":"***"}')]),
        ('{"password":"a&b"}', [('', '{"password":"***"}')]),
        ('x password: a&hush', [('', 'x password: ***')]),
        ('x+password:a&hush', [('***', '***')]),
        ('a', [('a', '')]),
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
