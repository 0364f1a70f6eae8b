# SPDX-License-Identifier: Apache-2.0

"""HTTP requests in, what their senders may know of the trail as JSON out.

A request is told whom it comes from, asks
:class:`~cadf_audit.trail.query.answers.Answers`, and gets what that says.
"""
