# SPDX-License-Identifier: Apache-2.0

"""The table of categories, the package's and the operator's."""

import pathlib

from hypothesis import given
from hypothesis import strategies as st
import pytest

from cadf_audit.emitting.hardware import DEVICES
from cadf_audit.exceptions import CategoriesError
from cadf_audit.wording.categories import Categories
from cadf_audit.wording.categories import Category
from cadf_audit.wording.categories import LEVELS
from cadf_audit.wording.categories import load_categories
from cadf_audit.wording.sentence import kind_sentence

MAAS = (
    'AUTHORISATION',
    'SETTINGS',
    'NODE',
    'TAG',
    'IMAGES',
    'POD',
    'NETWORKING',
    'ZONES',
    'BOOT_SOURCE',
    'NODE_HARDWARE_SYNC_BLOCK_DEVICE',
    'NODE_HARDWARE_SYNC_CPU',
    'NODE_HARDWARE_SYNC_INTERFACE',
    'NODE_HARDWARE_SYNC_MEMORY',
    'NODE_HARDWARE_SYNC_PCI_DEVICE',
    'NODE_HARDWARE_SYNC_USB_DEVICE',
    'NODE_HARDWARE_SYNC_BMC',
)


@pytest.fixture(scope='module')
def shipped():
    """The table of the package."""
    return load_categories()


@pytest.fixture
def load(tmp_path):
    """Load a table from its text."""

    def from_text(text):
        path = tmp_path / 'own.yaml'
        path.write_text(text)
        return load_categories(str(path))

    return from_text


def test_categories_of_maas(shipped):
    """Whoever knows the categories of MAAS finds them."""
    assert set(MAAS) <= set(shipped.names)
    assert 'OTHER' == shipped.names[-1]


def test_levels(shipped):
    """Hardware is INFO, as in MAAS; all else is AUDIT."""
    found = {each.level: [] for each in shipped.all}
    for each in shipped.all:
        found[each.level].append(each.name.startswith('NODE_HARDWARE_SYNC_'))

    assert {'AUDIT', 'INFO'} == found.keys()
    assert not any(found['AUDIT'])
    assert all(found['INFO'])
    assert [0, 10, 20, 30, 40, 50] == list(LEVELS.values())


@pytest.mark.parametrize(
    ('action', 'type_uri', 'name'),
    [
        ('authenticate', 'data/security/tokens', 'AUTHORISATION'),
        ('authenticate/login', 'compute/server', 'AUTHORISATION'),
        ('update', 'service/security/account/user', 'AUTHORISATION'),
        ('created.user', 'data/security/account/user', 'AUTHORISATION'),
        ('create', 'compute/keypair', 'AUTHORISATION'),
        ('read', 'data/security/keymanager/secret', 'AUTHORISATION'),
        ('create', 'service/compute/os-keypairs/keypair', 'AUTHORISATION'),
        ('update', 'data/config', 'SETTINGS'),
        ('configure/set-log', 'storage/services', 'SETTINGS'),
        ('update', 'data/security/domain/config', 'SETTINGS'),
        ('update', 'service/compute/os-quota-sets/tenant', 'SETTINGS'),
        ('delete', 'compute/node', 'NODE'),
        ('create', 'compute/baremetal/node', 'NODE'),
        ('deploy', 'service/compute/baremetal/nodes/node', 'NODE'),
        ('update', 'compute/baremetal/node/bios', 'NODE'),
        ('update', 'compute/machine', 'NODE'),
        ('create', 'compute/baremetal/runbook', 'COMPUTE'),
        ('create', 'compute/server/tag', 'TAG'),
        ('read/list', 'network/port/tags', 'TAG'),
        ('create', 'data/image', 'IMAGES'),
        ('read', 'service/storage/image/images/image', 'IMAGES'),
        ('create', 'compute/pods/pod', 'POD'),
        ('create', 'network/subnet', 'NETWORKING'),
        ('create', 'service/network/routers/router', 'NETWORKING'),
        ('create', 'compute/floating-ip', 'NETWORKING'),
        ('create', 'service/dns/zones/zone', 'NETWORKING'),
        ('read/list', 'network/availability-zones', 'ZONES'),
        ('update', 'data/boot-source', 'BOOT_SOURCE'),
        ('create', 'compute/server', 'COMPUTE'),
        ('read', 'service/compute', 'COMPUTE'),
        ('create', 'storage/volume', 'STORAGE'),
        ('create', 'service/storage/block/volumes/volume', 'STORAGE'),
        ('create', 'data/database/instance', 'DATABASE'),
        ('create', 'data/message', 'DATA'),
        ('create', 'service/bss/order', 'OTHER'),
        ('unknown', 'unknown', 'OTHER'),
        # At the boundary of a segment only.
        ('create', 'data/imagery', 'DATA'),
        ('create', 'computer', 'OTHER'),
        ('authenticated', 'compute/server', 'COMPUTE'),
        ('create', 'compute/hashtag', 'COMPUTE'),
        ('', '', 'OTHER'),
        (None, None, 'OTHER'),
    ],
)
def test_category_of_an_activity(shipped, action, type_uri, name):
    """What is done has the category of what it is done to."""
    assert name == shipped.of('activity', action, type_uri).name


@pytest.mark.parametrize(('device', 'type_uri'), sorted(DEVICES.items()))
def test_category_of_hardware(shipped, device, type_uri):
    """Each change of hardware that we emit has the category of MAAS."""
    name = f'NODE_HARDWARE_SYNC_{device.upper().replace(" ", "_")}'

    assert name == shipped.of('monitor', 'create', type_uri).name
    # Of what somebody does, hardware is no category.
    assert name != shipped.of('activity', 'create', type_uri).name


def test_bmc(shipped):
    """A change of a BMC has a category as well."""
    found = shipped.of('monitor', 'update', 'compute/node/bmc')

    assert 'NODE_HARDWARE_SYNC_BMC' == found.name


@pytest.mark.parametrize(
    ('kind', 'action', 'type_uri', 'name'),
    [
        ('monitor', 'monitor', 'service/oss/monitoring', 'LOSS'),
        ('activity', 'monitor', 'service/oss/monitoring', 'OTHER'),
        ('activity', 'delete', 'data/file/log/trail', 'RETENTION'),
        ('control', 'enable', 'data/security/policy', 'POLICY'),
        ('activity', 'update', 'data/security/policy', 'AUTHORISATION'),
        ('activity', 'read', 'data/file/log/trail', 'TRAIL'),
        ('activity', 'read/list', 'data/file/log/trail', 'TRAIL'),
        ('activity', 'read', 'data/file/log', 'DATA'),
    ],
)
def test_category_of_the_trail(shipped, kind, action, type_uri, name):
    """What the trail says of itself is told apart."""
    assert name == shipped.of(kind, action, type_uri).name


def test_first_rule_counts(load):
    """Rules stand in an order; several keys all have to fit."""
    own = load(
        'categories:\n'
        '- {category: SHOP, level: WARNING, label: Shop, kind: activity,\n'
        '   action: [create, delete], target: [service/bss, "**/a/b"]}\n'
        '- {category: REST, level: INFO, label: Rest}\n'
    )

    names = [
        own.of(*each).name
        for each in [
            ('activity', 'create', 'service/bss/order'),
            ('activity', 'delete/all', 'data/a/b/c'),
            ('monitor', 'create', 'service/bss/order'),
            ('activity', 'update', 'service/bss/order'),
            ('activity', 'create', 'data/a/bc'),
            ('activity', 'create', 'data/ca/b'),
        ]
    ]
    assert ['SHOP', 'SHOP', 'REST', 'REST', 'REST', 'REST'] == names
    assert ('SHOP', 'REST') == own.names
    assert Category('SHOP', 'WARNING', 'Shop') == own.all[0]


def test_category_comes_again(load):
    """A second rule of a category has its level and label from the first."""
    own = load(
        'categories:\n'
        '- {category: A, level: INFO, label: Aye, target: compute}\n'
        '- {category: B, level: AUDIT, label: Bee, target: network}\n'
        '- {category: A, target: storage}\n'
        '- {category: B}\n'
    )

    assert ('A', 'B') == own.names
    assert Category('A', 'INFO', 'Aye') == own.of('', '', 'storage/volume')


def test_own_words(load):
    """Words of the operator count more than those of the package."""
    own = load(
        'categories: [{category: A, level: AUDIT, label: All}]\n'
        'verbs: {deploy: [ship, shipped]}\n'
        'nouns: {bss/order: [purchase, purchases]}\n'
        'spelling: {ups: UPS}\n'
    )

    said = [
        kind_sentence(action, type_uri, own.words)
        for action, type_uri in [
            ('deploy', 'service/bss/order'),
            ('delete', 'service/bss/orders'),
            ('read/list', 'compute/ups-unit'),
        ]
    ]
    assert ['ship a purchase', 'delete purchases', 'list UPS units'] == said


@pytest.mark.parametrize(
    ('text', 'told'),
    [
        ('', 'the file is empty'),
        ('[', 'is no YAML'),
        ('nothing', 'has to be a mapping'),
        ('{}', 'categories is missing'),
        ('verbs: {}', 'categories is missing'),
        ('colours: []', 'line 1, colours: is unknown; allowed are cat'),
        ('categories: {}', 'line 1, categories: has to be a list'),
        ('categories: []', 'the last rule has to fit everything'),
        ('categories: [1]', 'line 1, categories[0]: has to be a mapping'),
        ('categories: [{level: AUDIT}]', 'category is missing'),
        (
            'categories:\n- category: node',
            "line 2, categories[0].category: 'node' is no name",
        ),
        ('categories: [{category: A}]', 'level is missing'),
        ('categories: [{category: A, level: INFO}]', 'label is missing'),
        (
            'categories: [{category: A, level: LOUD, label: a}]',
            "'LOUD' is not one of AUDIT, DEBUG, INFO, WARNING, ERROR, CRIT",
        ),
        (
            'categories: [{category: A, level: INFO, label: a, colour: b}]',
            'colour: is unknown; allowed are category, level, label, kind',
        ),
        (
            'categories: [{category: A, level: INFO, label: "a\\eb"}]',
            "label: 'a\\x1bb' has a character that cannot be printed",
        ),
        (
            'categories: [{category: A, level: INFO, label: a, kind: b}]',
            "'b' is not one of activity, monitor, control",
        ),
        (
            'categories: [{category: A, level: INFO, label: a, action: [go]}]',
            "action[0]: 'go' is no CADF action",
        ),
        (
            'categories: [{category: A, level: INFO, label: a, target: []}]',
            'target: the list is empty; leave the key out',
        ),
        (
            'categories: [{category: A, level: INFO, label: a, target: car}]',
            "'car' is no CADF typeURI",
        ),
        (
            'categories: [{category: A, level: INFO, label: a, target: "**"}]',
            "'**' is no beginning of a typeURI",
        ),
        (
            'categories: [{category: A, level: INFO, label: a, '
            'target: "**/a//b"}]',
            "'**/a//b' is no beginning of a typeURI",
        ),
        (
            'categories: [{category: A, category: B}]',
            'the key stands there twice',
        ),
        (
            'categories:\n'
            '- {category: A, level: INFO, label: a, target: compute}\n'
            '- {category: A, level: AUDIT}\n',
            "line 3, categories[1].level: A has 'INFO' above; leave it out",
        ),
        (
            'categories:\n'
            '- {category: A, level: INFO, label: a}\n'
            '- {category: B, level: INFO, label: b}\n',
            'line 3, categories[1]: no event comes here',
        ),
        (
            'categories:\n'
            '- {category: A, level: INFO, label: a, target: compute}\n',
            'the last rule has to fit everything',
        ),
        (
            'categories: [{category: A, level: INFO, label: a}]\n'
            'verbs:\n  go: went\n',
            'line 3, verbs.go: has to be a list of the verb and its past',
        ),
        (
            'categories: [{category: A, level: INFO, label: a}]\n'
            'nouns: {a: [b]}\n',
            'nouns.a: has to be one of it, such as server, or a list',
        ),
        ('categories: &a [*a]', 'categories[0]: has to be a mapping'),
        (
            'categories:\n- {category: A, level: INFO, label: a, action: &a ['
            + 'read, ' * 9000
            + ']}\n- {category: B, level: INFO, label: b, action: *a}\n'
            '- {category: C, level: INFO, label: c, action: *a}\n',
            'the file has more than 20000 entries',
        ),
    ],
)
def test_errors(load, tmp_path, text, told):
    """An error names the file, the line, the key and what is allowed."""
    with pytest.raises(CategoriesError) as caught:
        load(text)

    assert str(tmp_path) in str(caught.value)
    assert told in str(caught.value)


def test_file_that_cannot_be_read(tmp_path):
    """A file that is not there, or no text, is an error with its name."""
    binary = tmp_path / 'binary'
    binary.write_bytes(b'\xff\xfe')

    for path in (tmp_path / 'none', tmp_path, binary):
        with pytest.raises(CategoriesError) as caught:
            load_categories(str(path))
        assert str(path) in str(caught.value)


def test_memory_is_bounded():
    """Whoever makes up kinds of events fills no memory."""
    own = load_categories()

    for number in range(20_000):
        own.of('activity', f'update/{number}', 'compute/server')

    assert len(own._known) < 20_000


@given(*[st.none() | st.text(max_size=40)] * 3)
def test_any_event_has_a_category(kind, action, type_uri):
    """Whatever an event says, it has one of the categories."""
    assert ALL.of(kind, action, type_uri) in ALL.all


ALL = load_categories()


def test_table_is_data_of_the_package():
    """The table is where the package is, for an operator to copy."""
    import cadf_audit

    room = pathlib.Path(cadf_audit.__file__).parent / 'wording'

    assert (room / 'categories.yaml').is_file()
    assert (room / 'words.yaml').is_file()
    assert isinstance(ALL, Categories)
