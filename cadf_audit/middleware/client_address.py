# SPDX-License-Identifier: Apache-2.0

"""A request in, the address of its client out.

A forwarding header is a claim. It is believed only as far as the chain of
trusted proxies reaches: from the peer backwards, right to left, until the
first address that is no trusted proxy, or that is no address (RFC 7239).
"""

from collections.abc import Callable
from collections.abc import Iterator
import ipaddress
import re

from cadf_audit.middleware.consistency import Network
from cadf_audit.middleware.request import Request

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# One element of a Forwarded header (RFC 7239, section 4), such as
# for="[2001:db8::17]:4711";proto=https
_NAME = r"[\w!#$%&'*+.^`|~-]+"
_VALUE = r"""[\w!#$%&'*+.^`|~:\[\]-]+|"(?:[^"\\]|\\.)*\""""
_PAIR = rf'{_NAME}\s*=\s*(?:{_VALUE})'
# Possessive blanks: a run of them is tried once. Empty pairs do no harm.
_is_element = re.compile(
    rf'\s*+(?:{_PAIR}\s*+)?(?:;\s*+(?:{_PAIR}\s*+)?)*+', re.ASCII
).fullmatch
_pairs = re.compile(rf'({_NAME})\s*=\s*({_VALUE})', re.ASCII).findall

# More than this is no chain of proxies but an attack on our time.
_MOST_HOPS = 64
_MOST_CHARACTERS = 8192


def address_reader(
    trusted: tuple[Network, ...],
) -> Callable[[Request], str | None]:
    """Return the function that finds the client's address.

    :param trusted: networks of the proxies that are believed; with none of
        them the address is that of the peer
    """
    if not trusted:
        return _peer

    def read(request: Request) -> str | None:
        peer = request.peer
        address = _parse(peer or '')
        if address is None or not _is_trusted(address, trusted):
            return peer
        for hop in _hops(request):
            parsed = _parse(hop)
            if parsed is None:
                break
            address = parsed
            if not _is_trusted(address, trusted):
                break
        return str(address)

    return read


def _peer(request: Request) -> str | None:
    return request.peer


def _hops(request: Request) -> Iterator[str]:
    """Return the claimed addresses, the nearest first."""
    header = request.forwarded
    if header:
        return _forwarded_hops(header[-_MOST_CHARACTERS:])
    header = request.forwarded_for
    return (
        hop.strip()
        for hop in reversed(header.rsplit(',', _MOST_HOPS)[-_MOST_HOPS:])
    )


def _forwarded_hops(header: str) -> Iterator[str]:
    """Yield the ``for`` of each element, from right to left.

    A proxy may pass the Host header on in quotes, and with it any text of the
    client, commas included; left of it the client may have left quotes open.
    The right end, which the nearest proxy wrote, is outside of any quotes, so
    quotes are told from there.
    """
    end = len(header)
    for _ in range(_MOST_HOPS):
        start = _element_start(header, end)
        element = header[start:end]
        if element.strip():
            if not _is_element(element):
                return
            pairs = {name.lower(): value for name, value in _pairs(element)}
            yield pairs.get('for', '').strip('"')
        if not start:
            return
        end = start - 1


def _element_start(header: str, end: int) -> int:
    """Return where the element begins that ends at ``end``."""
    quoted = False
    for index in range(end - 1, -1, -1):
        char = header[index]
        if char == ',' and not quoted:
            return index + 1
        if char == '"' and not (quoted and _is_escaped(header, index)):
            quoted = not quoted
    return 0


def _is_escaped(header: str, index: int) -> bool:
    """Say whether an odd number of backslashes stands before a place."""
    before = header[:index]
    return (len(before) - len(before.rstrip('\\'))) % 2 == 1


def _parse(text: str) -> Address | None:
    """Return the address of a hop, which may carry a port."""
    if text.startswith('['):
        text = text[1:].partition(']')[0]
    elif text.count(':') == 1:
        text = text.partition(':')[0]
    # A zone means something on the proxy alone, and may hold any text.
    text = text.partition('%')[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _is_trusted(address: Address, trusted: tuple[Network, ...]) -> bool:
    return any(address in network for network in trusted)
