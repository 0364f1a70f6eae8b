# SPDX-License-Identifier: Apache-2.0

"""A YAML file goes in; its values come out, and the line of each."""

import pytest

from cadf_audit.audit_map.document import read_yaml
from cadf_audit.audit_map.findings import did_you_mean
from cadf_audit.audit_map.findings import Finding
from cadf_audit.audit_map.findings import Findings
from cadf_audit.exceptions import AuditMapError
from tests.resource_maps import short


def document(text):
    """Return the values of a file."""
    return read_yaml('map.yaml', text, Findings())


def plain(value):
    """Return a value as Python has it, all scalars as they are written."""
    if value.is_mapping:
        return {name: plain(each) for name, each in value.items().items()}
    if value.is_list:
        return [plain(each) for each in value.values()]
    return None if value.is_null else value.text()


def refused(text, use=plain):
    """Return the error of a file."""
    with pytest.raises(AuditMapError) as caught:
        use(document(text))
    return caught.value


def test_values_are_as_they_are_written():
    """A number, a date and a yes are texts where a text is asked for."""
    text = 'a: 007\nb: [yes, 2026-11-20, "x", ~, null, {c: 1.50}]\n'

    assert {
        'a': '007',
        'b': ['yes', '2026-11-20', 'x', None, None, {'c': '1.50'}],
    } == plain(document(text))


def test_each_value_knows_its_line_and_its_keys():
    """Lines are counted from 1, and an index is a part of the key."""
    root = document('# comment\na:\n  b:\n    - x\n    - y\n')
    second = root.items()['a'].items()['b'].values()[1]

    assert (5, 'a.b[1]') == (second.line, second.key)
    assert (3, 'a.b') == (
        root.items()['a'].items()['b'].line,
        root.items()['a'].items()['b'].key,
    )


def test_value_of_an_alias_stands_where_it_is_used():
    """What is wrong there is wrong for the key that uses it."""
    root = document('a: &same x\nb:\n  c: *same\n')

    assert 3 == root.items()['b'].items()['c'].line


def test_key_that_stands_there_twice_is_found_and_the_last_one_counts():
    """The finding names the line of the second one."""
    findings = Findings()
    root = read_yaml('map.yaml', 'a:\n  b: 1\n  c: 2\n  b: 3\n', findings)

    assert {'a': {'b': '3', 'c': '2'}} == plain(root)
    assert [(4, 'a.b')] == [(each.line, each.key) for each in findings]
    assert 'twice' in findings[0].problem


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('<<: *d\n  y: 9', {'x': '1', 'y': '9'}),
        ('y: 9\n  <<: *d', {'x': '1', 'y': '9'}),
        ('<<: [*e, *d]', {'x': '5', 'y': '2'}),
        ('<<: [*d, *e]', {'x': '1', 'y': '2'}),
        ('<<: {z: 3}', {'z': '3'}),
    ],
)
def test_merged_keys_are_those_of_yaml(text, expected):
    """What stands here wins, then the first of several; no key is twice."""
    findings = Findings()
    root = read_yaml(
        'map.yaml',
        f'd: &d {{x: 1, y: 2}}\ne: &e {{x: 5}}\nr:\n  {text}\n',
        findings,
    )

    assert expected == plain(root.items()['r'])
    assert [] == findings


@pytest.mark.parametrize(
    ('text', 'line', 'problem'),
    [
        ('a: [1\nb: 2', 1, 'the [ in this line has no ]'),
        ('a:\n- {b: 1\nc: 2', 2, 'the { in this line has no }'),
        ('a: [/(?P<b>c)]', 1, 'a comma missing or a quote'),
        ('a: {\nb: 1\nc: 2}', 1, 'line 3 cannot belong to it'),
        ('a: 1\nb: "x', 2, 'the quote that begins in this line has no end'),
        ('a: 1\n\tb: 2', 2, 'a tab stands where'),
        ('a:\n\tb: 2', 2, 'YAML is indented with spaces'),
        ('a: @b', 1, "character '@' that cannot start any token"),
        ('a: b: c', 1, "quote a key or value that has ': ' in it"),
        ('a: 1\n  b: 2', 2, 'or correct the indentation'),
        ('a: *none', 1, 'this is no YAML'),
        ('a: 1\n---\nb: 2', 2, 'the file has a second document'),
        ('a: 1\nb: *\n', 2, 'a value that begins with *'),
        ('a: 1\nb: [*]\n', 2, 'a value that begins with *'),
        ('a: 1\nb: */c\n', 2, 'a value that begins with *'),
        ('a: 1\nb: *c\n', 2, 'to mean the text, put it in quotes'),
        ('a: \x07', None, 'this is no YAML'),
        ('', None, 'the file is empty'),
        ('# nothing', None, 'the file is empty'),
        ('a: 1\n? [x, y]\n: 1', 2, 'a key has to be a text'),
        ('a: 1\nb: {<<: x}', 2, '<< takes a mapping'),
        ('[' * 5000, None, 'nested too deeply'),
        ('a: &a {b: *a}', 1, 'does it contain itself'),
        ('a: &a [*a]', 1, 'does it contain itself'),
        ('a: &a\n  <<: *a', 1, 'does it contain itself'),
        ('a: &a {<<: [*a]}', 1, 'does it contain itself'),
    ],
    ids=short,
)
def test_file_that_cannot_be_used_is_refused(text, line, problem):
    """The error tells why, and the line where there is one."""
    error = refused(text)

    assert problem in error.problem
    assert line == error.line


@pytest.mark.parametrize(
    ('text', 'use', 'problem'),
    [
        ('[1]', lambda v: v.text(), 'has to be a text, not a list'),
        ('{a: 1}', lambda v: v.text(), 'has to be a text, not a mapping'),
        ('~', lambda v: v.text(), 'has to be a text, not nothing'),
        (
            '"true"',
            lambda v: v.flag(),
            "true or false, not 'true' (a text; take the quotes away)",
        ),
        ('1', lambda v: v.flag(), "true or false, not '1'"),
        ('[]', lambda v: v.flag(), 'true or false, not a list'),
        ('~', lambda v: v.flag(), 'true or false, not nothing'),
        (
            'x',
            lambda v: v.items(),
            "has to be a mapping (key: value), not 'x'",
        ),
        ('[x]', lambda v: v.items(), 'not a list'),
        ('"\\ud800"', lambda v: v.text(), 'a half of a surrogate pair'),
        ('{"\\udfff": 1}', lambda v: v.items(), 'a half of a surrogate pair'),
        ('x' * 513, lambda v: v.text(), 'has more than 512 characters'),
    ],
)
def test_value_of_another_kind_is_refused(text, use, problem):
    """The error names what is there and what has to be."""
    error = refused(text, use)

    assert problem in error.problem
    assert 1 == error.line


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        *(('true', True), ('True', True), ('yes', True), ('on', True)),
        *(('false', False), ('no', False), ('OFF', False)),
    ],
)
def test_flag_is_what_yaml_calls_one(text, expected):
    """Each way to write true and false counts."""
    assert expected is document(text).flag()


def test_nothing_has_no_keys_and_a_scalar_is_a_list_of_itself():
    """``children:`` with nothing behind it is no error."""
    assert {} == document('~').items()
    assert ['x'] == [each.text() for each in document('x').values()]


def test_aliases_of_aliases_are_refused():
    """A file of forty lines may stand for more than any memory holds."""
    lines = ['a0: &a0 {x: 1}']
    lines += [
        f'a{n}: &a{n} {{p: *a{n - 1}, q: *a{n - 1}}}' for n in range(1, 40)
    ]
    merged = ['a0: &a0 {x: 1}']
    merged += [
        f'a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}' for n in range(1, 40)
    ]

    for text in ('\n'.join(lines), '\n'.join(merged)):
        error = refused(text, read_all)
        assert 'has more than 200000 values' in error.problem


def read_all(value):
    """Read all that is below a value."""
    for each in value.items().values() if value.is_mapping else ():
        read_all(each)


def test_finding_reads_as_a_line_of_a_log():
    """Line, key and problem stand in it."""
    findings = Findings()
    findings.add(3, 'resources.a', 'unknown key')
    findings.add(None, 'prefix', 'is missing')

    assert 'line 3, resources.a: unknown key' == str(findings[0])
    assert 'prefix: is missing' == str(findings[1])
    assert Finding(3, 'resources.a', 'unknown key') == findings[0]


def test_key_of_a_tree_that_contains_itself_is_short():
    """Fifty times the same words would hide the rest of the sentence."""
    error = refused('a: &a {b: *a}')

    assert 'a.b.b.b' == error.key


def test_with_version_2_no_key_counts_that_stands_there_twice():
    """There it is an error, and nothing is said of the last one."""
    strict, lenient = Findings(), Findings()
    read_yaml('map.yaml', 'version: 2\na: 1\na: 2\n', strict).items()
    read_yaml('map.yaml', 'a: 1\na: 2\n', lenient).items()

    assert 'the key stands there twice; keep one' == strict[0].problem
    assert '(the last one counts)' in lenient[0].problem


def test_near_word_is_suggested():
    """A word that is like none of them gets no suggestion."""
    assert ' (did you mean POST?)' == did_you_mean('post', ['PUT', 'POST'])
    assert ' (did you mean custom_id?)' == did_you_mean(
        'custom_ids', ['custom_id', 'children']
    )
    assert '' == did_you_mean('xyz', ['custom_id', 'children'])
