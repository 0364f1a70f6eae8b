# SPDX-License-Identifier: Apache-2.0

"""Tests of the maps that come with this package."""
