# SPDX-License-Identifier: Apache-2.0

"""A promise and how its test went in, a line of a results file out.

``CADF_AUDIT_FAULT_RESULTS`` names the file; without it nothing is written.
"""

import datetime
import importlib.metadata
import json
import os
import platform

#: how long each fault lasts, in seconds
SECONDS = float(os.environ.get('CADF_AUDIT_FAULT_SECONDS') or 1.5)

#: whether this is the long form
LONG = SECONDS >= 30

RESULTS = 'CADF_AUDIT_FAULT_RESULTS'


def record(promise, test, tries, lost, **versions):
    """Append a line to the results file.

    :param promise: a sentence
    :param test: the name of the test
    :param tries: how often it was tried, and what: ``3000 requests``
    :param lost: how many of them did not keep the promise
    :param versions: what else was part of it
    """
    path = os.environ.get(RESULTS)
    if not path:
        return
    line = json.dumps(
        {
            'promise': promise,
            'test': test,
            'tries': tries,
            'lost': lost,
            'seconds': SECONDS,
            'date': datetime.datetime.now(datetime.UTC).date().isoformat(),
            'versions': {
                'cadf_audit': importlib.metadata.version('cadf_audit'),
                'Python': platform.python_version(),
                **versions,
            },
        }
    )
    with open(path, 'a', encoding='utf-8') as file:
        file.write(f'{line}\n')
