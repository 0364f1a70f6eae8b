# SPDX-License-Identifier: Apache-2.0

"""Every option of the package, as oslo.config declares them.

They are registered nowhere but on a private ConfigOpts
(:mod:`cadf_audit.middleware.settings`), so that they collide with nothing
that the host service registers under the same names.
"""

import copy

from oslo_config import cfg

AUDIT_GROUP = 'audit'
NOTIFICATIONS_GROUP = 'audit_middleware_notifications'
TRAIL_GROUP = 'audit_trail'

AUDIT_OPTS: list[cfg.Opt] = [
    cfg.BoolOpt(
        'enabled',
        help='Whether requests are audited. True or false decides, wherever '
        'it stands. Unset, a filter whose own paste section names an '
        'audit_map_file audits, and any other lets requests pass and says '
        'so once at start.',
    ),
    cfg.StrOpt(
        'audit_map_file',
        help='Path of the audit map, which says what the paths of the API '
        'mean: a resource map in YAML, or an INI file of path keywords. A '
        'bare name such as nova is a map that comes with this package. '
        'Without one, events say what HTTP alone can say.',
    ),
    cfg.ListOpt(
        'ignore_req_list',
        default=[],
        help='HTTP methods whose requests are not audited, separated by '
        'commas. Case and blanks do not matter.',
    ),
    cfg.ListOpt(
        'ignore_path_list',
        default=[],
        help='Paths whose requests are not audited, separated by commas: '
        'exact, or a prefix that ends in ``*``. Compared with the path inside '
        'the mount point and with the whole path.',
    ),
    cfg.StrOpt(
        'audit_policy_file',
        help='Path of the policy: a YAML file with rules that say how much of '
        'which requests is recorded. A resource map can hold the same under '
        'its key policy. Without one, each request leaves its two events.',
    ),
    cfg.StrOpt(
        'service_name',
        help='Name of the audited service. It is the publisher_id of the '
        'notifications. Unset, the configured project or the name of the '
        'program is taken.',
    ),
    cfg.StrOpt(
        'endpoint',
        default='API',
        choices=['API', 'UI', 'CLI'],
        help='What the requests come in through; the tag endpoint of each '
        'event.',
    ),
    cfg.StrOpt(
        'identity_source',
        default='headers',
        choices=[
            (
                'headers',
                'the X-User-Id family of headers, as auth_token sets them',
            ),
            (
                'keystone',
                'the same headers, believed only together with the environ '
                'entry of auth_token, which no client can forge',
            ),
            ('remote_user', 'the REMOTE_USER of the web server'),
        ],
        help='Where the initiator of a request is read from. The service '
        'catalogue is believed from the same source.',
    ),
    cfg.ListOpt(
        'trusted_proxies',
        default=[],
        help='Networks (CIDR) of the proxies whose Forwarded, else '
        'X-Forwarded-For, header is believed, read from right to left. Each '
        'has to continue, replace or remove both headers: a Forwarded that '
        'it passes on from a client would be believed. Empty: the address '
        'of an event is that of the peer.',
    ),
    cfg.IntOpt(
        'body_limit',
        default=64 * 1024,
        min=0,
        max=16 * 1024 * 1024,
        help='How many bytes of a body are looked at, while they pass, where '
        'a resource map has a use for them: the JSON of a response, for the '
        'id of what was created, and the name of an action in a request. A '
        'longer body passes as well; the event then tells less, and a tag '
        'says so. Of a body that a policy attaches, so many bytes are told; '
        '0 tells its type and length alone.',
    ),
    cfg.ListOpt(
        'redact_names',
        default=[],
        help='Further names whose values are secrets, beside the built-in '
        'ones (signatures, tokens, passwords, keys): in queries, in bodies '
        'and in what a resource map attaches. Case, dashes and underscores '
        'do not matter.',
    ),
    cfg.StrOpt(
        'redact_mode',
        default='mask',
        choices=[
            ('mask', '``***`` stands in its place'),
            ('drop', 'it is left out, with its name'),
            (
                'hash',
                'a keyed hash (HMAC-SHA256) stands in its place, by which '
                'one can ask whether a known secret was used. Needs '
                'redact_key_file.',
            ),
        ],
        help='What becomes of a secret.',
    ),
    cfg.StrOpt(
        'redact_key_file',
        help='Path of a file with the key of the hashes: at least 32 bytes, '
        'mode 0600, owned by the user that serves the API. With it, a '
        'payload has a keyed hash as well. Whoever has it can try guesses.',
    ),
    cfg.StrOpt(
        'delivery',
        choices=[
            ('direct', 'the notifier is called inside the request'),
            (
                'memory',
                'a thread sends what the requests put into a queue, so that '
                'no request waits for the message bus',
            ),
            (
                'spool',
                'each event is appended to a file in spool_dir, from where '
                'the forwarder, or a collector, takes it',
            ),
        ],
        help='How an event leaves the process. Unset, spool where a spool_dir '
        'is set; else memory for the drivers messaging and messagingv2, and '
        'direct for any other.',
    ),
    cfg.IntOpt(
        'queue_size',
        default=10000,
        min=1,
        help='With delivery = memory: how many events may wait in a process '
        'while the message bus is slow or away. Further ones go to the '
        'logger cadf_audit.events, at level WARNING.',
    ),
    cfg.IntOpt(
        'queue_bytes',
        default=16 * 1024 * 1024,
        min=64 * 1024,
        help='With delivery = memory: how many bytes the waiting events of a '
        'process may take.',
    ),
    cfg.StrOpt(
        'spool_dir',
        help='Directory of the spool, an absolute path. It is made if only '
        'its parent is there, and has to belong to the user that serves the '
        'API. Services do not share one.',
    ),
    cfg.StrOpt(
        'spool_mode',
        default='0700',
        choices=[
            ('0700', 'nobody else reads the events'),
            ('0750', 'the group of the directory reads them'),
        ],
        help='Mode of the spool directory; its files are 0600 or 0640.',
    ),
    cfg.IntOpt(
        'spool_max_size',
        default=1024 * 1024 * 1024,
        min=1024 * 1024,
        help='How many bytes all files of the spool may take. From half of '
        'it on the log warns; from four fifths on requests that only read '
        'are not recorded, unless on_failure is deny; at the end on_failure '
        'decides.',
    ),
    cfg.StrOpt(
        'spool_durability',
        default='process',
        choices=[
            ('process', 'a recorded event survives a kill -9 of the process'),
            (
                'power',
                'it survives a power cut as well: the request waits until '
                'the disk has it',
            ),
        ],
        help='What a recorded event survives.',
    ),
    cfg.IntOpt(
        'segment_size',
        default=16 * 1024 * 1024,
        min=64 * 1024,
        help='From how many bytes on a file of the spool is closed and a new '
        'one begun. A file is deleted when all of it was forwarded.',
    ),
    cfg.IntOpt(
        'segment_age',
        default=60,
        min=1,
        help='After how many seconds a file of the spool is closed and a new '
        'one begun, with the first request that comes then.',
    ),
    cfg.StrOpt(
        'forwarder',
        choices=[
            ('thread', 'threads in each process of the service'),
            (
                'external',
                'a process of its own for the whole directory: '
                '``cadf-audit spool forward``. Recommended in production.',
            ),
            ('none', 'somebody else reads the spool'),
        ],
        help='Who hands the events of the spool to the drivers. Unset, '
        'thread; without a driver, none.',
    ),
    cfg.StrOpt(
        'on_failure',
        default='allow',
        choices=[
            ('allow', 'the request goes on, and the loss is reported'),
            (
                'deny',
                'the request is answered with 503 before the application '
                'runs. Needs delivery = spool.',
            ),
        ],
        help='What becomes of a request whose pending event cannot be '
        'recorded.',
    ),
]

NOTIFICATIONS_OPTS: list[cfg.Opt] = [
    cfg.BoolOpt(
        'use_oslo_messaging',
        default=True,
        help='Whether events go to an Oslo notifier. If false, each event is '
        'one line of JSON on the logger cadf_audit.events.',
    ),
    cfg.StrOpt(
        'driver',
        help='Notification driver: messaging, messagingv2, log, noop, test, '
        'or an installed one. Unset, the drivers of '
        '[oslo_messaging_notifications] are taken; where none is set there '
        'either, events go to the log.',
    ),
    cfg.ListOpt(
        'topics',
        help='Topics to send notifications on. Unset, the topics of '
        '[oslo_messaging_notifications] are taken. A topic of its own keeps '
        "audit events apart from a service's other notifications.",
    ),
    cfg.StrOpt(
        'transport_url',
        secret=True,
        help='URL of the message bus. Unset, the transport_url of '
        '[oslo_messaging_notifications] is taken, else that of [DEFAULT].',
    ),
]


TRAIL_OPTS: list[cfg.Opt] = [
    cfg.StrOpt(
        'connection',
        secret=True,
        help='The database of the trail: sqlite:////absolute/path/trail.db '
        'or postgresql://user:password@host/database.',
    ),
    cfg.ListOpt(
        'sources',
        default=[],
        help='Where events are collected from, separated by commas: '
        'spool:/absolute/path of a spool directory, and '
        'rabbit://user:password@host:5672/vhost of a message bus, behind '
        'whose ? exchange, topic, queue, queue_type and durable_exchange may '
        'stand.',
    ),
    cfg.IntOpt(
        'retention_days',
        default=365,
        min=0,
        help='How many days everything is kept after it was received: '
        'events, those without an end too, and dead letters. 0 keeps all.',
    ),
    cfg.StrOpt(
        'audit_policy_file',
        help='A policy, or an audit map with one in it, whose rules under '
        'keep say which events the trail keeps. Without it, it keeps all.',
    ),
    cfg.ListOpt(
        'auditor_roles',
        default=['auditor'],
        help='Roles, separated by commas: who has one of them sees all '
        'events.',
    ),
    cfg.ListOpt(
        'project_roles',
        default=['audit_viewer'],
        help='Roles, separated by commas: who has one of them sees the events '
        'whose initiator or target belongs to the project of their token. '
        'Anybody else sees what they caused themselves.',
    ),
    cfg.StrOpt(
        'token_file',
        help='A file of static tokens for the HTTP API, for services without '
        'Keystone. Nobody but its owner may read it.',
    ),
    cfg.StrOpt(
        'listen',
        default='127.0.0.1:8788',
        help='The address and port at which cadf-audit serve answers.',
    ),
    cfg.FloatOpt(
        'query_timeout',
        default=30.0,
        min=0.1,
        help='How many seconds one question to the database may take.',
    ),
    cfg.StrOpt(
        'categories_file',
        help='A file with categories and words for events, instead of the one '
        'that comes with the package.',
    ),
]


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return copies of all options, by group, for oslo-config-generator.

    :returns: pairs of group name and options
    """
    return [
        (AUDIT_GROUP, copy.deepcopy(AUDIT_OPTS)),
        (NOTIFICATIONS_GROUP, copy.deepcopy(NOTIFICATIONS_OPTS)),
        (TRAIL_GROUP, copy.deepcopy(TRAIL_OPTS)),
    ]
