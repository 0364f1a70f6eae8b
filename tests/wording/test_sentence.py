# SPDX-License-Identifier: Apache-2.0

"""One plain sentence for each event."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from cadf_audit.trail.schema import COLUMNS
from cadf_audit.wording.sentence import kind_sentence
from cadf_audit.wording.sentence import sentence
from tests.wording.rows import END
from tests.wording.rows import said

texts = st.one_of(
    st.none(),
    st.sampled_from(
        [
            *('unknown', 'system', 'target', 'monitor', 'success', 'failure'),
            *('read/list', 'authenticate', 'storage/memory', '*', '{}', '%s'),
            *('service/oss/monitoring', 'compute/servers', 'service/compute'),
        ]
    ),
    st.text(st.characters(), max_size=100),
    st.text('\x1b\u202e\ud800\n\r"/ a', max_size=300),
    st.integers(),
)


@pytest.mark.parametrize(
    ('changes', 'text'),
    [
        ({}, f'admin deleted node n1: success (204){END}'),
        (
            {'outcome': 'failure', 'reason_code': '403'},
            f'admin tried to delete node n1: failure (403){END}',
        ),
        (
            {'outcome': 'unknown', 'reason_code': None},
            f'admin tried to delete node n1: unknown{END}',
        ),
        (
            {'outcome': 'pending', 'reason_code': None},
            f'admin tried to delete node n1: pending{END}',
        ),
        (
            {'reason_code': None, 'initiator_address': None},
            'admin deleted node n1: success',
        ),
        # Who
        (
            {'initiator_name': None},
            f'u-1 deleted node n1: success (204){END}',
        ),
        (
            {'initiator_name': 'unknown', 'initiator_id': 'unknown'},
            f'somebody unknown deleted node n1: success (204){END}',
        ),
        (
            {'initiator_name': 'system', 'initiator_id': 'system'},
            f'the system deleted node n1: success (204){END}',
        ),
        (
            {'initiator_name': 'system'},
            f'system deleted node n1: success (204){END}',
        ),
        (
            {'initiator_name': 'Ann Lee'},
            f'"Ann Lee" deleted node n1: success (204){END}',
        ),
        # To what
        (
            {'target_name': None},
            f'admin deleted node n-1: success (204){END}',
        ),
        (
            {'target_name': None, 'target_id': 'unknown'},
            f'admin deleted a node: success (204){END}',
        ),
        (
            {'target_type_uri': None},
            f'admin deleted n1: success (204){END}',
        ),
        (
            {'target_type_uri': 'unknown', 'target_name': ''},
            f'admin deleted n-1: success (204){END}',
        ),
        (
            {'target_name': 'node'},
            f'admin deleted node n-1: success (204){END}',
        ),
        (
            {'target_type_uri': 'compute/server/tags', 'target_name': None},
            f'admin deleted tags of n-1: success (204){END}',
        ),
        # What
        (
            {
                'action': 'update/resize',
                'target_type_uri': 'compute/server',
                'target_name': 's1',
            },
            f'admin resized server s1: success (204){END}',
        ),
        (
            {'action': 'update/xyz', 'target_type_uri': 'compute/server'},
            f'admin did update/xyz to server n1: success (204){END}',
        ),
        (
            {'action': 'update/xyz', 'outcome': 'failure'},
            f'admin tried to do update/xyz to node n1: failure (204){END}',
        ),
        (
            {'action': 'created.user', 'target_type_uri': 'data/user'},
            f'admin created user n1: success (204){END}',
        ),
        (
            {'action': None},
            f'admin did something to node n1: success (204){END}',
        ),
        # Lists
        (
            {
                'action': 'read/list',
                'target_id': 'o-1',
                'target_name': 'ironic',
                'target_type_uri': 'compute/baremetal/nodes',
            },
            f'admin listed nodes: success (204){END}',
        ),
        (
            {
                'action': 'read/list',
                'target_id': 's-1',
                'target_name': None,
                'target_type_uri': 'compute/server/volume-attachments',
            },
            f'admin listed volume attachments of s-1: success (204){END}',
        ),
        # Logins
        (
            {
                'action': 'authenticate',
                'reason_code': '201',
                'target_type_uri': 'data/security/tokens',
            },
            f'admin logged in: success (201){END}',
        ),
        (
            {
                'action': 'authenticate/login',
                'outcome': 'failure',
                'reason_code': '401',
                'initiator_id': None,
                'initiator_name': None,
                'target_type_uri': 'data/security/account/user',
                'target_name': 'jane',
            },
            f'somebody unknown tried to log in as jane: failure (401){END}',
        ),
        (
            {
                'action': 'authenticate',
                'initiator_id': 'n-1',
                'target_type_uri': 'data/security/account/user',
            },
            f'admin logged in: success (204){END}',
        ),
        # The trail itself
        (
            {
                'initiator_name': 'cadf_audit trail',
                'target_type_uri': 'data/file/log/trail',
                'target_name': 'cadf_audit trail',
            },
            '"cadf_audit trail" deleted the events of the trail: success '
            f'(204){END}',
        ),
        (
            {'action': 'read', 'target_type_uri': 'data/file/log/trail'},
            f'admin read the events of the trail: success (204){END}',
        ),
    ],
)
def test_sentence(changes, text):
    """An event is one sentence: who did what to what, the end, from where."""
    assert text == said(changes)


def test_names_cannot_pose_as_sentences():
    """A name that reads like a sentence is seen to be a name."""
    name = 'admin deleted node n1: success (204), from 10.0.0.1'

    assert said(initiator_name=name).startswith(f'"{name}" deleted node')
    assert f'node "{name}": success' in said(target_name=name)
    assert f': "{name}" (204)' in said(outcome=name)
    assert f'("{name}")' in said(reason_code=name)
    assert ': success ("a\'")' in said(reason_code='a"')
    assert said(initiator_address=name).endswith(f'from "{name}"')


def test_names_are_shown_harmlessly():
    """What turns a terminal or the direction of reading is an escape."""
    text = said(initiator_name='a\x1b[31m', target_name='b\u202ec\ud800')

    assert f'a\\x1b[31m deleted node b\\u202ec\\ud800: success (204){END}' == (
        text
    )


def test_stored_text_is_no_pattern():
    """Percent signs and braces of a name stay what they are."""
    text = said(initiator_name='%s%(x)s', target_name='{0}{kind}')

    assert f'"%s%(x)s" deleted node {{0}}{{kind}}: success (204){END}' == text


def test_long_names_are_cut():
    """A long name leaves room for the rest of the sentence."""
    assert len(said(initiator_name='a' * 500, target_name='b' * 500)) < 200


def test_nothing_is_known():
    """An event without anything has a sentence."""
    assert (
        'somebody unknown tried to do something to something: unknown'
        == sentence({})
    )


@given(st.fixed_dictionaries({name: texts for name, _ in COLUMNS}))
def test_any_row(row):
    """Any columns make one line that can be printed, and never an error."""
    text = sentence(row)

    assert text.isprintable()
    assert 10 < len(text) < 1000
    text.encode()


@pytest.mark.parametrize(
    ('action', 'type_uri', 'text'),
    [
        ('delete', 'compute/baremetal/node', 'delete a node'),
        ('read/list', 'compute/baremetal/nodes', 'list nodes'),
        ('read/list', 'compute/baremetal/node', 'list nodes'),
        ('read', 'service/compute', 'read the compute service'),
        ('update/resize', 'compute/server', 'resize a server'),
        ('update/*', 'compute/server', 'do update/* to a server'),
        ('authenticate/login', 'data/security/tokens', 'log in'),
        ('create', 'unknown', 'create something'),
        (None, None, 'do something to something'),
    ],
)
def test_kind_sentence(action, type_uri, text):
    """A kind of event is told without who and which."""
    assert text == kind_sentence(action, type_uri)


@given(texts, texts)
def test_any_kind(action, type_uri):
    """Any kind of event has a text of one line."""
    text = kind_sentence(action, type_uri)

    assert text.isprintable()
    assert 0 < len(text) < 500
