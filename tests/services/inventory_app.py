# SPDX-License-Identifier: Apache-2.0

"""A small API as a service is: served from a paste file.

The API tells who it was told is calling. The module sees two arguments: the
paste file, and a configuration of logging.
"""

import json
import logging.config
import sys

from paste.deploy import loadapp


def api(environ, start_response):
    """Answer with the identity that arrived."""
    body = json.dumps(
        {
            'user_id': environ.get('HTTP_X_USER_ID'),
            'identity_status': environ.get('HTTP_X_IDENTITY_STATUS'),
        }
    ).encode()
    start_response(
        '200 OK',
        [
            ('Content-Type', 'application/json'),
            ('Content-Length', str(len(body))),
        ],
    )
    return [body]


def api_factory(global_conf, **local_conf):
    """Be the application of a paste file."""
    return api


def load(paste, logging_conf):
    """Return the application of a paste file."""
    logging.config.fileConfig(logging_conf, disable_existing_loggers=False)
    return loadapp(f'config:{paste}', name='main')


application = load(*sys.argv[1:])
