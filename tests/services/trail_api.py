# SPDX-License-Identifier: Apache-2.0

"""A paste file in, an API for any WSGI server out.

The API answers with the status that the query asks for. The variable
``CADF_AUDIT_TEST_PASTE`` is the paste file.
"""

import logging
import os

from paste.deploy import loadapp


def api(environ, start_response):
    """Answer as asked."""
    status = environ['QUERY_STRING'].partition('=')[2]
    start_response(f'{status} As Asked', [('Content-Length', '0')])
    return [b'']


def api_factory(global_conf, **local_conf):
    """Be the application of a paste file."""
    return api


if 'CADF_AUDIT_TEST_PASTE' in os.environ:
    logging.basicConfig(level=logging.WARNING)
    application = loadapp(
        f'config:{os.environ["CADF_AUDIT_TEST_PASTE"]}', name='main'
    )
