# SPDX-License-Identifier: Apache-2.0

"""What went wrong in, an answer that says so in JSON out.

Nothing of the database, and no traceback, is told to who asked.
"""

import http
import json
import logging
from typing import Any

import falcon
from sqlalchemy.exc import DataError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import SQLAlchemyError

from cadf_audit.trail.api.identity import UnknownError
from cadf_audit.trail.api.parameters import TooLongError
from cadf_audit.trail.engine import QueryTimeoutError
from cadf_audit.trail.query.answers import NoSuchEventError
from cadf_audit.trail.query.event_query import QueryError
from cadf_audit.trail.query.viewer import NotAllowedError
from cadf_audit.trail.upgrade import SchemaError

LOG = logging.getLogger(__name__)

#: what is said to all of whom only the log may know more
NO_DATABASE = (
    'the database of the trail cannot be used now; the log of this API says '
    'why'
)

Problems = list[tuple[str | None, str]]


class BrokenPathError(Exception):
    """The path of a URL is not UTF-8."""


def fail(
    resp: falcon.Response, status: http.HTTPStatus, problems: Problems
) -> None:
    """Make an answer one that says what is wrong.

    :param resp: the answer
    :param status: its status
    :param problems: what is wrong, by the name of the parameter, if it is one
    """
    resp.status = status
    resp.content_type = falcon.MEDIA_JSON
    resp.data = to_json(
        {
            'error': {
                'code': status.value,
                'title': status.phrase,
                'problems': [
                    {'parameter': name, 'problem': problem}
                    for name, problem in problems
                ],
            }
        }
    )


def to_json(answer: Any) -> bytes:
    """Return an answer as JSON of nothing but ASCII.

    :param answer: what is to be told
    """
    return f'{json.dumps(answer)}\n'.encode()


def told(exc: SQLAlchemyError) -> str:
    """Return what a database says, without the events in its statement.

    :param exc: the error
    """
    text = exc.orig if isinstance(exc, DBAPIError) else exc
    return f'{type(exc).__name__}: {" ".join(str(text).split())}'


def add_handlers(app: 'falcon.App[falcon.Request, falcon.Response]') -> None:
    """Let an application answer with our errors.

    :param app: the application
    """
    app.set_error_serializer(_serialize)
    app.add_error_handler(QueryError, _query_error)
    app.add_error_handler(UnknownError, _unknown)
    app.add_error_handler(SQLAlchemyError, _no_database)
    app.add_error_handler(Exception, _unforeseen)
    for kind, status in _STATUSES.items():
        app.add_error_handler(kind, _handler(status))


_STATUSES: dict[type[Exception], http.HTTPStatus] = {
    BrokenPathError: http.HTTPStatus.BAD_REQUEST,
    NotAllowedError: http.HTTPStatus.FORBIDDEN,
    NoSuchEventError: http.HTTPStatus.NOT_FOUND,
    TooLongError: http.HTTPStatus.REQUEST_URI_TOO_LONG,
    # Not that of a database which is away: to ask again is of no use.
    QueryTimeoutError: http.HTTPStatus.GATEWAY_TIMEOUT,
}


def _handler(status: http.HTTPStatus) -> Any:
    def handle(
        req: falcon.Request, resp: falcon.Response, exc: Exception, params: Any
    ) -> None:
        problem = str(exc)
        if isinstance(exc, NoSuchEventError):
            problem = 'there is no such event, or none that you may see'
        fail(resp, status, [(None, problem)])

    return handle


def _query_error(
    req: falcon.Request, resp: falcon.Response, exc: QueryError, params: Any
) -> None:
    fail(resp, http.HTTPStatus.BAD_REQUEST, [*exc.problems])


def _unknown(
    req: falcon.Request, resp: falcon.Response, exc: UnknownError, params: Any
) -> None:
    LOG.info('nobody knows who asks, from %s', req.env.get('REMOTE_ADDR'))
    fail(resp, http.HTTPStatus.UNAUTHORIZED, [(None, str(exc))])
    if exc.challenge:
        resp.set_header('WWW-Authenticate', exc.challenge)


def _no_database(
    req: falcon.Request,
    resp: falcon.Response,
    exc: SQLAlchemyError,
    params: Any,
) -> None:
    if isinstance(exc, DataError):
        # What no question can ask was asked nevertheless.
        _unforeseen(req, resp, exc, params)
        return
    LOG.error('the database of the trail: %s', told(exc))
    fail(resp, http.HTTPStatus.SERVICE_UNAVAILABLE, [(None, NO_DATABASE)])


def _unforeseen(
    req: falcon.Request, resp: falcon.Response, exc: Exception, params: Any
) -> None:
    if isinstance(exc, SQLAlchemyError):
        LOG.error('%s: %s', req.uri_template, told(exc))
    elif isinstance(exc, SchemaError):
        LOG.error('%s', exc)
        fail(resp, http.HTTPStatus.SERVICE_UNAVAILABLE, [(None, NO_DATABASE)])
        return
    else:
        LOG.error('%s', req.uri_template, exc_info=exc)
    fail(
        resp,
        http.HTTPStatus.INTERNAL_SERVER_ERROR,
        [(None, 'a fault of this API, of which its log says more')],
    )


def _serialize(
    req: falcon.Request, resp: falcon.Response, exc: falcon.HTTPError
) -> None:
    """Say what falcon itself refuses."""
    status = http.HTTPStatus(exc.status_code)
    problem = {
        404: 'there is no such path; GET /v1 says which there are',
        405: 'the method is not allowed; the header Allow says which are',
    }.get(exc.status_code, exc.description or status.phrase)
    fail(resp, status, [(None, problem)])
