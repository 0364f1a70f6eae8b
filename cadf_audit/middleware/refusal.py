# SPDX-License-Identifier: Apache-2.0

"""A request that cannot be recorded in, the answer 503 out (RFC 9110)."""

from collections.abc import Iterable
import json
from typing import TYPE_CHECKING

from cadf_audit.middleware.request import Environ

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

#: seconds after which a client may try again
RETRY_AFTER = 5

# In the form of OpenStack's APIs.
_BODY = json.dumps(
    {
        'error': {
            'code': 503,
            'title': 'Service Unavailable',
            'message': 'The request was not executed, because it cannot be '
            'recorded in the audit trail. Try again later.',
        }
    }
).encode()


def refuse(
    environ: Environ, start_response: 'StartResponse'
) -> Iterable[bytes]:
    """Answer a request instead of the application.

    :param environ: the WSGI environ
    :param start_response: the server's
    """
    start_response(
        '503 Service Unavailable',
        [
            ('Content-Type', 'application/json'),
            ('Content-Length', str(len(_BODY))),
            ('Retry-After', str(RETRY_AFTER)),
        ],
    )
    return [] if environ['REQUEST_METHOD'] == 'HEAD' else [_BODY]
