# SPDX-License-Identifier: Apache-2.0

"""What stands where a text belongs in, a text that can be told out.

SQLite keeps anything in any column, whoever put it there: bytes, and texts
that are no UTF-8. One such value hides no other row.
"""

import functools
from typing import Any

from sqlalchemy import Connection

# And no escape: within JSON, a backslash would mean something else.
_ERRORS = 'replace'

# As fast as if there were no such texts.
_read = functools.partial(str, encoding='utf-8', errors=_ERRORS)


def accept(connection: Connection) -> None:
    """Let texts be read that are no UTF-8.

    :param connection: within a transaction
    """
    if connection.dialect.name == 'sqlite':
        driver: Any = connection.connection.driver_connection
        driver.text_factory = _read


def text(value: Any) -> Any:
    """Return bytes as a text, with a ``�`` for what is none.

    :param value: any value, which else stays what it is
    """
    if isinstance(value, bytes):
        return value.decode('utf-8', _ERRORS)
    return value
