# SPDX-License-Identifier: Apache-2.0

"""Faults in, what of the trail survives them out: with the real thing.

``CADF_AUDIT_FAULT_SECONDS`` says how long each fault lasts: very short
unless it is set, and 60 in ``make faults``.
"""
