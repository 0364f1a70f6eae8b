# SPDX-License-Identifier: Apache-2.0

"""A map in, all that is wrong with it out."""

import pytest

from cadf_audit.audit_map.inspection.lint import lint


@pytest.fixture
def found(tmp_path):
    """A function that returns line and problem of all that is found."""

    def look(text, name='map.yaml'):
        file = tmp_path / name
        file.write_text(text)
        linted = lint(str(file))
        assert str(file) == linted.path
        return [
            (each.line, each.key, each.problem) for each in linted.problems
        ]

    return look
