# SPDX-License-Identifier: Apache-2.0

"""The pages that teach the resource map in, whether it does so out."""

import json
import re

import pytest
import yaml

from cadf_audit.audit_map import document
from cadf_audit.audit_map import files
from cadf_audit.audit_map import load_audit_map
from cadf_audit.audit_map import resource_actions
from cadf_audit.audit_map.resource_rules import MAP_KEYS
from cadf_audit.audit_map.resource_rules import RESOURCE_KEYS
from cadf_audit.exceptions import AuditMapError
from cadf_audit.middleware import answer
from cadf_audit.opts import AUDIT_OPTS
from cadf_audit import text
from tests.pages import find_block
from tests.pages import find_json
from tests.pages import find_rows
from tests.pages import read
from tests.pages import ROOT
from tests.plays import merge
from tests.plays import PAIR
from tests.plays import parse_long
from tests.plays import parse_short
from tests.plays import Play
from tests.plays import summaries
from tests.plays import write_map

TUTORIAL = 'resource_map.rst'
REFERENCE = 'resource_map_reference.rst'
SAMPLE = ROOT / 'etc' / 'resource_map.yaml.sample'


def names_of(page, *kinds):
    """Return the names of the blocks of these kinds, in their order."""
    return [
        name
        for name in re.findall(r'^   :name: (\S+)$', read(page), re.MULTILINE)
        if name.startswith(kinds)
    ]


# The tutorial


def steps_before(name):
    """Return the names of the steps above a block of the tutorial."""
    names = names_of(TUTORIAL, 'step-', name)
    return [step for step in names[: names.index(name)] if step != name]


def map_at(name, directory):
    """Write the map as it is where a block of the tutorial stands."""
    blocks = [find_block(TUTORIAL, step) for step in steps_before(name)]
    return write_map(directory, *blocks)


PLAYS = [
    name
    for name in names_of(TUTORIAL, 'play-')
    if not name.endswith(('-pending', '-items', '-final'))
]


@pytest.mark.parametrize('step', names_of(TUTORIAL, 'step-'))
def test_step_loads(step, tmp_path, caplog):
    """The map loads after each step, and nothing is found in it."""
    names = names_of(TUTORIAL, 'step-')
    blocks = [
        find_block(TUTORIAL, name) for name in names[: names.index(step) + 1]
    ]

    loaded = load_audit_map(write_map(tmp_path, *blocks))

    assert loaded.strict
    assert [] == caplog.records


def shown(name, part):
    """Return what the tutorial shows of an event, if it shows it."""
    if f'{name}-{part}' not in names_of(TUTORIAL, name):
        return None
    return find_json(TUTORIAL, f'{name}-{part}')


@pytest.mark.parametrize('name', PLAYS)
def test_request_of_the_tutorial(name, tmp_path):
    """A request leaves the events that are shown below it."""
    play = parse_long(find_block(TUTORIAL, name))
    pending = shown(name, 'pending') or {}
    items = shown(name, 'items') or []
    final = shown(name, 'final')

    types, events = zip(*play.events(map_at(name, tmp_path)), strict=True)

    assert (PAIR[0], *['audit.event'] * len(items), PAIR[1]) == types
    for told, event in zip((pending, *items, final), events, strict=True):
        assert told == {key: event.get(key) for key in told}


def test_undeclared_request_is_tagged(tmp_path):
    """The tag of the tutorial is that of its request, and of no other."""
    tagged = []
    for name in PLAYS:
        play = parse_long(find_block(TUTORIAL, name))
        final = play.events(map_at(name, tmp_path))[-1][1]
        if 'undeclared_path?value=true' in final['tags']:
            tagged.append(name)

    assert ['play-undeclared'] == tagged
    assert '``undeclared_path?value=true``' in read(TUTORIAL)


def test_quiet_request(tmp_path):
    """What the tutorial leaves out of the trail leaves no event."""
    play = parse_long(find_block(TUTORIAL, 'quiet-position'))

    assert [] == play.events(map_at('quiet-position', tmp_path))


def test_items_share_their_correlation(tmp_path):
    """The events of one bulk request have one correlation id."""
    play = parse_long(find_block(TUTORIAL, 'play-bulk'))

    messages = play.events(map_at('play-bulk', tmp_path))

    assert 1 == len({event['tags'][0] for _, event in messages})
    assert 3 == len({event['id'] for _, event in messages})


def test_sample_is_the_map_of_the_tutorial(caplog):
    """The sample, without its comments, is what the steps come to."""
    whole = {}
    for name in names_of(TUTORIAL, 'step-'):
        whole = merge(whole, yaml.safe_load(find_block(TUTORIAL, name)))

    load_audit_map(str(SAMPLE))

    assert whole == yaml.safe_load(SAMPLE.read_text(encoding='utf-8'))
    assert [] == caplog.records


# The reference


def example_map(name, directory):
    """Write an example of the reference, with the head that it has."""
    return write_map(
        directory, find_block(REFERENCE, 'ref-head'), find_block(*name)
    )


EXAMPLES = [
    name
    for name in names_of(REFERENCE, 'ref-')
    if not name.endswith('-requests') and name != 'ref-head'
]


@pytest.mark.parametrize('name', EXAMPLES)
def test_example_of_the_reference(name, tmp_path, caplog):
    """Nothing is found in an example, and its requests say what is shown."""
    path = example_map((REFERENCE, name), tmp_path)
    played = []
    if f'{name}-requests' in names_of(REFERENCE, name):
        played = parse_short(find_block(REFERENCE, f'{name}-requests'))

    told = [summaries(play.events(path)) for play, _ in played]

    assert 'audit map' not in caplog.text
    assert [expected for _, expected in played] == told


def sections_of(page):
    """Return the headings of a page that are underlined with dashes."""
    headings = re.findall(r'^(.+)\n-+$', read(page), re.MULTILINE)
    return {name for line in headings for name in re.split(', | and ', line)}


def test_reference_has_each_key():
    """The tables have the keys that there are, and each has a section."""
    of_map = [row[0] for row in find_rows(REFERENCE, 'map-keys')]
    of_resource = [row[0] for row in find_rows(REFERENCE, 'resource-keys')]

    assert list(MAP_KEYS) == of_map
    assert list(RESOURCE_KEYS) == of_resource
    plain = {'version', 'service_name', 'resources'}
    assert {*of_map, *of_resource} - plain == sections_of(REFERENCE)


def compiled(keys, rules, directory):
    """Return what a map comes to, and which ids it takes for one.

    :param keys: keys of the map beside the required ones
    :param rules: keys of its resource
    """
    path = directory / 'map.yaml'
    whole = {
        'service_type': 'service/shop',
        'prefix': '/v1',
        'resources': {'os-price-policies': rules},
    }
    path.write_text(yaml.safe_dump(whole | keys))
    resource_map = load_audit_map(str(path))
    (resource,) = resource_map.resources.values()
    pattern = resource.id
    ids = ('7', 'a-f', 'AB', 'x', 'seven', '.')
    looks = [pattern is None or bool(pattern.match(each)) for each in ids]
    resource.id = None
    resource.line = 0
    return resource_map, looks


@pytest.mark.parametrize(
    ('key', 'strict', 'lax'),
    [row[:3] for row in find_rows(REFERENCE, 'resource-keys')],
)
@pytest.mark.parametrize('column', [0, 1])
def test_default_of_a_resource(key, strict, lax, column, tmp_path):
    """A map that writes the default down means what it means without it."""
    version = ({'version': 2}, {})[column]
    default = yaml.safe_load((strict, lax)[column])

    assert compiled(version, {}, tmp_path) == compiled(
        version, {key: default}, tmp_path
    )


@pytest.mark.parametrize(
    ('key', 'default'),
    [row[:2] for row in find_rows(REFERENCE, 'map-keys')],
)
def test_default_of_a_map(key, default, tmp_path):
    """The same holds for the keys of the map, but for what is required."""
    if default in ('none', 'required'):
        keys = {'prefix', 'resources', 'service_type'}
        assert (default == 'required') == (key in keys)
        return
    strict = {'version': 2}

    assert compiled(strict, {}, tmp_path) == compiled(
        strict | {key: yaml.safe_load(default)}, {}, tmp_path
    )


@pytest.mark.parametrize(
    ('method', 'on_collection', 'on_one'),
    find_rows(REFERENCE, 'plain-actions'),
)
def test_plain_actions(method, on_collection, on_one, tmp_path):
    """Without a rule the method gives the action of its row."""
    path = example_map((REFERENCE, 'ref-children'), tmp_path)

    actions = [
        Play(method, where).events(path)[-1][1]['action']
        for where in ('/v1/orders', '/v1/orders/7')
    ]

    assert [on_collection, on_one] == actions


def test_limits():
    """The table of limits has the numbers of the code."""
    rows = find_rows(REFERENCE, 'limits')
    (body_limit,) = [opt for opt in AUDIT_OPTS if opt.name == 'body_limit']

    assert [
        body_limit.default,
        answer.MOST_ITEMS,
        resource_actions.NAME_LIMIT,
        text.TEXT_LIMIT,
        text.PATH_LIMIT,
        document._DEEPEST,
        document._LONGEST_TEXT,
        document._MOST_VALUES,
        files._MOST_BYTES // 2**20,
    ] == [int(number) for _, number in rows]


def test_answer_that_is_too_long(tmp_path):
    """An answer beyond the limit leaves the tag of the page."""
    path = example_map((REFERENCE, 'ref-children'), tmp_path)
    play = Play(
        'POST', '/v1/orders', status='201 Created', answer=f'["{"x" * 65536}"]'
    )

    tags = play.events(path)[-1][1]['tags']

    assert 'unread_response?value=longer than 65536 bytes' == tags[-1]
    assert f'``{tags[-1]}``' in ' '.join(read(REFERENCE).split())


def test_more_items_than_the_limit(tmp_path):
    """Of 101 items 100 get an event, and the target has both numbers."""
    path = example_map((REFERENCE, 'ref-bulk'), tmp_path)
    body = json.dumps({'orders': [str(each) for each in range(101)]})

    messages = Play('DELETE', '/v1/orders', body).events(path)

    facts = messages[-1][1]['target']['attachments']
    assert 102 == len(messages)
    assert [('count', '101'), ('items_recorded', '100')] == [
        (each['name'], each['content']) for each in facts
    ]


def test_wrong_map(tmp_path):
    """The error that the tutorial shows is what its wrong map causes."""
    path = tmp_path / 'bikes.yaml'
    path.write_text(find_block(TUTORIAL, 'wrong-map'))

    with pytest.raises(AuditMapError) as caught:
        load_audit_map(str(path))

    said = str(caught.value).replace(str(path), '/etc/wheels/bikes.yaml')
    shown = ' '.join(find_block(TUTORIAL, 'wrong-map-error').split())
    assert shown == said


def test_secret_id_is_nowhere(tmp_path):
    """An id that is a secret is in no event of its request."""
    path = example_map((REFERENCE, 'ref-secret_id'), tmp_path)

    for play, _ in parse_short(
        find_block(REFERENCE, 'ref-secret_id-requests')
    ):
        events = play.events(path)
        assert 's3cret' in play.path + play.answer
        assert 's3cret' not in json.dumps(events)
        masked = play.path.replace('s3cret', '***')
        assert masked == events[0][1]['requestPath']
