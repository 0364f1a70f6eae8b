# SPDX-License-Identifier: Apache-2.0

"""What the page about the HTTP API says in, if it is so out."""

import re
import subprocess
import sys

import pytest

from cadf_audit.trail.api.metrics import PREFIX
from cadf_audit.trail.api.parameters import MOST_LENGTH
from cadf_audit.trail.api.resources import read_description
from cadf_audit.trail.api.tokens import KEYS
from cadf_audit.trail.api.tokens import load_tokens
from cadf_audit.trail.engine import open_engine
from cadf_audit.trail.query.event_query import FILTERS
from cadf_audit.trail.query.event_query import MOST_VALUES
from cadf_audit.trail.query.event_query import SINGLE
from cadf_audit.trail.query.shown import FIELDS
from cadf_audit.trail.store import Store
from cadf_audit.trail.upgrade import upgrade
from tests.pages import find_block
from tests.pages import find_json
from tests.pages import find_rows
from tests.pages import read
from tests.pages import ROOT
from tests.trail.api.asking import digest
from tests.trail.api.asking import make_client
from tests.trail.parts import begun
from tests.trail.parts import ended
from tests.trail.parts import ingest

PAGE = 'trail_api.rst'
DESCRIPTION = read_description()


@pytest.fixture
def client(tmp_path):
    """Somebody who asks about a trail that is not empty."""
    engine = open_engine(f'sqlite:///{tmp_path}/trail.db')
    upgrade(engine)
    ingest(Store(engine), ended('a'), begun('b'), b'nonsense')
    yield make_client(engine, tmp_path)
    engine.dispose()


def test_paths_are_those_of_the_description():
    """The page names each of them once."""
    told = [path for path, _ in find_rows(PAGE, 'api-paths')]

    assert sorted(DESCRIPTION['paths']) == sorted(told)


def test_parameters_are_those_that_are_read():
    """The page says of each what the command and OpenAPI say."""
    single = dict(find_rows(PAGE, 'api-single'))
    details = DESCRIPTION['components']['parameters']['details']

    assert {
        name: ' '.join(each.help.split()) for name, each in FILTERS.items()
    } == dict(find_rows(PAGE, 'api-filters'))
    assert SINGLE | {'details': details['description']} == single
    assert (
        f'at most {MOST_LENGTH} characters long, with at most {MOST_VALUES}'
        in read(PAGE)
    )


def test_statuses_are_those_of_the_description():
    """And those of which it cannot speak."""
    described = {
        int(status)
        for path in DESCRIPTION['paths'].values()
        for status in path['get']['responses']
    }

    assert described | {405, 500} == {200} | {
        int(status) for status, _ in find_rows(PAGE, 'api-statuses')
    }


def test_an_answer_looks_like_the_one_shown(client):
    """It has the same names."""
    shown = find_json(PAGE, 'api-events')
    page = client.json('/v1/events')

    assert page.keys() == shown.keys()
    assert [*FIELDS] == [*shown['events'][0]] == [*page['events'][0]]


def test_an_error_is_the_one_shown(client):
    """Word for word."""
    answer = client.get('/v1/events?limit=0&outcome=bad')

    assert find_json(PAGE, 'api-error') == answer.json()


def test_file_of_tokens_is_one(tmp_path):
    """It is read, and shows each key that there is."""
    text = find_block(PAGE, 'api-tokens')
    path = tmp_path / 'tokens.yaml'
    path.touch(0o600)
    path.write_text(text)

    assert load_tokens(str(path), 'a test')
    assert {*KEYS} == {*re.findall(r'(\w+):', text)}


def test_a_token_is_made_as_shown():
    """What stands in the file is the digest of what is sent."""
    command = find_block(PAGE, 'api-token').strip()
    done = subprocess.run(
        ['sh', '-c', command.replace('python3', sys.executable, 1)],
        capture_output=True,
        text=True,
        check=True,
    )
    token, shown = done.stdout.split()

    assert digest(token) == shown
    assert 43 == len(token)


def test_metrics_are_those_that_there_are(client):
    """The page names each, and no other."""
    client.get('/v1/events')
    text = client.get('/metrics').body.decode()
    names = set(re.findall(rf'^# TYPE ({PREFIX}\w+) ', text, re.MULTILINE))

    assert names == {name for name, _ in find_rows(PAGE, 'api-metrics')}


def test_section_of_the_paste_file_is_that_of_the_sample():
    """The lines stand there as they do here."""
    sample = (ROOT / 'etc' / 'trail-api-paste.ini.sample').read_text()

    for line in find_block(PAGE, 'api-paste').splitlines():
        assert line in sample.splitlines()


@pytest.mark.parametrize(
    ('page', 'name'), [(PAGE, 'api-serve'), ('command.rst', 'serve')]
)
def test_serve_starts_as_shown(tmp_path, page, name):
    """The page's line is one that the command understands."""
    _, *words = find_block(page, name).split()
    conf = tmp_path / 'trail.conf'
    conf.write_text(
        f'[audit_trail]\nconnection = sqlite:///{tmp_path}/trail.db\n'
    )
    words[words.index('--config-file') + 1] = str(conf)
    done = subprocess.run(
        [sys.executable, '-m', 'cadf_audit.cli', *words],
        capture_output=True,
        text=True,
        timeout=60,
    )

    # As far as without tables, or tokens, anything can come.
    said = {'api-serve': 'there is no file', 'serve': 'say who may ask'}
    assert said[name] in done.stderr
