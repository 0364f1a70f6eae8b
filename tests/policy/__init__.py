# SPDX-License-Identifier: Apache-2.0

"""Policies: what is recorded of a request, and what is not."""
