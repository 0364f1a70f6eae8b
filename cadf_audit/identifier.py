# SPDX-License-Identifier: Apache-2.0

"""Nothing in, a new identifier out."""

import os

# The two bits that make a random UUID one of variant 1 (RFC 9562).
_VARIANT = dict(zip('0123456789abcdef', '89ab' * 4, strict=True))


def new_id() -> str:
    """Return a random UUID as text (RFC 9562, version 4).

    Every request needs several; through :mod:`uuid` each would cost four
    times as much. ``os.urandom`` gives parent and child of a fork different
    ones.
    """
    digits = os.urandom(16).hex()
    return (
        f'{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-'
        f'{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:]}'
    )
