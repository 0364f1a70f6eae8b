# SPDX-License-Identifier: Apache-2.0

"""The trail: what is decoded, read and kept."""
