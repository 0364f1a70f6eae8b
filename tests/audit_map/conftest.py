# SPDX-License-Identifier: Apache-2.0

"""What the tests of audit maps share."""

import pytest


@pytest.fixture
def map_file(tmp_path):
    """A function that writes an audit map, as text or as bytes."""

    def write(content):
        file = tmp_path / 'map.conf'
        if isinstance(content, str):
            content = content.encode()
        file.write_bytes(content)
        return str(file)

    return write
