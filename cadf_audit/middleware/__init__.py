# SPDX-License-Identifier: Apache-2.0

"""The filter: a request's environ in, two CADF events to the delivery out."""
