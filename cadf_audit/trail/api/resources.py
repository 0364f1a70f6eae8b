# SPDX-License-Identifier: Apache-2.0

"""A path and a request in, what the answer says out."""

from collections.abc import Callable
from importlib import resources
from typing import Any

import falcon
import prometheus_client
from sqlalchemy import Engine
import yaml

from cadf_audit.trail.api.errors import to_json
from cadf_audit.trail.api.identity import Identify
from cadf_audit.trail.api.identity import Identity
from cadf_audit.trail.api.identity import METRICS_ROLE
from cadf_audit.trail.api.parameters import read_pairs
from cadf_audit.trail.api.streaming import Lines
from cadf_audit.trail.query.answers import Answers
from cadf_audit.trail.query.answers import EVENTS_PATH
from cadf_audit.trail.query.event_query import QueryError
from cadf_audit.trail.query.kind_names import KindNames
from cadf_audit.trail.query.reader import TrailReader
from cadf_audit.trail.query.viewer import NotAllowedError
from cadf_audit.trail.query.viewer import Viewer
from cadf_audit.trail.readings import Pairs
from cadf_audit.trail.settings import TrailSettings
from cadf_audit.trail.store import Store
from cadf_audit.trail.upgrade import check_schema

_TYPES = {
    'ndjson': 'application/x-ndjson',
    'csv': 'text/csv; charset=utf-8',
}

Answer = dict[str, Any]


class Desk:
    """Where requests become questions.

    :param engine: the database
    :param settings: what the operator decided
    :param kinds: what kinds of events are called
    :param identify: says whom a request comes from
    """

    def __init__(
        self,
        engine: Engine,
        settings: TrailSettings,
        kinds: KindNames,
        identify: Identify,
    ) -> None:
        self._store = Store(engine)
        self._settings = settings
        self._kinds = kinds
        self._identify = identify

    def ask(self, req: falcon.Request) -> tuple[Answers, Pairs]:
        """Return what answers whoever sent a request, and what they ask.

        :param req: the request
        :raises UnknownError: nobody knows them
        :raises QueryError: the query cannot be decoded
        """
        _, viewer = self.viewer(req)
        reader = TrailReader(
            self._store.engine,
            viewer,
            self._kinds,
            self._settings.query_timeout,
        )
        answers = Answers(self._store, reader)
        return answers, read_pairs(req.env.get('QUERY_STRING', ''))

    def viewer(self, req: falcon.Request) -> tuple[Identity, Viewer]:
        """Return who sent a request, and what they may see.

        :param req: the request
        :raises UnknownError: nobody knows them
        """
        identity = self._identify(req.env)
        address = req.env.get('REMOTE_ADDR') or None
        return identity, identity.viewer(self._settings, address)


class Question:
    """A path whose answer is JSON.

    :param desk: where requests become questions
    :param answer: from what answers a request, the request, and the names
        and values of its query, to what the answer says
    """

    def __init__(self, desk: Desk, answer: Callable[..., Answer]) -> None:
        self._desk = desk
        self._answer = answer

    def on_get(
        self, req: falcon.Request, resp: falcon.Response, **names: str
    ) -> None:
        """Answer.

        :param req: the request
        :param resp: the answer
        :param names: what stands in the path
        """
        answers, pairs = self._desk.ask(req)
        resp.content_type = falcon.MEDIA_JSON
        resp.data = to_json(self._answer(answers, req, pairs, **names))

    # falcon leaves out the body.
    on_head = on_get


def _events(answers: Answers, req: falcon.Request, pairs: Pairs) -> Answer:
    return answers.events(pairs, req.root_path + EVENTS_PATH)


def _event(
    answers: Answers, req: falcon.Request, pairs: Pairs, event_id: str
) -> Answer:
    problems = [
        (name, 'there is no such parameter; none is allowed')
        for name in dict.fromkeys(name for name, _ in pairs)
    ]
    if problems:
        raise QueryError(problems)
    return answers.event(event_id)


def _history(
    answers: Answers, req: falcon.Request, pairs: Pairs, event_id: str
) -> Answer:
    return answers.history(event_id, pairs, req.root_path + EVENTS_PATH)


def _attribute(
    answers: Answers, req: falcon.Request, pairs: Pairs, name: str
) -> Answer:
    return answers.attribute(name, pairs)


def _counts(answers: Answers, req: falcon.Request, pairs: Pairs) -> Answer:
    return answers.counts(pairs)


def _types(answers: Answers, req: falcon.Request, pairs: Pairs) -> Answer:
    return answers.types(pairs)


#: What each path is answered with
QUESTIONS: dict[str, Callable[..., Answer]] = {
    EVENTS_PATH: _events,
    f'{EVENTS_PATH}/{{event_id}}': _event,
    f'{EVENTS_PATH}/{{event_id}}/history': _history,
    '/v1/attributes/{name}': _attribute,
    '/v1/counts': _counts,
    '/v1/types': _types,
}


class Export:
    """The path of exports, whose answer is as long as it takes.

    :param desk: where requests become questions
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer with a file.

        :param req: the request
        :param resp: the answer
        """
        answers, pairs = self._desk.ask(req)
        kind, pieces = answers.export(pairs)
        lines = Lines(kind, pieces)
        resp.content_type = _TYPES[kind]
        resp.downloadable_as = f'trail.{kind}'
        resp.stream = lines
        if req.method == 'HEAD':
            lines.close()

    on_head = on_get


class Health:
    """The path that says whether questions can be answered.

    :param engine: the database
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer whether the database is there, with the tables of today.

        :param req: the request
        :param resp: the answer
        """
        check_schema(self._engine)
        resp.content_type = falcon.MEDIA_JSON
        resp.data = to_json({'status': 'ok'})

    on_head = on_get


class Numbers:
    """The path of the metrics.

    :param desk: says who asks
    :param registry: the metrics
    """

    def __init__(
        self, desk: Desk, registry: prometheus_client.CollectorRegistry
    ) -> None:
        self._desk = desk
        self._registry = registry

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer with the metrics, for whom the whole trail is no secret.

        :param req: the request
        :param resp: the answer
        """
        identity, viewer = self._desk.viewer(req)
        if not viewer.sees_all and METRICS_ROLE not in identity.roles:
            raise NotAllowedError(
                'metrics are for auditors, and for who has the role '
                f'{METRICS_ROLE}'
            )
        resp.content_type = prometheus_client.CONTENT_TYPE_LATEST
        resp.data = prometheus_client.generate_latest(self._registry)

    on_head = on_get


class Page:
    """A path whose answer is always the same.

    :param answer: what it says
    """

    def __init__(self, answer: Answer) -> None:
        self._data = to_json(answer)

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Answer.

        :param req: the request
        :param resp: the answer
        """
        resp.content_type = falcon.MEDIA_JSON
        resp.data = self._data

    on_head = on_get


def read_description() -> Answer:
    """Return the description of this API in the words of OpenAPI."""
    text = resources.files(__package__).joinpath('openapi.yaml').read_text()
    description: Answer = yaml.safe_load(text)
    return description
