# SPDX-License-Identifier: Apache-2.0

"""A catalogue header of any shape goes in; what is sound in it comes out."""

import json

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
import pytest

from cadf_audit.middleware.catalog import parse_catalog
from tests.middleware.test_catalog import service


@pytest.mark.parametrize(
    ('entry', 'expected'),
    [
        ({'type': 'x', 'endpoints': [{}]}, ('x', 'x', ())),
        ({'type': 'x', 'name': None, 'endpoints': [{}]}, ('x', 'x', ())),
        ({'type': 'x', 'name': '', 'endpoints': [{'id': ''}]}, ('x', 'x', ())),
        ({'type': 'x', 'name': 7, 'endpoints': [{'id': 7}]}, ('x', 'x', ())),
        ({'type': 'x', 'name': 'n', 'endpoints': [{}]}, ('n', 'n', ())),
        (
            {
                'type': 'x',
                'name': 'n',
                'endpoints': [
                    None,
                    {'publicURL': None, 'adminURL': 7, 'internalURL': 'u'},
                ],
            },
            ('n', 'n', (('private', 'u'),)),
        ),
        (
            {'type': 'x', 'endpoints': [{'publicURL': 'http://[::1'}]},
            ('x', 'x', (('public', 'http://[::1'),)),
        ),
        (
            {'type': 'x', 'endpoints': [{'publicURL': 'http://h:99999'}]},
            ('x', 'x', (('public', 'http://h:99999'),)),
        ),
    ],
)
def test_malformed_entry_costs_detail_alone(entry, expected):
    """The rest of it counts, and so do the entries around it."""
    entries = [
        entry,
        None,
        7,
        'text',
        [],
        {},
        {'type': None, 'endpoints': [{}]},
        {'type': 'empty', 'endpoints': []},
        {'type': 'dict', 'endpoints': {'id': 'x'}},
        {'type': 'null', 'endpoints': None},
        {'name': 'no type', 'endpoints': [{'publicURL': 'http://a'}]},
        service('image', 'http://glance:9292'),
    ]

    catalog = parse_catalog(json.dumps(entries))

    x = catalog.by_type('x')
    assert expected == (x.id, x.name, x.addresses)
    assert 'image-0' == catalog.by_url('http', 'glance', 9292, '/').id
    assert [None] * 3 == [
        catalog.by_type(each) for each in ('empty', 'dict', 'null')
    ]


@pytest.mark.parametrize(
    'header',
    [
        '',
        ' ',
        'null',
        'true',
        '7',
        '"text"',
        '{}',
        '{"type": "image"}',
        '[]',
        '[null]',
        '[{"type": "image", "endpoints": []}]',
        '[',
        'not json',
        '[' * 100_000,
        '{"a":' * 100_000,
        '9' * 5000,
        '\x00',
        '\ud800',
    ],
    ids=lambda header: repr(header[:20]),
)
def test_useless_header_is_an_empty_catalogue(header):
    """It names no service, raises nothing and is false."""
    catalog = parse_catalog(header)

    assert not catalog
    assert catalog.by_type('image') is None
    assert catalog.by_url('http', 'h', 80, '/') is None


def test_texts_of_a_catalogue_are_bounded():
    """Nothing that the header holds makes an event long."""
    long = 'x' * 5000
    entry = {
        'type': long,
        'name': long,
        'endpoints': [{'id': long, 'publicURL': f'http://{long}'}],
    }

    match = parse_catalog(json.dumps([entry])).by_type('x' * 1023 + '…')

    texts = [match.type, match.id, match.name, match.addresses[0][1]]
    assert [1024] * 4 == [len(text) for text in texts]
    assert all(text.endswith('…') for text in texts)


def test_escaped_text_of_a_catalogue_arrives():
    """auth_token escapes what is not ASCII."""
    header = json.dumps([service('image', 'http://h', name='Bildspeicher ü')])

    assert 'Bildspeicher ü' == parse_catalog(header).by_type('image').name


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=20),
        st.sampled_from(['http://h:80/a', 'https://h', '//h', 'http://[::1']),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(
                st.sampled_from(
                    ['type', 'name', 'id', 'endpoints', 'publicURL']
                ),
                st.text(max_size=5),
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=20,
)
# Mostly of the right shape, so that what is wrong stands deep inside.
ENTRIES = st.lists(
    st.one_of(
        JSON,
        st.fixed_dictionaries(
            {'type': st.sampled_from(['image', 7]), 'endpoints': JSON}
        ),
        st.fixed_dictionaries(
            {
                'type': st.text(max_size=5),
                'endpoints': st.lists(
                    st.dictionaries(
                        st.sampled_from(
                            ['id', 'adminURL', 'internalURL', 'publicURL']
                        ),
                        JSON,
                    ),
                    max_size=3,
                ),
            },
            optional={'name': JSON},
        ),
    ),
    max_size=4,
)


@given(
    header=st.one_of(st.text(), JSON.map(json.dumps), ENTRIES.map(json.dumps)),
    scheme=st.sampled_from(['http', 'https', '']),
    host=st.sampled_from(['h', '[::1]', '']),
    port=st.sampled_from([None, 80, 443]),
    path=st.text(max_size=10),
)
@settings(max_examples=100, deadline=None)
def test_any_header_is_a_catalogue(header, scheme, host, port, path):
    """No JSON and no text raises, and what is found may stand in an event."""
    catalog = parse_catalog(header)

    for match in (
        catalog.by_url(scheme, host, port, path),
        catalog.by_type('image'),
    ):
        if match is None:
            continue
        urls = [url for _, url in match.addresses]
        for text in (match.type, match.id, match.name, *urls):
            assert isinstance(text, str)
            assert 0 < len(text) <= 1024
            assert text.encode('utf-8')
