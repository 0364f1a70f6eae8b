# SPDX-License-Identifier: Apache-2.0

"""A peer and what it forwards go in; the client's address comes out."""

import ipaddress

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.middleware.client_address import address_reader
from cadf_audit.middleware.request import Request

TRUSTED = tuple(
    ipaddress.ip_network(text) for text in ('10.0.0.0/8', 'fd00::/8')
)
PROXY = '10.0.0.1'


def address_of(peer, trusted=TRUSTED, **headers):
    """Return the address that is read from a peer and its headers."""
    environ = {f'HTTP_{name}': value for name, value in headers.items()}
    if peer is not None:
        environ['REMOTE_ADDR'] = peer
    return address_reader(trusted)(Request(environ))


CLAIMS = pytest.mark.parametrize(
    'claim',
    [
        {'X_FORWARDED_FOR': '198.51.100.1'},
        {'FORWARDED': 'for=198.51.100.1'},
        {'X_FORWARDED_FOR': '10.0.0.2', 'FORWARDED': 'for=10.0.0.2'},
    ],
)


@CLAIMS
def test_without_trusted_proxies_the_address_is_the_peers(claim):
    """Nobody's claim is believed unless the operator says whose."""
    assert '192.0.2.7' == address_of('192.0.2.7', (), **claim)


@CLAIMS
def test_claim_of_an_untrusted_peer_is_not_believed(claim):
    """A client may write both headers itself."""
    assert '192.0.2.7' == address_of('192.0.2.7', **claim)


@pytest.mark.parametrize(
    ('claim', 'address'),
    [
        ('198.51.100.1', '198.51.100.1'),
        ('6.6.6.6, 198.51.100.1', '198.51.100.1'),
        ('6.6.6.6, 198.51.100.1, 10.0.0.3', '198.51.100.1'),
        ('6.6.6.6,198.51.100.1,10.0.0.3,10.0.0.2', '198.51.100.1'),
        ('10.0.0.3, 10.0.0.2', '10.0.0.3'),
        ('198.51.100.1 ,\t10.0.0.2', '198.51.100.1'),
        ('198.51.100.1:4711', '198.51.100.1'),
        ('[2001:db8::1]', '2001:db8::1'),
        ('[2001:db8::1]:4711', '2001:db8::1'),
        ('2001:DB8:0::1', '2001:db8::1'),
        ('::ffff:198.51.100.1', '198.51.100.1'),
        ('6.6.6.6, fd00::1', '6.6.6.6'),
        ('', PROXY),
        (' ', PROXY),
        (',', PROXY),
        ('198.51.100.1,', PROXY),
        ('6.6.6.6, unknown', PROXY),
        ('6.6.6.6, nonsense, 10.0.0.2', '10.0.0.2'),
        ('6.6.6.6, 10.0.0.256', PROXY),
        ('6.6.6.6, 010.0.0.2', PROXY),
        ('\xff', PROXY),
    ],
)
def test_x_forwarded_for_is_read_from_the_right(claim, address):
    """The first address that is no trusted proxy is the client."""
    assert address == address_of(PROXY, X_FORWARDED_FOR=claim)


@pytest.mark.parametrize(
    ('claim', 'address'),
    [
        ('for=198.51.100.1', '198.51.100.1'),
        ('For=198.51.100.1;proto=https;by=10.0.0.1', '198.51.100.1'),
        ('proto=https; FOR = 198.51.100.1', '198.51.100.1'),
        ('for="198.51.100.1:4711"', '198.51.100.1'),
        ('for="[2001:db8::1]:4711"', '2001:db8::1'),
        ('for="[2001:db8::1]"', '2001:db8::1'),
        ('for=6.6.6.6, for=198.51.100.1', '198.51.100.1'),
        ('for=198.51.100.1, , for=10.0.0.2,', '198.51.100.1'),
        ('for=198.51.100.1, for=10.0.0.2;proto=http', '198.51.100.1'),
        ('for=10.0.0.3, for=10.0.0.2', '10.0.0.3'),
        ('for=198.51.100.1;', '198.51.100.1'),
        (';for=198.51.100.1;;proto=http', '198.51.100.1'),
        ('for=6.6.6.6, for=_hidden', PROXY),
        ('for=6.6.6.6, for=unknown', PROXY),
        ('for=6.6.6.6, for="_gazonk"', PROXY),
        ('for=6.6.6.6, proto=https', PROXY),
        ('for=6.6.6.6, for=', PROXY),
        ('for=6.6.6.6, before=198.51.100.1', PROXY),
        ('nonsense', PROXY),
    ],
)
def test_forwarded_is_read_from_the_right(claim, address):
    """What RFC 7239 lets a proxy hide stays hidden: the proxy is named."""
    assert address == address_of(PROXY, FORWARDED=claim)


def test_forwarded_wins_over_x_forwarded_for():
    """The standard header comes first."""
    address = address_of(
        PROXY, FORWARDED='for=198.51.100.1', X_FORWARDED_FOR='198.51.100.2'
    )

    assert '198.51.100.1' == address


def test_empty_forwarded_leaves_x_forwarded_for():
    """A header without a value says nothing."""
    address = address_of(PROXY, FORWARDED='', X_FORWARDED_FOR='198.51.100.2')

    assert '198.51.100.2' == address


@pytest.mark.parametrize(
    'claim',
    [
        'for=198.51.100.1;host="a,for=6.6.6.6"',
        'host="a,for=6.6.6.6";for=198.51.100.1',
        'host="a;for=6.6.6.6";for=198.51.100.1',
        'host="a\\";for=6.6.6.6";for=198.51.100.1',
        'for=198.51.100.1;host="a\\",for=6.6.6.6"',
        'for=198.51.100.1;host="' + ',' * 100 + '"',
    ],
)
def test_quoted_text_in_forwarded_is_no_address(claim):
    """The Host that a proxy passes on in quotes is the client's to choose.

    RFC 3986 lets a host hold commas, semicolons and equal signs.
    """
    assert '198.51.100.1' == address_of(PROXY, FORWARDED=claim)


@pytest.mark.parametrize(
    'claim',
    [
        'for="6.6.6.6, for=198.51.100.1',
        'host="a, for=198.51.100.1;host="b,for=6.6.6.6"',
    ],
)
def test_quote_that_a_client_left_open_moves_no_address(claim):
    """What stands left of an untrusted address is the client's text."""
    assert address_of(PROXY, FORWARDED=claim) in {'198.51.100.1', PROXY}


@pytest.mark.parametrize(
    'claim',
    ['fe80::1%' + 'a' * 5000, 'fe80::1%<script>', 'fe80::1%\xff'],
    ids=['long', 'markup', 'no UTF-8'],
)
def test_zone_of_an_address_is_not_the_clients_to_write(claim):
    """A zone means something on the proxy alone, and may hold any text."""
    address = address_of(PROXY, X_FORWARDED_FOR=claim)

    assert address in {'fe80::1', PROXY}


def test_trusted_peer_may_be_an_ipv4_address_in_ipv6():
    """A socket that listens on both families shows IPv4 peers like this."""
    address = address_of('::ffff:10.0.0.1', X_FORWARDED_FOR='198.51.100.1')

    assert '198.51.100.1' == address


@pytest.mark.parametrize('peer', [None, '', 'unix:', '/run/api.sock', '@'])
def test_peer_without_an_address_is_not_trusted(peer):
    """A server on a Unix socket has no address to compare."""
    assert (peer or None) == address_of(peer, X_FORWARDED_FOR='6.6.6.6')


def test_endless_chain_is_not_followed_for_ever():
    """A trusted proxy that forwards nonsense costs no time."""
    claim = ','.join([PROXY] * 100_000)

    assert PROXY == address_of(PROXY, X_FORWARDED_FOR=claim)


ADDRESSES = st.one_of(
    st.ip_addresses(v=4),
    # ::ffff:0:0/96 and its like are written in two ways; a table is above.
    st.ip_addresses(v=6, network='2001:db8::/32'),
    st.ip_addresses(v=4, network='10.0.0.0/8'),
    st.ip_addresses(v=6, network='fd00::/8'),
)


def is_trusted(address):
    """Say whether an address is one of the trusted proxies."""
    return any(address in network for network in TRUSTED)


def written(address, port):
    """Return an address as a proxy writes it, with a port or without."""
    host = f'[{address}]' if address.version == 6 else str(address)
    return host if port is None else f'{host}:{port}'


@given(
    peer=ADDRESSES,
    hops=st.lists(
        st.tuples(ADDRESSES, st.one_of(st.none(), st.integers(1, 65535))),
        max_size=6,
    ),
    blank=st.sampled_from([',', ', ']),
    standard=st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_result_is_the_first_untrusted_from_the_right(
    peer, hops, blank, standard
):
    """Or the last that is there, when all of them are trusted."""
    chain = [address for address, _ in hops] + [peer]
    untrusted = [address for address in chain if not is_trusted(address)]
    expected = str(untrusted[-1] if untrusted else chain[0])
    if standard:
        claim = blank.join(f'for="{written(*hop)}"' for hop in hops)
        headers = {'FORWARDED': claim}
    else:
        claim = blank.join(written(*hop) for hop in hops)
        headers = {'X_FORWARDED_FOR': claim}

    assert expected == address_of(str(peer), **headers)


# What a client may write into a header, and a proxy pass on in quotes.
TEXT = st.one_of(
    st.text(st.characters(min_codepoint=32, max_codepoint=126)),
    st.lists(
        st.sampled_from(
            [
                'for=6.6.6.6',
                'x',
                '"',
                '\\',
                ',',
                ';',
                '=',
                ' ',
                'for="6.6.6.6"',
            ]
        )
    ).map(''.join),
)


def quoted(text):
    """Return a text as a proxy quotes it (RFC 9110)."""
    escaped = text.replace('\\', '\\\\').replace('"', '\\"')
    return f'"{escaped}"'


@given(
    client=TEXT,
    hops=st.lists(
        st.tuples(
            st.ip_addresses(v=4, network='10.0.0.0/8'),
            st.permutations(['for', 'host', 'proto']),
            TEXT,
        ),
        max_size=4,
    ),
    address=st.ip_addresses(v=4, network='198.51.100.0/24'),
)
@settings(max_examples=200, deadline=None)
def test_no_text_of_a_client_moves_its_address(client, hops, address):
    """Neither a header it sends nor the Host that its proxies pass on."""
    claim = [client]
    for hop, names, host in [(address, ['for', 'host'], client), *hops]:
        parameters = {
            'for': f'for={hop}',
            'host': f'host={quoted(host)}',
            'proto': 'proto=https',
        }
        claim.append(';'.join(parameters[name] for name in names))

    assert str(address) == address_of(PROXY, FORWARDED=', '.join(claim))
    assert str(address) == address_of(
        PROXY,
        X_FORWARDED_FOR=', '.join(
            [client, str(address), *(str(hop) for hop, _, _ in hops)]
        ),
    )


HEADER = st.one_of(
    st.text(),
    st.text('0123456789abcdef:.[]"\\=for;, %'),
    st.lists(
        st.sampled_from(
            [
                '10.0.0.2',
                'fe80::1%',
                'for=',
                '"',
                ',',
                ';',
                '[',
                ']:',
                '%',
                ' ',
            ]
        )
    ).map(''.join),
)


@given(peer=st.one_of(HEADER, st.just(PROXY)), forwarded=HEADER, other=HEADER)
@settings(max_examples=100, deadline=None)
def test_any_header_is_read_without_an_error(peer, forwarded, other):
    """What comes out may stand in an event, or is None."""
    address = address_of(peer, FORWARDED=forwarded, X_FORWARDED_FOR=other)

    assert address is None or 0 < len(address) <= 1024
    assert address is None or address.encode('utf-8')


@given(peer=HEADER, forwarded=HEADER, other=HEADER)
@settings(max_examples=100, deadline=None)
def test_no_header_matters_without_trusted_proxies(peer, forwarded, other):
    """The result is the peer, as the server told it."""
    address = address_of(peer, (), FORWARDED=forwarded, X_FORWARDED_FOR=other)

    assert Request({'REMOTE_ADDR': peer}).peer == address
