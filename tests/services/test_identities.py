# SPDX-License-Identifier: Apache-2.0

"""Real tokens go through a real auth_token; the identity in the trail is out.

The pipelines are those of :mod:`tests.services.inventory`.
"""

import pytest

FORGED = {
    'X-Identity-Status': 'Confirmed',
    'X-User-Id': 'mallory',
    'X-User-Name': 'mallory',
    'X-Project-Id': 'bank',
    'X-Domain-Id': 'everywhere',
    'X-Roles': 'admin',
}

NOBODY = {'id': 'unknown', 'name': 'unknown', 'project_id': 'unknown'}

# What a proxy adds: the client 192.0.2.1 came through the proxy 10.9.9.9, and
# wrote 198.51.100.1 itself.
FORWARDED = {
    'Forwarded': 'for=198.51.100.1, for="192.0.2.1:4711", for=10.9.9.9'
}
FORWARDED_FOR = {'X-Forwarded-For': '198.51.100.1, 192.0.2.1, 10.9.9.9'}

each_chain = pytest.mark.parametrize(
    'headers', [FORWARDED, FORWARDED_FOR], ids=['Forwarded', 'X-Forwarded-For']
)


def who(event):
    """Return what an event says of who it was, as NOBODY does."""
    return {name: event['initiator'].get(name) for name in NOBODY}


def expected(user):
    """Return what an event should say of a user, as NOBODY does."""
    return {
        'id': user.id,
        'name': user.name,
        'project_id': user.project_id,
    }


def status(event):
    """Return the identity status of an event."""
    return event['initiator']['credential']['identity_status']


def address(event):
    """Return from where an event says that the request came."""
    return event['initiator']['host']['address']


@pytest.fixture(scope='module')
def alice(users):
    """A member of the domain acme."""
    return users['alice']


@pytest.fixture
def token(keystone, alice):
    """A token of alice for her project."""
    return keystone.token(alice)


@pytest.fixture
def revoked(keystone, token):
    """A token that was good a moment ago."""
    keystone.revoke(token)
    return token


@pytest.fixture
def forged(token):
    """A token whose last characters somebody has made up."""
    return f'{token[:-8]}deadbeef'


@pytest.mark.parametrize('pipeline', ['inner', 'inner_keystone', 'delayed'])
def test_identity_arrives_in_both_events(inventory, alice, token, pipeline):
    """Behind auth_token both events name user, project and domain."""
    answer, pending, final = inventory.get(pipeline, token)

    assert 200 == answer.status
    for event in (pending, final):
        assert expected(alice) == who(event)
        assert alice.domain_id == event['initiator']['domain_id']
        assert {'token': '***', 'identity_status': 'Confirmed'} == (
            event['initiator']['credential']
        )
        assert 'application_credential_id' not in event['initiator']


def test_application_sees_what_the_event_says(inventory, token):
    """The API behind the filter is told the same user."""
    answer, _, final = inventory.get('inner', token)

    assert who(final)['id'] == answer.json()['user_id']
    assert status(final) == answer.json()['identity_status']


def test_domain_token_names_its_domain(inventory, keystone, alice):
    """With a token for a domain there is a domain, and no project."""
    keystone.grant_domain(alice, 'member')
    _, _, final = inventory.get('inner', keystone.domain_token(alice))

    assert expected(alice) | {'project_id': 'unknown'} == who(final)
    assert alice.domain_id == final['initiator']['domain_id']


def test_application_credential_is_named(inventory, keystone, alice):
    """A robot's event names the user it acts for, and its credential."""
    credential_id, secret = keystone.add_application_credential(alice)
    token = keystone.application_credential_token(credential_id, secret)
    _, pending, final = inventory.get('inner', token)

    for event in (pending, final):
        assert expected(alice) == who(event)
        assert credential_id == event['initiator']['application_credential_id']


@pytest.mark.parametrize('pipeline', ['inner', 'inner_keystone'])
def test_target_is_found_in_the_catalogue(inventory, token, pipeline):
    """Keystone's catalogue gives name and addresses of the target."""
    _, pending, final = inventory.get(pipeline, token)

    assert final['target'] == pending['target']
    assert final['target'] == {
        'id': 'inventory',
        'name': 'inventory',
        'typeURI': 'service/compute/baremetal/nodes/node',
        'addresses': [
            {'name': 'private', 'url': inventory.url},
            {'name': 'public', 'url': inventory.public_url},
        ],
    }


def test_request_ids_arrive(inventory, token):
    """The id of the answer is in both events, and so is the caller's own."""
    caller = 'req-01234567-89ab-cdef-0123-456789abcdef'
    answer, pending, final = inventory.get(
        'inner', token, {'X-OpenStack-Request-ID': caller}
    )

    for event in (pending, final):
        initiator = event['initiator']
        assert (
            answer.header('x-openstack-request-id')
            == (initiator['request_id'])
        )
        assert caller == initiator['global_request_id']


@pytest.mark.parametrize('bad', ['revoked', 'forged'])
def test_inner_placement_does_not_see_a_refusal(inventory, request, bad):
    """Behind auth_token, what it refuses leaves no event."""
    answer, *events = inventory.get('inner', request.getfixturevalue(bad))

    assert 401 == answer.status
    assert [] == events


@pytest.mark.parametrize('bad', ['revoked', 'forged'])
def test_delayed_decision_names_nobody(inventory, request, bad):
    """A bad token that auth_token lets pass is the token of nobody."""
    answer, pending, final = inventory.get(
        'delayed', request.getfixturevalue(bad)
    )

    assert 200 == answer.status
    for event in (pending, final):
        assert NOBODY == who(event)
        assert {'token': '***', 'identity_status': 'Invalid'} == (
            event['initiator']['credential']
        )


@pytest.mark.parametrize('bad', ['revoked', 'forged', None])
@pytest.mark.parametrize('pipeline', ['outer', 'outer_keystone'])
def test_outer_placement_has_the_refusal(inventory, request, pipeline, bad):
    """Before auth_token, a 401 is in the trail, and that nobody was known."""
    token = request.getfixturevalue(bad) if bad else None
    answer, pending, final = inventory.get(pipeline, token)

    assert 401 == answer.status
    assert 'failure' == final['outcome']
    assert '401' == final['reason']['reasonCode']
    assert NOBODY == who(pending)
    assert NOBODY == who(final)
    assert ('***' if bad else 'none') == (
        final['initiator']['credential']['token']
    )
    assert '127.0.0.1' == address(final)


@pytest.mark.parametrize('bad', ['revoked', 'forged', None])
@pytest.mark.parametrize(
    'pipeline', ['outer', 'outer_keystone', 'delayed', 'delayed_keystone']
)
def test_final_event_says_that_the_token_was_refused(
    inventory, request, pipeline, bad
):
    """What auth_token found out about the token is in the final event."""
    token = request.getfixturevalue(bad) if bad else None
    _, _, final = inventory.get(pipeline, token)

    assert 'Invalid' == status(final)


@pytest.mark.parametrize('pipeline', ['outer', 'outer_keystone', 'outermost'])
def test_outer_placement_names_the_initiator_at_the_end(
    inventory, alice, token, pipeline
):
    """Before auth_token, the final event knows what the pending could not."""
    answer, pending, final = inventory.get(pipeline, token)

    assert 200 == answer.status
    assert NOBODY == who(pending)
    assert expected(alice) == who(final)
    assert alice.domain_id == final['initiator']['domain_id']
    assert 'inventory' == final['target']['name']
    assert (
        answer.header('x-openstack-request-id')
        == (final['initiator']['request_id'])
    )


@pytest.mark.parametrize('pipeline', ['delayed', 'delayed_keystone'])
def test_auth_token_takes_forged_headers_away(inventory, pipeline):
    """Where auth_token lets everybody pass, forged headers name nobody."""
    answer, pending, final = inventory.get(pipeline, headers=FORGED)

    assert answer.json()['user_id'] is None
    assert NOBODY == who(pending) == who(final)


def test_forged_headers_are_not_believed_on_an_open_route(inventory):
    """With identity_source = keystone, no header alone names anybody."""
    answer, pending, final = inventory.get('open_keystone', headers=FORGED)

    assert 'mallory' == answer.json()['user_id']
    for event in (pending, final):
        assert NOBODY == who(event)
        assert 'unknown' == status(event)
        assert 'domain_id' not in event['initiator']


def test_forged_headers_are_believed_where_nothing_takes_them_away(inventory):
    """With identity_source = headers, an open route believes anybody."""
    _, _, final = inventory.get('open', headers=FORGED)

    assert 'mallory' == who(final)['id']
    assert 'bank' == who(final)['project_id']


def test_refused_forger_is_nobody_in_the_final_event(inventory, forged):
    """The event that counts does not name whom a refused client named."""
    answer, _, final = inventory.get('outer', forged, FORGED)

    assert 401 == answer.status
    assert NOBODY == who(final)


def test_keystone_source_names_no_forger_in_the_pending_event(
    inventory, forged
):
    """Before auth_token, identity_source = keystone is safe throughout."""
    _, pending, final = inventory.get('outer_keystone', forged, FORGED)

    assert NOBODY == who(pending) == who(final)


def test_forged_headers_do_not_replace_those_of_a_token(
    inventory, alice, token
):
    """Who has a token is called by it, whatever else it sends."""
    _, _, final = inventory.get('inner', token, FORGED)

    assert expected(alice) == who(final)
    assert alice.domain_id == final['initiator']['domain_id']


@each_chain
def test_untrusted_proxy_is_the_address(inventory, token, headers):
    """Without trusted_proxies the address is that of the peer."""
    _, pending, final = inventory.get('inner', token, headers)

    assert '127.0.0.1' == address(pending) == address(final)


@each_chain
def test_trusted_proxies_lead_to_the_client(inventory, token, headers):
    """The address is the first from the right that is no trusted proxy."""
    _, pending, final = inventory.get('trusting', token, headers)

    assert '192.0.2.1' == address(pending) == address(final)


@pytest.mark.parametrize(
    'headers',
    [
        {'Forwarded': 'for=192.0.2.1;host=HOST;proto=https'},
        {
            'X-Forwarded-For': '192.0.2.1',
            'X-Forwarded-Host': 'HOST',
            'X-Forwarded-Proto': 'https',
        },
    ],
    ids=['Forwarded', 'X-Forwarded'],
)
def test_http_proxy_to_wsgi_gives_host_and_address(inventory, token, headers):
    """Behind http_proxy_to_wsgi the public URL leads to the target."""
    headers = {
        name: value.replace('HOST', inventory.public_netloc)
        for name, value in headers.items()
    }
    _, pending, final = inventory.get('proxied', token, headers)

    assert '192.0.2.1' == address(pending) == address(final)
    assert 'inventory' == pending['target']['name'] == final['target']['name']


@pytest.mark.parametrize(
    ('pipeline', 'expected_address'),
    [('proxied', '10.9.9.9'), ('proxied_trusting', '192.0.2.1')],
)
def test_http_proxy_to_wsgi_leaves_the_chain(
    inventory, token, pipeline, expected_address
):
    """It takes the whole X-Forwarded-For for the peer; the event does not.

    The last address is what the nearest proxy saw, and no client can write.
    """
    _, pending, final = inventory.get(pipeline, token, FORWARDED_FOR)

    assert expected_address == address(pending) == address(final)


@pytest.mark.parametrize('pipeline', ['proxied', 'proxied_trusting'])
def test_http_proxy_to_wsgi_believes_what_a_client_writes(
    inventory, token, pipeline
):
    """Of Forwarded it keeps the first address, and hides the peer from us.

    Where that matters, the filter stands in front of it.
    """
    _, pending, final = inventory.get(pipeline, token, FORWARDED)

    assert '198.51.100.1' == address(pending) == address(final)


@pytest.mark.parametrize('which', ['token', 'forged'])
@each_chain
def test_address_stays_what_it_was_at_the_door(
    inventory, request, headers, which
):
    """What a filter further in makes of the address changes no event."""
    _, pending, final = inventory.get(
        'outermost', request.getfixturevalue(which), headers
    )

    assert '127.0.0.1' == address(pending) == address(final)
