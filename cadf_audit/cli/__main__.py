# SPDX-License-Identifier: Apache-2.0

"""Arguments of ``python -m cadf_audit.cli`` in, an exit status out."""

import sys

from cadf_audit.cli import main

sys.exit(main())
