# SPDX-License-Identifier: Apache-2.0
"""Found by asking the mappers of Glance for their routes.

That of glance.api.v2.router is mounted at /v2, as glance-api-paste.ini does;
that of the filter cache_manage comes with the flavors of cachemanagement.
Routes that only refuse a method are left out. The lists of versions and the
health check are written down here: they have no mapper.
"""

from glance.api.middleware import cache_manage
from glance.api.v2 import router
from glance.common import wsgi
from oslo_config import cfg

DISTRIBUTION = 'glance'

UNMAPPED = [('GET', '/'), ('GET', '/healthcheck'), ('GET', '/versions')]


def routes():
    """Yield the method and path of each route."""
    yield from UNMAPPED
    cfg.CONF([], project='glance', default_config_files=[])
    mapper = wsgi.APIMapper()
    router.API(mapper)
    yield from mapped(mapper, '/v2')
    cache = cache_manage.CacheManageFilter(app=None)
    yield from mapped(cache._mapper, '')


def mapped(mapper, mount):
    """Yield the method and path of each route that does more than refuse.

    :param mapper: the routes.Mapper
    :param mount: path it is mounted at
    """
    for route in mapper.matchlist:
        if route.redirect or route.defaults['action'] == 'reject':
            continue
        for method in route.conditions['method']:
            yield method, mount + route.routepath
