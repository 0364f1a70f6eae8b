# SPDX-License-Identifier: Apache-2.0

"""The trail: notifications in, rows that answer who did what out.

::

    sources  spool, RabbitMQ     where notifications wait
      decoding                   bytes -> a notification, or why it is none
      reading                    a notification -> what a row holds
      store                      rows of one batch, in one transaction
    collector                    a source -> the store, until it is stopped
"""
