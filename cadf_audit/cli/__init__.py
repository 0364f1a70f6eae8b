# SPDX-License-Identifier: Apache-2.0

"""The command ``cadf-audit``: what operators type in, answers out.

What it needs beside the filter is an extra of the package, which a service
that only audits does not install.
"""

from collections.abc import Sequence
import sys
import warnings

_EXTRA = {'cliff': 'cliff', 'prometheus_client': 'prometheus-client'}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit status.

    :param argv: the arguments; those of the process if not given
    """
    if not sys.warnoptions:
        # Those of Oslo's libraries are for developers.
        warnings.simplefilter('ignore')
    try:
        from cadf_audit.cli.app import CommandLine
    except ModuleNotFoundError as exc:
        needed = _EXTRA.get((exc.name or '').partition('.')[0])
        if needed is None:
            raise
        print(
            f"cadf-audit needs {needed}: pip install 'cadf_audit[cli]'",
            file=sys.stderr,
        )
        return 1
    return CommandLine().run(list(sys.argv[1:] if argv is None else argv))
