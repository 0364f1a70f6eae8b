# SPDX-License-Identifier: Apache-2.0

"""An option in, its value out: from the filter section or oslo.config.

Nothing is registered on a ConfigOpts of the host. Options are read through a
private one over the host's files, but for those that the host registered
itself under the same name: these are read from the host, which may have
overridden them, and converted to the type that we declare.
"""

from collections.abc import Mapping
import dataclasses
from typing import Any

from oslo_config import cfg

from cadf_audit.exceptions import OptionError


@dataclasses.dataclass(frozen=True)
class Given:
    """A value that stands somewhere, and where.

    :param value: None where it stands nowhere
    :param where: the place, for messages
    """

    value: Any
    where: str


class HostConfig:
    """The oslo.config configuration of the service around the filter.

    :param host: its ConfigOpts
    """

    def __init__(self, host: cfg.ConfigOpts) -> None:
        self._host = host
        self._files = list(_parsed(host, 'config_file') or [])
        self._dirs = list(_parsed(host, 'config_dir') or [])
        self._private = self.private_conf()

    @property
    def files(self) -> str:
        """The names of the files that are read, for messages."""
        names = [*self._files, *self._dirs]
        return ', '.join(names) or 'no configuration file'

    @property
    def project(self) -> str | None:
        """The project that the host is configured as."""
        project = _parsed(self._host, 'project')
        return project if isinstance(project, str) else None

    def private_conf(self) -> cfg.ConfigOpts:
        """Return a new ConfigOpts over the files of the host."""
        conf = cfg.ConfigOpts()
        conf(
            [],
            project=self.project,
            prog=_parsed(self._host, 'prog') or 'cadf_audit',
            default_config_files=self._files,
            default_config_dirs=self._dirs,
        )
        return conf

    def read(self, group: str, opt: cfg.Opt, only_set: bool = False) -> Given:
        """Return the value of an option.

        :param group: the group that it stands in
        :param opt: the option as we declare it
        :param only_set: whether a default of the host counts for nothing
        :raises OptionError: the value is not of the option's type
        """
        where = f'[{group}] in {self.files}'
        try:
            value, location = self._lookup(group, opt)
        except cfg.ConfigFileValueError as exc:
            # Before these words Oslo shows how it keeps values inside.
            problem = str(exc).rpartition(' is not valid: ')[2]
            raise OptionError(
                opt.name, f'{problem}{_allowed(opt)}', where
            ) from exc
        except (ValueError, cfg.Error) as exc:
            raise OptionError(opt.name, str(exc), where) from exc
        is_default = (
            location is None or location.location is cfg.Locations.opt_default
        )
        if only_set and is_default:
            value = None
        elif value is None:
            # A host may register the same option without a default.
            value = opt.default
        return Given(convert(opt, value, where), where)

    def _lookup(self, group: str, opt: cfg.Opt) -> tuple[Any, Any]:
        conf = self._host
        try:
            value = conf[group][opt.dest]
        except cfg.NoSuchOptError:
            conf = self._private
            conf.register_opt(opt, group=group)
            value = conf[group][opt.dest]
        return value, conf.get_location(opt.dest, group)


def find_host_config(options: Mapping[str, Any], where: str) -> HostConfig:
    """Return the configuration that a filter section points to.

    As Oslo's own middleware does: ``oslo_config_config`` is a ConfigOpts,
    ``oslo_config_project`` and ``oslo_config_file`` name files, and without
    either the files of the global CONF count.

    :param options: the options of the filter
    :param where: where they stand, for messages
    :raises OptionError: they point to nothing usable
    """
    conf = options.get('oslo_config_config')
    if conf is not None:
        if not isinstance(conf, cfg.ConfigOpts):
            raise OptionError(
                'oslo_config_config',
                'has to be an oslo.config ConfigOpts object; a paste file '
                'names oslo_config_project or oslo_config_file instead',
                where,
            )
        return HostConfig(conf)
    project = options.get('oslo_config_project')
    file = options.get('oslo_config_file')
    if not project and not file:
        return HostConfig(cfg.CONF)
    conf = cfg.ConfigOpts()
    try:
        conf(
            [],
            project=project or None,
            default_config_files=[file] if file else None,
        )
    except (cfg.Error, OSError) as exc:
        option = 'oslo_config_file' if file else 'oslo_config_project'
        raise OptionError(option, str(exc), where) from exc
    return HostConfig(conf)


def convert(opt: cfg.Opt, value: Any, where: str) -> Any:
    """Return a value as the type of an option; None where there is none.

    :param opt: the option
    :param value: a text, as in a paste file, or a value of Python
    :param where: where the value stands, for messages
    :raises OptionError: the value is not of that type
    """
    if value is None or (value == '' and not isinstance(opt, cfg.BoolOpt)):
        return None
    is_list = isinstance(opt, cfg.ListOpt | cfg.MultiStrOpt)
    if isinstance(value, str) and not isinstance(opt, cfg.MultiStrOpt):
        try:
            return opt.type(value)
        except ValueError as exc:
            shown = '' if opt.secret else f'{value!r} is refused: '
            raise OptionError(
                opt.name, f'{shown}{exc}{_allowed(opt)}', where
            ) from exc
    if is_list:
        items = [value] if isinstance(value, str) else value
        if isinstance(items, list | tuple | set | frozenset):
            return [str(item) for item in items]
        raise OptionError(opt.name, 'has to be a list or a text', where)
    if isinstance(opt, cfg.BoolOpt) and isinstance(value, bool):
        return value
    if isinstance(opt, cfg.IntOpt) and isinstance(value, int):
        return value
    kind = 'true or false' if isinstance(opt, cfg.BoolOpt) else 'a text'
    raise OptionError(
        opt.name, f'has to be {kind}, not {type(value).__name__}', where
    )


def _allowed(opt: cfg.Opt) -> str:
    """Return what oslo.config leaves out of its messages."""
    if isinstance(opt, cfg.BoolOpt):
        return '; allowed are true and false'
    return ''


def _parsed(conf: cfg.ConfigOpts, name: str) -> Any:
    """Return what a ConfigOpts knows once its command line was read."""
    try:
        return getattr(conf, name)
    except cfg.NoSuchOptError:
        return None
