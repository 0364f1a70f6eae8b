# SPDX-License-Identifier: Apache-2.0

"""Free texts go in; the same without secrets come out, and no less."""

import base64
import json

import pytest

from cadf_audit.redaction import Redactor

PEM = '-----BEGIN {0}-----\nMIIhush\nhush==\n-----END {0}-----'
JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJodXNoIn0.aHVzaGh1c2g'
FERNET = 'gAAAAABl' + 'hush' * 20


def encoded(text):
    """Return a text in base64."""
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ('text', 'redacted'),
    [
        ('password=hush', 'password=***'),
        ('password=hush and more', 'password=*** and more'),
        ('password = hush hush\nmore', 'password = ***\nmore'),
        ('password: hush hush\nmore', 'password: ***\nmore'),
        ('password:\n  hush\nmore', 'password:***'),
        ('user_data: |\n  hush\n  hush', 'user_data: ***'),
        ('password: >-\nhush', 'password: ***'),
        ('<b:payload>hush</b:payload>', '<b:payload>***</b:payload>'),
        ('Authorization: Basic aHVzaA==', 'Authorization: ***'),
        ('X: a\nCookie: a=hush; b=hush\nY: b', 'X: a\nCookie: ***\nY: b'),
        ('token=Bearer hush', 'token=***'),
        ('sent Bearer hushhush to h', 'sent Bearer *** to h'),
        ('{"password": "hu\\"sh", "a": 1', '{"password": "***", "a": 1'),
        ("{'password': 'hush', 'a': 1}", "{'password': '***', 'a': 1}"),
        ("{b'password': b'hush', 'a': 1}", "{b'password': b'***', 'a': 1}"),
        ('got {"auth": {"a": ["hush"]}} here', 'got {"auth": "***"} here'),
        ('{"password"=>"hush"}', '{"password"=>"***"}'),
        ("f(password='hush', a=1)", "f(password='***', a=1)"),
        ("f(password='it''s hush', a=1)", "f(password='***', a=1)"),
        # What closes here may be a part of the secret.
        ("password='a'hush b", 'password=*** b'),
        ('password=[a]hush b', 'password=*** b'),
        ("password='a hush'hush b", 'password=*** b'),
        ('password=(a hush)hush b', 'password=*** b'),
        ('password=[1, {2: hush}]hush&b=c', 'password=***&b=c'),
        ('GET /a?name[]=password&value[]=hush 200',
         'GET /a?name[]=password&value[]=*** 200'),
        ('name_1: password, value_1: hush', 'name_1: password, value_1: ***'),
        ('f(auth={"a": "hush"}, b=1)', 'f(auth="***", b=1)'),
        ('got {"auth": [1} hush', 'got {"auth": "***"'),
        ("[('X-Auth-Token', 'hush'), ('a', 'b')]",
         "[('X-Auth-Token', ***), ('a', 'b')]"),
        ('<a><token>hush</token>b</a>', '<a><token>***</token>b</a>'),
        ('<a><token>x hush":y</token>b</a>', '<a><token>***</token>b</a>'),
        ('Bad password "hush hush" for u', 'Bad password "***" for u'),
        ("IDENTIFIED BY 'hush'", "IDENTIFIED BY '***'"),
        ("connect(token 'hush", "connect(token '***"),
        ('setPassword( "hush")', 'setPassword( "***")'),
        ('machine h login u password hush', 'machine h ***'),
        ('machine h\n login u\n account a\n password hush\nmachine i',
         'machine h\n ***\nmachine i'),
        ('{"output_key":"admin_password","output_value":"hush"',
         '{"output_key":"***","output_value":"***"'),
        ('run --password hush --v 1', 'run --password *** --v 1'),
        ('run --A:b.user_data hush --v', 'run --A:b.user_data *** --v'),
        ('run --user[pass] hush --v', 'run --user[pass] *** --v'),
        ('http://u:hush@h/p?a=1&sig=hush', 'http://***@h/p?a=1&sig=***'),
        ('http://h/cb?code=hush&state=1', 'http://h/cb?code=***&state=1'),
        ('to amqp://u:hu/sh@h:1/ now', 'to amqp://***@h:1/ now'),
        ('a %70assword%3Dhush b', 'a *** b'),
        ('&quot;token&quot;: &quot;hush&quot;.',
         '&quot;token&quot;: &quot;***&quot;.'),
        ('{"pass\\u0077ord": "hush"', '{"pass\\u0077ord": "***"'),
        (f'key is {JWT}.', 'key is ***'),
        (f'key is {FERNET} .', 'key is *** .'),
        ('key is AKIAHUSHHUSHHUSHHUSH.', 'key is ***'),
        ('AGE-SECRET-KEY-1HUSHHUSH', '***'),
        ('PuTTY-User-Key-File-3: ssh-rsa\nhush', '***'),
        ('apiVersion: v1\nkind: Config\nusers: hush', '***'),
        ('#cloud-config\nusers: hush', '***'),
        ('a ' + encoded('password: hush') + ' b', 'a *** b'),
        (encoded('{"a": {"token": "hush"}}'), '***'),
        (base64.encodebytes(b'{"token": "%s"}' % (b'hush' * 40)).decode(),
         '***'),
    ],
)  # fmt: skip
def test_secrets_of_a_text_go(text, redacted):
    """By the name in front of them, or by their shape."""
    assert redacted == Redactor().text(text)


@pytest.mark.parametrize(
    'kind',
    [
        'PRIVATE KEY',
        'RSA PRIVATE KEY',
        'EC PRIVATE KEY',
        'DSA PRIVATE KEY',
        'ENCRYPTED PRIVATE KEY',
        'OPENSSH PRIVATE KEY',
        'PGP PRIVATE KEY BLOCK',
    ],
)
def test_private_keys_go_whatever_they_are_called(kind):
    """In a text, in JSON, and where their end is missing."""
    redactor = Redactor()
    text = f'before {PEM.format(kind)} behind'

    assert 'before *** behind' == redactor.text(text)
    assert {'x': 'before *** behind'} == redactor.document({'x': text})
    assert 'hush' not in redactor.text(json.dumps({'x': text})[:-60])
    assert 'before ***' == redactor.text(text.partition('-----END')[0])


@pytest.mark.parametrize('alphabet', [b'+/', b'-_'])
def test_both_alphabets_of_base64_are_read(alphabet):
    """That of URLs has two letters of its own."""
    text = base64.b64encode(b'{"token": "hush>>>???"}', alphabet)

    assert {*alphabet} < {*text}
    assert 'a *** b' == Redactor().text(f'a {text.decode()} b')


@pytest.mark.parametrize(
    'charset', ['utf-8', 'utf-16', 'utf-16-le', 'utf-16-be']
)
def test_base64_that_is_cut_is_read_as_far_as_it_goes(charset):
    """Whoever reads the trail leaves the last letter out."""
    text = base64.b64encode(
        '{"token": "hush", "\xfc": "\u4e2d'.encode(charset)
    )

    for end in range(len(text) - 12, len(text)):
        assert '***' == Redactor().text(text[:end].decode())


@pytest.mark.parametrize(
    'text',
    [
        'the server is out of memory',
        'no such key in there',
        "no such token in 'there'",
        'login as a user, password as a secret',
        'the default: nothing is hidden',
        'begins with eyJhbGciOiJIUzI1NiJ9 and a dot.',
        'KeyError: name',
        '2026-11-20T16:12:00+00:00 took 3.5 s: done',
        'http://10.0.0.1:8774/v2.1/servers/detail?limit=3&marker=a',
        'see http://h:80/a@b, and mail to a@b.c',
        'Basic usage: see the manual',
        'a/very/long/path/of/many/segments/that/leads/to/some/thing',
        'internationalization of counterproductivenesses',
        '70a599e0-31e7-49b7-b260-868f441e862b',
        'sha256:' + '0123456789abcdef' * 4,
        '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
        'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGVub3VnaA a@b',
        encoded('nothing to see here, move along'),
        '{"name": "a", "size": 3}',
        '{ "name": "a",\n "size": 3 }',
        '100% of 50%25',
        'a=1, b=2; c: 3',
    ],
)
def test_texts_without_secrets_stay(text):
    """Letter by letter."""
    assert text == Redactor().text(text)


@pytest.mark.parametrize('mode', ['mask', 'drop', 'hash'])
def test_utf_16_in_disguise_goes(mode):
    """With a NUL behind each letter no name looks like one."""
    text = 'password=hush'.encode('utf-16-le').decode('latin-1')

    assert 'h\0u' not in Redactor(mode=mode, key=b'k' * 32).text(text)
    assert 'a\0b' == Redactor().text('a\0b')
