# SPDX-License-Identifier: Apache-2.0

"""The tests, and the servers and fakes that they share."""
