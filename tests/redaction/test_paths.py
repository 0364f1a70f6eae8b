# SPDX-License-Identifier: Apache-2.0

"""A value and paths go in; what the paths choose comes out."""

import itertools
import json

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.redaction.paths import choose
from cadf_audit.redaction.paths import JsonPaths
from cadf_audit.redaction import Redactor

REDACTORS = {'mask': Redactor(), 'drop': Redactor(mode='drop')}
VALUE = {
    'server': {
        'name': 'web',
        'a b': 1,
        'nics': [{'ip': '10.0.0.1', 'mac': 'x'}, {'ip': '10.0.0.2'}],
    },
    'name': 'top',
}


def paths(*texts):
    """Return paths, or None for none."""
    return JsonPaths(texts) if texts else None


@pytest.mark.parametrize(
    ('allow', 'deny', 'chosen'),
    [
        ([], [], VALUE),
        (['$'], [], VALUE),
        ([], ['$'], None),
        (['$.name'], [], {'name': 'top'}),
        (['$.server.name'], [], {'server': {'name': 'web'}}),
        (["$.server['a b']"], [], {'server': {'a b': 1}}),
        (['$["server"].name'], [], {'server': {'name': 'web'}}),
        (
            ['$.server.nics[1]'],
            [],
            {'server': {'nics': [{'ip': '10.0.0.2'}]}},
        ),
        (
            ['$.server.nics[*].ip'],
            [],
            {'server': {'nics': [{'ip': '10.0.0.1'}, {'ip': '10.0.0.2'}]}},
        ),
        (
            ['$..name'],
            [],
            {'server': {'name': 'web', 'nics': [{}, {}]}, 'name': 'top'},
        ),
        (['$.*.name'], [], {'server': {'name': 'web'}}),
        (['$.server'], ['$..nics'], {'server': {'name': 'web', 'a b': 1}}),
        (
            ['$.server'],
            ['$.server.nics[*].*', '$..name'],
            {'server': {'a b': 1, 'nics': [{}, {}]}},
        ),
        ([], ['$.server.nics[0]', '$.server.name', "$..['a b']"], {
            'server': {'nics': [{'ip': '10.0.0.2'}]}, 'name': 'top',
        }),
        (['$.no.such'], [], {}),
        (['$.name.inner'], [], {}),
        (['$.server[0]'], [], {'server': {}}),
        ([], ['$..*'], {}),
    ],
)  # fmt: skip
def test_paths_choose(allow, deny, chosen):
    """What is denied goes, also out of what is allowed."""
    before = json.dumps(VALUE)

    assert chosen == choose(VALUE, paths(*allow), paths(*deny))
    assert before == json.dumps(VALUE)


def test_what_is_allowed_is_redacted_all_the_same():
    """A path chooses; it does not vouch for what it leads to."""
    redacted = Redactor().document(
        {'server': {'adminPass': 'hush', 'name': 'a'}, 'b': 1},
        paths('$.server'),
    )

    assert {'server': {'adminPass': '***', 'name': 'a'}} == redacted


@pytest.mark.parametrize(
    ('value', 'allow', 'deny', 'redacted'),
    [
        (
            {'env': [{'name': 'password', 'value': 'hush'}]},
            [],
            ['$..name'],
            {'env': [{'value': '***'}]},
        ),
        (
            {'env': [{'name': 'password', 'value': {'a': 'hush', 'b': 1}}]},
            ['$.env[*].value.a'],
            [],
            {'env': [{'value': '***'}]},
        ),
        ({'name': 'a', 'value': 'b'}, ['$.value'], [], {'value': 'b'}),
        ({'hidden': 'yes', 'default': 'hush'}, [], ['$.hidden'], {
            'default': '***',
        }),
        ({'access': 'hush', 'secret': 'x'}, [], ['$.secret'], {
            'access': '***',
        }),
        # A key is a name where a value stands beside it.
        ({'key': 'size', 'value': 3}, ['$.key'], [], {'key': 'size'}),
        (['--token', 'hush', 'a'], [], ['$[0]'], ['***', 'a']),
        (['--token', '--x', 'a', '--pin', 'hush'], ['$[1]', '$[4]'], [], [
            '***', '***',
        ]),
        (['--token', 1, 'hush', 'a'], ['$[2]', '$[3]'], [], ['***', 'a']),
        (['a', ['pin', 'hush'], 'b'], ['$[1][1]'], [], [['***']]),
        ([['pin', 'hush']], [], ['$[0][1]'], [['pin']]),
        ([['a', 'b'], ['pin', 'c', 'd']], ['$[*][1]'], [], [['b'], ['c']]),
        ([['pin', 'hush', 'a']], [], ['$[0][2]'], [['pin', 'hush']]),
        ([['a'], {'b': [['pin', ['hush']]]}], [], ['$[0]', '$..*[0][0]'], [
            {'b': [['***']]},
        ]),
    ],
)  # fmt: skip
def test_what_is_left_out_says_what_the_rest_is(value, allow, deny, redacted):
    """The name of a password may be left out, and its value hides."""
    before = json.dumps(value)

    assert redacted == Redactor().document(value, paths(*allow), paths(*deny))
    assert before == json.dumps(value)


@pytest.mark.parametrize(
    ('value', 'deny', 'redacted'),
    [
        # What goes as a secret moves nothing to the place of another.
        (['--pin', 'hush', 'denied', 'a'], ['$[2]'], ['--pin', 'a']),
        ([['pin', 'hush'], 'denied', 'a'], ['$[1]'], [['pin'], 'a']),
        ([['pin', 'hush']], ['$[0][0]'], [[]]),
        ({'name': 'pin', 'value': 'hush', 'a': 1}, ['$.name'], {'a': 1}),
        ({'token=hush': 'denied', 'a': 1}, ["$['token=hush']"], {'a': 1}),
    ],
)
def test_what_is_denied_is_not_shown_where_secrets_go(value, deny, redacted):
    """A path leads to where something stood in the body."""
    redactor = Redactor(mode='drop')

    assert redacted == redactor.document(value, None, paths(*deny))


def test_hash_of_a_secret_is_made_without_what_is_denied():
    """Not even its hash is told."""
    redactor = Redactor(mode='hash', key=b'k' * 32)
    shown = [
        redactor.document({'pin': value}, None, paths('$.pin.a'))
        for value in ({'a': 'hush', 'b': 1}, {'b': 1})
    ]

    assert shown[0] == shown[1]


@pytest.mark.parametrize(
    'text', ['', 'name', '$.', '$name', '$.a..', '$[a]', '$[-1]', '$.a[?b]']
)
def test_what_is_no_path_is_refused(text):
    """The message says what one looks like."""
    with pytest.raises(ValueError, match='is no JSON path; one looks like'):
        JsonPaths([text])


KEYS = st.sampled_from(['a', 'b'])
VALUES = st.recursive(
    st.integers(0, 9),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=12,
)
STEPS = st.lists(
    st.tuples(st.booleans(), st.one_of(KEYS, st.integers(0, 2), st.just('*'))),
    max_size=4,
)


def spell(steps):
    """Return the path of steps."""
    text = '$'
    for deep, key in steps:
        name = f'[{key}]' if isinstance(key, int) else f'["{key}"]'
        text += ('..' if deep else '') + ('[*]' if key == '*' else name)
    return text


def leads(steps, place):
    """Say slowly whether steps lead to a place, or above it."""
    if not steps:
        return True
    if not place:
        return False
    (deep, key), rest = steps[0], steps[1:]
    fits = key == '*' or (type(key) is type(place[0]) and key == place[0])
    return (fits and leads(rest, place[1:])) or (
        deep and leads(steps, place[1:])
    )


def leaves(value, place=()):
    """Yield each scalar with its place."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, (*place, key))
    elif isinstance(value, list):
        for key, each in enumerate(value):
            yield from leaves(each, (*place, key))
    else:
        yield place, value


@given(
    value=VALUES,
    allow=st.none() | st.lists(STEPS, max_size=3),
    deny=st.none() | st.lists(STEPS, max_size=3),
)
@settings(max_examples=300, deadline=None)
def test_paths_choose_what_a_slow_reader_chooses(value, allow, deny):
    """Each scalar is judged on its own, one path after the other."""
    expected = [
        each
        for place, each in leaves(value)
        if (allow is None or any(leads(steps, place) for steps in allow))
        and not any(leads(steps, place) for steps in deny or ())
    ]

    chosen = choose(
        value,
        None if allow is None else JsonPaths(map(spell, allow)),
        None if deny is None else JsonPaths(map(spell, deny)),
    )

    assert expected == [each for _, each in leaves(chosen) if each is not None]


# What says of something else that it is a secret, and may be left out.
SAYING = st.sampled_from(
    [
        {'name': 'pin', 'value': 0},
        {'value': [0], 'key': 'pin', 'a': 0},
        {'hidden': True, 'value': {'a': 0}},
        {'access': 0, 'secret': 0},
        ['--pin', 0, 'v'],
        ['--pin', '--pin', 'v'],
        [['pin', 0], ['pin', {'a': 0}]],
    ]
)
TELLING = st.recursive(
    SAYING | st.sampled_from([0, 'pin', '--pin', 'a', True]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(['a', 'name', 'value', 'access', 'secret', 'key']),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=16,
)
TELLING_STEPS = st.lists(
    st.tuples(
        st.booleans(),
        st.sampled_from(
            ['a', 'name', 'value', 'secret', 'hidden', 'key', 0, 1, '*']
        ),
    ),
    max_size=3,
)


def numbered(value, numbers):
    """Return a value with another number in the place of each."""
    if isinstance(value, dict):
        return {key: numbered(each, numbers) for key, each in value.items()}
    if isinstance(value, list):
        return [numbered(each, numbers) for each in value]
    return f'v{next(numbers)}' if value in (0, 'v') else value


def numbers_of(value):
    """Return the numbers that a value holds."""
    return {
        each
        for _, each in leaves(value)
        if isinstance(each, str) and each[:1] == 'v'
    }


@given(
    value=TELLING,
    allow=st.none() | st.lists(TELLING_STEPS, max_size=3),
    deny=st.none() | st.lists(TELLING_STEPS, max_size=3),
    mode=st.sampled_from(['mask', 'drop']),
)
@settings(max_examples=500, deadline=None)
def test_choice_shows_what_is_chosen_and_shown_without_it(
    value, allow, deny, mode
):
    """Nothing else, and nothing less."""
    value = numbered(value, itertools.count())
    allow = None if allow is None else JsonPaths(map(spell, allow))
    deny = None if deny is None else JsonPaths(map(spell, deny))
    redactor = REDACTORS[mode]

    shown = redactor.document(value, allow, deny)

    assert numbers_of(redactor.document(value)) & numbers_of(
        choose(value, allow, deny)
    ) == numbers_of(shown)
