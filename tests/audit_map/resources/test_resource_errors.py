# SPDX-License-Identifier: Apache-2.0

"""What is wrong with a resource goes in; an error with its place comes out."""

import pytest

from cadf_audit.audit_map import load_audit_map
from tests.resource_maps import HEAD
from tests.resource_maps import HEAD_1
from tests.resource_maps import map_file
from tests.resource_maps import map_text
from tests.resource_maps import play
from tests.resource_maps import read
from tests.resource_maps import refusal

# The first line of a rule of servers, below a head of four lines.
LINE = 7

# a rule of a resource; the rest of its key; what is said
REFUSED = [
    ('api_name: []', 'api_name', 'api_name is a text, or several'),
    ("api_name: ''", 'api_name', 'no empty segment'),
    ('api_name: [a, /]', 'api_name', 'no empty segment'),
    ('api_name: {a: b}', 'api_name', 'has to be a text'),
    ('singleton: 1', 'singleton', "true or false, not '1'"),
    ('type_uri: [a]', 'type_uri', 'has to be a text'),
    ('id: "["', 'id', "'[' is no regular expression"),
    ('id: (?P<x', 'id', 'is no regular expression'),
    ('id: {a: b}', 'id', 'has to be a text'),
    ('keys: maybe', 'keys', 'true or false'),
    ('upsert: maybe', 'upsert', 'true or false'),
    ('custom_id: $..id', 'custom_id', "'$..id' is no JSON path"),
    ('custom_id: [id, $x]', 'custom_id[1]', "'$x' is no JSON path"),
    ('custom_id: "request:id"', 'custom_id', "'id' is no JSON path"),
    ('custom_name: {a: b}', 'custom_name', 'has to be a text'),
    ('type_name: {a: b}', 'type_name', 'has to be a text'),
    ('custom_actions: [a]', 'custom_actions', 'has to be a mapping'),
    ('custom_actions: {a: [b]}', 'custom_actions.a', 'has to be a text'),
    ('method_actions: POST', 'method_actions', 'has to be a mapping'),
    ('custom_attributes: a', 'custom_attributes', 'has to be a mapping'),
    ('custom_attributes: {$x: xs:a}', 'custom_attributes.$x', 'JSON path'),
    (
        'custom_attributes: {a: {from: b}}',
        'custom_attributes.a',
        'the key type_uri is missing',
    ),
    ('secret_id: maybe', 'secret_id', 'true or false'),
    ('custom_project: [$x]', 'custom_project[0]', 'is no JSON path'),
    ('custom_attributes: {"": xs:a}', 'custom_attributes.', 'not empty'),
    ('read_response: {a: b}', 'read_response', 'has to be a text'),
    ('bulk: x', 'bulk', 'has to be a mapping'),
    ('bulk: {POST: $.a}', 'bulk.POST', 'request: and response:'),
    ('bulk: {POST: "request:a"}', 'bulk.POST', "'a' is no JSON path"),
    ('payloads: x', 'payloads', 'has to be a mapping'),
    ('payloads: {enabled: 1}', 'payloads.enabled', 'true or false'),
    ('payloads: {include: [[a]]}', 'payloads.include[0]', 'a text'),
    ('children: [a]', 'children', 'has to be a mapping'),
]

# What can be lived with; version 2 does not.
FOUND = [
    ('tpye_uri: x', 'tpye_uri', 'unknown key (did you mean type_uri?)'),
    ('custom_acions: {}', 'custom_acions', 'did you mean custom_actions?'),
    ('type_uri: loadbalancer/pools', 'type_uri', 'is no CADF typeURI'),
    ('type_uri: computer', 'type_uri', "did you mean 'compute'?"),
    ('el_type_uri: x/y', 'el_type_uri', 'is no CADF typeURI'),
    ('custom_actions: {a: reboot}', 'custom_actions.a', 'no CADF action'),
    ('custom_actions: {a: startle}', 'custom_actions.a', "mean 'start'?"),
    ('custom_actions: {"post:a": start}', 'custom_actions.post:a', 'POST'),
    ('custom_actions: {a: update/*}', 'custom_actions.a', 'stands for noth'),
    ('method_actions: {PSOT: start}', 'method_actions.PSOT', 'mean POST?'),
    ('method_actions: {PUT: go}', 'method_actions.PUT', 'no CADF action'),
    ('custom_attributes: {a: foo}', 'custom_attributes.a', 'no CADF typeURI'),
    (
        'custom_attributes: {a: {from: b, type_uri: foo}}',
        'custom_attributes.a.type_uri',
        'no CADF typeURI',
    ),
    (
        'custom_attributes: {a: {from: b, type_uri: xs:a, fro: c}}',
        'custom_attributes.a.fro',
        'did you mean from?',
    ),
    ('action_from: {PSOT: "request:$.a"}', 'action_from.PSOT', 'mean POST?'),
    ('{singleton: true, secret_id: true}', 'secret_id', 'no elements'),
    ('method_actions: {post: start}', 'method_actions.post', 'mean POST?'),
    ('api_name: [y, /y/]', 'api_name', "'y' stands there twice; keep one"),
    ('custom_attributes: {a: string}', 'custom_attributes.a', 'n xs:string?'),
    ('custom_attributes: {a: strng}', 'custom_attributes.a', 'xs:string is'),
    ('read_response: [GTE]', 'read_response[0]', 'did you mean GET?'),
    ('bulk: {PSOT: null}', 'bulk.PSOT', 'did you mean POST?'),
    ('payloads: {exlude: [a]}', 'payloads.exlude', 'did you mean exclude?'),
    ('payloads: {include: [a], exclude: [b]}', 'payloads.include', 'no use'),
    ('{singleton: true, id: x}', 'id', 'a singleton has no elements'),
    ('{singleton: true, upsert: true}', 'upsert', 'has no elements'),
    ('{singleton: true, el_type_uri: compute/x}', 'el_type_uri', 'elements'),
]


def of_servers(rule):
    """Return resources of which one has a rule, at a known line."""
    return f'servers:\n  {rule}\n'


@pytest.mark.parametrize('head', [HEAD, HEAD_1], ids=['2', 'none'])
@pytest.mark.parametrize(('rule', 'key', 'problem'), REFUSED)
def test_rule_that_cannot_be_used_is_refused(head, rule, key, problem):
    """With or without a version: line, key and problem are told."""
    error = refusal(read, of_servers(rule), head)

    assert f'resources.servers.{key}' == error.key
    assert LINE - (head == HEAD_1) == error.line
    assert problem in error.problem


@pytest.mark.parametrize(('rule', 'key', 'problem'), FOUND)
def test_rule_that_can_be_lived_with_is_refused_by_version_2(
    rule, key, problem
):
    """The error tells line, key and what is allowed."""
    with map_file(map_text(of_servers(rule))) as path:
        error = refusal(load_audit_map, path)

    assert f'resources.servers.{key}' == error.key
    assert LINE == error.line
    assert problem in error.problem


@pytest.mark.parametrize(('rule', 'key', 'problem'), FOUND)
def test_rule_that_can_be_lived_with_is_one_warning(
    caplog, rule, key, problem
):
    """A map without a version is taken all the same."""
    with map_file(map_text(of_servers(rule), HEAD_1)) as path:
        load_audit_map(path)
    found = [each for each in caplog.messages if f'servers.{key}:' in each]

    assert 1 == len(found)
    assert problem in found[0]
    assert f', line {LINE - 1}, resources.servers.{key}' in found[0]


@pytest.mark.parametrize(
    'rule',
    [
        'custom_acions: {}',
        'type_uri: computer',
        'custom_actions: {a: startle}',
        'method_actions: {PSOT: start}',
        'read_response: [GTE]',
        'bulk: {PSOT: null}',
        'payloads: {exlude: [a]}',
    ],
)
def test_the_nearest_word_is_enough(rule):
    """Where one is suggested, the others are not listed."""
    with map_file(map_text(of_servers(rule))) as path:
        error = refusal(load_audit_map, path)

    assert 'did you mean' in error.problem
    assert 'allowed are' not in error.problem


@pytest.mark.parametrize(
    'header',
    [
        *('Authorization', 'set-cookie', 'WWW-Authenticate', 'X-Auth-Token'),
        *('X-Storage-Token', 'X-SUBJECT-TOKEN', ' X-Subject-Token '),
    ],
)
@pytest.mark.parametrize('key', ['custom_id', 'custom_name', 'custom_project'])
@pytest.mark.parametrize('head', [HEAD, HEAD_1], ids=['2', 'none'])
def test_header_of_a_credential_is_refused(head, key, header):
    """No map can lead a secret into an event."""
    error = refusal(read, f'tokens:\n  {key}: "header:{header}"\n', head)

    assert f'resources.tokens.{key}' == error.key
    assert 'carries a credential' in error.problem


def test_header_of_a_credential_is_no_attribute():
    """Neither can an attachment have it."""
    rule = 'tokens:\n  custom_attributes: {"header:x-auth-token": xs:a}\n'

    assert 'carries a credential' in refusal(read, rule).problem


@pytest.mark.parametrize(
    ('resources', 'line', 'problem'),
    [
        (
            'a:\n  api_name: x\nb:\n  api_name: x\n',
            8,
            'overlaps a (line 6), which has the same api_name',
        ),
        (
            'a:\n  api_name: x/y\nb:\n  api_name: [y, x/y]\n',
            8,
            'overlaps a (line 6)',
        ),
        (
            'a:\n  custom_actions: {b: start}\n  children:\n    b:\n',
            7,
            "the action 'b' overlaps the child a/b (line 9)",
        ),
        (
            'a:\n  custom_actions: {"GET:b": start}\n  children:\n    b:\n',
            7,
            "the action 'GET:b' overlaps the child a/b (line 9)",
        ),
    ],
)
def test_rules_that_overlap_are_refused_by_version_2(resources, line, problem):
    """Both lines are named, and what helps; no version takes the last."""
    with map_file(map_text(resources)) as path:
        error = refusal(load_audit_map, path)

    assert line == error.line
    assert problem in error.problem
    assert 'give one of them another' in error.problem
    assert 'the last one counts' not in error.problem


def test_last_of_two_resources_of_one_name_counts_without_a_version():
    """As the finding says."""
    resources = 'a:\n  api_name: x\nb:\n  api_name: x\n'
    final = play(resources, 'GET', '/v2/x', head=HEAD_1).final

    assert 'compute/b' == final['target']['typeURI']


def test_type_uri_outside_the_taxonomy_goes_below_service():
    """Three of the maps in use have such; the event stays valid CADF."""
    head = HEAD_1.replace('compute', 'loadbalancer')
    collection = play('pools:\n', 'GET', '/v2/pools', head=head).final
    element = play('pools:\n', 'GET', '/v2/pools/1', head=head).final

    assert 'service/loadbalancer/pools' == collection['target']['typeURI']
    assert 'service/loadbalancer/pool' == element['target']['typeURI']


def test_action_outside_the_taxonomy_goes_below_unknown():
    """Where the map may stay as it is, the event is valid CADF."""
    resources = 'servers:\n  custom_actions: {go: reboot//now/}\n'
    final = play(resources, 'GET', '/v2/servers/1/go', head=HEAD_1).final

    assert 'unknown/reboot/now' == final['action']
