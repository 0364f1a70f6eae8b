# SPDX-License-Identifier: Apache-2.0

"""The table of verbs and nouns of the package."""

import itertools
import pathlib
import re

from hypothesis import given
from hypothesis import strategies as st
import pytest

import cadf_audit
from cadf_audit.taxonomy import ACTIONS
from cadf_audit.taxonomy import is_action
from cadf_audit.wording.words import load_words
from cadf_audit.wording.words import package_words

MAPS = pathlib.Path(cadf_audit.__file__).parent / 'maps'
WORDS = package_words()


@pytest.mark.parametrize('action', sorted(ACTIONS))
def test_each_action_of_cadf_has_a_verb(action):
    """No action of the taxonomy is "did something/else to"."""
    verb = WORDS.verb(action)

    assert not verb.base.startswith('do ') or action == 'unknown'


@pytest.mark.parametrize(
    ('action', 'base', 'past'),
    [
        ('delete', 'delete', 'deleted'),
        ('send', 'send', 'sent'),
        ('update/resize', 'resize', 'resized'),
        ('update/os-resize', 'resize', 'resized'),
        ('update/freeze', 'freeze', 'froze'),
        ('start/run', 'run', 'ran'),
        ('read/list', 'list', 'listed'),
        ('read/list/search', 'list', 'listed'),
        ('read/password', 'read the password of', 'read the password of'),
        (
            'update/password',
            'change the password of',
            'changed the password of',
        ),
        ('update/add_bgp_peer', 'add BGP peer to', 'added BGP peer to'),
        ('stop/whatever', 'stop', 'stopped'),
        ('update/xyz', 'do update/xyz to', 'did update/xyz to'),
        ('update/*', 'do update/* to', 'did update/* to'),
        ('frobnicate', 'do frobnicate to', 'did frobnicate to'),
        ('created.user', 'create', 'created'),
        ('disabled.project', 'disable', 'disabled'),
        ('', 'do something to', 'did something to'),
        ('/', 'do / to', 'did / to'),
        ('update/--', 'do update/-- to', 'did update/-- to'),
        ('update/', 'do update/ to', 'did update/ to'),
    ],
)
def test_verb(action, base, past):
    """An action has a verb; an unknown one is told as it is."""
    assert (base, past) == WORDS.verb(action)


def test_word_of_a_client_is_quoted():
    """A named action that reads like a sentence stands in quotes."""
    action = 'update/x to node n1: success, from 10.0.0.1'

    assert f'did "{action}" to' == WORDS.verb(action).past
    assert 'did' not in WORDS.verb('update/add_a_b_c_d').past
    assert 'added "a b c d e" to' == WORDS.verb('update/add_a_b_c_d_e').past
    assert 'added "a, b c d e" to' == WORDS.verb('update/add_a, b c d e').past


@pytest.mark.parametrize(
    ('type_uri', 'one', 'many', 'is_many'),
    [
        ('compute/server', 'server', 'servers', False),
        ('compute/servers', 'server', 'servers', True),
        ('service/compute/servers/detail', 'server', 'servers', True),
        ('service/compute/servers/server/action', 'server', 'servers', False),
        ('service/compute/servers/None', 'server', 'servers', True),
        ('network/floatingips', 'floating IP', 'floating IPs', True),
        ('compute/extra-specs', 'extra specs', 'extra specs', False),
        ('data/security/group/users', 'group member', 'group members', True),
        ('data/security/account/user', 'user', 'users', False),
        ('compute/chassis', 'chassis', 'chassis', False),
        ('network/vpn/ikepolicies', 'IKE policy', 'IKE policies', True),
        ('', 'something', 'things', False),
        ('///', 'something', 'things', False),
    ],
)
def test_noun(type_uri, one, many, is_many):
    """A typeURI is called as it ends, and says whether it is many."""
    assert (one, many, is_many) == WORDS.noun(type_uri)


@pytest.mark.parametrize(
    ('type_uri', 'text'),
    [
        ('compute/server', 'a server'),
        ('compute/servers', 'servers'),
        ('storage/memory', 'memory'),
        ('data/file/log/trail', 'the events of the trail'),
        ('', 'something'),
    ],
)
def test_any_of_it(type_uri, text):
    """Without its name, there is an article where there is one."""
    assert text == WORDS.noun(type_uri).any


@pytest.mark.parametrize('path', sorted(MAPS.glob('*.yaml')), ids=str)
def test_actions_of_the_shipped_maps(path):
    """What our maps call by a name has a verb of its own."""
    values = re.findall(r': ([a-z]+/[^\s,}]+)', path.read_text())
    actions = {each for each in values if is_action(each)}

    assert actions
    assert [] == [
        each for each in actions if WORDS.verb(each).base.startswith('do ')
    ]


def test_no_word_stands_twice():
    """A word is found however its key is written: in the form of words."""
    words = load_words()

    assert all(key == key.lower() or '/' in key for key in words._tables.verbs)


@given(st.text(st.characters(), max_size=300))
def test_any_action_and_any_type(text):
    """Any text has a verb and a noun, of one line."""
    verb, noun = WORDS.verb(text), WORDS.noun(text)

    for each in itertools.chain(verb, (noun.one, noun.many, noun.any)):
        assert each.isprintable()
        assert 0 < len(each) < 100
