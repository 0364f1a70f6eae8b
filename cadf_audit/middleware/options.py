# SPDX-License-Identifier: Apache-2.0

"""The name of an option in, its value and the place of it out.

The filter section wins over the configuration files, and these over the
defaults. A key that the filter section inherits from the paste file's
[DEFAULT] counts if it is one of ours, and is none of our business otherwise.
"""

from collections.abc import Mapping
import difflib
import logging
import os
import sys
from typing import Any

from oslo_config import cfg

from cadf_audit.exceptions import OptionError
from cadf_audit.middleware.sources import convert
from cadf_audit.middleware.sources import find_host_config
from cadf_audit.middleware.sources import Given
from cadf_audit.opts import AUDIT_GROUP
from cadf_audit.opts import AUDIT_OPTS
from cadf_audit.opts import NOTIFICATIONS_GROUP
from cadf_audit.opts import NOTIFICATIONS_OPTS

LOG = logging.getLogger(__name__)

_OSLO_GROUP = 'oslo_messaging_notifications'

_OPTS = {
    opt.dest: (group, opt)
    for group, opts in (
        (AUDIT_GROUP, AUDIT_OPTS),
        (NOTIFICATIONS_GROUP, NOTIFICATIONS_OPTS),
    )
    for opt in opts
}

# What stands in filter sections beside our options: keystonemiddleware's own
# keys, and what paste.deploy and some services add.
_OTHER_KEYS = frozenset(
    {
        '__file__',
        'configkey',
        'here',
        'log_name',
        'oslo_config_config',
        'oslo_config_file',
        'oslo_config_project',
        'project',
    }
)

# Oslo's options of the same meaning, as they are read here: names and types.
_OSLO_DRIVER = cfg.MultiStrOpt('driver', default=[])
_OSLO_TOPICS = cfg.ListOpt('topics', default=['notifications'])
_OSLO_URL = cfg.StrOpt('transport_url', secret=True)
_OSLO_RETRY = cfg.IntOpt('retry')


def refuse_unknown(local: Mapping[str, Any], where: str) -> None:
    """Refuse a key that is no option, with the nearest name that is one.

    :raises OptionError: there is such a key
    """
    known = _OTHER_KEYS | _OPTS.keys()
    for key in local:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f' (did you mean {near[0]}?)' if near else ''
            allowed = ', '.join(sorted(_OPTS))
            raise OptionError(
                key, f'unknown{hint}; allowed are {allowed}', where
            )


class Options:
    """Looks options up: filter section, paste [DEFAULT], oslo.config.

    :param local: what the section of the filter, or its constructor, was given
    :param inherited: what the paste file's [DEFAULT] adds
    :param where: where ``local`` stands, for messages
    """

    def __init__(
        self,
        local: Mapping[str, Any],
        inherited: Mapping[str, Any],
        where: str,
    ) -> None:
        self._local = local
        self._where = where
        self._paste = {**inherited, **local}
        self.host = find_host_config(self._paste, where)

    def get(self, name: str, only_set: bool = False) -> Given:
        """Return the value of an option.

        :param name: its name
        :param only_set: None in the place of its default
        :raises OptionError: the value is impossible
        """
        group, opt = _OPTS[name]
        if self._paste.get(name) is not None:
            where = self._where
            if name not in self._local:
                where = f'[DEFAULT] of the paste file, {where}'
            value = convert(opt, self._paste[name], where)
            if value is not None:
                return Given(value, where)
        return self.host.read(group, opt, only_set)

    def text(self, name: str) -> str | None:
        """Return what a key of the section that is no option says."""
        value = self._paste.get(name)
        return str(value) if value else None

    def enabled(self, audits_by_default: bool) -> bool:
        """Say whether the filter audits.

        :param audits_by_default: whether one does that nothing enables
        """
        # The host may register the same option with a default of its own
        # (Ironic does), which is nobody's decision about this filter.
        decision = self.get('enabled', only_set=True).value
        if decision is not None:
            return bool(decision)
        if audits_by_default or self._local.get('audit_map_file'):
            return True
        LOG.warning(
            '%s: requests pass without audit; set enabled = true in the '
            'filter section or in [%s] to audit them, or enabled = false to '
            'silence this (read: %s)',
            self._where,
            AUDIT_GROUP,
            self.host.files,
        )
        return False

    def publisher_id(self) -> str:
        """Return ``service_name``, or what stands in for it."""
        program = os.path.basename(sys.argv[0]) if sys.argv else ''
        return (
            self.get('service_name').value
            or self.text('project')
            or self.text('oslo_config_project')
            or self.host.project
            or program
            or 'cadf_audit'
        )

    def drivers(self) -> Given:
        """Return the names of the drivers; none of them means the log."""
        if not self.get('use_oslo_messaging').value:
            return Given((), '')
        driver = self.get('driver')
        if driver.value is not None:
            return Given((driver.value,), driver.where)
        given = self.host.read(_OSLO_GROUP, _OSLO_DRIVER)
        names = tuple(dict.fromkeys(name for name in given.value if name))
        return Given(names, given.where)

    def topics(self) -> tuple[str, ...]:
        """Return the topics, those of Oslo where there are none of ours."""
        given = self.get('topics').value
        return tuple(given or self.host.read(_OSLO_GROUP, _OSLO_TOPICS).value)

    def transport_url(self) -> Given:
        """Return the URL of the bus; none stands for that of the service."""
        url = self.get('transport_url')
        if url.value is None:
            url = self.host.read(_OSLO_GROUP, _OSLO_URL)
        if url.value is None:
            url = Given(None, f'[DEFAULT] in {self.host.files}')
        return url

    def retry(self) -> int:
        """Return how often the notifier tries again."""
        retry = self.host.read(_OSLO_GROUP, _OSLO_RETRY, only_set=True).value
        # Oslo's own default is to block for ever, or to lose at once.
        return 0 if retry is None else int(retry)

    def warn_of_log(self) -> None:
        """Say that events go to the log, if nobody asked for that."""
        if self.get('use_oslo_messaging').value:
            LOG.warning(
                'no notification driver is configured in [%s] or [%s]: audit '
                'events go to the logger cadf_audit.events (read: %s)',
                NOTIFICATIONS_GROUP,
                _OSLO_GROUP,
                self.host.files,
            )
