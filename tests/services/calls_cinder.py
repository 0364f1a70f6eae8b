# SPDX-License-Identifier: Apache-2.0

"""The calls to Cinder, and what each of them is in the words of CADF.

Written by hand from the Block Storage API and from the audit map that pycadf
ships. Its keywords are volumes, snapshots, types, qos-specs, os-quota-specs,
and, with no id behind them, detail, defaults and limits. What the map has no
word for, such as ``extra_specs`` or ``os-quota-sets``, leaves no trace.
"""

from tests.services.catalogue import parse


def blanks():
    """Return more than Cinder lets anybody send."""
    return b' ' * 200_000


CALLS = parse(
    """
# Answered before the filter: the pipeline ends in front of it.
versions
  - GET /
  300

health
  - GET /healthcheck
  200

no token
  - GET /v3/$alice/volumes
  401

bad token
  mallory GET /v3/$alice/volumes
  401

too large
  alice POST /v3/$alice/volumes
  @blanks
  413

# Types.
list types
  alice GET /v3/$alice/types
  200 success: read/list types

create a type as a member
  alice POST /v3/$alice/types
  {"volume_type": {"name": "gold"}}
  403 failure: create types

create a type
  admin POST /v3/$admin/types
  {"volume_type": {"name": "gold"}}
  200 success: create types
  $type = volume_type.id

create a type that is there
  admin POST /v3/$admin/types
  {"volume_type": {"name": "gold"}}
  409 failure: create types

create a type without a name
  admin POST /v3/$admin/types
  {"volume_type": {}}
  400 failure: create types

show a type
  alice GET /v3/$alice/types/$type
  200 success: read types/type

show no type
  alice GET /v3/$alice/types/$nowhere
  404 failure: read types/type

describe a type
  admin PUT /v3/$admin/types/$type
  {"volume_type": {"description": "fast and dear"}}
  200 success: update types/type

add extra specs
  admin POST /v3/$admin/types/$type/extra_specs
  {"extra_specs": {"volume_backend_name": "lvm"}}
  200 success: update types/type

change an extra spec
  admin PUT /v3/$admin/types/$type/extra_specs/volume_backend_name
  {"volume_backend_name": "nfs"}
  200 success: update types/type

delete an extra spec
  admin DELETE /v3/$admin/types/$type/extra_specs/volume_backend_name
  202 success: delete types/type

show a deleted extra spec
  admin GET /v3/$admin/types/$type/extra_specs/volume_backend_name
  404 failure: read types/type

create a private type
  admin POST /v3/$admin/types
  {"volume_type": {"name": "secret", "os-volume-type-access:is_public":
  false}}
  200 success: create types
  $private = volume_type.id

let a project use a type
  admin POST /v3/$admin/types/$private/action
  {"addProjectAccess": {"project": "$alice"}}
  202 success: update/addProjectAccess types/type

who may use a type
  admin GET /v3/$admin/types/$private/os-volume-type-access
  200 success: read types/type

delete a type
  admin DELETE /v3/$admin/types/$private
  202 success: delete types/type

# QoS specs.
create a QoS spec
  admin POST /v3/$admin/qos-specs
  {"qos_specs": {"name": "slow", "consumer": "front-end", "read_iops_sec":
  "10"}}
  200 success: create qos-specs
  $qos = qos_specs.id

list QoS specs
  admin GET /v3/$admin/qos-specs
  200 success: read/list qos-specs

show a QoS spec
  admin GET /v3/$admin/qos-specs/$qos
  200 success: read qos-specs/qos-spec

change a QoS spec
  admin PUT /v3/$admin/qos-specs/$qos
  {"qos_specs": {"read_iops_sec": "20"}}
  200 success: update qos-specs/qos-spec

# The map has actions of its own for these, which are GETs that change.
associate a QoS spec
  admin GET /v3/$admin/qos-specs/$qos/associate?vol_type_id=$type
  202 success: update/associate qos-specs/qos-spec

list associations
  admin GET /v3/$admin/qos-specs/$qos/associations
  200 success: read/list/associations qos-specs/qos-spec

disassociate a QoS spec
  admin GET /v3/$admin/qos-specs/$qos/disassociate?vol_type_id=$type
  202 success: update/disassociate qos-specs/qos-spec

disassociate from all
  admin GET /v3/$admin/qos-specs/$qos/disassociate_all
  202 success: update/disassociate_all qos-specs/qos-spec

delete a QoS spec
  admin DELETE /v3/$admin/qos-specs/$qos
  202 success: delete qos-specs/qos-spec

# Volumes.
list no volumes
  alice GET /v3/$alice/volumes
  200 success: read/list volumes

create
  alice POST /v3/$alice/volumes
  {"volume": {"size": 1, "name": "one"}}
  202 success: create volumes
  $volume = volume.id

create without a size
  alice POST /v3/$alice/volumes
  {"volume": {"size": 0}}
  400 failure: create volumes

create no JSON
  alice POST /v3/$alice/volumes
  {
  400 failure: create volumes

# Cinder raises, and faultwrap, in front of the filter, makes the 413.
create more than the quota
  alice POST /v3/$alice/volumes
  {"volume": {"size": 5000}}
  413 unknown: create volumes

list in detail
  alice GET /v3/$alice/volumes/detail
  200 success: read/list volumes/detail

show
  alice GET /v3/$alice/volumes/$volume
  200 success: read volumes/volume

show without the project
  alice GET /v3/volumes/$volume
  200 success: read volumes/volume

show with a microversion
  alice GET /v3/$alice/volumes/$volume
  + OpenStack-API-Version: volume 3.60
  200 success: read volumes/volume

show with a version to come
  alice GET /v3/$alice/volumes/$volume
  + OpenStack-API-Version: volume 3.9999
  406 failure: read volumes/volume

show that of another
  bob GET /v3/$bob/volumes/$volume
  404 failure: read volumes/volume

show in the project of another
  bob GET /v3/$alice/volumes/$volume
  400 failure: read volumes/volume

rename
  alice PUT /v3/$alice/volumes/$volume
  {"volume": {"name": "renamed"}}
  200 success: update volumes/volume

set metadata
  alice POST /v3/$alice/volumes/$volume/metadata
  {"metadata": {"colour": "blue"}}
  200 success: update volumes/volume

delete metadata
  alice DELETE /v3/$alice/volumes/$volume/metadata/colour
  200 success: delete volumes/volume

# Actions.
reset the status as a member
  alice POST /v3/volumes/$volume/action
  {"os-reset_status": {"status": "available"}}
  403 failure: update/os-reset_status volumes/volume

reset the status
  admin POST /v3/volumes/$volume/action
  {"os-reset_status": {"status": "available"}}
  202 success: update/os-reset_status volumes/volume

make bootable
  alice POST /v3/volumes/$volume/action
  {"os-set_bootable": {"bootable": true}}
  200 success: update/os-set_bootable volumes/volume

make read-only
  alice POST /v3/volumes/$volume/action
  {"os-update_readonly_flag": {"readonly": true}}
  202 success: update/os-update_readonly_flag volumes/volume

reserve
  alice POST /v3/volumes/$volume/action
  {"os-reserve": {}}
  202 success: update/os-reserve volumes/volume

reserve again
  alice POST /v3/volumes/$volume/action
  {"os-reserve": {}}
  400 failure: update/os-reserve volumes/volume

unreserve
  alice POST /v3/volumes/$volume/action
  {"os-unreserve": {}}
  202 success: update/os-unreserve volumes/volume

set metadata of the image
  alice POST /v3/volumes/$volume/action
  {"os-set_image_metadata": {"metadata": {"os": "linux"}}}
  200 success: update/os-set_image_metadata volumes/volume

shrink
  alice POST /v3/volumes/$volume/action
  {"os-extend": {"new_size": 1}}
  400 failure: update/os-extend volumes/volume

extend
  alice POST /v3/volumes/$volume/action
  {"os-extend": {"new_size": 2}}
  202 success: update/os-extend volumes/volume

action that is none
  alice POST /v3/volumes/$volume/action
  {"explode": {}}
  400 failure: update/explode volumes/volume

action on no volume
  alice POST /v3/$alice/volumes/$nowhere/action
  {"os-reserve": {}}
  404 failure: update/os-reserve volumes/volume

# A body that names no action; the words are keystonemiddleware's.
action without a body
  alice POST /v3/$alice/volumes/$volume/action
  400 failure: create volumes/volume

action as a list
  alice POST /v3/$alice/volumes/$volume/action
  ["os-reserve"]
  404 failure: update volumes/volume

reset the status again
  admin POST /v3/volumes/$volume/action
  {"os-reset_status": {"status": "available"}}
  202 success: update/os-reset_status volumes/volume

# Snapshots, quotas and the rest.
list no snapshots
  alice GET /v3/$alice/snapshots
  200 success: read/list snapshots

# The volume has no host, for there is no scheduler to give it one.
create a snapshot
  alice POST /v3/$alice/snapshots
  {"snapshot": {"volume_id": "$volume", "name": "s"}}
  400 failure: create snapshots

list snapshots in detail
  alice GET /v3/$alice/snapshots/detail
  200 success: read/list snapshots/detail

show no snapshot
  alice GET /v3/$alice/snapshots/$nowhere
  404 failure: read snapshots/snapshot

limits
  alice GET /v3/$alice/limits
  200 success: read/list limits

quotas
  alice GET /v3/$alice/os-quota-sets/$alice
  200 success: read .

default quotas
  alice GET /v3/$alice/os-quota-sets/$alice/defaults
  200 success: read/list defaults

change quotas
  admin PUT /v3/$admin/os-quota-sets/$bob
  {"quota_set": {"volumes": 3}}
  200 success: update .

change quotas as a member
  alice PUT /v3/$alice/os-quota-sets/$alice
  {"quota_set": {"volumes": 99}}
  403 failure: update .

extensions
  alice GET /v3/$alice/extensions
  200 success: read .

services as a member
  alice GET /v3/$alice/os-services
  403 failure: read .

services
  admin GET /v3/$admin/os-services
  200 success: read .

# Asks the scheduler, which is not there, and raises.
pools
  admin GET /v3/$admin/scheduler-stats/get_pools
  500 unknown: read .

version
  alice GET /v3/
  200 success: read .

path that is nowhere
  alice GET /v3/$alice/nowhere
  404 failure: read .

method that is not allowed
  alice PATCH /v3/$alice/volumes
  404 failure: update volumes

HEAD
  alice HEAD /v3/$alice/volumes/$volume
  404 failure: read volumes/volume

delete no snapshot
  alice DELETE /v3/$alice/snapshots/$nowhere
  404 failure: delete snapshots/snapshot

delete
  alice DELETE /v3/$alice/volumes/$volume
  202 success: delete volumes/volume

delete again
  alice DELETE /v3/$alice/volumes/$volume
  404 failure: delete volumes/volume
""",
    type_uri='service/storage/block',
    bodies={'blanks': blanks},
)
