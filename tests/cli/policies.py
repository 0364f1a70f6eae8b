# SPDX-License-Identifier: Apache-2.0

"""A policy, a map with one, and cases, for commands about them."""

import csv
import io

POLICY = """\
version: 1
rules:
- {level: none, method: [GET, HEAD]}
- {level: request, action: update}
- {level: response, method: GET, path: /v2/servers}
"""

MAP = """\
version: 2
service_type: compute
prefix: /v2
policy:
  rules:
  - {level: request, target_type: compute/server, method: PUT}
  - {level: none, user: 'alice'}
  - {level: response, action: update/start}
resources:
  servers:
    custom_actions: {start: update/start}
    method_actions: {PATCH: ~}
"""

CASES = """\
- {request: GET /v2/servers, level: response}
- {request: PUT /v2/servers/1, level: request}
- request: POST /v2/servers/1/start
  user: [a-1, alice]
  level: response
"""


def rows(done):
    """Return the rows of CSV that were printed."""
    return [list(row.values()) for row in _reader(done)]


def _reader(done):
    return csv.DictReader(io.StringIO(done.stdout))
