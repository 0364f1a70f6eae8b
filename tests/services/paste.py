# SPDX-License-Identifier: Apache-2.0

"""The paste file of a service in, the same with the audit filter in it out."""

import re

from tests.audit_map.public_maps import public_maps

FILTER = """\

[filter:audit]
paste.filter_factory = cadf_audit:filter_factory
audit_map_file = {audit_map}
"""


def insert_filter(paste, behind, audit_map):
    """Do by program what an operator does by hand.

    :param paste: the text of the paste file
    :param behind: the filter behind which ``audit`` is written, in each
        pipeline that asks Keystone
    :param audit_map: the name of a map that pycadf ships
    """
    text, pipelines = re.subn(
        rf'(?m)^(keystone\S* = (?:.* )?{behind}) ', r'\1 audit ', paste
    )

    assert pipelines, f'no pipeline has {behind}'
    return text + FILTER.format(audit_map=public_maps()[audit_map])
