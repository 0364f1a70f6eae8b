# SPDX-License-Identifier: Apache-2.0

"""A text in, where in it something has the shape of a secret out.

Whatever it is called: private keys, tokens, passwords in front of a host.
Nothing here takes longer than the text is long, whatever a client writes.
"""

import binascii
import codecs
from collections.abc import Iterator
import re
from typing import NamedTuple

#: a part of a text, and what of it to hash
Span = tuple[int, int]


class Block(NamedTuple):
    """What a file that holds a secret looks like.

    :param name: what it is
    :param begin: how it begins, or what tells it
    :param end: how it ends; without, the whole text is hidden
    """

    name: str
    begin: str
    end: str = ''


#: files that are hidden as a whole
BLOCKS = (
    # RSA, EC, DSA, ENCRYPTED, OPENSSH, and PGP, whose end has a BLOCK more.
    Block(
        'PEM',
        r'-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----',
        r'-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----',
    ),
    Block(
        'SSH2',
        r'---- BEGIN SSH2 [A-Z ]{0,20}PRIVATE KEY ----',
        r'---- END SSH2 [A-Z ]{0,20}PRIVATE KEY ----',
    ),
    Block('PuTTY', r'PuTTY-User-Key-File-'),
    Block(
        'netrc',
        r'\blogin\s{1,40}\S{1,255}\s{1,40}(?:account\s{1,40}\S{1,255}\s{1,40})?'
        r'password\s{1,40}(?=\S)',
        r'\S+',
    ),
    Block('kubeconfig', r'\bkind["\']?\s{0,9}:\s{0,9}["\']?Config\b'),
    Block('cloud-init', r'#cloud-(?:config|boothook|init)'),
    Block('cloud-init', r'Content-Type: multipart/mixed;'),
)


class Token(NamedTuple):
    """What a token looks like in the run of letters that holds it.

    :param name: what it is
    :param mark: a text that it has
    :param shape: a regular expression that only such tokens match
    :param dots: how many dots follow at least
    """

    name: str
    mark: str
    shape: str
    dots: int = 0


#: texts that are secrets wherever they stand
TOKENS = (
    Token('JWT', 'eyJ', r'eyJ', dots=2),
    Token('Fernet', 'gAAAA', r'gAAAA[\w-]{60}'),
    Token('AWS access key', 'A', r'A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{16}'),
    Token('age', 'AGE-', r'AGE-(?:SECRET-KEY|PLUGIN)-'),
    Token('GitHub', 'gh', r'gh[opusr]_\w{20}'),
    Token('GitHub', 'github_pat_', r'github_pat_\w{20}'),
    Token('GitLab', 'glpat-', r'glpat-[\w-]{16}'),
    Token('Slack', 'xox', r'xox[abeoprs]-[\w-]{10}'),
    Token('Stripe', '_live_', r'[rs]k_live_\w{10}'),
    Token('Google', 'AIza', r'AIza[\w-]{30}'),
    Token('Vault', 'hv', r'hv[bsr]\.[\w-]{20}'),
)

_tokens = tuple(
    (each.mark, re.compile(each.shape).search, each.dots) for each in TOKENS
)
_blocks = tuple(
    (re.compile(each.begin), re.compile(each.end) if each.end else None)
    for each in BLOCKS
)
# A text without is not looked at further.
_some_block = re.compile(
    r'PRIVATE KEY|PuTTY-User|\bConfig\b|#cloud-|multipart/mixed|\blogin\s'
)

#: nothing shorter is a token, or worth decoding
SHORTEST = 16
_run = re.compile(r'[A-Za-z0-9_+/.~-]{16,}={0,2}')
_base64 = re.compile(r'[A-Za-z0-9+/_-]+={0,2}').fullmatch

_scheme = re.compile(
    r'\b(basic|bearer|negotiate|ntlm)\s+([^\s,;"\'<>&]{4,})', re.I
)
_is_host = re.compile(r'\[.*|[^:]*(?::\d{0,5})?["\'),.;]*').fullmatch
_authority = re.compile(r'[^/?#\s]*')
_word = re.compile(r'\S*')


#: whether a text is the public half of a key, as SSH has it
is_public_key = re.compile(
    r'\s*(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp\d{3}|sk-[\w@.-]{1,40})'
    r' [A-Za-z0-9+/]{16,}={0,3}(?: [^\r\n]{0,255})?\s*'
).fullmatch


def blocks(text: str) -> Iterator[Span]:
    """Yield where files stand that are secret as a whole."""
    if _some_block.search(text) is None:
        return
    for begin, end in _blocks:
        position = 0
        while found := begin.search(text, position):
            if end is None:
                yield 0, len(text)
                return
            closing = end.search(text, found.end())
            position = closing.end() if closing else len(text)
            yield found.start(), position


def schemes(text: str) -> Iterator[Span]:
    """Yield where the credentials of HTTP stand."""
    for found in _scheme.finditer(text):
        # "Basic usage" is none.
        if found[1].lower() != 'basic' or ':' in decoded(found[2]):
            yield found.span(2)


def runs(text: str) -> Iterator[Span]:
    """Yield where there are as many letters in a row as a token has."""
    for found in _run.finditer(text):
        yield found.span()


def is_token(run: str) -> bool:
    """Say whether a run of letters holds a token."""
    for mark, search, dots in _tokens:
        if mark in run:
            found = search(run)
            if found and run.count('.', found.end()) >= dots:
                return True
    return False


def user_infos(text: str) -> Iterator[Span]:
    """Yield where user and password stand in front of a host."""
    position = text.find('://')
    word_end = last_at = 0
    while position >= 0:
        begin = position + 3
        limit = _skip(_authority, text, begin)
        at = text.rfind('@', begin, limit)
        if at < 0 and not _is_host(text[begin:limit]):
            # No port: a password with a slash or the like in it.
            if begin >= word_end:
                word_end = _skip(_word, text, begin)
                last_at = text.rfind('@', begin, word_end)
            at = last_at
        if at > begin:
            yield begin, at
        position = text.find('://', max(limit, at))


def _skip(pattern: re.Pattern[str], text: str, begin: int) -> int:
    found = pattern.match(text, begin)
    return found.end() if found else begin


def decoded(run: str) -> str:
    """Return the text that something in base64 holds; empty if it is none.

    :param run: the text that may be base64, in lines or not
    """
    if '\n' in run:
        run = ''.join(map(str.strip, run.split('\n')))
    if _base64(run) is None:
        return ''
    run = run.rstrip('=').replace('-', '+').replace('_', '/')
    if len(run) % 4 == 1:
        # It was cut: a letter alone says nothing.
        run = run[:-1]
    try:
        content = binascii.a2b_base64(run + '=' * (-len(run) % 4))
    except binascii.Error:
        return ''
    return as_text(content)


def as_text(content: bytes) -> str:
    """Return bytes as text, be it cut; an empty one if they are none."""
    try:
        if content[:2] in (b'\xff\xfe', b'\xfe\xff'):
            text, _ = codecs.utf_16_decode(content, 'strict', False)
        elif b'\0' not in content[:4]:
            text, _ = codecs.utf_8_decode(content, 'strict', False)
        elif content[0] == 0:
            text, _ = codecs.utf_16_be_decode(content, 'strict', False)
        else:
            text, _ = codecs.utf_16_le_decode(content, 'strict', False)
    except UnicodeDecodeError:
        return ''
    return '' if '\0' in text else text
