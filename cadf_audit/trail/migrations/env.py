# SPDX-License-Identifier: Apache-2.0

"""A connection in, the tables of the trail in their newest form out.

Alembic runs this file; :mod:`cadf_audit.trail.upgrade` hands it a connection.
"""

from alembic import context

context.configure(
    connection=context.config.attributes['connection'],
    # SQLite changes a table by making it anew.
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
