# SPDX-License-Identifier: Apache-2.0

"""A request in, what the API of a trail answers out."""

import dataclasses
import hashlib
import http
import json
import urllib.parse
from wsgiref.validate import validator

from cadf_audit.trail.api.application import make_application
from cadf_audit.trail.api.tokens import load_tokens
from cadf_audit.trail.settings import load_trail_settings
from tests.harness import call
from tests.harness import environ

#: Who has which token, which is called like them
TOKENS = {
    'auditor': {'user_id': 'u-auditor', 'roles': ['auditor']},
    'viewer': {
        'user_id': 'u-viewer',
        'user_name': 'vera',
        'project_id': 'p-1',
        'roles': ['audit_viewer'],
    },
    'alice': {
        'user_id': 'u-1',
        'user_name': 'alice',
        'project_id': 'p-1',
        'roles': ['member', 'reader'],
    },
    'prometheus': {'user_id': 'u-prometheus', 'roles': ['audit_metrics']},
}


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a client got.

    :param status: the status code
    :param headers: the headers, by their names in small letters
    :param body: the body
    """

    status: int
    headers: dict
    body: bytes

    def json(self):
        """Return what the body says."""
        return json.loads(self.body, parse_constant=_refuse)

    @property
    def problems(self):
        """What the body of an error complains of, after looking it over."""
        error = self.json()['error']

        assert {'code', 'title', 'problems'} == error.keys()
        assert self.status == error['code']
        assert http.HTTPStatus(self.status).phrase == error['title']
        assert 'application/json' == self.headers['content-type']
        return [
            (each['parameter'], each['problem']) for each in error['problems']
        ]


class Client:
    """Somebody who asks an API, which obeys WSGI to the letter.

    :param app: the API
    :param token: what they say that they are
    """

    def __init__(self, app, token='auditor'):
        self._app = validator(app)
        self._token = token

    def get(self, path, method='GET', token=None, **keys):
        """Return what is answered.

        :param path: path and query, as they are sent
        :param method: the method
        :param token: another token than usual; an empty one for none
        :param keys: more of the environ
        """
        token = self._token if token is None else token
        plain, _, query = path.partition('?')
        request = environ(
            method,
            urllib.parse.unquote_to_bytes(plain).decode('latin-1'),
        )
        # As it is: the API refuses parameters that it does not know.
        request['QUERY_STRING'] = query
        if token:
            request['HTTP_AUTHORIZATION'] = f'Bearer {token}'
        response = call(self._app, request | keys)
        if response.error:
            raise response.error
        headers = {name.lower(): value for name, value in response.headers}

        assert len(headers) == len(response.headers)
        assert 'no-store' == headers['cache-control']
        assert 'nosniff' == headers['x-content-type-options']
        return Answer(int(response.status[:3]), headers, response.body)

    def json(self, path, **keys):
        """Return what the body says, of an answer that is one."""
        answer = self.get(path, **keys)

        assert 200 == answer.status, answer
        return answer.json()


def settings(tmp_path, **options):
    """Return settings as a file has them."""
    path = tmp_path / 'trail.conf'
    lines = [f'{name} = {value}' for name, value in options.items()]
    path.write_text('\n'.join(['[audit_trail]', *lines, '']))
    return load_trail_settings([str(path)])


def digest(token):
    """Return what a file has of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def token_file(tmp_path, tokens=None):
    """Return the path of a file of tokens."""
    entries = [
        {'sha256': digest(name), **fields}
        for name, fields in (TOKENS if tokens is None else tokens).items()
    ]
    path = tmp_path / 'tokens.yaml'
    path.touch(0o600)
    # JSON is YAML.
    path.write_text(json.dumps(entries))
    return str(path)


def make_client(engine, tmp_path, token='auditor', **options):
    """Return somebody who asks the API of a database."""
    tokens = load_tokens(token_file(tmp_path), 'a test')
    options.setdefault('query_timeout', 30)
    app = make_application(engine, settings(tmp_path, **options), tokens)
    return Client(app, token)


def _refuse(constant):
    raise ValueError(f'{constant} is no JSON')
