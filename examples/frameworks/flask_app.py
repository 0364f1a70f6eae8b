# SPDX-License-Identifier: Apache-2.0

"""Flask behind the audit filter: a login names the initiator."""

from flask import Flask
from flask import request

from cadf_audit import AuditMiddleware

app = Flask(__name__)
app.wsgi_app = AuditMiddleware(
    app.wsgi_app, service_name='shop', use_oslo_messaging=False
)


@app.post('/login')
def login():
    """Log somebody in; only here it is known who sent the request."""
    event = request.environ.get('cadf_audit.event')
    if event:
        event.set_initiator(id=request.form['user'])
        event.set_endpoint('UI')
    return 'welcome'


@app.delete('/orders/<number>')
def delete_order(number):
    """Delete an order, and say which one."""
    event = request.environ.get('cadf_audit.event')
    if event:
        event.set_target(id=number, type_uri='service/bss/order', name='order')
    return '', 204
