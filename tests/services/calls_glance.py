# SPDX-License-Identifier: Apache-2.0

"""The calls to Glance, and what each of them is in the words of CADF.

Written by hand from the Image API and from the audit map that pycadf ships.
Its keywords are images, members, tags, file and detail. What the map has no
word for, such as ``actions/deactivate`` or ``tasks``, leaves no trace.
"""

from tests.services.catalogue import parse

LARGE = bytes(range(256)) * 4096 * 5


def chunks():
    """Return 5 MiB in parts whose number nobody knows beforehand."""
    return (LARGE[at : at + 65536] for at in range(0, len(LARGE), 65536))


CALLS = parse(
    """
# Answered before the filter: the pipeline ends in front of it.
versions
  - GET /
  300

versions by name
  - GET /versions
  200

unknown version
  alice GET /v1/images
  300

health
  - GET /healthcheck
  200

no token
  - GET /v2/images
  401

bad token
  mallory GET /v2/images
  401

# What there is.
image schema
  alice GET /v2/schemas/image
  200 success: read .

images schema
  alice GET /v2/schemas/images
  200 success: read/list images

import methods
  alice GET /v2/info/import
  200 success: read .

stores
  alice GET /v2/info/stores
  200 success: read .

stores in detail
  alice GET /v2/info/stores/detail
  403 failure: read/list detail

stores in detail for an administrator
  admin GET /v2/info/stores/detail
  200 success: read/list detail

# An image from beginning to end.
list no images
  alice GET /v2/images
  200 success: read/list images

create
  alice POST /v2/images
  {"name": "one", "disk_format": "raw", "container_format": "bare",
  "visibility": "shared"}
  201 success: create images
  $image = id

create with a wrong format
  alice POST /v2/images
  {"name": "bad", "disk_format": "floppy"}
  400 failure: create images

create no JSON
  alice POST /v2/images
  {
  400 failure: create images

create one that is there
  alice POST /v2/images
  {"id": "$image", "name": "twice"}
  409 failure: create images

create a public one
  alice POST /v2/images
  {"name": "public", "visibility": "public"}
  403 failure: create images

create another
  alice POST /v2/images
  {"name": "two", "disk_format": "raw", "container_format": "bare"}
  201 success: create images
  $other = id

show
  alice GET /v2/images/$image
  200 success: read images/image

show as .json
  alice GET /v2/images/$image.json
  404 failure: read images/image

show by an older version
  alice GET /v2.7/images/$image
  200 success: read images/image

show nothing
  alice GET /v2/images/$nowhere
  404 failure: read images/image

show that of another
  bob GET /v2/images/$image
  404 failure: read images/image

download before upload
  alice GET /v2/images/$image/file
  204 success: read/list images/image/file

upload
  alice PUT /v2/images/$image/file
  + Content-Type: application/octet-stream
  image data
  204 success: update images/image/file

upload again
  alice PUT /v2/images/$image/file
  + Content-Type: application/octet-stream
  other data
  409 failure: update images/image/file

upload as JSON
  alice PUT /v2/images/$other/file
  {"image": "data"}
  415 failure: update images/image/file

upload in chunks
  alice PUT /v2/images/$other/file
  + Content-Type: application/octet-stream
  @chunks
  204 success: update images/image/file

download
  alice GET /v2/images/$image/file
  200 success: read/list images/image/file

download much
  alice GET /v2/images/$other/file
  200 success: read/list images/image/file

download a part
  alice GET /v2/images/$image/file
  + Range: bytes=2-4
  206 success: read/list images/image/file

download beyond the end
  alice GET /v2/images/$image/file
  + Range: bytes=99-
  416 failure: read/list images/image/file

list
  alice GET /v2/images?sort=name:asc
  200 success: read/list images

list by name
  alice GET /v2/images?name=two&limit=1
  200 success: read/list images

list sorted by nothing
  alice GET /v2/images?sort_key=x
  400 failure: read/list images

rename
  alice PATCH /v2/images/$image
  + Content-Type: application/openstack-images-v2.1-json-patch
  [{"op": "replace", "path": "/name", "value": "renamed"}]
  200 success: update images/image

change what may not change
  alice PATCH /v2/images/$image
  + Content-Type: application/openstack-images-v2.1-json-patch
  [{"op": "replace", "path": "/status", "value": "queued"}]
  403 failure: update images/image

change as plain JSON
  alice PATCH /v2/images/$image
  [{"op": "replace", "path": "/name", "value": "x"}]
  415 failure: update images/image

# Members and tags.
share
  alice POST /v2/images/$image/members
  {"member": "$bob"}
  200 success: create images/image/members

share twice
  alice POST /v2/images/$image/members
  {"member": "$bob"}
  409 failure: create images/image/members

list members
  alice GET /v2/images/$image/members
  200 success: read/list images/image/members

show a member
  alice GET /v2/images/$image/members/$bob
  200 success: read images/image/members/member

accept
  bob PUT /v2/images/$image/members/$bob
  {"status": "accepted"}
  200 success: update images/image/members/member

accept for another
  alice PUT /v2/images/$image/members/$bob
  {"status": "rejected"}
  403 failure: update images/image/members/member

show a shared one
  bob GET /v2/images/$image
  200 success: read images/image

delete a shared one
  bob DELETE /v2/images/$image
  403 failure: delete images/image

unshare
  alice DELETE /v2/images/$image/members/$bob
  204 success: delete images/image/members/member

tag
  alice PUT /v2/images/$image/tags/blue
  204 success: update images/image/tags/tag

tag with blanks and umlauts
  alice PUT /v2/images/$image/tags/gr%C3%BCn%20hell
  204 success: update images/image/tags/tag

untag
  alice DELETE /v2/images/$image/tags/blue
  204 success: delete images/image/tags/tag

untag what is not there
  alice DELETE /v2/images/$image/tags/blue
  404 failure: delete images/image/tags/tag

# Actions are no keywords of the map; a POST changes what it is sent to.
deactivate that of another
  bob POST /v2/images/$image/actions/deactivate
  404 failure: update images/image

deactivate
  admin POST /v2/images/$image/actions/deactivate
  204 success: update images/image

download a deactivated one
  alice GET /v2/images/$image/file
  403 failure: read/list images/image/file

reactivate
  admin POST /v2/images/$image/actions/reactivate
  204 success: update images/image

# Other things.
namespaces
  alice GET /v2/metadefs/namespaces
  200 success: read .

tasks
  admin GET /v2/tasks
  200 success: read .

method that is not allowed
  alice PUT /v2/images
  405 failure: update images

HEAD
  alice HEAD /v2/images/$image
  405 failure: read images/image

method that nobody knows
  alice BREW /v2/images
  405 failure: unknown images

path that is nowhere
  alice GET /v2/nowhere
  404 failure: read .

secret in the query
  alice GET /v2/images?signature=s3cr3t
  200 success: read/list images

# The end.
protect
  alice PATCH /v2/images/$image
  + Content-Type: application/openstack-images-v2.1-json-patch
  [{"op": "replace", "path": "/protected", "value": true}]
  200 success: update images/image

delete a protected one
  alice DELETE /v2/images/$image
  403 failure: delete images/image

unprotect
  alice PATCH /v2/images/$image
  + Content-Type: application/openstack-images-v2.1-json-patch
  [{"op": "replace", "path": "/protected", "value": false}]
  200 success: update images/image

delete
  alice DELETE /v2/images/$image
  204 success: delete images/image

delete again
  alice DELETE /v2/images/$image
  404 failure: delete images/image

delete the other
  alice DELETE /v2/images/$other
  204 success: delete images/image
""",
    type_uri='service/storage/image',
    bodies={'chunks': chunks},
)
