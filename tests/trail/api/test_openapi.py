# SPDX-License-Identifier: Apache-2.0

"""What the API says of itself in, whether it is so out."""

import secrets

from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
import pytest
import schemathesis
from schemathesis.specs.openapi.checks import positive_data_acceptance

from cadf_audit.trail.api.application import make_application
from cadf_audit.trail.api.resources import QUESTIONS
from cadf_audit.trail.api.resources import read_description
from cadf_audit.trail.api.tokens import load_tokens
from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.query.aggregates import ATTRIBUTES
from cadf_audit.trail.query.aggregates import BUCKETS
from cadf_audit.trail.query.answers import FORMATS
from cadf_audit.trail.query.answers import OF_EXPORT
from cadf_audit.trail.query.event_query import DEFAULT_LIMIT
from cadf_audit.trail.query.event_query import FILTERS
from cadf_audit.trail.query.event_query import MOST_LIMIT
from cadf_audit.trail.query.event_query import SINGLE
from cadf_audit.trail.query.event_query import WINDOW
from cadf_audit.trail.query.shown import EVENT
from cadf_audit.trail.query.shown import FIELDS
from cadf_audit.trail.store import Store
from cadf_audit.trail.upgrade import upgrade
from tests.trail.api.asking import settings
from tests.trail.api.asking import token_file
from tests.trail.api.asking import TOKENS
from tests.trail.parts import begun
from tests.trail.parts import ended
from tests.trail.parts import ingest

DESCRIPTION = read_description()
PARAMETERS = DESCRIPTION['components']['parameters']

EXAMPLES = 50

#: Who has which token. The names themselves stand in the code, from where
#: hypothesis takes texts to try, and would be guessed now and then.
TOKEN_OF = {name: f'{name}-{secrets.token_hex()}' for name in TOKENS}

#: Parameters of one path, or of a few
OTHERS = {'details', 'by', 'bucket', 'format', 'event_id', 'name'}


@pytest.fixture(scope='module')
def app(tmp_path_factory):
    """An API of a trail with a few events."""
    directory = tmp_path_factory.mktemp('openapi')
    engine = open_engine(f'sqlite:///{directory}/trail.db')
    upgrade(engine)
    ingest(Store(engine), ended('1a'), ended('b', outcome='failure'))
    ingest(Store(engine), begun('c'))
    path = token_file(
        directory, {TOKEN_OF[name]: TOKENS[name] for name in TOKENS}
    )
    tokens = load_tokens(path, 'a test')
    yield make_application(engine, settings(directory), tokens)
    engine.dispose()


@pytest.fixture(scope='module')
def described(app):
    """The API, as it describes itself over HTTP."""
    return schemathesis.openapi.from_wsgi('/v1/openapi.json', app)


schema = schemathesis.pytest.from_fixture('described')


@schema.parametrize()
@hypothesis_settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[*HealthCheck],
)
def test_every_answer_is_as_described(case):
    """Status, headers and body are those of the description; none is 500."""
    case.call_and_validate(
        headers={'X-Auth-Token': TOKEN_OF['auditor']},
        # OpenAPI has no words for what two parameters say together.
        excluded_checks=[positive_data_acceptance],
    )


@pytest.mark.parametrize(
    ('path', 'query'),
    [
        ('/v1/events', {'total': 'true', 'details': 'true', 'limit': '1'}),
        ('/v1/events', {'outcome': ['success', 'failure'], 'from': '999w'}),
        ('/v1/events/{event_id}', {}),
        ('/v1/events/{event_id}/history', {'total': 'true'}),
        ('/v1/attributes/{name}', {'from': '2000-01-01'}),
        ('/v1/counts', {'by': [*ATTRIBUTES][:5], 'bucket': 'month'}),
        ('/v1/counts', {'by': [*ATTRIBUTES][5:10], 'address': '::/0'}),
        ('/v1/types', {'category': ['NODE', '!TAG'], 'level': 'AUDIT'}),
        ('/v1/export', {'format': 'csv', 'order': 'oldest'}),
        ('/v1/export', {'q': 'n1'}),
    ],
)
@pytest.mark.parametrize('token', ['auditor', 'viewer', 'alice'])
def test_answers_with_something_in_them_are_as_described(
    described, path, query, token
):
    """Questions that people ask are seldom made up by chance."""
    places = {'event_id': '1a', 'name': 'owner'}
    case = described[path]['GET'].Case(
        query=query,
        path_parameters={
            name: value for name, value in places.items() if name in path
        },
    )
    answer = case.call_and_validate(
        headers={'X-Auth-Token': TOKEN_OF[token]},
        excluded_checks=[positive_data_acceptance],
    )

    assert 200 == answer.status_code


def test_parameters_are_those_that_are_read():
    """They are called the same, and said to find the same."""
    told = {
        name: parameter['description']
        for name, parameter in PARAMETERS.items()
        if name not in OTHERS
    }

    assert told == {
        **{name: each.help for name, each in FILTERS.items()},
        **SINGLE,
    }
    assert OTHERS <= PARAMETERS.keys()


@pytest.mark.parametrize(
    ('path', 'single'),
    [
        ('/v1/events', [*SINGLE, 'details']),
        ('/v1/events/{event_id}', []),
        ('/v1/events/{event_id}/history', [*SINGLE, 'details']),
        ('/v1/attributes/{name}', WINDOW),
        ('/v1/counts', [*WINDOW, 'by', 'bucket']),
        ('/v1/types', WINDOW),
        ('/v1/export', [*OF_EXPORT, 'format']),
    ],
)
def test_each_path_takes_what_means_something_there(path, single):
    """What it ignores is not among its parameters."""
    operation = DESCRIPTION['paths'][path]
    told = {
        each['$ref'].rpartition('/')[2]
        for each in [
            *operation.get('parameters', ()),
            *operation['get'].get('parameters', ()),
        ]
    }

    assert {*single} == told - FILTERS.keys() - {'event_id', 'name'}


def test_choices_are_those_that_there_are():
    """What can be counted by, and into what, is told in full."""
    schemas = {name: each['schema'] for name, each in PARAMETERS.items()}

    assert [*ATTRIBUTES] == schemas['by']['items']['enum']
    assert [*ATTRIBUTES] == schemas['name']['enum']
    assert [*BUCKETS] == schemas['bucket']['enum']
    assert [*FORMATS] == schemas['format']['enum']
    assert (DEFAULT_LIMIT, MOST_LIMIT) == (
        schemas['limit']['default'],
        schemas['limit']['maximum'],
    )


def test_fields_are_those_of_an_event():
    """An event has each of them, and the whole event if that is wanted."""
    fields = DESCRIPTION['components']['schemas']['Event']

    assert [*FIELDS, EVENT] == [*fields['properties']]
    assert [*FIELDS] == fields['required']


def test_paths_are_those_that_are_answered():
    """None is hidden."""
    assert {
        *QUESTIONS,
        *('/', '/v1', '/healthz', '/metrics'),
        *('/v1/export', '/v1/openapi.json'),
    } == DESCRIPTION['paths'].keys()
