# SPDX-License-Identifier: Apache-2.0

"""Everything that is wrong with a map, and nothing that is not."""

import pytest

from cadf_audit.audit_map.files import shipped_maps
from cadf_audit.audit_map.inspection.lint import lint

HEAD = """\
version: 2
service_type: compute
prefix: /v1
"""


def resources(text):
    """Return a map of version 2 with these resources, from line 5 on."""
    return f'{HEAD}resources:\n{text}'


@pytest.mark.parametrize('name', shipped_maps())
def test_shipped_maps_are_clean(name):
    """Nothing is wrong with a map that comes with the package."""
    assert [] == lint(name).problems


# A resource from line 5 on; the line and the problem.
USELESS = [
    (
        '  a:\n    read_response: []\n    custom_attributes: {x: xs:string}\n',
        7,
        'no response is read',
    ),
    (
        '  a:\n    read_response: []\n    custom_name: n\n',
        7,
        'no response is read',
    ),
    ('  a:\n    singleton: true\n    el_type_uri: compute/a\n', 7, 'elements'),
    ('  a:\n    singleton: true\n    type_name: a\n', 7, 'has no list'),
    (
        '  a:\n    type_name: x\n    el_type_name: y\n'
        '    bulk: {POST: null, PUT: null, PATCH: "response:$.a"}\n',
        6,
        'nothing else is read by this name',
    ),
    (
        '  a:\n    el_type_name: y\n    read_response: []\n',
        6,
        'no child whose event would carry it',
    ),
    (
        '  a:\n    upsert: true\n    method_actions: {PUT: create}\n',
        6,
        'no PUT is an update',
    ),
    (
        '  a:\n    custom_actions: {remove: delete}\n'
        '    bulk:\n      POST:remov: request:$.ids\n',
        8,
        "no 'remov', so no path ends in it (did you mean remove?)",
    ),
    (
        '  a:\n    method_actions: {POST: null}\n'
        '    bulk:\n      POST: request:$.ids\n',
        8,
        'POST is not audited',
    ),
    (
        '  a:\n    payloads:\n      enabled: false\n      include: [x]\n',
        8,
        'beside enabled: false',
    ),
    (
        '  a:\n    payloads:\n      include: [x]\n      exclude: [y]\n',
        7,
        'beside exclude',
    ),
    ('  a:\n    custom_actions:\n      re*: start\n', 7, 'is a name like any'),
    ('  a:\n    custom_actions:\n      x.json: start\n', 7, 'is dropped'),
    ('  a:\n    custom_actions:\n      x//y: start\n', 7, 'empty segment'),
    ('  a:\n    custom_actions:\n      PSOT:x: start\n', 7, 'mean POST?'),
    (
        '  a:\n    singleton: true\n    custom_actions:\n      b/c: start\n'
        '    children: {b: }\n',
        8,
        "the action 'b/c' overlaps the child a/b",
    ),
    (
        "  a:\n    id: .+\n    custom_actions:\n      'PUT:*': update/*\n",
        8,
        'takes the rest of a path',
    ),
    ('  a:\n    id: .+\n    keys: true\n', 7, 'takes the rest of a path'),
]


@pytest.mark.parametrize(('text', 'line', 'problem'), USELESS)
def test_rules_that_do_nothing(found, text, line, problem):
    """A key that has no effect where it stands is found, with its line."""
    [(at, _, what)] = found(resources(text))

    assert line == at
    assert problem in what


UNREACHABLE = [
    (
        '  a:\n    id: .+\n    children:\n      b:\n',
        8,
        'an id of a takes the rest',
    ),
    (
        "  a:\n    id: '[^/]+(?:/[^/]+)*'\n    children:\n      b:\n",
        8,
        'an id of a takes the rest',
    ),
    ("  a:\n    api_name: '{id}'\n", 6, "'{' in it"),
    ('  a:\n    api_name: a b\n', 6, "' ' in it"),
    ('  a:\n    api_name: [x, y//z]\n', 6, 'empty segment'),
    ("  a:\n    api_name: ''\n", 6, 'empty segment'),
    ('  a.json:\n', 5, 'never ends a path'),
    ('  a:\n  b:\n    api_name: a\n', 6, 'overlaps a (line 5)'),
]


@pytest.mark.parametrize(('text', 'line', 'problem'), UNREACHABLE)
def test_unreachable_resources(found, text, line, problem):
    """A resource that no path leads to is found, with its line."""
    [(at, _, what)] = found(resources(text))

    assert line == at
    assert problem in what


@pytest.mark.parametrize(
    'text',
    [
        '  a:\n    custom_attributes: {x: xs:string}\n',
        '  a:\n    type_name: x\n    el_type_name: y\n',
        '  a:\n    el_type_name: y\n    read_response: []\n'
        '    children: {b: }\n',
        '  a:\n    upsert: true\n',
        '  a:\n    custom_actions: {remove: delete}\n'
        '    bulk: {POST:remove: request:$.ids}\n',
        "  a:\n    custom_actions: {'POST:*': update/*}\n"
        '    bulk: {POST:remove: request:$.ids}\n',
        "  a:\n    custom_actions: {'PUT:*': update/*, b/c: start}\n"
        '    keys: true\n    children: {b/d: }\n',
        "  a:\n    id: '[^/]+/[^/]+'\n    children: {b: }\n",
        '  a:\n    id: .+\n',
        '  a:\n    type_name: x\n    el_type_name: y\n    bulk: {PUT: null}\n',
        "  a:\n    id: '[^/]+'\n    keys: true\n"
        "    custom_actions: {'PUT:*': update/*}\n",
        "  a:\n    id: .+\n    custom_actions: {'POST:*': update/*}\n",
        '  a:\n    api_name: b/c\n  b:\n    singleton: true\n',
        '  a:\n    payloads: {enabled: true, include: [x]}\n',
    ],
)
def test_rules_that_do_something(found, text):
    """What has an effect is no finding."""
    assert [] == found(resources(text))


def test_without_json_suffix(found):
    """Where nothing is dropped, a name may end in .json."""
    text = '  a.json:\n    custom_actions:\n      b.json: start\n'

    assert 2 == len(found(resources(text)))
    assert [] == found(f'json_suffix: false\n{resources(text)}')


@pytest.mark.parametrize(
    ('prefix', 'problem'),
    [
        ('(?:/(a+)+)', 'exponential'),
        ('/(?P<tenant>[0-9]+)', "the group 'tenant'"),
        ('v1', 'a path begins with a slash'),
        ('[/v1, "/v1/(?P<project_id>[0-9a-f]{32})"]', 'is never used'),
    ],
)
def test_prefixes(found, prefix, problem):
    """A prefix that does not do what it looks like is found."""
    text = f'{HEAD}resources: {{a: }}\n'.replace('/v1', prefix, 1)

    [(line, _, what)] = found(text)

    assert 3 == line
    assert problem in what


def test_prefixes_that_all_count(found):
    """Prefixes of which each has paths of its own are no finding."""
    text = f'{HEAD}resources: {{a: }}\n'.replace(
        '/v1', '["/v1/(?P<project_id>[0-9a-f]{32})", /v1, /v2]'
    )

    assert [] == found(text)


def test_slow_ids(found):
    """An id that can take exponential time is found."""
    [(line, key, what)] = found(resources("  a:\n    id: '([a-z]+-?)+'\n"))

    assert (6, 'resources.a.id') == (line, key)
    assert 'exponential' in what


def test_all_at_once(found):
    """What keeps a map from loading does not hide what is wrong beside it."""
    text = """\
version: 2
service_type: kompute
prefix: /v1(
resources:
  a:
    id: '['
    colour: red
  b:
    custom_id: [id, 'header:Set-Cookie']
    custom_actions: {go: walk}
  c: {colour: red}
"""

    lines = [line for line, _, _ in found(text)]

    assert [3, 5, 6, 7, 8, 9, 10, 11, 11] == lines


@pytest.mark.parametrize(
    ('text', 'problem'),
    [
        ('a: [', 'this is no YAML'),
        ('', 'the file is empty'),
        ('version: 3\n', "'3' is no version"),
        (
            'version: 2\n',
            'the keys service_type, prefix and resources are missing',
        ),
        ('~\n', 'the keys service_type, prefix and resources are missing'),
        (f'{HEAD}resources: 7\n', 'has to be a mapping'),
        (f'{HEAD}resources: {{7: 7}}\n', 'has to be a mapping'),
        (f'{HEAD}resources: &a {{b: {{children: *a}}}}\n', 'contain itself'),
    ],
)
def test_what_does_not_load(found, text, problem):
    """A map that cannot be read at all is one finding more."""
    assert any(problem in what for _, _, what in found(text))


def test_no_file():
    """A map that is not there is a finding, too."""
    linted = lint('/no/such.yaml')

    assert '/no/such.yaml' == linted.path
    assert ['error'] == [each.level for each in linted.problems]
    assert 'No such file' in linted.problems[0].problem


def test_a_map_without_a_version(found):
    """What is a warning at start is a finding like any other."""
    [(line, key, what)] = found(
        'service_type: compute\nprefix: /v1\nresources:\n'
        '  nodes:\n    colour: x\n'
    )

    assert (5, 'resources.nodes.colour') == (line, key)
    assert 'unknown key' in what


def test_children_of_a_map_without_a_version(found):
    """There a child stands behind the collection as well."""
    text = (
        'service_type: compute\nprefix: /v1\nresources:\n'
        '  nodes:\n    id: .+\n    children:\n      ports:\n'
    )

    assert [] == found(text)


KEYWORDS = """\
[DEFAULT]
target_endpoint_type = x
[custom_actions]
start = go
stop = stop
detail/get = read/list
[path_keywords]
stop = None
detail = None
a/b = c
x.json = None
[service_endpoints]
compute = service/compute
y = foo
[colours]
red = 1
"""


def test_keywords(found):
    """All that is wrong with a map of keywords is found in one go."""
    assert [
        (2, '[DEFAULT] target_endpoint_type', 'x is no key of'),
        (4, '[custom_actions] start', "'go'"),
        (8, '[path_keywords] stop', 'never decides the action'),
        (10, '[path_keywords] a/b', 'never matches'),
        (11, '[path_keywords] x.json', 'never matches'),
        (14, '[service_endpoints] y', "'foo'"),
        (15, '[colours]', 'unknown section'),
    ] == [
        (line, key, part)
        for (line, key, what), part in zip(
            found(KEYWORDS, 'map.conf'),
            [
                'x is no key of',
                "'go'",
                'never decides the action',
                'never matches',
                'never matches',
                "'foo'",
                'unknown section',
            ],
            strict=True,
        )
        if part in what
    ]


def test_keywords_that_do_not_parse(found):
    """A file that is no INI file is one finding."""
    [(line, _, what)] = found('[path_keywords]\nnodes\n', 'map.conf')

    assert 2 == line
    assert 'not of the form key = value' in what
