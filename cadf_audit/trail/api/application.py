# SPDX-License-Identifier: Apache-2.0

"""A database and who may ask in, the HTTP API of the trail out."""

import falcon
from sqlalchemy import Engine

from cadf_audit.trail.api.errors import add_handlers
from cadf_audit.trail.api.errors import BrokenPathError
from cadf_audit.trail.api.identity import Identify
from cadf_audit.trail.api.metrics import make_registry
from cadf_audit.trail.api.metrics import Measure
from cadf_audit.trail.api.resources import Desk
from cadf_audit.trail.api.resources import Export
from cadf_audit.trail.api.resources import Health
from cadf_audit.trail.api.resources import Numbers
from cadf_audit.trail.api.resources import Page
from cadf_audit.trail.api.resources import Question
from cadf_audit.trail.api.resources import QUESTIONS
from cadf_audit.trail.api.resources import read_description
from cadf_audit.trail.query.kind_names import KindNames
from cadf_audit.trail.settings import TrailSettings
from cadf_audit.wording.categories import load_categories

Application = falcon.App[falcon.Request, falcon.Response]


class _Headers:
    """Sees that nobody keeps an answer, or takes it for what it is not."""

    def process_request(
        self, req: falcon.Request, resp: falcon.Response
    ) -> None:
        try:
            req.env['PATH_INFO'].encode('latin-1').decode('utf-8')
        except UnicodeError as exc:
            raise BrokenPathError('the path is not UTF-8') from exc

    def process_response(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        resource: object,
        req_succeeded: bool,
    ) -> None:
        resp.set_header('Cache-Control', 'no-store')
        resp.set_header('X-Content-Type-Options', 'nosniff')


def make_application(
    engine: Engine, settings: TrailSettings, identify: Identify
) -> Application:
    """Return the API.

    Nothing is connected before the first request, so that a server may fork
    until then.

    :param engine: the database
    :param settings: what the operator decided
    :param identify: says whom a request comes from
    :raises CategoriesError: the table of categories cannot be used
    """
    kinds = KindNames(load_categories(settings.categories_file))
    desk = Desk(engine, settings, kinds, identify)
    registry = make_registry(engine)
    # The first one's answers to a request come last.
    app = Application(middleware=[Measure(registry), _Headers()])
    app.req_options.strip_url_path_trailing_slash = True
    add_handlers(app)
    description = read_description()
    resources = {
        '/v1/export': Export(desk),
        '/v1/openapi.json': Page(description),
        '/healthz': Health(engine),
        '/metrics': Numbers(desk, registry),
        **{path: Question(desk, each) for path, each in QUESTIONS.items()},
    }
    index = Page(
        {'paths': sorted(description['paths'])},
    )
    for path, resource in {'/': index, '/v1': index, **resources}.items():
        app.add_route(path, resource)
    return app
