# SPDX-License-Identifier: Apache-2.0

"""Falcon behind the audit filter: a resource says what was changed."""

import falcon

from cadf_audit import AuditMiddleware


class Order:
    """One order of the shop."""

    def on_delete(self, request, response, number):
        """Delete the order, and say which one."""
        event = request.env.get('cadf_audit.event')
        if event:
            event.set_target(
                id=number, type_uri='service/bss/order', name='order'
            )
        response.status = falcon.HTTP_204


app = falcon.App()
app.add_route('/orders/{number}', Order())
application = AuditMiddleware(
    app, service_name='shop', use_oslo_messaging=False
)
