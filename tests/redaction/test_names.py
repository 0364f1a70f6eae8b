# SPDX-License-Identifier: Apache-2.0

"""A name goes in; whether it is that of a secret comes out."""

from oslo_utils import strutils
import pytest

from cadf_audit.redaction.names import HARMLESS
from cadf_audit.redaction.names import Names
from cadf_audit.redaction.names import PARAMETER
from cadf_audit.redaction.names import RULES
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
]  # fmt: skip
IN_CLEAR = [
    'id', 'uuid', 'name', 'key_name', 'public_key', 'auth_url', 'auth_type',
    'security_groups', 'description', 'sort_key', 'keyword', 'author',
    'design', 'monkeys', 'password_expires_at', 'secret_ref', 'token_type',
    'passthru', 'fields', 'status', 'flavorRef', 'imageRef', 'compass',
    'keypair', 'code', 'authority', 'payload_content_type',
    'hostname', 'sidecar', 'pinned',
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
    ],
)
def test_disguise_does_not_help(name):
    """What somebody would still read as a password is one."""
    assert Names().hide(name)


def test_names_are_remembered_within_bounds():
    """However many names clients invent, and in whatever order."""
    redactor = Redactor(['pnr'])

    for number in range(5000):
        assert not redactor.hides(f'name{number}')
        assert redactor.hides(f'password{number}')
    assert redactor.hides('PNR')
    assert redactor.document({'pnr': 1, 'name1': 2}) == {
        'pnr': '***',
        'name1': 2,
    }
