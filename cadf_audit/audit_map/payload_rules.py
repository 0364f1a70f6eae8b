# SPDX-License-Identifier: Apache-2.0

"""What a map says about payloads in, what may be told of bodies out."""

from collections.abc import Iterator

from cadf_audit.audit_map.document import Value
from cadf_audit.audit_map.findings import Findings
from cadf_audit.audit_map.resources import EVERY_PAYLOAD
from cadf_audit.audit_map.resources import PayloadRules
from cadf_audit.audit_map.rule_values import check_keys
from cadf_audit.redaction.paths import JsonPaths

_KEYS = ('enabled', 'include', 'exclude')


def payload_rules(
    value: Value | None, list_name: str, item_name: str, findings: Findings
) -> PayloadRules:
    """Return what may be told of the bodies of a resource.

    :param value: what the map says
    :param list_name: what wraps a list of items in a body
    :param item_name: what wraps one item
    :param findings: takes what is wrong but can be lived with
    """
    if value is None:
        return EVERY_PAYLOAD
    rules = value.items()
    check_keys(rules, _KEYS, findings)
    enabled = rules['enabled'].flag() if 'enabled' in rules else True
    # Of an item, in whatever wraps it.
    wrappers = ('', _step(list_name) + '[*]', _step(item_name))
    allow = _paths(rules.get('include'), wrappers)
    # What nobody may know, nobody may know wherever it stands.
    deny = _paths(rules.get('exclude'), ('..',))
    if allow is not None and deny is not None:
        rules['include'].note('is of no use beside exclude, which wins')
        allow = None
    return PayloadRules(enabled, allow, deny)


def _paths(value: Value | None, wrappers: tuple[str, ...]) -> JsonPaths | None:
    if value is None:
        return None
    texts: list[str] = []
    for each in value.values():
        found = list(_texts(each.text(), wrappers))
        try:
            JsonPaths(found)
        except ValueError as exc:
            raise each.error(str(exc)) from exc
        texts += found
    return JsonPaths(texts)


def _texts(text: str, wrappers: tuple[str, ...]) -> Iterator[str]:
    """Yield the paths that a name stands for; a path stands for itself."""
    if text.startswith('$'):
        yield text
        return
    for wrapper in wrappers:
        yield f'${wrapper}{_step(text)}'


def _step(name: str) -> str:
    quote = '"' if "'" in name else "'"
    return f'[{quote}{name}{quote}]'
