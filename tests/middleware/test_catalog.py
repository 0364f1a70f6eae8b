# SPDX-License-Identifier: Apache-2.0

"""A catalogue header goes in; the service behind a URL comes out."""

import json

import pytest

from cadf_audit.middleware.catalog import parse_catalog


def service(service_type, *urls, name=None, key='publicURL'):
    """Return an entry of a catalogue, with an endpoint for each URL."""
    return {
        'type': service_type,
        'name': name or service_type,
        'endpoints': [
            {'id': f'{service_type}-{index}', key: url}
            for index, url in enumerate(urls)
        ],
    }


def found(services, url_parts):
    """Return the id of the endpoint that a request was meant for."""
    scheme, host, port, path = url_parts
    catalog = parse_catalog(json.dumps(services))
    match = catalog.by_url(scheme, host, port, path)
    return match and match.id


@pytest.mark.parametrize('key', ['adminURL', 'internalURL', 'publicURL'])
def test_each_of_the_three_urls_leads_to_the_service(key):
    """keystonemiddleware looks at no internal URL."""
    services = [
        service('image', 'http://glance:9292'),
        service('baremetal', 'http://ironic:6385', key=key),
    ]

    assert 'baremetal-0' == found(services, ('http', 'ironic', 6385, '/v1'))


def test_every_endpoint_of_a_service_counts():
    """keystonemiddleware looks at the first one, so at one region."""
    services = [service('image', 'http://one:9292', 'http://two:9292')]

    assert 'image-0' == found(services, ('http', 'one', 9292, '/'))
    assert 'image-1' == found(services, ('http', 'two', 9292, '/'))


def test_every_entry_of_a_service_type_counts():
    """Two services of one type, as in two regions, are two services."""
    services = [
        service('image', 'http://one:9292', name='glance-one'),
        service('image', 'http://two:9292', name='glance-two'),
    ]
    catalog = parse_catalog(json.dumps(services))

    assert 'glance-two' == catalog.by_url('http', 'two', 9292, '/').name
    assert 'glance-one' == catalog.by_type('image').name


@pytest.mark.parametrize(
    ('url', 'request_'),
    [
        ('http://api:6385', ('http', 'api', 6385, '/')),
        ('HTTP://API:6385', ('http', 'api', 6385, '/')),
        ('http://user:password@api:6385/', ('http', 'api', 6385, '/')),
        ('http://[2001:db8::1]:6385', ('http', '[2001:db8::1]', 6385, '/')),
        ('http://api', ('http', 'api', 80, '/')),
        ('http://api:80', ('http', 'api', None, '/')),
        ('http://api', ('http', 'api', None, '/')),
        ('https://api', ('https', 'api', 443, '/')),
        ('https://api:443', ('https', 'api', None, '/')),
        ('https://api', ('https', 'api', None, '/')),
        ('https://api', ('http', 'api', None, '/')),
        ('http://api', ('https', 'api', None, '/')),
        ('https://api:6385', ('http', 'api', 6385, '/')),
        ('http://api:6385/v1/', ('http', 'api', 6385, '/other')),
    ],
)
def test_host_and_port_decide(url, request_):
    """The scheme supplies a missing port and is not compared."""
    services = [service('baremetal', url), service('image', 'http://b:1')]

    assert 'baremetal-0' == found(services, request_)


@pytest.mark.parametrize(
    'request_',
    [
        ('http', 'other', 6385, '/'),
        ('http', 'api', 6386, '/'),
        ('http', 'api', None, '/'),
        ('http', 'api', 443, '/'),
        ('http', 'api.', 6385, '/'),
        ('http', '', 6385, '/'),
        ('http', '', None, '/'),
    ],
)
def test_another_host_or_port_is_another_service(request_):
    """What the catalogue does not name is not guessed at."""
    services = [
        service('baremetal', 'http://api:6385'),
        service('image', 'http:///v2', '', 'http://:80'),
    ]

    assert found(services, request_) is None


@pytest.mark.parametrize(
    ('scheme', 'expected'), [('http', 'image-0'), ('https', 'compute-0')]
)
@pytest.mark.parametrize('order', [1, -1])
def test_scheme_breaks_ties(scheme, expected, order):
    """Of two services on the default ports, that of the scheme is meant."""
    services = [
        service('image', 'http://api'),
        service('compute', 'https://api'),
    ]

    assert expected == found(services[::order], (scheme, 'api', None, '/'))


@pytest.mark.parametrize(
    ('path', 'expected'),
    [
        ('/compute/v2.1/servers', 'compute-0'),
        ('/compute', 'compute-0'),
        ('/compute/', 'compute-0'),
        ('/compute/v3', 'compute-0'),
        ('/compute-more/v2', 'computer-0'),
        ('/image/v2/images', 'image-0'),
        ('/image/admin/x', 'admin-0'),
        ('/image/administration', 'image-0'),
        ('/volume/v3/p1/volumes', 'volume-0'),
        ('/volume/v3/p2/volumes', 'volume-0'),
        ('/volume/v3', 'volume-0'),
        ('/identity/v3', None),
        ('/', None),
        ('', None),
        ('compute', None),
    ],
)
@pytest.mark.parametrize('order', [1, -1])
def test_longest_path_prefix_decides_on_a_shared_port(path, expected, order):
    """A prefix ends where a segment ends, and the order does not matter."""
    services = [
        service('compute', 'http://api/compute'),
        service('computer', 'http://api/compute-more/'),
        service('image', 'http://api/image'),
        service('admin', 'http://api/image/admin'),
        service('volume', 'http://api/volume/v3/p1'),
    ]

    assert expected == found(services[::order], ('http', 'api', 80, path))


def test_service_at_the_root_gets_what_no_longer_prefix_takes():
    """The empty path is a prefix of every path."""
    services = [
        service('identity', 'http://api/'),
        service('image', 'http://api/image/'),
    ]

    assert 'identity-0' == found(services, ('http', 'api', 80, '/v3/users'))
    assert 'image-0' == found(services, ('http', 'api', 80, '/image'))
    assert 'image-0' == found(services, ('http', 'api', 80, '/image/v2'))


@pytest.mark.parametrize(
    ('path', 'expected'),
    [
        ('/volume/v3/p2', 'volume-0'),
        ('/v3/p2', None),
        ('/v3', None),
        ('/v3/p1/x', 'volume-1'),
    ],
)
def test_common_beginning_of_two_services_decides_nothing(path, expected):
    """The project in a URL is another one for each user of a catalogue."""
    services = [
        service('volume', 'http://api/volume/v3/p1', 'http://api/v3/p1'),
        service('share', 'http://api/v3/p3'),
    ]

    assert expected == found(services, ('http', 'api', 80, path))


@pytest.mark.parametrize(
    ('scheme', 'expected'), [('http', 'image-0'), ('https', 'image-1')]
)
@pytest.mark.parametrize('order', [1, -1])
def test_scheme_breaks_ties_of_one_service(scheme, expected, order):
    """Also where no path is a prefix of the one that was asked for."""
    image = service('image', 'http://api/v2/p1', 'https://api/v2/p1')
    image['endpoints'] = image['endpoints'][::order]
    other = service('compute', 'http://api/compute')

    assert expected == found([image], (scheme, 'api', None, '/x'))
    assert expected == found([image, other], (scheme, 'api', None, '/v2/p2'))


def test_one_service_under_several_urls_is_no_tie():
    """Its three URLs may well be the same."""
    entry = {
        'type': 'image',
        'name': 'glance',
        'endpoints': [
            {
                'id': 'ep',
                'adminURL': 'http://api:9292/v1',
                'internalURL': 'http://api:9292/v2',
                'publicURL': 'http://api:9292/v2',
            }
        ],
    }

    assert 'ep' == found([entry], ('http', 'api', 9292, '/elsewhere'))


def test_target_has_what_the_catalogue_says():
    """Id of the endpoint, name and type of the service, and its URLs."""
    entry = {
        'type': 'baremetal',
        'name': 'ironic',
        'endpoints': [
            {
                'id': 'ep-ironic',
                'region': 'r1',
                'publicURL': 'http://ironic.public:6385',
                'adminURL': 'http://ironic:6385',
                'internalURL': 'http://ironic.internal:6385',
            }
        ],
    }

    ironic = parse_catalog(json.dumps([entry])).by_type('baremetal')

    assert 'baremetal' == ironic.type
    assert 'ep-ironic' == ironic.id
    assert 'ironic' == ironic.name
    assert (
        ('admin', 'http://ironic:6385'),
        ('private', 'http://ironic.internal:6385'),
        ('public', 'http://ironic.public:6385'),
    ) == ironic.addresses


@pytest.mark.parametrize('word', ['initiator', 'target'])
def test_endpoint_called_like_a_part_of_the_event_keeps_its_own_id(word):
    """CADF reads such an id as a reference."""
    entry = {'type': 'image', 'endpoints': [{'id': word}]}

    image = parse_catalog(json.dumps([entry])).by_type('image')

    assert f'service:{word}' == image.id
