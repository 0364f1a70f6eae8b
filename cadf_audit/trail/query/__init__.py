# SPDX-License-Identifier: Apache-2.0

"""Questions about the trail in, answers for whoever may have them out.

The command, the HTTP API and whoever writes Python ask through the same
:class:`~cadf_audit.trail.query.reader.TrailReader`, with the same
:class:`~cadf_audit.trail.query.event_query.EventQuery`.
"""
