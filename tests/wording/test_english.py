# SPDX-License-Identifier: Apache-2.0

"""Regular English."""

import pytest

from cadf_audit.wording import english


@pytest.mark.parametrize(
    ('name', 'words'),
    [
        ('server', ['server']),
        ('extra-specs', ['extra', 'specs']),
        ('deploy_template', ['deploy', 'template']),
        ('addFloatingIp', ['add', 'floating', 'ip']),
        ('os-getVNCConsole', ['get', 'VNC', 'console']),
        ('power off', ['power', 'off']),
        ('--', []),
        ('', []),
    ],
)
def test_words_of_a_name(name, words):
    """A name in a taxonomy or in an API falls into its words."""
    assert words == english.split(name)


@pytest.mark.parametrize(
    ('one', 'many'),
    [
        ('server', 'servers'),
        ('policy', 'policies'),
        ('key', 'keys'),
        ('switch', 'switches'),
        ('address', 'addresses'),
        ('box', 'boxes'),
        ('image', 'images'),
        ('database', 'databases'),
        ('branch', 'branches'),
    ],
)
def test_plural_and_back(one, many):
    """The plural of a regular noun leads back to it."""
    assert many == english.plural(one)
    assert one == english.singular(many)


@pytest.mark.parametrize(
    'noun', ['status', 'access', 'analysis', 'server', '']
)
def test_no_plural(noun):
    """What ends in s is not always more than one."""
    assert english.singular(noun) is None


@pytest.mark.parametrize(
    'text',
    [
        'a server',
        'an image',
        'a user',
        'a unit',
        'a usage record',
        'an update',
        'an IP address',
        'an SSH key',
        'a URL',
        'a VPN service',
        'a BIOS setting',
        'an RBAC policy',
        'an IPsec policy',
    ],
)
def test_article(text):
    """An article fits how the word behind it is said."""
    assert text == english.article(text.partition(' ')[2])
