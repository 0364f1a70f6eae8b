# SPDX-License-Identifier: Apache-2.0

"""From the records of a spool to drivers."""
