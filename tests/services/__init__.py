# SPDX-License-Identifier: Apache-2.0

"""Keystone, Glance and Cinder as they come, with the filter put in."""
