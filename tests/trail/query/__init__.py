# SPDX-License-Identifier: Apache-2.0

"""Tests of the questions that people ask the trail."""
