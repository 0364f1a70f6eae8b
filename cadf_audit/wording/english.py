# SPDX-License-Identifier: Apache-2.0

"""Names of a taxonomy in, English words out.

Only what is regular; what is not stands in words.yaml.
"""

import re

_hump = re.compile('(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])')
_gap = re.compile('[-_./ ]+')

_VOWELS = 'aeiou'
# Said like "you", or letter by letter.
_no_vowel = re.compile('(uni|us[aei]|ut[ei]|eu|one)', re.IGNORECASE)
_spelled_out = re.compile('[AEFHILMNORSX][A-Z0-9]+')


def split(name: str) -> list[str]:
    """Return the words of a name: ``extra-specs``, ``addFloatingIp``.

    :param name: a segment of an action or a typeURI
    """
    parts = _gap.split(_hump.sub(' ', name.removeprefix('os-')))
    return [part if part.isupper() else part.lower() for part in parts if part]


def plural(noun: str) -> str:
    """Return more than one of something.

    :param noun: one of it
    """
    if noun.endswith('y') and noun[-2:-1] not in _VOWELS:
        return f'{noun[:-1]}ies'
    if noun.endswith(('s', 'x', 'ch', 'sh')):
        return f'{noun}es'
    return f'{noun}s'


def singular(noun: str) -> str | None:
    """Return one of something; None if there is no more than one of it.

    :param noun: what may be a plural
    """
    if noun.endswith('ies') and len(noun) > len('ties'):
        return f'{noun[:-3]}y'
    if noun.endswith(('sses', 'xes', 'shes', 'tches', 'nches')):
        return noun[:-2]
    if noun.endswith('s') and not noun.endswith(('ss', 'us', 'is')):
        return noun[:-1] or None
    return None


def article(noun: str) -> str:
    """Return a noun with ``a`` or ``an`` in front of it.

    :param noun: one of something
    """
    first = noun[:1].lower()
    vowel = first in _VOWELS if first else False
    if vowel and _no_vowel.match(noun):
        vowel = False
    if _spelled_out.match(noun):
        vowel = True
    elif noun[:2].isupper():
        vowel = False
    return f'{"an" if vowel else "a"} {noun}'
