# SPDX-License-Identifier: Apache-2.0

"""Events that no HTTP request caused: what a caller says in, CADF out.

For commands, jobs, consumers and the like, through the same deliveries and
into the same trail as the events of requests.
"""

from cadf_audit.emitting.hardware import hardware_change
from cadf_audit.emitting.parts import measurement
from cadf_audit.emitting.parts import resource

__all__ = ['hardware_change', 'measurement', 'resource']
