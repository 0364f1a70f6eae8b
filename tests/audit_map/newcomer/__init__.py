# SPDX-License-Identifier: Apache-2.0

"""A library that nobody audited before, its API and its first audit map."""
