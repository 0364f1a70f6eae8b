# SPDX-License-Identifier: Apache-2.0

"""An audit map in, what people want to know about it out.

::

    lint        what is wrong with it
    coverage    which routes of an API it has rules for
    catalogue   what will be audited, as a table

No filter imports any of it.
"""
