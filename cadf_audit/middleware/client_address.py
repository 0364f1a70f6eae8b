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

from cadf_audit.middleware.request import Request
from cadf_audit.middleware.settings import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# for=192.0.2.60, FOR="[2001:db8::17]:4711", for=unknown, for=_hidden
_for_parameter = re.compile(
    r'(?:^|;)\s*for\s*=\s*("[^"]*"|[^\s;,"]*)', re.IGNORECASE
).search

# More hops than this are no chain of proxies but an attack on our time.
_MOST_HOPS = 64


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
    """Yield the claimed addresses, the nearest first."""
    header = request.forwarded
    if not header:
        for element in _elements(request.forwarded_for):
            yield element
        return
    for element in _elements(header):
        found = _for_parameter(element)
        yield found[1].strip('"') if found else ''


def _elements(header: str) -> list[str]:
    """Return the last elements of a list header, the last one first."""
    return [
        element.strip()
        for element in reversed(header.rsplit(',', _MOST_HOPS)[-_MOST_HOPS:])
    ]


def _parse(text: str) -> Address | None:
    """Return the address of a hop, which may carry a port."""
    if text.startswith('['):
        text = text[1:].partition(']')[0]
    elif text.count(':') == 1:
        text = text.partition(':')[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _is_trusted(address: Address, trusted: tuple[Network, ...]) -> bool:
    return any(address in network for network in trusted)
