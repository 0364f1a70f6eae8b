# SPDX-License-Identifier: Apache-2.0

"""Arguments in, the names and values of a question out; and back again.

The options are those of the tables of the query, so that there is one for
whatever can be asked.
"""

import argparse
from collections.abc import Container
from collections.abc import Iterable
import shlex
from urllib.parse import parse_qsl
from urllib.parse import urlsplit

from cadf_audit.trail.query.event_query import FILTERS
from cadf_audit.trail.query.event_query import QueryError
from cadf_audit.trail.query.event_query import SINGLE
from cadf_audit.trail.query.event_query import WINDOW
from cadf_audit.trail.readings import Pairs

#: what is counted, and has no value
_FLAGS = ('total',)

_PREFIX = 'asked_'


def option(name: str) -> str:
    """Return the option for a parameter.

    :param name: the name of the parameter
    """
    return '--' + name.replace('_', '-')


def add_question(
    parser: argparse.ArgumentParser,
    single: Iterable[str] = tuple(SINGLE),
    without: Container[str] = (),
) -> None:
    """Let a parser know how to ask.

    :param parser: the parser
    :param single: those parameters of :data:`SINGLE` that there are
    :param without: those of :data:`FILTERS` that there are not
    """
    group = parser.add_argument_group(
        'filters',
        'Different ones have to hold all at once; of one that is repeated, '
        "any. A ! in front of a value: not this one, as in --owner '!admin', "
        'and a value that begins with ! has a backslash in front of it.',
    )
    for name, parameter in FILTERS.items():
        if name not in without:
            _add(group, name, parameter.help, 'VALUE')
    group = parser.add_argument_group('which of them')
    for name in single:
        if name in _FLAGS:
            group.add_argument(
                option(name),
                dest=_PREFIX + name,
                action='store_const',
                const=['true'],
                help='say how many there are on all pages, up to a bound',
            )
        else:
            is_time = name in WINDOW
            _add(group, name, SINGLE[name], 'TIME' if is_time else 'VALUE')


def _add(
    group: argparse._ArgumentGroup, name: str, text: str, metavar: str
) -> None:
    group.add_argument(
        option(name),
        dest=_PREFIX + name,
        # What may stand once is complained of by the query, with all else.
        action='append',
        metavar=metavar,
        help=text.replace('%', '%%'),
    )


def asked_pairs(parsed_args: argparse.Namespace) -> Pairs:
    """Return the names and values that arguments ask with.

    :param parsed_args: the arguments
    :raises QueryError: one is no text
    """
    pairs = [
        (name, value)
        for name in (*FILTERS, *SINGLE)
        for value in getattr(parsed_args, _PREFIX + name, None) or ()
    ]
    problems = [
        (name, 'is no text of UTF-8')
        for name, value in pairs
        if not _is_text(value)
    ]
    if problems:
        raise QueryError(problems)
    return pairs


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def pairs_of(uri: str) -> Pairs:
    """Return the names and values that a URI asks with.

    :param uri: as an answer has it
    """
    return parse_qsl(urlsplit(uri).query, keep_blank_values=True)


def typed(pairs: Pairs) -> str:
    """Return how to ask with names and values on a command line.

    :param pairs: the names and values
    """
    words: list[str] = []
    for name, value in pairs:
        if name in _FLAGS:
            words.append(option(name))
        elif value.startswith('-'):
            words.append(f'{option(name)}={value}')
        else:
            words += [option(name), value]
    return shlex.join(words)
