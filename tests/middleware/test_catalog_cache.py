# SPDX-License-Identifier: Apache-2.0

"""Headers go in, many of them; each catalogue comes out, parsed once."""

import gc
import json
import threading
import weakref

from cadf_audit.middleware.catalog import Catalog
from cadf_audit.middleware.catalog import CatalogCache
from tests.middleware.test_catalog import service


def test_catalogue_is_parsed_once():
    """A header that comes again, as a new string, is not parsed again."""
    cache = CatalogCache()
    header = json.dumps([service('image', 'http://h')])

    first = cache.get(header)

    assert isinstance(first, Catalog)
    assert cache.get(''.join(list(header))) is first
    assert cache.get(header + ' ') is not first


def test_many_catalogues_stay_parsed():
    """There is one for each project that is active."""
    cache = CatalogCache()
    headers = [
        json.dumps([service(f's{number}', 'http://h')]) for number in range(99)
    ]
    first = [cache.get(header) for header in headers]

    again = [cache.get(header) for header in headers]

    assert [True] * 99 == [
        one is two for one, two in zip(first, again, strict=True)
    ]


def test_cached_catalogues_have_bounded_memory():
    """A client that sends ever new catalogues fills nothing up."""
    size = 1024 * 1024
    cache = CatalogCache(size)
    alive = weakref.WeakValueDictionary()

    for number in range(1000):
        header = json.dumps([service(f's{number}', 'http://h/' + 'x' * 4000)])
        alive[number] = cache.get(header)
    gc.collect()

    assert 0 < sum(4000 for _ in alive.values()) <= size


def test_catalogue_in_use_stays_while_others_come_and_go():
    """What is asked for again and again is not parsed again."""
    cache = CatalogCache(1024 * 1024)
    header = json.dumps([service('image', 'http://h')])
    first = cache.get(header)

    for number in range(1000):
        cache.get(json.dumps([service(f's{number}', 'http://h/' + 'x' * 999)]))
        assert cache.get(header) is first


def test_catalogue_larger_than_the_cache_is_read_and_not_kept():
    """One header cannot drive all others out."""
    cache = CatalogCache(64 * 1024)
    small = json.dumps([service('image', 'http://h')])
    large = json.dumps([service('compute', 'http://h/' + 'x' * 100_000)])
    first = cache.get(small)

    assert 'compute-0' == cache.get(large).by_type('compute').id
    assert cache.get(large) is not cache.get(large)
    assert cache.get(small) is first


def test_threads_share_a_cache():
    """Each thread gets the catalogue that it asked for."""
    cache = CatalogCache(32 * 1024)
    headers = {
        name: json.dumps([service(name, f'http://{name}')])
        for name in (f's{number}' for number in range(50))
    }
    wrong = []

    def work():
        for name, header in headers.items():
            if cache.get(header).by_type(name) is None:
                wrong.append(name)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == wrong
