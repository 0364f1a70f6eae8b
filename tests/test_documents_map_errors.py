# SPDX-License-Identifier: Apache-2.0

"""An error of a resource map that a page quotes in, made to appear out."""

import pytest

from cadf_audit.audit_map import load_audit_map
from cadf_audit.exceptions import AuditMapError
from tests.pages import find_rows

PAGE = 'troubleshooting.rst'

GOOD = """\
service_type: service/shop
prefix: /v1
resources:
  orders:
    custom_actions:
      ship: start
    children:
      lines:
"""

# What the operator wrote instead, in the order of the tables.
ERRORS = [
    None,
    ('/v1', '/v1: x'),
    ('/v1', '/v1\n---'),
    ('prefix: /v1\n', ''),
    ('prefix', 'version: 3\nprefix'),
    ('custom', 'upsert: ja\n    custom'),
    ('custom', "upsert: 'true'\n    custom"),
    ('/v1', "'('"),
    ('custom', 'custom_id: $.ids[*]\n    custom'),
    ('custom', 'custom_id: header:X-Subject-Token\n    custom'),
    ('custom', 'bulk: {POST: $.ids}\n    custom'),
]

FINDINGS = [
    ('custom_actions', 'custom_acions'),
    ('children:\n      lines:', 'keys: true\n    keys: false'),
    ('start', 'go'),
    ('service/shop', 'shop'),
    ('custom', 'method_actions: {GETT: read}\n    custom'),
    ('ship', 'lines'),
    ('resources:', 'resources:\n  o:\n    api_name: orders'),
    ('start', 'start/*'),
    ('custom', 'singleton: true\n    id: .\n    custom'),
    ('custom', 'payloads: {include: [a], exclude: [b]}\n    custom'),
]


def cases(table, mistakes):
    """Return the rows of a table with the mistake that causes each."""
    return [
        pytest.param(row[0], mistake, id=row[0])
        for row, mistake in zip(find_rows(PAGE, table), mistakes, strict=True)
    ]


def write(directory, mistake):
    """Write a map with a mistake; return its path."""
    path = directory / 'map.yaml'
    text = GOOD
    if mistake:
        assert 1 == text.count(mistake[0])
        text = text.replace(*mistake)
    path.write_text(text)
    return path


@pytest.mark.parametrize(('says', 'mistake'), cases('map-errors', ERRORS))
def test_error(says, mistake, tmp_path):
    """A map that cannot be used stops the start, whatever its version."""
    path = str(write(tmp_path, mistake)) if mistake else 'nowa'

    with pytest.raises(AuditMapError) as caught:
        load_audit_map(path)

    assert says in str(caught.value)


@pytest.mark.parametrize(('says', 'mistake'), cases('map-findings', FINDINGS))
def test_finding(says, mistake, tmp_path, caplog):
    """What is wrong in a map stops the start with version 2 alone."""
    path = write(tmp_path, mistake)
    load_audit_map(str(path))
    warnings = caplog.text
    path.write_text('version: 2\n' + path.read_text())

    with pytest.raises(AuditMapError) as caught:
        load_audit_map(str(path))

    assert says in str(caught.value)
    assert says in warnings
    assert f'audit map {path}, line ' in warnings


def test_good_map(tmp_path, caplog):
    """Without a mistake there is no error and no warning."""
    load_audit_map(str(write(tmp_path, ('prefix', 'version: 2\nprefix'))))

    assert [] == caplog.records
