# SPDX-License-Identifier: Apache-2.0

"""Settings and audit map in, the policy of a filter out, ready to decide."""

from collections.abc import Iterable
import logging
from pathlib import Path

from cadf_audit.audit_map import AuditMap
from cadf_audit.audit_map.walk import ResourceMap
from cadf_audit.delivery import Delivery
from cadf_audit.delivery.spool.remembered import RememberedPolicy
from cadf_audit.exceptions import OptionError
from cadf_audit.middleware.policy_change import PolicyChange
from cadf_audit.middleware.settings import Settings
from cadf_audit.policy.document import load_policy
from cadf_audit.policy.document import policy_of_map
from cadf_audit.policy.document import PolicyDocument
from cadf_audit.policy.document import rules_digest
from cadf_audit.policy.level import Level
from cadf_audit.policy.rule import IDENTITY_KEYS

LOG = logging.getLogger(__name__)

# What an event calls them where they are all of the policy.
_LISTS = 'ignore_req_list, ignore_path_list'


def policy_document(
    settings: Settings, audit_map: AuditMap
) -> PolicyDocument | None:
    """Return what the operator wrote about how much is recorded, if anything.

    :param settings: what the operator decided
    :param audit_map: the audit map, which may hold a policy
    :raises ConfigurationError: the policy is wrong, or there are two
    """
    given = settings.audit_policy_file
    value = audit_map.policy if isinstance(audit_map, ResourceMap) else None
    if value is not None and given.value:
        raise OptionError(
            'audit_policy_file',
            f'the audit map {settings.audit_map_file} has a policy as well '
            f'(line {value.line}); allowed is one of them: take the key '
            'policy out of the map, or leave the option out',
            given.where,
        )
    if value is not None:
        document = policy_of_map(str(settings.audit_map_file), value)
    elif given.value:
        document = load_policy(given.value)
    else:
        return None
    if settings.identity_source == 'headers':
        _warn_of_headers(document)
    return document


def policy_change(
    document: PolicyDocument | None, settings: Settings, delivery: Delivery
) -> PolicyChange | None:
    """Return what tells of a policy that was not there at the last start.

    :param document: the policy, if there is one
    :param settings: what the operator decided
    :param delivery: takes the event
    """
    remembered = None
    if settings.delivery == 'spool':
        remembered = RememberedPolicy(
            Path(settings.spool_dir.value),
            settings.spool_mode,
            settings.publisher_id,
        )
    # They are its first rules.
    lists = (
        _listed(map(str.upper, settings.ignore_req_list)),
        _listed(settings.ignore_path_list),
    )
    if document is None and remembered is not None and any(lists):
        # Without a memory, each start of each process would tell of them.
        document = PolicyDocument(_LISTS)
    change = PolicyChange(
        None if document is None else rules_digest(document.rules, *lists),
        document.path if document is not None else '',
        len(document.rules) if document is not None else 0,
        settings.publisher_id,
        delivery,
        remembered,
    )
    return None if change.told else change


def _listed(words: Iterable[str]) -> tuple[str, ...]:
    """Return what a list says, however it is written."""
    return tuple({word.strip() for word in words} - {''})


def _warn_of_headers(document: PolicyDocument) -> None:
    """Say at start that a client may choose to fall under a rule."""
    lines = [
        str(rule.line)
        for rule in document.rules
        if rule.level is Level.NONE
        and not IDENTITY_KEYS.isdisjoint(rule.conditions)
    ]
    if lines:
        LOG.warning(
            'policy %s, line %s: who asks decides that nothing is recorded, '
            'and identity_source = headers believes whatever a client writes '
            'there, unless a filter in front takes it away; behind '
            'auth_token, set identity_source = keystone',
            document.path,
            ', '.join(lines),
        )
