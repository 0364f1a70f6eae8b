# SPDX-License-Identifier: Apache-2.0

"""Scripts for whoever works on the project; none is installed."""
