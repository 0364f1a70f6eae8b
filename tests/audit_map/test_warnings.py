# SPDX-License-Identifier: Apache-2.0

"""A map that loads, and says something else than it looks like."""

import pytest

from cadf_audit.audit_map import load_audit_map


@pytest.mark.parametrize(
    ('content', 'telling'),
    [
        ('[path_keywords]\n/nodes = node\n', 'never matches'),
        ('[path_keywords]\nnodes.json = node\n', 'never matches'),
        ('[path_keywords]\nnodes = none\n', 'write None'),
        ('[path_keywords]\nnodes = node # x\n', 'a line of its own'),
        ('[custom_actions]\nx = update/x ; y\n', 'a line of its own'),
        ('[custom_actions]\n/deploy = deploy\n', 'never matches'),
        ('[custom_actions]\ndeploy/pst = deploy\n', "HTTP method 'pst'"),
        (
            '[DEFAULT]\ntarget_endpoint_type = x\n',
            'no key of [service_endpoints]',
        ),
    ],
)
def test_what_does_nothing_is_a_warning(map_file, caplog, content, telling):
    """A map that says something else than it looks like is told at start."""
    load_audit_map(map_file(content))

    assert telling in caplog.text
