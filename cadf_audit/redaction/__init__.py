# SPDX-License-Identifier: Apache-2.0

"""What may be recorded of a value: chosen by paths, then without secrets."""

from cadf_audit.redaction.paths import JsonPaths
from cadf_audit.redaction.redactor import Redactor

__all__ = ['JsonPaths', 'Redactor']
