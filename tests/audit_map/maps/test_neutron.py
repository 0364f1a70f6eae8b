# SPDX-License-Identifier: Apache-2.0

"""The spellings that Neutron takes for one path in, one meaning out."""

import pathlib
import re

import pytest

from cadf_audit.audit_map import load_audit_map

LISTED = pathlib.Path(__file__).parents[2] / 'data/routes/neutron.txt'
PLUGINS = ('bgpvpn', 'fwaas', 'log', 'metering', 'qos', 'sfc', 'taas', 'vpn')
NEUTRON = load_audit_map('neutron')
ROUTES = re.findall(r'^([A-Z]+) /v2\.0/(\S+)', LISTED.read_text(), re.M)


def meaning(method, segments):
    """Return what the map says of a path, and its action's name in it."""
    match = NEUTRON.match(method, '/'.join(('/v2.0', *segments)))
    said = (match.action, match.resource, match.id, match.parents, match.rest)
    return said, match.ending


def bare_segments(path):
    """Return the segments of a route, without the prefix of a plugin."""
    segments = re.sub(r'{\w+}', 'x-1_a', path).split('/')
    return segments[1:] if segments[0] in PLUGINS else segments


@pytest.mark.parametrize('plugin', [None, *PLUGINS])
def test_prefix_of_any_plugin_changes_nothing(plugin):
    """Whatever prefix a client puts before a collection, it is that one."""
    before = [plugin] if plugin else []

    for method, path in ROUTES:
        segments = bare_segments(path)
        expected, _ = meaning(method, segments)

        assert '' == expected[-1]
        assert expected == meaning(method, before + segments)[0]


@pytest.mark.parametrize(('old', 'new'), [('-', '_'), ('_', '-')])
def test_hyphen_and_underscore_are_the_same_in_a_collection(old, new):
    """A client cannot hide a request behind the other spelling."""
    for method, path in ROUTES:
        segments = bare_segments(path)
        expected, ending = meaning(method, segments)
        # Collections and ids take turns.
        for place in range(0, len(segments), 2):
            if segments[place] != ending:
                segments[place] = segments[place].replace(old, new)

        assert expected == meaning(method, segments)[0]
