# SPDX-License-Identifier: Apache-2.0

"""A stand-in for keystonemiddleware's auth_token: token in, headers out.

It knows two tokens, ``admin-token`` and ``member-token``, and sets the
headers that auth_token sets, so that the demo needs no Keystone.
"""

import json

PROJECT_ID = 'c2d4a1f0-0f3e-4a57-9a41-6f0c3d2b7e10'
USERS = {
    'admin-token': {
        'HTTP_X_USER_ID': '5a1d0a4e-7f52-4c1b-8f0e-0d7c9c1f4a01',
        'HTTP_X_USER_NAME': 'alice',
        'HTTP_X_ROLES': 'admin,member,reader',
    },
    'member-token': {
        'HTTP_X_USER_ID': '5a1d0a4e-7f52-4c1b-8f0e-0d7c9c1f4a02',
        'HTTP_X_USER_NAME': 'bob',
        'HTTP_X_ROLES': 'member,reader',
    },
}
IDENTITY_KEYS = (
    'HTTP_X_IDENTITY_STATUS',
    'HTTP_X_PROJECT_ID',
    'HTTP_X_ROLES',
    'HTTP_X_SERVICE_CATALOG',
    'HTTP_X_USER_ID',
    'HTTP_X_USER_NAME',
)


class Identity:
    """Let known tokens pass and say whose they are; answer 401 otherwise.

    :param app: the application behind the filter
    :param catalog: the service catalogue, as JSON
    """

    def __init__(self, app, catalog):
        self._app = app
        self._catalog = catalog

    def __call__(self, environ, start_response):
        """Serve one request as a WSGI filter."""
        # A client could send these headers itself and be anybody.
        for key in IDENTITY_KEYS:
            environ.pop(key, None)
        user = USERS.get(environ.get('HTTP_X_AUTH_TOKEN'))
        if user is None:
            return self._refuse(environ, start_response)
        environ.update(
            user,
            HTTP_X_IDENTITY_STATUS='Confirmed',
            HTTP_X_PROJECT_ID=PROJECT_ID,
            HTTP_X_SERVICE_CATALOG=self._catalog,
        )
        return self._app(environ, start_response)

    def _refuse(self, environ, start_response):
        """Ask for a token."""
        environ['HTTP_X_IDENTITY_STATUS'] = 'Invalid'
        body = b'{"error": "X-Auth-Token: admin-token or member-token"}\n'
        start_response(
            '401 Unauthorized',
            [
                ('Content-Type', 'application/json'),
                ('Content-Length', str(len(body))),
                ('WWW-Authenticate', 'Keystone uri="http://127.0.0.1/v3"'),
            ],
        )
        return [body] if environ['REQUEST_METHOD'] != 'HEAD' else []


def catalog_for(url):
    """Return a service catalogue that offers the bare-metal API at a URL."""
    return json.dumps(
        [
            {
                'type': 'baremetal',
                'name': 'baremetal',
                'endpoints': [
                    {
                        'id': '7c1d5e7a-52a4-4b0c-9d0a-6b1f0c9f2a33',
                        'region': 'RegionOne',
                        'publicURL': url,
                        'internalURL': url,
                        'adminURL': url,
                    }
                ],
            }
        ]
    )


def filter_factory(global_conf, url):
    """Return the filter for paste.deploy."""
    catalog = catalog_for(url)

    def identity_filter(app):
        return Identity(app, catalog)

    return identity_filter
