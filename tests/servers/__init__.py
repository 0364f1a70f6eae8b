# SPDX-License-Identifier: Apache-2.0

"""Real servers, each the test run's own, on loopback and gone afterwards."""
