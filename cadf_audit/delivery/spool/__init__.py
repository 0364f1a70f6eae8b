# SPDX-License-Identifier: Apache-2.0

"""Events in, a folder of readable files out, until each consumer has them.

A spool directory holds a folder for each writer, which is a process with a
filter in it. A folder holds append-only segments with one record a line, and
a cursor for each consumer: a driver of the forwarder, or a collector. A
segment is deleted when every cursor of its folder has passed it, and the
folder of a writer that ended when all of it was passed.

::

    SPOOL_DIR/
      WRITER/                      a random id
        writer.json                whose folder it is
        writer.lock                held as long as the writer lives
        adoption.lock              held by who ends what a dead writer began
        adopted                    there once that was done
        counters                   what was recorded, and what was lost
        00000000000000000001.jsonl a segment, named by its first record
        cursors/CONSUMER           how far a consumer has come
      consumers/CONSUMER           registered for all writers to come
      set-aside/                   what could not be read, as it was
"""
