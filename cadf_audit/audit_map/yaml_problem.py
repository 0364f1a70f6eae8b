# SPDX-License-Identifier: Apache-2.0

"""An error of the YAML library in, what somebody has to mend out."""

import yaml

# What the library says, in part, and what helps then.
_TAB = 'a tab stands where something begins; YAML is indented with spaces'
_ALIAS = (
    'a value that begins with * is the name of another one in YAML; to mean '
    'the text, put it in quotes'
)
_HELP = (
    ('a tab character', _TAB),
    (
        'mapping values are not allowed',
        "a second ': ' stands in one value, or the indentation is wrong; "
        "quote a key or value that has ': ' in it, or correct the indentation",
    ),
    ('found undefined alias', _ALIAS),
    (
        'but found another document',
        'the file has a second document; it has to be one: take the line --- '
        'away',
    ),
)

_FLOWS = {
    'while parsing a flow mapping': ('{', '}'),
    'while parsing a flow sequence': ('[', ']'),
}


def yaml_problem(error: yaml.YAMLError, text: str) -> tuple[str, int | None]:
    """Return what is wrong with a text that should be YAML, and its line.

    :param error: what the library raised
    :param text: the text
    """
    problem = str(getattr(error, 'problem', None) or '')
    mark = getattr(error, 'problem_mark', None)
    line = mark.line + 1 if mark is not None else None
    begun = getattr(error, 'context_mark', None)
    told = next((helps for part, helps in _HELP if part in problem), None)
    if mark is not None and 'cannot start any token' in problem:
        found = text.split('\n')[mark.line][mark.column : mark.column + 1]
        told = _TAB if found == '\t' else None
    if told is None and begun is not None:
        context = str(getattr(error, 'context', None) or '')
        if context == 'while scanning an alias':
            told = _ALIAS
        elif context in _FLOWS:
            first, last = _FLOWS[context]
            told = (
                f'the {first} in this line has no {last}, or between them is '
                'a comma missing or a quote'
            )
            if line != begun.line + 1:
                told += f'; line {line} cannot belong to it'
            line = begun.line + 1
        elif 'quoted scalar' in context and 'end of stream' in problem:
            told = 'the quote that begins in this line has no end'
            line = begun.line + 1
    told = told or problem or str(error).split('\n')[0]
    return f'this is no YAML: {told}', line
