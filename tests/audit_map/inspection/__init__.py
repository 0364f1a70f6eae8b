# SPDX-License-Identifier: Apache-2.0

"""Tests of what people are told about an audit map."""
