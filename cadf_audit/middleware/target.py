# SPDX-License-Identifier: Apache-2.0

"""The service catalogue and the audit map in, the CADF target out."""

from typing import Any

from cadf_audit.audit_map.keywords import KeywordMap
from cadf_audit.middleware.catalog import CatalogCache
from cadf_audit.middleware.catalog import Service
from cadf_audit.middleware.meaning import unknown_target
from cadf_audit.middleware.request import Request


class TargetFinder:
    """Finds the service that a request was meant for.

    :param audit_map: gives the typeURI of a service, and its fallbacks
    """

    def __init__(self, audit_map: KeywordMap) -> None:
        self._map = audit_map
        self._catalogs = CatalogCache()
        # Where a service is registered under several types, it is the one
        # that the operator named, else one that the map is about.
        self._preferred = [
            *filter(None, [audit_map.target_endpoint_type]),
            *audit_map.service_endpoints,
        ]

    def build(self, request: Request, catalog: str) -> dict[str, Any]:
        """Return the target of a request's event.

        :param request: the request
        :param catalog: the catalogue header, as far as it is believed
        """
        service = self._find(request, catalog)
        if service is None:
            return unknown_target()
        target: dict[str, Any] = {
            'id': service.id,
            'typeURI': self._map.type_uri(service.type, request.segments),
            'name': service.name,
        }
        if service.addresses:
            target['addresses'] = [
                {'url': url, 'name': interface}
                for interface, url in service.addresses
            ]
        return target

    def _find(self, request: Request, header: str) -> Service | None:
        catalog = self._catalogs.get(header) if header else None
        if not catalog:
            only = self._map.only_service
            return Service(only, only, only) if only else None
        host, port = request.host
        found = catalog.by_url(
            request.scheme, host, port, request.path, self._preferred
        )
        if found is None and self._map.target_endpoint_type:
            return catalog.by_type(self._map.target_endpoint_type)
        return found
