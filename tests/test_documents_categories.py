# SPDX-License-Identifier: Apache-2.0

"""The page about categories in, whether the tables are like that out."""

import re

import pytest

from cadf_audit.exceptions import CategoriesError
from cadf_audit.wording.categories import _KEYS
from cadf_audit.wording.categories import LEVELS
from cadf_audit.wording.categories import load_categories
from cadf_audit.wording.sentence import kind_sentence
from cadf_audit.wording.sentence import sentence
from cadf_audit.wording import words
from tests.pages import find_block
from tests.pages import find_rows
from tests.pages import read

PAGE = 'categories.rst'

#: The events behind the sentences of the page, by a part of each
EVENT = {
    'kind': 'activity',
    'action': 'delete',
    'outcome': 'success',
    'reason_code': '204',
    'initiator_id': 'u-1',
    'initiator_name': 'admin',
    'target_id': 'n-1',
    'target_name': 'n1',
    'target_type_uri': 'compute/node',
    'observer_id': 'o-1',
}
FAILED = {'outcome': 'failure', 'reason_code': '403'}
EVENTS = {
    'admin deleted node': {},
    'tried to delete': FAILED,
    'somebody unknown': {
        **FAILED,
        'reason_code': '401',
        'action': 'authenticate/login',
        'initiator_id': 'unknown',
        'initiator_name': 'unknown',
        'target_name': 'jane',
        'target_type_uri': 'data/security/account/user',
    },
    'the system': {'initiator_id': 'system', 'reason_code': None},
    'listed': {
        'action': 'read/list',
        'reason_code': '200',
        'target_id': 'o-1',
        'target_type_uri': 'compute/nodes',
    },
    'did update/xyz': {'action': 'update/xyz', 'reason_code': '202'},
    'of nova at': {
        'target_type_uri': 'service/compute/servers/server',
        'target_name': 'nova',
        'observer_id': 'target',
        'request_path': '/servers/s1',
    },
    'dimm0': {
        'kind': 'monitor',
        'action': 'create',
        'target_type_uri': 'storage/memory',
        'target_id': 'n1',
        'target_name': 'dimm0',
    },
    'were lost': {
        'kind': 'monitor',
        'action': 'monitor',
        'outcome': 'failure',
        'reason_code': 'disk full',
        'target_type_uri': 'service/oss/monitoring',
        'target_name': 'nova-api',
    },
    'Ann Lee': {'initiator_name': 'Ann Lee'},
}


@pytest.fixture
def own(tmp_path):
    """The table of the page, in a file."""
    path = tmp_path / 'own.yaml'
    path.write_text(find_block(PAGE, 'categories-own'))
    return path


def test_categories():
    """The page has the categories of the table, in its order."""
    rows = [tuple(row[:3]) for row in find_rows(PAGE, 'categories')]

    assert [tuple(each) for each in load_categories().all] == rows


def test_keys():
    """The page has the keys that a rule can have, and the levels."""
    rows = find_rows(PAGE, 'category-keys')

    assert list(_KEYS) == [row[0] for row in rows]
    assert list(LEVELS) == re.findall('[A-Z]{4,}', rows[1][1])


def test_table_of_your_own(own):
    """The table of the page loads and means what it says."""
    categories = load_categories(str(own))

    kinds = [
        ('read', 'data/file/log/trail'),
        ('update/ship', 'service/bss/order'),
        ('delete', 'compute/server'),
        ('create', 'data/iban-number'),
    ]
    assert ['TRAIL', 'MONEY', 'GONE', 'OTHER'] == [
        categories.of('activity', *kind).name for kind in kinds
    ]
    assert ['ship a purchase', 'create an IBAN number'] == [
        kind_sentence(*kinds[number], categories.words) for number in (1, 3)
    ]
    assert all(f'``{key}``' in read(PAGE) for key in words.KEYS)


def test_error(own, monkeypatch):
    """The error of the page is the one that is raised."""
    monkeypatch.chdir(own.parent)
    own.write_text('categories:\n- {category: A, level: LOUD, label: a}\n')

    with pytest.raises(CategoriesError) as caught:
        load_categories('own.yaml')

    assert f'\n   {caught.value}\n' in read(PAGE)


@pytest.mark.parametrize('text', [r[0] for r in find_rows(PAGE, 'sentences')])
def test_sentences(text):
    """Each sentence of the page is what an event says."""
    (changes,) = (EVENTS[part] for part in EVENTS if part in text)

    assert text == sentence(EVENT | changes)


def test_first_sentence():
    """The sentence that the page begins with is one of an event."""
    text = sentence(EVENT | {'initiator_address': '10.1.200.129'})

    assert f'\n   {text}\n' in read(PAGE)
