# SPDX-License-Identifier: Apache-2.0

"""Texts that are made to be slow go in; the answer comes in time."""

import time

import pytest

from cadf_audit.redaction import Redactor

SIZE = 64 * 1024
# A loop inside of a loop over so many letters would take minutes.
LIMIT = 10

PIECES = [
    '=',
    ':',
    'a',
    '"',
    "'",
    '\\',
    '\\"',
    '{',
    '[',
    '(',
    '}',
    '%',
    '%3D',
    '<',
    ' ',
    '\n',
    '-',
    '/',
    '://',
    '@',
    'eyJ',
    'gAAAA',
    'AKIA',
    'a.',
    'AAAA',
    'password=',
    'password: ',
    'password="',
    "password='",
    'password={',
    'password=[',
    'password=\\',
    '"password":',
    '"password":{"',
    '"password":"',
    '\\"password\\":\\"',
    '<password>',
    '<password',
    '--password ',
    'basic ',
    'basic a',
    'bearer aaaaa ',
    '://a:b/',
    '://a:b@',
    '-----BEGIN ',
    '-----BEGIN PRIVATE KEY-----',
    'kind: ',
    '("password",',
    '["password", [',
    '&quot;',
    'password=&quot;',
    '{"name":',
    'name: password ',
    '%70',
    '&a=',
    ';a',
    'password\\u003d',
    '\\u0022',
    'password: |',
    'a"b',
    '{"a":"',
    'Zm9v',
    '-a.',
    '-a:-',
    '-a[',
    'login a password ',
    'login ',
    'token "',
    "identified by '",
    'token (',
    'hidden: ',
    'name=',
    'name=token&',
    'a=&',
    'a b=',
    'value%5D=',
    'ssh-rsa AAAA',
    '\u0430',
]


@pytest.mark.parametrize('piece', PIECES)
def test_no_text_takes_long(piece):
    """Whatever is said as often as fits."""
    text = (piece * SIZE)[:SIZE]
    redactor = Redactor()
    begin = time.process_time()

    redactor.text(text)
    redactor.text(text + '@"\'})]>')
    redactor.query(text)
    redactor.form(text)

    assert time.process_time() - begin < LIMIT


@pytest.mark.parametrize(
    ('first', 'second'),
    [
        ('token=( ', ')x '),
        ('token=[ ', ']x '),
        ('token={ ', '}x '),
        ('token=([{ ', '}])x '),
        ('token=(a=[b={ ', '}])x '),
        ('token=( ', ') )))x'),
        ('token=( "a" ', ')x '),
        ('token="( ', ')x" '),
        ('token=\'" ', '"x\'x '),
        ('token=\\"\' ', '\'x "x '),
        ('token=&quot;( ', ')&quot;x '),
        ('"token": { ', '}x '),
        ('("token", ( ', ')x '),
        ('<token> ', '</token'),
        ('<token>< ', '>x '),
        ('--token ( ', ')x '),
    ],
)
def test_far_ends_are_read_once(first, second):
    """Eight times the text takes not much more than eight times as long."""
    redactor = Redactor()

    def seconds(size):
        count = size // len(first + second)
        text = first * count + second * count
        tries = []
        for _ in range(5):
            begin = time.process_time()
            redactor.text(text)
            tries.append(time.process_time() - begin)
        return min(tries)

    # Sixty-four times as long, if each value were read to its end again.
    assert seconds(SIZE) < 16 * seconds(SIZE // 8)


def test_no_document_is_too_deep():
    """Nor any list, nor JSON inside of JSON."""
    value = {'password': 'hush', 'a': 'b'}
    for _ in range(50_000):
        value = {'a': [value]}

    redacted = Redactor().document(value)
    for _ in range(50_000):
        redacted = redacted['a'][0]

    assert {'password': '***', 'a': 'b'} == redacted


def test_text_that_nests_too_deeply_is_read_as_free_text():
    """What JSON's own reader gives up on."""
    text = '[' * 100_000 + '{"password":"hush"}' + ']' * 100_000

    assert 'hush' not in Redactor().text(text)
