# SPDX-License-Identifier: Apache-2.0

"""The name of a service in, the audit map that pycadf ships for it out."""

from importlib import metadata

NAMES = (
    'cinder',
    'glance',
    'gnocchi',
    'heat',
    'ironic',
    'neutron',
    'nova',
    'swift',
    'trove',
)

_SUFFIX = '_api_audit_map.conf'


def public_maps():
    """Return the path of each audit map in the wheel of pycadf."""
    files = metadata.files('pycadf') or ()
    return {
        file.name.removesuffix(_SUFFIX): str(file.locate())
        for file in files
        if file.name.endswith(_SUFFIX)
    }
