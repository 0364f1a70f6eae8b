# SPDX-License-Identifier: Apache-2.0

"""Django behind the audit filter: a login names the initiator."""

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

from cadf_audit import AuditMiddleware


def login(request):
    """Log somebody in; only here it is known who sent the request."""
    event = request.META.get('cadf_audit.event')
    if event:
        event.set_initiator(id=request.POST['user'])
        event.set_endpoint('UI')
    return HttpResponse('welcome')


urlpatterns = [path('login', login)]

settings.configure(
    ROOT_URLCONF=__name__, SECRET_KEY='demo', ALLOWED_HOSTS=['*']
)
django.setup()
application = AuditMiddleware(
    get_wsgi_application(), service_name='shop', use_oslo_messaging=False
)
