# SPDX-License-Identifier: Apache-2.0

"""What an event is called for people: its category, its sentence.

Nothing here reads a trail, a spool or a request: it takes texts and gives
texts. What words there are stands in two tables, categories.yaml and
words.yaml.
"""
