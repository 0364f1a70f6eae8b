# SPDX-License-Identifier: Apache-2.0

"""Tests of the parts of the spool, one file a part."""
