# SPDX-License-Identifier: Apache-2.0

"""An IP address or a network in, keys that sort as addresses do out."""

import functools
import ipaddress
from typing import Any

# Of an address within ::ffff:0:0/96, which is how IPv6 writes one of IPv4.
_MAPPED = 0xFFFF << 32


def address_key(text: Any) -> str | None:
    """Return an address as 32 hex digits; None for what is no address.

    ``192.0.2.7`` and ``::ffff:192.0.2.7`` are the same one.

    :param text: an address, however it is written
    """
    return _key(text) if isinstance(text, str) else None


def network_keys(text: str) -> tuple[str, str]:
    """Return the first and the last key of an address or a network.

    :param text: ``192.0.2.7``, ``192.0.2.0/24``, ``2001:db8::/32``
    :raises ValueError: it is neither; the text is for people
    """
    network = ipaddress.ip_network(text.strip(), strict=False)
    first = _number(network.network_address)
    last = _number(network.broadcast_address)
    return f'{first:032x}', f'{last:032x}'


@functools.lru_cache(maxsize=8192)
def _key(text: str) -> str | None:
    try:
        return f'{_number(ipaddress.ip_address(text)):032x}'
    except ValueError:
        return None


def _number(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> int:
    if address.version == 4:
        return _MAPPED | int(address)
    return int(address)
