# SPDX-License-Identifier: Apache-2.0

"""A name goes in; whether it is that of a secret comes out."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st
from oslo_utils import strutils
import pytest

from cadf_audit.redaction.names import HARMLESS
from cadf_audit.redaction.names import Names
from cadf_audit.redaction.names import PARAMETER
from cadf_audit.redaction.names import RULES
from cadf_audit.redaction.pairs import role_of
from cadf_audit.redaction import Redactor

IDS = [f'{rule.word} {rule.place}' for rule in RULES]

# What people call secrets in the services that this audits.
IN_USE = [
    'OS-KSADM:password', 'adminPass', 'admin_pass', 'original_password',
    'X-Auth-Token', 'X-Service-Token', 'x-subject-token', 'Authorization',
    'ipmi_password', 'redfish_password', 'snmp_auth_key', 'agent_token',
    'chap_secret', 'auth_password', 'aws_secret_access_key', 'secretAccessKey',
    'clientSecret', 'refresh_token', 'id_token', 'sasl_password', 'bindPw',
    'rootPassword', 'private_key', 'privateKey', 'client-key-data', 'userData',
    'user_data', 'personality', 'configdrive', 'kubeconfig', 'changePassword',
    'mysql_root_pwd', 'DB_PASS', 'api-key', 'secretKey', 'csrf_token', 'totp',
    'X-Account-Meta-Temp-URL-Key-2', 'pass1', 'ssh_key_2', 'new_pin12', 'sid3',
    'token_at', 'password_in', 'secret_account', 'secretAccount', 'k_g',
]  # fmt: skip
IN_CLEAR = [
    'id', 'uuid', 'name', 'key_name', 'public_key', 'auth_url', 'auth_type',
    'security_groups', 'description', 'sort_key', 'keyword', 'author',
    'design', 'monkeys', 'password_expires_at', 'secret_ref', 'token_type',
    'passthru', 'fields', 'status', 'flavorRef', 'imageRef', 'compass',
    'keypair', 'code', 'authority', 'payload_content_type',
    'hostname', 'sidecar', 'pinned', 'key1', 'key_id_2', 'version_2',
    'secret_type', 'secretType', 'secret_refs', 'token_ttl', 'password_expiry',
    'session_key_expires_in', 'token_created_at', 'encryption_key_size', '2',
]  # fmt: skip


@pytest.mark.parametrize('rule', RULES, ids=IDS)
def test_each_rule_hides_a_name_and_keeps_another(rule):
    """The one that it is there for, and one that looks alike."""
    judge = Names(parameters=rule.place == PARAMETER)

    assert judge.hide(rule.hides)
    assert not judge.hide(rule.keeps)


@pytest.mark.parametrize('rule', RULES, ids=IDS)
def test_no_rule_can_be_left_out(rule):
    """Without it, its name would not be hidden."""
    others = [each for each in RULES if each != rule]

    assert not Names(parameters=True, rules=others).hide(rule.hides)


@pytest.mark.parametrize('name', strutils._SANITIZE_KEYS)
def test_names_that_oslo_masks_are_hidden(name):
    """Operators expect no less of an audit than of a log."""
    assert Names().hide(name)
    assert Names().hide(name.upper())


@pytest.mark.parametrize('name', IN_USE)
def test_names_of_secrets_in_use_are_hidden(name):
    """As OpenStack, Kubernetes and the clouds call them."""
    assert Names().hide(name)


@pytest.mark.parametrize('name', [*IN_CLEAR, *sorted(HARMLESS)])
def test_names_of_other_things_stay(name):
    """An auditor wants to see them."""
    assert not Names().hide(name)


@pytest.mark.parametrize(
    'name',
    [
        'pass\u200bword',
        'p-a-s-s-w-o-r-d',
        '\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44',
        'pass%77ord',
        'PASSWORD',
        ' password ',
        'x' * 1000 + 'password',
        'p\u0430ssw\u043erd',
        't\u03bfken',
        'TO\u039aEN',
        'p\u00e1ssword',
        'pa\u0301ssword',
        'adm\u0131nPass',
        'p\xedn',
    ],
)
def test_disguise_does_not_help(name):
    """What somebody would still read as a password is one."""
    assert Names().hide(name)


def test_name_in_other_letters_can_be_added():
    """It is compared as those that are built in."""
    hide = Names(['Schl\xfcssel', '\u043f\u0430\u0440\u043e\u043b\u044c']).hide

    assert hide('schlu\u0308ssel')
    assert hide('\u041f\u0410\u0420\u041e\u041b\u042c')
    assert not hide('\u043f\u0430\u0440')


@pytest.mark.parametrize(
    ('name', 'hides'),
    [
        ('password', True),
        ('client_secret', True),
        ('password_expires_at', False),
        ('token_type', False),
        ('token-x' + 'x' * 50 + '_type', False),
        ('token_xexpires_at', True),
    ],
)
@pytest.mark.parametrize(
    'ending', ['', '-' * 54, '-' * 70, '_' * 62, '!' * 5000]
)
def test_what_is_no_word_changes_no_name(name, hides, ending):
    """However much of it stands behind the words."""
    assert hides == Names().hide(name + ending)
    assert hides == Names().hide(ending.join(['', *name.partition('_'), '']))


WORDS = st.sampled_from(
    [
        'password',
        'Token',
        'expires',
        'at',
        'in',
        'type',
        '-',
        '_',
        '%2D',
        '\u0130',
    ]
)


@given(
    st.lists(
        st.tuples(
            WORDS | st.text(st.characters(), max_size=3),
            st.sampled_from([1, 2, 9, 70]),
        ),
        max_size=6,
    ),
    st.booleans(),
)
def test_every_text_is_judged(pieces, parameters):
    """A client may call anything whatever it likes."""
    name = ''.join(piece * count for piece, count in pieces)

    assert Names(parameters=parameters).hide(name) in (True, False)
    assert role_of(name) in range(32)


def test_names_are_remembered_within_bounds():
    """However many names clients invent, and in whatever order."""
    redactor = Redactor(['pnr'])

    for number in range(5000):
        assert not redactor.hides(f'name{number}')
        assert redactor.hides(f'password{number}')
    tracemalloc.start()
    for number in range(1000):
        assert redactor.hides(f'token{number}' * 1000)
    assert tracemalloc.get_traced_memory()[0] < 1024 * 1024
    tracemalloc.stop()
    assert redactor.hides('PNR')
    assert redactor.document({'pnr': 1, 'name1': 2}) == {
        'pnr': '***',
        'name1': 2,
    }
