# SPDX-License-Identifier: Apache-2.0

"""Several places of one attribute in, what stands at the first one out."""

import pytest

from cadf_audit.audit_map import load_audit_map
from cadf_audit.exceptions import AuditMapError
from tests.plays import parse_short
from tests.plays import summaries
from tests.plays import write_map

MAP = """\
version: 2
service_type: service/shop
prefix: /v1
resources:
  orders:
    custom_attributes:
      guest:
        from: [guest, $.by, 'request:$.add.guest', 'request:$.drop.guest']
        type_uri: service/shop/guest
"""

TOLD = [
    ('POST /v1/orders {"add": {"guest": "a"}} => 201 {"guest": "b"}', 'b'),
    ('POST /v1/orders => 201 {"guest": null, "by": "c"}', 'c'),
    ('POST /v1/orders/7/action {"add": {"guest": "a"}} => 202', 'a'),
    ('POST /v1/orders/7/action {"drop": {"guest": "d"}} => 403', 'd'),
    ('PUT /v1/orders/7 {"add": {"guest": 0}} => 200 {"guest": ""}', '0'),
]


@pytest.mark.parametrize(('request_', 'guest'), TOLD)
def test_first_place_that_has_something_counts(request_, guest, tmp_path):
    """Null and an empty text are nothing, and 0 is something."""
    ((play, _),) = parse_short(request_)

    (told,) = summaries(play.events(write_map(tmp_path, MAP)))

    assert f' event.guest={guest}' in told


def test_attribute_of_nothing_is_left_out(tmp_path):
    """Where no place has anything, no attachment is there."""
    ((play, _),) = parse_short('POST /v1/orders {} => 201 {"id": 7}')

    ((_, _), (_, final)) = play.events(write_map(tmp_path, MAP))

    assert 'attachments' not in final


def test_attribute_without_a_place_is_refused(tmp_path):
    """An empty list of places is an error with its key."""
    wrong = MAP.replace('[guest, $.by', '[]\n        # [')

    with pytest.raises(AuditMapError, match=r'guest\.from: has to be'):
        load_audit_map(write_map(tmp_path, wrong))
