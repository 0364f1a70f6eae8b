# SPDX-License-Identifier: Apache-2.0

"""Tests of what a request means: the audit maps."""
