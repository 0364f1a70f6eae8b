# SPDX-License-Identifier: Apache-2.0

"""A database in, the same with the tables of this version out."""

import argparse
import logging

from cadf_audit.cli.trail_command import TrailCommand
from cadf_audit.trail.upgrade import upgrade

LOG = logging.getLogger('cadf_audit.cli')


class Upgrade(TrailCommand):
    """Make the tables of the trail, or bring them to this version."""

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Change the tables; return the exit status."""
        before, after = upgrade(self.engine(parsed_args))
        if before == after:
            LOG.info('the tables are of revision %s already', after)
        elif before is None:
            LOG.info('made the tables of the trail, revision %s', after)
        else:
            LOG.info(
                'changed the tables from revision %s to %s', before, after
            )
        return 0
