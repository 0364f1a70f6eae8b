# SPDX-License-Identifier: Apache-2.0

"""Objects that name a secret go in; its value does not come out."""

import json

import pytest

from cadf_audit.redaction import Redactor

NAMED = [
    ('name', 'value'),
    ('key', 'value'),
    ('Name', 'Value'),
    ('path', 'value'),
    ('k', 'v'),
    ('n', 'v'),
    ('id', 'data'),
    ('type', 'default'),
    ('label', 'text'),
    ('variable', 'content'),
    ('output_key', 'output_value'),
    ('ParameterKey', 'ParameterValue'),
    ('config_name', 'newValue'),
    ('header', 'values'),
    ('kind', 'stringData'),
    ('key', 'v'),
    ('name', 'config_default'),
]


@pytest.mark.parametrize(('naming', 'named'), NAMED)
def test_value_of_what_is_named_goes(naming, named):
    """However both members are called, and in whatever order."""
    redactor = Redactor()

    for name in ('db_password', 'X-Auth-Token', '/a/ipmi_password'):
        assert {naming: name, named: '***'} == redactor.document(
            {naming: name, named: 'hush'}
        )
        assert {named: '***', naming: name} == redactor.document(
            {named: {'x': ['hush']}, naming: name}
        )


@pytest.mark.parametrize(('naming', 'named'), NAMED)
def test_value_of_what_is_named_goes_from_a_text(naming, named):
    """JSON that is broken is no less."""
    text = json.dumps([{naming: 'db_password', named: 'hush'}])[:-1]

    assert 'hush' not in Redactor().text(text)


@pytest.mark.parametrize(('naming', 'named'), NAMED)
def test_value_of_anything_else_stays(naming, named):
    """The name too, where a value stands beside it."""
    value = {naming: 'size', named: 'large', 'a': 1}

    assert value == Redactor().document(value)


def test_key_without_a_value_is_a_secret():
    """It is a name only beside the value of that name."""
    redactor = Redactor()

    assert {'key': '***', 'data': 'x'} == redactor.document(
        {'key': 'hush', 'data': 'x'}
    )
    assert {'private_key': '***', 'value': 1} == redactor.document(
        {'private_key': 'hush', 'value': 1}
    )
    assert {'key': '***', 'default': 1} == redactor.document(
        {'key': 'hush', 'default': 1}
    )


def test_key_that_an_operator_named_is_always_a_secret():
    """They know their API."""
    assert {'Key': '***', 'value': 'x'} == Redactor(['key']).document(
        {'Key': 'hush', 'value': 'x'}
    )


@pytest.mark.parametrize('name', ['hidden', 'NoEcho'])
@pytest.mark.parametrize(
    'value',
    [True, 'true', 'yes', 'TRUE', 'Yes', 'oN', '1', False, 'no', 'FALSE'],
)
def test_default_of_what_is_hidden_goes(name, value):
    """As templates of Heat and CloudFormation say of a parameter."""
    is_hidden = str(value).lower() in ('true', 'yes', 'on', '1')
    shown = '***' if is_hidden else 'hush'
    redactor = Redactor()

    assert {name: value, 'default': shown} == redactor.document(
        {name: value, 'default': 'hush'}
    )
    text = f'a:\n  {name}: {str(value).lower()}\n  default: hush\n'
    assert is_hidden == ('hush' not in redactor.text(text))


@pytest.mark.parametrize(
    'value', [1, 1.0, ' on ', 'y', 'T', 0, 2, '', None, []]
)
def test_default_is_hidden_by_all_that_means_yes(value):
    """Heat takes these for true as well."""
    shown = '***' if value in (1, ' on ', 'y', 'T') else 'hush'

    assert {'hidden': value, 'default': shown} == Redactor().document(
        {'hidden': value, 'default': 'hush'}
    )


@pytest.mark.parametrize(
    ('query', 'redacted'),
    [
        ('name=db_password&value=hush', 'name=db_password&value=***'),
        ('value=hush&n%61me=db_password', 'value=***&n%61me=db_password'),
        ('name=db_password&v%61lue=hush', 'name=db_password&v%61lue=***'),
        ('name=a%5Fpin&item[value]=hush', 'name=a%5Fpin&item[value]=***'),
        ('name=size&value=3', 'name=size&value=3'),
        ('value=3', 'value=3'),
    ],
)
def test_value_of_what_a_query_names_goes(query, redacted):
    """One parameter says what another one holds."""
    assert redacted == Redactor().query(query)
