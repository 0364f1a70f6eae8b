# SPDX-License-Identifier: Apache-2.0

"""The name of many things in, the name of one of them out."""

# Endings of a plural and what takes their place; the first one counts.
_ENDINGS = (
    ('ies', 'y'),
    ('sses', 'ss'),
    ('uses', 'us'),
    ('shes', 'sh'),
    ('ches', 'ch'),
    ('xes', 'x'),
    ('ss', 'ss'),
    ('us', 'us'),
    ('s', ''),
)


def one_of(plural: str, english: bool) -> str:
    """Return the name of one of many.

    :param plural: the name of many, which may stand at the end of a path
    :param english: whether the rules of English hold; without them it is the
        name without its last character, as openstack-audit-middleware has it
    """
    if not english:
        return plural[:-1]
    for ending, instead in _ENDINGS:
        if plural.endswith(ending) and len(plural) > len(ending):
            return plural[: -len(ending)] + instead
    return plural


def wrapper_of(api_name: str) -> str:
    """Return the name that a resource has in JSON.

    :param api_name: the name that it has in a path
    """
    name = api_name.rpartition('/')[2].replace('-', '_')
    return name.removeprefix('os_')
