# SPDX-License-Identifier: Apache-2.0

"""The command, as an operator uses it."""
