# SPDX-License-Identifier: Apache-2.0

"""A free text in, the values of its ``name=value`` and ``name: value`` out.

Of JSON too that is broken, in quotes, or escaped. Where the end of a value
cannot be told, it is the end of the text: more is hidden then, never less.
"""

from collections.abc import Callable
from collections.abc import Iterator
import re

from cadf_audit.redaction.shapes import Span

# What stands between a name and a value.
_separator = re.compile(r'[=:]|\\u003[ADad]')
_some_name = re.compile(r'[\w.\-\[\]%$@/\\]+').match
_quotes = ('"', "'", '`', '&quot;', '&#34;', '&#39;', '&apos;')
_ESCAPED_QUOTES = ('\\u0022', '\\u0027')
_opening = re.compile(
    r'[bBfFrRuU]{0,2}'
    r'(?:(\\*)(["\'`])|(&quot;|&#3[49];|&apos;|\\u002[27]))'
)
_blank = re.compile(r'[ \t]*')
_sign = re.compile(r'[=:>]*')
_bare = re.compile(r'[^\s&]*')
_line = re.compile(r'[^\r\n]*')
_further_lines = re.compile(r'(?:\r?\n[ \t]+[^\r\n]*)*')
_scheme = re.compile(
    r'(?:basic|bearer|digest|negotiate|ntlm|aws4-hmac-sha256)(?:\s|$)', re.I
)
# Behind a quote that closes: else it is a part of the value.
_is_over = re.compile(r'[,;:.)\]}>/"\'\\]*(?:\s|\Z)|&').match
_escaped = re.compile(r'\\+u([0-9A-Fa-f]{4})')
# A row of backslashes at once: each on its own would be read to its end.
_bracket = re.compile(r'\\*["\'`]|\\+|[(){}\[\]]')

# Blanks, also as JSON inside of JSON writes them.
_GAP = r'(?:\s|\\{1,8}[nrt]){0,40}'
_pair = re.compile(
    rf'[\[(]{_GAP}(\\{{0,8}})(["\'])([^"\'\\]{{1,128}})\1\2{_GAP},{_GAP}'
)

_CLOSING = {'{': '}', '[': ']', '(': ')'}

# Whether the name of a value is that of a secret; whether it stands in a
# query.
Judge = Callable[[str, bool], bool]


def replace_values(
    text: str, judge: Judge, replace: Callable[[str], str]
) -> str:
    """Return a text with other values under the names that are judged so.

    :param text: the text
    :param judge: says which names
    :param replace: returns what becomes of a value
    """
    parts = []
    done = floor = 0
    found = _separator.search(text)
    while found:
        name, is_quoted = _name(text[floor : found.start()])
        floor = found.end()
        if name:
            before = text[found.start() - len(name) - 1 : found.start()][:1]
            if judge(name, before in ('?', '&') and found[0] == '='):
                begin, end, quote = _value(text, found, is_quoted)
                if begin < end:
                    shown = replace(text[begin:end])
                    parts += [text[done:begin], quote, shown, quote]
                    done = floor = end
        found = _separator.search(text, floor)
    if not parts:
        return text
    parts.append(text[done:])
    return ''.join(parts)


def pair_values(text: str, hides: Callable[[str], bool]) -> Iterator[Span]:
    """Yield where values stand behind their names in brackets.

    ``('X-Auth-Token', 'hunter2')``, as lists of headers are written.

    :param text: the text
    :param hides: says which names are those of secrets
    """
    found = _pair.search(text)
    while found:
        position = found.end()
        if hides(found[3]):
            position = max(_bracket_end(text, found.start()) - 1, position)
            yield found.end(), position
        found = _pair.search(text, position)


def _name(before: str) -> tuple[str, bool]:
    """Return the name that a text ends in, and whether it is in quotes."""
    # Backwards, since a pattern that is tied to an end is slow.
    stripped = before.rstrip(' \t\\')
    for quote in _quotes:
        if stripped.endswith(quote):
            inside = stripped[: -len(quote)].rstrip('\\')
            begin = inside.rfind(quote)
            name = inside[begin + len(quote) :] if begin >= 0 else inside
            is_quoted = True
            break
    else:
        found = _some_name(stripped[::-1])
        name = found[0][::-1] if found else ''
        is_quoted = name.lower().endswith(_ESCAPED_QUOTES)
    if '\\' in name:
        name = _escaped.sub(lambda code: chr(int(code[1], 16)), name)
    return name, is_quoted


def _value(
    text: str, found: re.Match[str], is_quoted: bool
) -> tuple[int, int, str]:
    """Return where a value stands, and the quotes that it needs.

    :param text: the text
    :param found: what stands in front of the value
    :param is_quoted: whether the name is in quotes
    """
    sign_end = _end(_sign, text, found.end())
    begin = _end(_blank, text, sign_end)
    spaced = begin > sign_end or text[found.start() - 1] in ' \t'
    of_line = found[0] != '=' or (spaced and not is_quoted)
    opening = _opening.match(text, begin)
    if opening and (is_quoted or not of_line):
        end = _quoted_end(text, opening)
        closed = end + len(opening[1] or '') + len(opening[2] or opening[3])
        if is_quoted or _is_over(text, closed):
            return opening.end(), end, ''
        return begin, _end(_bare, text, closed), ''
    first = text[begin : begin + 1]
    if first in _CLOSING and (is_quoted or not of_line):
        end = _bracket_end(text, begin)
        if is_quoted or _is_over(text, end):
            return begin, end, '"'
        # Not less than was read: else the next value may read it all again.
        return begin, _end(_bare, text, end), ''
    if first in ('', '\r', '\n'):
        # What follows may be the value, and of YAML is.
        end = len(text) if of_line else _end(_further_lines, text, begin)
        return begin, end, ''
    if first in '|>' and of_line:
        return begin, len(text), ''
    if of_line or _scheme.match(text, begin):
        end = _end(_line, text, begin)
        return begin, _end(_further_lines, text, end), ''
    return begin, _end(_bare, text, begin), ''


def _end(pattern: re.Pattern[str], text: str, begin: int) -> int:
    found = pattern.match(text, begin)
    return found.end() if found else begin


def _quoted_end(text: str, opening: re.Match[str]) -> int:
    """Return where the quotes close, or the end of the text."""
    position = opening.end()
    if not opening[3]:
        return _closing_quote(text, position, len(opening[1]), opening[2])
    end = text.find(opening[3], position)
    return len(text) if end < 0 else end


def _closing_quote(text: str, position: int, depth: int, quote: str) -> int:
    """Return where a value in quotes ends, or the end of the text.

    :param text: the text
    :param position: behind the opening quote
    :param depth: how many backslashes stand in front of that
    :param quote: the quote
    """
    while (end := text.find(quote, position)) >= 0:
        begin = end
        while begin > position and text[begin - 1] == '\\':
            begin -= 1
        escapes = end - begin
        if depth:
            if escapes <= depth:
                return begin
            position = end + 1
            continue
        doubled = text[end + 1 : end + 2] == quote
        if escapes % 2 == 0 and not doubled:
            return end
        position = end + 1 + doubled
    return len(text)


def _bracket_end(text: str, begin: int) -> int:
    """Return where a bracket is closed, or the end of the text."""
    open_ones: list[str] = []
    position = begin
    while found := _bracket.search(text, position):
        each = found[0]
        position = found.end()
        if each in _CLOSING:
            open_ones.append(_CLOSING[each])
        elif each in ')}]':
            if open_ones.pop() != each:
                return len(text)
            if not open_ones:
                return position
        elif each[-1] != '\\':
            depth = len(each) - 1
            position = _closing_quote(text, position, depth, each[-1])
            position += depth + 1
    return len(text)
