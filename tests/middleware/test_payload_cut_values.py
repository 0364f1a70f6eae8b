# SPDX-License-Identifier: Apache-2.0

"""Bodies that are cut: what the end might call a secret is not told."""

import pytest

from tests.payloads import FORM
from tests.payloads import request_of
from tests.payloads import tell


@pytest.mark.parametrize(
    ('body', 'limit', 'content'),
    [
        # What is cut away may say what the value is.
        (b'{"a": 1, "value": "hush", "name": "db_password"}', 30, {'a': 1}),
        (b'[{"Value": "hush", "a": "b", "Key": "pin"}]', 30, [{'a': 'b'}]),
        (
            b'[{"value": 1, "name": "a"}, {"x": [{"value": 2, "name": "b"}]}]',
            48,
            [{'value': 1, 'name': 'a'}, {'x': [{}]}],
        ),
        # Whatever the value is, and whether it came whole.
        (b'{"env": [{"value": ["hush"], "name": "pin"}]}', 30, {'env': [{}]}),
        (
            b'{"value": {"a": "hush"}, "pad": "x", "name": "pin"}',
            37,
            {'pad': 'x'},
        ),
        (b'{"a": 1, "data": {"b": ["hush", "c"]}, "id": "pin"}', 33, {'a': 1}),
        (b'{"default": {"a": "hush"}, "b": 1, "hidden": true}', 40, {'b': 1}),
        (
            b'{"a": {"b": {"value": "hush"}}, "c": {"value": "hush"}}',
            45,
            {'a': {'b': {'value': 'hush'}}, 'c': {}},
        ),
        # A key of EC2 is told by the secret beside it.
        (b'{"access": "hush", "a": 1, "secret": "hush"}', 40, {'a': 1}),
        (
            b'{"access": "hush", "secret": "hush", "a": 1}',
            38,
            {'access': '***', 'secret': '***'},
        ),
        (b'[{"access": "ro"}, {"a": 1}]', 22, [{'access': 'ro'}, {}]),
    ],
)
def test_value_whose_name_may_be_cut_is_left_out(body, limit, content):
    """An object that came whole tells all of its names."""
    played = tell(
        body=body + b' ' * 9, options={'body_limit': limit}, level='request'
    )

    assert content == request_of(played)[1]['content']


def test_value_whose_name_may_be_cut_is_left_out_of_a_form():
    """The name of it may come last."""
    body = b'a=1&value=hush&name=db_password'
    told = [
        request_of(
            tell(
                body=body,
                content_type=FORM,
                options={'body_limit': limit},
                level='request',
            )
        )[1]['content']
        for limit in (15, 31)
    ]

    assert [['a', '1'], ['value', '***']] == told[0]
    assert ['value', '***'] == told[1][1]
