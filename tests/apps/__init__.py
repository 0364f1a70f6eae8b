# SPDX-License-Identifier: Apache-2.0

"""The WSGI applications that the tests give to real servers."""
