# SPDX-License-Identifier: Apache-2.0

"""The X-Service-Catalog header in, its endpoints by host and port out.

The header is what auth_token passes on: a JSON list of services, each with
its endpoints, each with up to three URLs. What is malformed in it costs
detail, never the event.
"""

from collections.abc import Sequence
import dataclasses
import json
from typing import Any
import urllib.parse

from cadf_audit.middleware.request import default_port
from cadf_audit.middleware.request import split_host
from cadf_audit.taxonomy import distinct_id
from cadf_audit.text import clean

# About how many bytes the cached catalogues of one filter may take.
CACHE_SIZE = 32 * 1024 * 1024

# About how many bytes a catalogue takes, and each URL in it.
_WEIGHT = 800

# The URLs of an endpoint, by the name that CADF consumers know them by.
_INTERFACES = (
    ('admin', 'adminURL'),
    ('private', 'internalURL'),
    ('public', 'publicURL'),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Service:
    """One endpoint of a service: what an event says of its target.

    :param type: the service type, a key of the audit map
    :param id: id of the endpoint, else the name of the service
    :param name: the name of the service, else its type
    :param addresses: pairs of interface and URL
    """

    type: str
    id: str
    name: str
    addresses: tuple[tuple[str, str], ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class _Location:
    """Where one URL of an endpoint points to."""

    scheme: str
    path: str
    depth: int
    service: Service


class Catalog:
    """The services of one catalogue, found by the URL of a request.

    :param services: each endpoint of each service, in their order
    """

    def __init__(self, services: list[Service]) -> None:
        #: how many URLs it holds
        self.locations = 0
        self._by_type: dict[str, Service] = {}
        self._by_netloc: dict[tuple[str, int], list[_Location]] = {}
        for service in services:
            self._by_type.setdefault(service.type, service)
            for _, url in service.addresses:
                self._add_url(service, url)

    def __bool__(self) -> bool:
        return bool(self._by_type)

    def by_type(self, service_type: str) -> Service | None:
        """Return the first endpoint of a service type."""
        return self._by_type.get(service_type)

    def by_url(
        self,
        scheme: str,
        host: str,
        port: int | None,
        path: str,
        preferred: Sequence[str] = (),
    ) -> Service | None:
        """Return the endpoint that a request was meant for, if one is.

        Host and port decide. Where several services share them, the longest
        path prefix does, then the longest common beginning, if it is that of
        one service alone. A request without a port came in on the default
        port of either scheme, since TLS often ends before us; the scheme of
        the request only breaks ties.

        :param scheme: the URL scheme of the request
        :param host: the host that it asks for, in lower case
        :param port: the port, if it names one
        :param path: the path, with the mount point
        :param preferred: service types to take where several are equal, as
            when one service is registered under two types
        """
        ports = (80, 443) if port is None else (port,)
        found: list[_Location] = []
        for candidate in ports:
            found += self._by_netloc.get((host, candidate), ())
        if len(found) < 2:
            return found[0].service if found else None
        nearest, certain = _nearest(found, path)
        own_scheme = [one for one in nearest if one.scheme == scheme]
        services = [one.service for one in own_scheme or nearest]
        for service_type in preferred:
            for service in services:
                if service.type == service_type:
                    return service
        if certain or len({service.type for service in services}) == 1:
            return services[0]
        return None

    def _add_url(self, service: Service, url: str) -> None:
        try:
            parts = urllib.parse.urlsplit(url)
        except ValueError:
            return
        host, port = split_host(parts.netloc.rpartition('@')[2])
        if port is None:
            port = default_port(parts.scheme)
        if not host or port is None:
            return
        path = parts.path.rstrip('/')
        self.locations += 1
        self._by_netloc.setdefault((host, port), []).append(
            _Location(parts.scheme, path, path.count('/'), service)
        )


def _nearest(
    found: list[_Location], path: str
) -> tuple[list[_Location], bool]:
    """Return the locations that fit a path best, and whether they do fit."""
    prefixes = [one for one in found if _is_prefix(one.path, path)]
    if prefixes:
        deepest = max(one.depth for one in prefixes)
        return [one for one in prefixes if one.depth == deepest], True
    # URLs such as /v3/PROJECT share the beginning of a path at the most.
    segments = path.split('/')[1:]
    common = [_common(segments, one.path) for one in found]
    longest = max(common)
    nearest = [
        one
        for one, length in zip(found, common, strict=True)
        if length == longest
    ]
    if not longest and len({one.service.type for one in found}) > 1:
        return [], False
    return nearest, False


def _is_prefix(prefix: str, path: str) -> bool:
    return path.startswith(prefix) and (
        len(path) == len(prefix) or path[len(prefix)] == '/'
    )


def _common(segments: list[str], path: str) -> int:
    """Return how many segments two paths have in common from the left."""
    count = 0
    for ours, theirs in zip(segments, path.split('/')[1:], strict=False):
        if ours != theirs:
            break
        count += 1
    return count


def parse_catalog(header: str) -> Catalog:
    """Return the catalogue that a header holds; an empty one if none."""
    try:
        # A number of 5000 digits is valid JSON, and none of our business.
        document = json.loads(header, parse_int=float)
    except (ValueError, RecursionError):
        return Catalog([])
    if not isinstance(document, list):
        return Catalog([])
    services = []
    for entry in document:
        if isinstance(entry, dict):
            services += _read_service(entry)
    return Catalog(services)


def _read_service(entry: dict[str, Any]) -> list[Service]:
    service_type = clean(entry.get('type'))
    endpoints = entry.get('endpoints')
    if not service_type or not isinstance(endpoints, list):
        return []
    name = clean(entry.get('name')) or service_type
    services = []
    for endpoint in endpoints:
        if not isinstance(endpoint, dict):
            continue
        addresses = tuple(
            (interface, url)
            for interface, key in _INTERFACES
            if (url := clean(endpoint.get(key)))
        )
        service = Service(
            service_type,
            distinct_id(clean(endpoint.get('id')) or name, 'service'),
            name,
            addresses,
        )
        services.append(service)
    return services


class CatalogCache:
    """Parsed catalogues by their header, at least the latest used ones.

    A catalogue differs from project to project, and clients that no filter
    holds back can send any number of them, so the cache is bounded by the
    memory that it takes. Two generations serve as one cache: what is used is
    in the young one, and what fell out of use goes with the old one. No lock
    is needed for that, so none can be held by a thread that a fork left
    behind.

    :param size: about how many bytes of memory to use
    """

    def __init__(self, size: int = CACHE_SIZE) -> None:
        self._half = size // 2
        self._used = 0
        self._young: dict[str, Catalog] = {}
        self._old: dict[str, Catalog] = {}

    def get(self, header: str) -> Catalog:
        """Return the catalogue of a header, parsed at its first use."""
        catalog = self._young.get(header)
        if catalog is None:
            catalog = self._old.get(header)
            if catalog is None:
                catalog = parse_catalog(header)
            self._keep(header, catalog)
        return catalog

    def _keep(self, header: str, catalog: Catalog) -> None:
        weight = 4 * len(header) + _WEIGHT * (1 + catalog.locations)
        if weight > self._half:
            return
        if self._used + weight > self._half:
            self._old = self._young
            self._young = {}
            self._used = 0
        self._young[header] = catalog
        self._used += weight
