# SPDX-License-Identifier: Apache-2.0

"""A text from anywhere in, the same without anything that acts out.

Control characters move a cursor, terminal escapes do worse, and the marks of
bidirectional text make one word look like another.
"""

_LATIN = 0xFF
_BASIC = 0xFFFF


def printable(text: str) -> str:
    r"""Return a text of one line, with an escape for what is not printable.

    :param text: any text
    :returns: ESC is there as ``\x1b``, a bidi mark as ``\u202e``
    """
    if text.isprintable():
        return text
    return ''.join([_shown(each) for each in text])


def _shown(each: str) -> str:
    if each.isprintable():
        return each
    number = ord(each)
    if number <= _LATIN:
        return f'\\x{number:02x}'
    return f'\\u{number:04x}' if number <= _BASIC else f'\\U{number:08x}'
