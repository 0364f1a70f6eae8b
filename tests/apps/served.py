# SPDX-License-Identifier: Apache-2.0

"""The environment of a server process in, the application it serves out.

``CADF_AUDIT_TEST_DIRECTORY`` is where the application works, where the audit
map lies, with a policy and a key beside it if there are any, and where the
trail is kept; the application is audited if ``CADF_AUDIT_TEST_FILTER`` is 1.
"""

import logging
import os
import pathlib

from cadf_audit import AuditMiddleware
from tests.apps.scripted import Scripted


class LineFile(logging.Handler):
    """Writes each record as one line of a file that processes share.

    :param path: the file
    """

    def __init__(self, path):
        super().__init__()
        # With O_APPEND the kernel puts each write whole at the end, whoever
        # writes; a buffered file could tear a line.
        self._file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def emit(self, record):
        """Write a record."""
        os.write(self._file, f'{self.format(record)}\n'.encode())


def audited(app, directory):
    """Return an application behind the filter; events go to a file.

    Beside the file ``events`` there is ``faults``, with every complaint of
    the filter.
    """
    events = logging.getLogger('cadf_audit.events')
    events.setLevel(logging.INFO)
    events.propagate = False
    events.addHandler(LineFile(directory / 'events'))
    logging.getLogger('cadf_audit').addHandler(LineFile(directory / 'faults'))
    files = {
        'audit_policy_file': directory / 'policy.yaml',
        'redact_key_file': directory / 'key',
    }
    return AuditMiddleware(
        app,
        audit_map_file=str(directory / 'audit_map.conf'),
        use_oslo_messaging=False,
        log_name='cadf_audit.faults',
        **{name: str(file) for name, file in files.items() if file.exists()},
    )


directory = pathlib.Path(os.environ['CADF_AUDIT_TEST_DIRECTORY'])
application = Scripted(directory)
if os.environ.get('CADF_AUDIT_TEST_FILTER') == '1':
    application = audited(application, directory)
