# SPDX-License-Identifier: Apache-2.0

"""Pecan behind the audit filter: a controller says what was changed."""

import pecan
from pecan import rest

from cadf_audit import AuditMiddleware


class Orders(rest.RestController):
    """The orders of the shop."""

    @pecan.expose()
    def delete(self, number):
        """Delete an order, and say which one."""
        event = pecan.request.environ.get('cadf_audit.event')
        if event:
            event.set_target(
                id=number, type_uri='service/bss/order', name='order'
            )
        pecan.response.status = 204


class Root:
    """The paths of the shop."""

    orders = Orders()


application = AuditMiddleware(
    pecan.make_app(Root()), service_name='shop', use_oslo_messaging=False
)
