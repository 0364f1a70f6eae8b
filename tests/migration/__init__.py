# SPDX-License-Identifier: Apache-2.0

"""What moving from keystonemiddleware.audit changes, row by row."""
