# SPDX-License-Identifier: Apache-2.0

"""Nothing in, whether threads are what they seem to be out."""

import sys


def patched_by() -> str | None:
    """Return who replaced the threads of this process; None for nobody.

    A thread that eventlet or gevent put in the place of a real one shares
    the only real one with all requests: while it waits for a broker without
    telling them, they all wait.
    """
    gevent = sys.modules.get('gevent.monkey')
    if gevent is not None and gevent.is_module_patched('threading'):
        return 'gevent'
    eventlet = sys.modules.get('eventlet.patcher')
    if eventlet is not None and eventlet.is_monkey_patched('thread'):
        return 'eventlet'
    return None
